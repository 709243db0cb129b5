namespace Rondo.Tracking.Runs;

/// <summary>A point as it is kept: NaN is a flag beside 0, an infinity the greatest number there is. The greatest of a key is its latest.</summary>
internal sealed record MetricRow
{
    /// <summary>The points as they are kept: each once, by key, and of one key the latest last.</summary>
    public static IReadOnlyList<MetricRow> Sorted(IReadOnlyList<MetricPoint> points)
    {
        var rows = points.Select(Of).ToArray();
        Array.Sort(rows, Order);
        return [.. rows.Where((row, i) => i == 0 || row != rows[i - 1])];
    }

    /// <summary>By key, and of one key the latest last.</summary>
    public static IComparer<MetricRow> Order { get; } = Comparer<MetricRow>.Create(Compare);

    // One object for all rows: what is the same is not bound again.
    private static readonly object s_no = 0L;
    private static readonly object s_yes = 1L;

    public string Key { get; init; } = "";
    public long LoggedAt { get; init; }
    public long Step { get; init; }
    public double Value { get; init; }
    public long IsNan { get; init; }

    public static MetricRow Of(MetricPoint point) =>
        new()
        {
            Key = point.Key,
            LoggedAt = point.Timestamp,
            Step = point.Step,
            // Adding zero makes -0 one with 0, as the databases have it.
            Value = double.IsNaN(point.Value) ? 0 : Math.Clamp(point.Value, double.MinValue, double.MaxValue) + 0.0,
            IsNan = double.IsNaN(point.Value) ? 1 : 0,
        };

    public MetricPoint ToPoint() => new(Key, IsNan == 1 ? double.NaN : Value, LoggedAt, Step);

    public object?[] Arguments(long run) => [run, Key, LoggedAt, Step, Value, IsNan == 0 ? s_no : s_yes];

    private static int Compare(MetricRow a, MetricRow b)
    {
        var byKey = string.CompareOrdinal(a.Key, b.Key);
        return byKey != 0
            ? byKey
            : (a.Step, a.LoggedAt, a.Value, a.IsNan).CompareTo((b.Step, b.LoggedAt, b.Value, b.IsNan));
    }
}
