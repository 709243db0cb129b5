using Rondo.Kernel.Events;
using Rondo.Sdk.Wire;

namespace Rondo.Lineage.Graph;

/// <summary>Turns the rows of a walk into nodes and edges.</summary>
internal sealed class LineageGraphBuilder(LineageWalk walk, IReadOnlyDictionary<long, LoggedEvent> causes)
{
    private readonly Dictionary<string, LineageNode> _nodes = new(StringComparer.Ordinal);
    private readonly HashSet<LineageEdge> _edges = [];
    private readonly Dictionary<string, LineageRun> _runs = walk.Runs.ToDictionary(
        run => run.Id,
        StringComparer.Ordinal
    );

    public LineageGraph Up()
    {
        AddExecutionsAndArtifacts();
        foreach (var name in walk.Names)
        {
            if (name.Kind == LineageKinds.DatasetVersion)
            {
                AddName(name);
                AddEdge(name.Name, name.ArtifactId, "is");
            }
            else if (name.Name == walk.Root)
            {
                AddName(name);
                AddEdge(name.ArtifactId, name.Name, LabelOf(name));
            }
        }

        AddRuns();
        return Graph(LineageDirection.Up);
    }

    public LineageGraph Down()
    {
        AddExecutionsAndArtifacts();
        foreach (var name in walk.Names)
        {
            if (name.Name == walk.Root)
            {
                AddName(name);
                AddEdge(name.Name, name.ArtifactId, "is");
            }
            else if (name.Kind == LineageKinds.ModelVersion)
            {
                AddName(name);
                AddEdge(name.ArtifactId, name.Name, LabelOf(name));
            }
        }

        return Graph(LineageDirection.Down);
    }

    private LineageGraph Graph(LineageDirection direction) =>
        new(walk.Root, direction, [.. _nodes.Values], [.. _edges], walk.Truncated);

    private void AddExecutionsAndArtifacts()
    {
        foreach (var artifact in walk.RootArtifacts)
        {
            AddArtifact(artifact, null);
        }

        foreach (var execution in walk.Executions)
        {
            AddExecution(execution);
        }

        foreach (var e in walk.Events)
        {
            AddArtifact(e.ArtifactId, e.Size);
            AddEdge(
                e.Direction == "input" ? e.ArtifactId : e.ExecutionId,
                e.Direction == "input" ? e.ExecutionId : e.ArtifactId,
                e.Port
            );
        }

        foreach (var execution in walk.Executions.Where(e => e.ReusedFrom is not null))
        {
            AddEdge(execution.ReusedFrom!, execution.Id, "reused");
        }
    }

    private void AddExecution(ExecutionRow row) =>
        Add(
            row.Id,
            LineageKinds.Execution,
            row.NodeId,
            new(StringComparer.Ordinal)
            {
                ["run"] = row.RunId,
                ["pipeline"] = _runs.GetValueOrDefault(row.RunId)?.Pipeline,
                ["step"] = row.Step,
                ["state"] = row.State,
                ["attempt"] = row.Attempt,
                ["codeDigest"] = row.CodeDigest,
                ["cacheKey"] = row.CacheKey,
                ["startedAt"] = row.StartedAt,
                ["endedAt"] = row.EndedAt,
            }
        );

    private void AddArtifact(string id, long? size)
    {
        var colon = id.LastIndexOf(':');
        if (_nodes.TryGetValue(id, out var known) && (size is null || known.Properties["size"] is not null))
        {
            return;
        }

        _nodes.Remove(id);
        Add(
            id,
            LineageKinds.Artifact,
            $"{id[..colon]} {id[(colon + 1)..].AsSpan(0, Math.Min(12, id.Length - colon - 1))}",
            new(StringComparer.Ordinal)
            {
                ["type"] = id[..colon],
                ["digest"] = id[(colon + 1)..],
                ["size"] = size,
                ["names"] = walk
                    .Names.Where(name => name.ArtifactId == id)
                    .Select(name => name.Name)
                    .Distinct(StringComparer.Ordinal)
                    .ToList(),
            }
        );
    }

