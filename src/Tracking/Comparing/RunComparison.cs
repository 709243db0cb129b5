namespace Rondo.Tracking.Comparing;

/// <summary>
/// Runs side by side. Each row has one value for each run, in the order of the runs; null: the run does not have it. Params and tags that
/// are the same in all runs are marked, because what differs is what one looks for.
/// </summary>
internal sealed record RunComparison(
    IReadOnlyList<ComparedRun> Runs,
    IReadOnlyList<ComparedRow<string>> Params,
    IReadOnlyList<ComparedRow<double?>> Metrics,
    IReadOnlyList<ComparedRow<string>> Tags,
    IReadOnlyList<ComparedRow<string>> Datasets,
    IReadOnlyList<MetricCurves> Curves
);

/// <summary>One of the runs.</summary>
internal sealed record ComparedRun(
    string Id,
    string Name,
    string ExperimentId,
    string Status,
    DateTimeOffset StartedAt,
    DateTimeOffset? EndedAt
);

/// <summary>One key with its value in each run; <paramref name="Same"/>: all are equal.</summary>
internal sealed record ComparedRow<T>(string Key, bool Same, IReadOnlyList<T?> Values);

/// <summary>How a metric went in each run that logged it more than once.</summary>
internal sealed record MetricCurves(string Key, IReadOnlyList<MetricCurve> Runs);

/// <summary>The curve of one run: a value for each step, evenly chosen where there are many. NaN and infinities are left out.</summary>
internal sealed record MetricCurve(string Run, IReadOnlyList<long> Steps, IReadOnlyList<double> Values);
