namespace Rondo.Sdk;

/// <summary>What an earlier run computed: its outputs may stand for those of the run that goes on from it.</summary>
internal sealed class LocalEarlier
{
    private const int ChainMax = 1000;

    private readonly Dictionary<string, LocalNode> _nodes = new(StringComparer.Ordinal);
    private readonly ContentStore _store;

    private LocalEarlier(LocalRun run, ContentStore store)
    {
        Run = run;
        _store = store;
    }

    /// <summary>The run that is resumed.</summary>
    public LocalRun Run { get; }

    /// <summary>Reads a run, and those that it goes on from itself: it may have been killed before it got as far as they did.</summary>
    public static LocalEarlier Read(LocalRuns runs, string name, ContentStore store)
    {
        var first = runs.Get(name);
        var earlier = new LocalEarlier(first, store);
        var run = first;
        for (var length = 0; run is not null && length < ChainMax; length++)
        {
            foreach (var node in run.Nodes.Where(IsDone))
            {
                earlier._nodes.TryAdd(node.Id, node with { ReusedFrom = node.ReusedFrom ?? run.Id });
            }
            run = run.Resumes is { } before ? runs.Find(before) : null;
        }
        return earlier;
    }

    /// <summary>
    /// The outputs of a step there, if it took the same: equal inputs, arguments and so on. Its code may be another by now: who resumes
    /// has mended what failed, and wants what did not fail to stand.
    /// </summary>
    public LocalEarlierNode? Find(LocalNode step) =>
        _nodes.GetValueOrDefault(step.Id) is { Identity: { } before } node
        && IdentityComparison.Compare(before, step.Identity!).All(change => change.Part == IdentityPart.Code)
        && LocalCache.HasBytes(_store, node.Outputs)
            ? new(node.ReusedFrom!, node.MadeAt ?? Run.StartedAt, node.Outputs, node.Metrics)
            : null;

    /// <summary>What a node that is no step had: the answer to a question, the version of a dataset.</summary>
    public LocalArtifact? Value(string id) =>
        _nodes.GetValueOrDefault(id) is { } node && LocalCache.HasBytes(_store, node.Outputs)
            ? node.Outputs.Values.FirstOrDefault()
            : null;

    // A failure that the run went on without has an error, and is computed again.
    private static bool IsDone(LocalNode node) =>
        node is { State: LocalState.Succeeded or LocalState.Reused, ErrorType: null };
}

/// <summary>Outputs that a step need not make again, and which run made them when.</summary>
internal sealed record LocalEarlierNode(
    string Run,
    DateTimeOffset MadeAt,
    IReadOnlyDictionary<string, LocalArtifact> Outputs,
    IReadOnlyDictionary<string, double> Metrics
);
