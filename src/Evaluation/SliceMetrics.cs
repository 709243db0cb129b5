namespace Rondo.Evaluation;

/// <summary>The metrics of a part of the rows: those where <paramref name="Slice"/> (weekday) is <paramref name="Value"/> (Monday).</summary>
public sealed record SliceMetrics(string Slice, string Value, int N, IReadOnlyDictionary<string, double> Metrics)
{
    /// <summary>The slice that holds every row.</summary>
    public const string All = "all";
}

/// <summary>Metrics by subgroup: a mean can hide a group that a model fails.</summary>
public static class Slices
{
    /// <summary>
    /// Regression metrics of all rows, then of each value of each slice. Values are in ordinal order; a row may belong to a
    /// slice or not (null).
    /// </summary>
    /// <param name="rows">The rows.</param>
    /// <param name="truth">The true value of a row.</param>
    /// <param name="predicted">The predicted value of a row.</param>
    /// <param name="slices">Named ways to cut: the value of a row, or null where it belongs to none.</param>
    public static IReadOnlyList<SliceMetrics> Regression<T>(
        IReadOnlyList<T> rows,
        Func<T, double> truth,
        Func<T, double> predicted,
        params IReadOnlyList<(string Slice, Func<T, string?> Value)> slices
    )
    {
        var result = new List<SliceMetrics> { Of(SliceMetrics.All, SliceMetrics.All, rows) };
        foreach (var (slice, value) in slices)
        {
            var groups = rows.GroupBy(value, StringComparer.Ordinal).Where(g => g.Key is not null);
            result.AddRange(
                groups.OrderBy(g => g.Key, StringComparer.Ordinal).Select(g => Of(slice, g.Key!, g.ToArray()))
            );
        }

        return result;

        SliceMetrics Of(string slice, string value, IReadOnlyList<T> part) =>
            new(
                slice,
                value,
                part.Count,
                RegressionMetrics.Of(part.Select(truth).ToArray(), part.Select(predicted).ToArray()).ToDictionary()
            );
    }
}