    // A model version is an artifact, and came of the proposal that holds its evaluation and its gate's verdict.
    private static string LabelOf(NameRow name) =>
        name.ArtifactId.StartsWith(ArtifactTypes.ModelProposal, StringComparison.Ordinal) ? "proposed" : "is";

    private void AddName(NameRow name) =>
        Add(name.Name, name.Kind, name.Name, new(StringComparer.Ordinal) { ["run"] = name.RunId });

    // A run is shown where the walk enters it: at the root, or where another run took what it made.
    private void AddRuns()
    {
        foreach (var run in walk.Runs)
        {
            AddRun(run);
        }

        if (
            walk.RootKind == LineageKinds.ModelVersion
            && walk.Names.FirstOrDefault(n => n.Name == walk.Root) is { } own
        )
        {
            AddEdge(own.RunId, walk.Root, "registered");
        }

        var runOf = walk.Executions.ToDictionary(e => e.Id, e => e.RunId, StringComparer.Ordinal);
        var takenBy = walk
            .Events.Where(e => e.Direction == "input")
            .ToLookup(e => e.ArtifactId, e => e.RunId, StringComparer.Ordinal);
        var roots = walk.RootKind == LineageKinds.ModelVersion ? [] : walk.RootArtifacts;
        foreach (var e in walk.Events.Where(e => e.Direction == "output"))
        {
            if (
                roots.Contains(e.ArtifactId, StringComparer.Ordinal) || takenBy[e.ArtifactId].Any(run => run != e.RunId)
            )
            {
                AddEdge(e.RunId, e.ExecutionId, "ran");
            }
        }

        foreach (var reused in walk.Executions.Select(e => e.ReusedFrom).OfType<string>().Where(runOf.ContainsKey))
        {
            AddEdge(runOf[reused], reused, "ran");
        }

        if (walk.RootKind == LineageKinds.Run)
        {
            foreach (var execution in walk.Executions.Where(e => e.RunId == walk.Root))
            {
                AddEdge(execution.Id, walk.Root, "part");
            }
        }
    }

    private void AddRun(LineageRun run)
    {
        Add(
            run.Id,
            LineageKinds.Run,
            $"{run.Pipeline} in {run.Environment}",
            new(StringComparer.Ordinal)
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
        Add(
            "commit:" + run.Commit,
            LineageKinds.Commit,
            run.Commit,
            new(StringComparer.Ordinal) { ["project"] = run.Project }
        );
        AddEdge("commit:" + run.Commit, "package:" + run.Package, "built");
        Add(
            "package:" + run.Package,
            LineageKinds.Package,
            run.Package,
            new(StringComparer.Ordinal) { ["commit"] = run.Commit }
        );
        AddEdge("package:" + run.Package, run.Id, "code");
        AddCauses(run);
    }

    private void AddCauses(LineageRun run)
    {
        var effect = run.Id;
        var cause = run.Cause;
        var seen = new HashSet<long>();
        while (cause is { } position && seen.Add(position) && causes.TryGetValue(position, out var e))
        {
            var id = $"event:{position}";
            Add(
                id,
                LineageKinds.Event,
                e.Type,
                new(StringComparer.Ordinal)
                {
                    ["at"] = e.At,
                    ["subject"] = e.Subject,
                    ["actor"] = e.Actor,
                    ["data"] = e.Data,
                }
            );
            AddEdge(id, effect, "caused");
            effect = id;
            cause = e.Cause;
        }
    }

    private void Add(string id, string kind, string label, Dictionary<string, object?> properties) =>
        _nodes.TryAdd(id, new LineageNode(id, kind, label, properties));

    private void AddEdge(string from, string to, string label) => _edges.Add(new LineageEdge(from, to, label));
}
