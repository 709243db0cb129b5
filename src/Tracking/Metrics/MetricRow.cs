using System.Runtime.InteropServices;
using Rondo.Kernel.Db;
using Rondo.Tracking.Runs;

namespace Rondo.Tracking.Metrics;

/// <summary>A point as it is kept: NaN is a flag beside 0, an infinity the greatest number there is. The greatest of a key is its latest.</summary>
internal sealed record MetricRow
{
    /// <summary>The points as they are kept: each once, by key, and of one key the latest last.</summary>
    public static IReadOnlyList<MetricRow> Sorted(IReadOnlyList<MetricPoint> points)
    {
        var rows = ByKey(points);
        var kept = new List<MetricRow>(rows.Length);
        for (var i = 0; i < rows.Length; i++)
        {
            if (i == 0 || rows[i] != rows[i - 1])
            {
                kept.Add(rows[i]);
            }
        }

        return kept;
    }

    // Points of many keys come in turn, and of each key in order: they are told apart by their keys, and only what is out of order is sorted.
    private static MetricRow[] ByKey(IReadOnlyList<MetricPoint> points)
    {
        var byKey = new Dictionary<string, List<MetricRow>>(StringComparer.Ordinal);
        foreach (var point in points)
        {
            ref var ofKey = ref CollectionsMarshal.GetValueRefOrAddDefault(byKey, point.Key, out _);
            ofKey ??= [];
            ofKey.Add(Of(point));
        }

        var rows = new MetricRow[points.Count];
        var end = 0;
        foreach (var key in byKey.Keys.Order(KeyOrder.For(byKey.Keys)))
        {
            var ofKey = byKey[key];
            if (!IsSorted(ofKey))
            {
                ofKey.Sort(Order);
            }

            ofKey.CopyTo(rows, end);
            end += ofKey.Count;
        }

        return rows;
    }

    private static bool IsSorted(List<MetricRow> ofKey)
    {
        for (var i = 1; i < ofKey.Count; i++)
        {
            if (CompareOfKey(ofKey[i - 1], ofKey[i]) > 0)
            {
                return false;
            }
        }

        return true;
    }

    /// <summary>By key, and of one key the latest last.</summary>
    public static IComparer<MetricRow> Order { get; } = Comparer<MetricRow>.Create(Compare);

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

    /// <summary>A point of a curve with its key.</summary>
    public static MetricRow Of(string key, CurvePoint point) =>
        new()
        {
            Key = key,
            LoggedAt = point.LoggedAt,
            Step = point.Step,
            Value = point.Value,
            IsNan = point.IsNan ? 1 : 0,
        };

    /// <summary>The point without its key.</summary>
    public CurvePoint Point => new(LoggedAt, Step, Value, IsNan == 1);

    public MetricPoint ToPoint() => new(Key, IsNan == 1 ? double.NaN : Value, LoggedAt, Step);

    /// <summary>Its row: run, key, time, step, value, and 1 where it is no number.</summary>
    public void Write(RowArguments arguments, long run)
    {
        arguments.Set(0, run);
        arguments.Set(1, Key);
        arguments.Set(2, LoggedAt);
        arguments.Set(3, Step);
        arguments.Set(4, Value);
        arguments.Set(5, IsNan);
    }

    private static int Compare(MetricRow a, MetricRow b)
    {
        var byKey = string.CompareOrdinal(a.Key, b.Key);
        return byKey != 0 ? byKey : CompareOfKey(a, b);
    }

    private static int CompareOfKey(MetricRow a, MetricRow b) =>
        a.Step != b.Step ? a.Step.CompareTo(b.Step)
        : a.LoggedAt != b.LoggedAt ? a.LoggedAt.CompareTo(b.LoggedAt)
        : a.Value != b.Value ? a.Value.CompareTo(b.Value)
        : a.IsNan.CompareTo(b.IsNan);
}
