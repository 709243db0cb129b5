using System.Runtime.InteropServices;

namespace Rondo.Data;

internal static class ColumnDescription
{
    private const int BinCount = 10;
    private static readonly double[] Shares = [0.01, 0.05, 0.25, 0.5, 0.75, 0.95, 0.99];

    public static ColumnStatistics Of(Column column)
    {
        var facts = new ColumnStatistics(
            column.Name,
            column.Type,
            column.Count - column.MissingCount,
            column.MissingCount,
            Distinct: 0
        );
        return column switch
        {
            Column<double> or Column<long> => OfNumbers(facts, ColumnValues.Sorted(column)),
            Column<DateOnly> dates => OfMoments(facts, dates.Present()),
            Column<DateTimeOffset> instants => OfMoments(facts, instants.Present()),
            _ => OfCategories(facts, ColumnValues.Categories(column)),
        };
    }

    private static ColumnStatistics OfCategories(ColumnStatistics facts, Dictionary<string, long> counts) =>
        facts with
        {
            Distinct = counts.Count,
            Top = counts
                .OrderByDescending(c => c.Value)
                .ThenBy(c => c.Key, StringComparer.Ordinal)
                .Take(ColumnStatistics.TopMax)
                .Select(c => new ValueCount(c.Key, c.Value))
                .ToArray(),
        };

    private static ColumnStatistics OfMoments<T>(ColumnStatistics facts, IEnumerable<T> present)
        where T : struct, IComparable<T>
    {
        var distinct = new HashSet<T>();
        T? earliest = null;
        T? latest = null;
        foreach (var value in present)
        {
            distinct.Add(value);
            earliest = earliest is { } e && e.CompareTo(value) <= 0 ? e : value;
            latest = latest is { } l && l.CompareTo(value) >= 0 ? l : value;
        }

        return earliest is null
            ? facts
            : facts with
            {
                Distinct = distinct.Count,
                Earliest = TableConcat.TextOf(earliest),
                Latest = TableConcat.TextOf(latest),
            };
    }

    private static ColumnStatistics OfNumbers(ColumnStatistics facts, double[] sorted)
    {
        var notFinite = facts.Count - sorted.Length;
        if (sorted.Length == 0)
        {
            return facts with { Distinct = notFinite > 0 ? 1 : 0 };
        }

        var moments = default(Moments);
        var distinct = 0L;
        var zeros = 0L;
        for (var i = 0; i < sorted.Length; i++)
        {
            // From sorted values, so that the last bits do not depend on the order of the rows either.
            moments = moments.Add(sorted[i]);
            distinct += i == 0 || sorted[i] != sorted[i - 1] ? 1 : 0;
            zeros += sorted[i] == 0 ? 1 : 0;
        }

        return facts with
        {
            Distinct = distinct,
            Numbers = new NumberStatistics(
                sorted[0],
                sorted[^1],
                moments.Mean,
                moments.Deviation,
                zeros,
                notFinite,
                Shares.Select(s => new QuantileValue(s, Quantile.Linear(sorted, s))).ToArray(),
                HistogramOf(sorted)
            ),
        };
    }

    private static HistogramBin[] HistogramOf(double[] sorted)
    {
        var (min, max) = (sorted[0], sorted[^1]);
        // Halved before subtracting, because the width of the widest range would overflow.
        var width = ((max / 2) - (min / 2)) / BinCount * 2;
        if (width == 0)
        {
            return [new HistogramBin(min, max, sorted.Length)];
        }

        var bins = new HistogramBin[BinCount];
        var from = min;
        var counted = 0;
        for (var i = 0; i < BinCount; i++)
        {
            var last = i == BinCount - 1;
            var to = last ? max : min + (width * (i + 1));
            var below = last ? sorted.Length : LowerBound(sorted, to);
            bins[i] = new HistogramBin(from, to, below - counted);
            (from, counted) = (to, below);
        }

        return bins;
    }

    /// <summary>How many sorted values are below a limit.</summary>
    private static int LowerBound(double[] sorted, double limit)
    {
        var (low, high) = (0, sorted.Length);
        while (low < high)
        {
            var middle = (low + high) / 2;
            (low, high) = sorted[middle] < limit ? (middle + 1, high) : (low, middle);
        }

        return low;
    }
}
