using Rondo.Sdk.Wire;

namespace Rondo.Sdk;

/// <summary>Says why each step of a run was computed or not, by comparing it with the latest earlier run of the same step.</summary>
internal static class LocalExplainer
{
    private const int RunsMax = 1000;

    /// <summary>The steps of a run; all of them, or the one of that id, or all items of a step within a for-each.</summary>
    /// <param name="run">The run.</param>
    /// <param name="before">Earlier runs of the same pipeline, newest first.</param>
    /// <param name="step">The id of a step, or of the node that it is an item of; null: all.</param>
    public static IReadOnlyList<LocalExplanation> Explain(LocalRun run, IEnumerable<LocalRun> before, string? step)
    {
        var nodes = run
            .Nodes.Where(node => node.Kind == NodeKind.Step || node.State == LocalState.Skipped)
            .Where(node => step is null || node.Id == step || node.Template == step)
            .ToList();
        if (nodes.Count == 0 && step is not null)
        {
            throw new RondoException(
                ErrorCode.NotFound,
                $"{run.Id} has no step '{step}'.",
                $"It has: {string.Join(", ", Templates(run))}."
            );
        }
        var wanted = nodes.Where(IsComputed).Select(node => node.Id).ToHashSet(StringComparer.Ordinal);
        var earlier = new Dictionary<string, (string Run, LocalNode Node)>(StringComparer.Ordinal);
        foreach (var other in before.Take(RunsMax))
        {
            if (wanted.Count == 0)
            {
                break;
            }
            foreach (var node in other.Nodes.Where(node => node.Identity is not null && wanted.Remove(node.Id)))
            {
                earlier.Add(node.Id, (other.Id, node));
            }
        }
        return
        [
            .. nodes.Select(node => Explain(run, node, earlier.TryGetValue(node.Id, out var found) ? found : null)),
        ];
    }

    private static LocalExplanation Explain(LocalRun run, LocalNode node, (string Run, LocalNode Node)? earlier)
    {
        IReadOnlyList<IdentityChange> changes =
            earlier is { } found && node.Identity is { } identity
                ? IdentityComparison.Compare(found.Node.Identity!, identity)
                : [];
        var why = node.Decision switch
        {
            LocalDecisions.Reused when node.ReusedFrom == run.Id => "an equal step of this run had computed it",
            LocalDecisions.Reused => $"nothing that decides what it makes has changed since {node.ReusedFrom}",
            LocalDecisions.Resumed => $"{node.ReusedFrom} had computed it, and this run goes on from there",
            LocalDecisions.New => New(earlier, changes),
            LocalDecisions.NotCached => "what it makes is never used again (its cache is off)",
            LocalDecisions.Fresh => "the run was to compute every step (--fresh)",
            LocalDecisions.Expired => "what it made is older than it may be",
            LocalDecisions.BytesGone => "bytes of what it made are gone from the store",
            LocalDecisions.RecordBroken => "the record of what it made cannot be read",
            null when node.State == LocalState.NotRun => "the run ended before it",
            null when node.State == LocalState.Cancelled => "the run ended while it waited",
            _ => node.Message ?? "nothing was to be decided",
        };
        return new(node.Id, node.State, node.Decision, why, IsComputed(node) ? earlier?.Run : null, changes)
        {
            Template = node.Template,
        };
    }

    private static string New((string Run, LocalNode Node)? earlier, IReadOnlyList<IdentityChange> changes) =>
        earlier switch
        {
            null => "it never ran before",
            { } found when changes.Count > 0 => $"something has changed since {found.Run}",
            { Node.State: LocalState.Failed or LocalState.Stopped or LocalState.Cancelled } found =>
                $"in {found.Run} it did not succeed, and only what succeeded is used again",
            { } found => $"nothing has changed since {found.Run}, but what it made there was not kept for later runs",
        };

    // What was reused or passed over is told without a comparison.
    private static bool IsComputed(LocalNode node) =>
        node.Identity is not null && node.Decision is not (LocalDecisions.Reused or LocalDecisions.Resumed);

    private static IEnumerable<string> Templates(LocalRun run) =>
        run
            .Nodes.Where(node => node.Kind == NodeKind.Step)
            .Select(node => node.Template)
            .Distinct(StringComparer.Ordinal);
}
