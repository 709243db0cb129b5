namespace Rondo.Pipelines;

/// <summary>What two runs made of the same: the metrics of their steps side by side, and whether outputs are equal to the byte.</summary>
public sealed record RunComparison(
    string Before,
    string After,
    IReadOnlyList<MetricDifference> Metrics,
    IReadOnlyList<OutputDifference> Outputs
)
{
    /// <summary>Compares the steps that both runs have.</summary>
    public static RunComparison Of(Run before, Run after)
    {
        var theirs = after.Steps.ToDictionary(step => step.NodeId, StringComparer.Ordinal);
        var pairs = before
            .Steps.Where(step => theirs.ContainsKey(step.NodeId))
            .Select(step => (Before: step, After: theirs[step.NodeId]))
            .ToList();
        return new RunComparison(
            before.Id,
            after.Id,
            [.. pairs.SelectMany(pair => MetricsOf(pair.Before, pair.After))],
            [.. pairs.SelectMany(pair => OutputsOf(pair.Before, pair.After))]
        );
    }

    private static IEnumerable<MetricDifference> MetricsOf(RunStep before, RunStep after) =>
        before
            .Metrics.Keys.Union(after.Metrics.Keys, StringComparer.Ordinal)
            .Order(StringComparer.Ordinal)
            .Select(name => new MetricDifference(before.NodeId, name, Value(before, name), Value(after, name)));

    private static double? Value(RunStep step, string name) =>
        step.Metrics.TryGetValue(name, out var value) ? value : null;

    private static IEnumerable<OutputDifference> OutputsOf(RunStep before, RunStep after) =>
        before
            .Outputs.Join(
                after.Outputs,
                output => output.Port,
                output => output.Port,
                (b, a) => (Before: b, After: a),
                StringComparer.Ordinal
            )
            .Select(pair => new OutputDifference(
                before.NodeId,
                pair.Before.Port,
                pair.Before.Artifact.Digest,
                pair.After.Artifact.Digest,
                pair.Before.Artifact.Digest == pair.After.Artifact.Digest
            ));
}

/// <summary>A metric of a step in two runs; null where one has none.</summary>
public sealed record MetricDifference(string NodeId, string Metric, double? Before, double? After);

/// <summary>An output of a step in two runs.</summary>
public sealed record OutputDifference(string NodeId, string Port, string Before, string After, bool Equal);
