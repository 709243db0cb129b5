using Rondo.Kernel.Events;

namespace Rondo.Lineage.Graph;

/// <summary>A run in a graph: itself, its commit and package, and the events that led to it.</summary>
internal sealed class RunNodes(
    Action<string, string, string, IReadOnlyDictionary<string, object?>> addNode,
    Action<string, string, string> addEdge,
    IReadOnlyDictionary<long, LoggedEvent> causes
)
{
    public void Add(LineageRun run)
    {
        AddAlone(run);
        addNode(
            "commit:" + run.Commit,
            LineageKinds.Commit,
            run.Commit,
            new Dictionary<string, object?>(StringComparer.Ordinal) { ["project"] = run.Project }
        );
        addEdge("commit:" + run.Commit, "package:" + run.Package, "built");
        addNode(
            "package:" + run.Package,
            LineageKinds.Package,
            run.Package,
            new Dictionary<string, object?>(StringComparer.Ordinal) { ["commit"] = run.Commit }
        );
        addEdge("package:" + run.Package, run.Id, "code");
        AddCauses(run);
    }

    public void AddAlone(LineageRun run) =>
        addNode(
            run.Id,
            LineageKinds.Run,
            $"{run.Pipeline} in {run.Environment}",
            new Dictionary<string, object?>(StringComparer.Ordinal)
            {
                ["project"] = run.Project,
                ["environment"] = run.Environment,
                ["pipeline"] = run.Pipeline,
                ["trigger"] = run.Trigger,
                ["evidence"] = run.Evidence,
                ["actor"] = run.Actor,
                ["createdAt"] = run.CreatedAt,
            }
        );

    private void AddCauses(LineageRun run)
    {
        var effect = run.Id;
        var cause = run.Cause;
        var seen = new HashSet<long>();
        while (cause is { } position && seen.Add(position) && causes.TryGetValue(position, out var e))
        {
            var id = $"event:{position}";
            addNode(
                id,
                LineageKinds.Event,
                e.Type,
                new Dictionary<string, object?>(StringComparer.Ordinal)
                {
                    ["at"] = e.At,
                    ["subject"] = e.Subject,
                    ["actor"] = e.Actor,
                    ["data"] = e.Data,
                }
            );
            addEdge(id, effect, "caused");
            effect = id;
            cause = e.Cause;
        }
    }
}
