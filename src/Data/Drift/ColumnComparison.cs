using System.Runtime.InteropServices;

namespace Rondo.Data;

internal static class ColumnComparison
{
    public static ColumnDrift Of(ColumnProfile profile, Table current)
    {
        var n = profile.Count + profile.Missing;
        var empty = new ColumnDrift(profile.Name, profile.Type, n, current.RowCount, Share(profile.Missing, n), 0);
        if (!current.TryGet(profile.Name, out var column))
        {
            return empty with { Reason = "the column is not there" };
        }

        var facts = empty with { CurrentMissing = Share(column.MissingCount, column.Count) };
        if (n == 0 || column.Count == 0)
        {
            return facts with { Reason = n == 0 ? "the reference has no rows" : "there are no rows" };
        }

        var allMissing = column.MissingCount == column.Count;
        var numeric = column.Type is ColumnType.Integer or ColumnType.Number;
        return profile switch
        {
            { Numbers: { } numbers } when numeric || allMissing => OfNumbers(facts, profile, numbers, column),
            { Categories: { } categories } when !numeric || allMissing => OfCategories(
                facts,
                profile,
                categories,
                column
            ),
            { Numbers: null, Categories: null } => OfBins(
                facts,
                [profile.Count, profile.Missing],
                [column.Count - column.MissingCount, column.MissingCount]
            ),
            _ => facts with { Reason = $"it was {profile.Type}, and is {column.Type}" },
        };
    }

    private static ColumnDrift OfNumbers(ColumnDrift facts, ColumnProfile profile, NumberProfile numbers, Column column)
    {
        var values = column.MissingCount == column.Count ? [] : ColumnValues.Finite(column);
        var edges = numbers.Edges as double[] ?? numbers.Edges.ToArray();
        var standing = new SampleStanding(numbers.Sample as double[] ?? numbers.Sample.ToArray());
        var counts = new long[edges.Length + 1];
        foreach (var exact in values)
        {
            var value = numbers.Rounded ? SinglePrecision.Round(exact) : exact;
            standing.Add(value);
            counts[BinOf(edges, value)]++;
        }

        // What is not finite has no place among the bins, but it does not vanish either.
        var reference = (long[])[.. numbers.Counts, profile.Missing + profile.Count - numbers.Counts.Sum()];
        var drift = OfBins(facts, reference, [.. counts, column.Count - values.Length]);
        if (values.Length == 0)
        {
            return drift with { Effect = drift.LInfinity, P = drift.ChiSquareP, Reason = "no values are left" };
        }

        var ks = standing.KolmogorovSmirnov();
        var p = KolmogorovSmirnov.P(ks, numbers.Counts.Sum(), values.Length);
        var missing = Math.Abs(drift.ReferenceMissing - drift.CurrentMissing);
        return drift with { Ks = ks, KsP = p, Effect = Math.Max(ks, missing), P = missing > ks ? drift.ChiSquareP : p };
    }

    // Bins are closed on the right; there are ten at most.
    private static int BinOf(double[] edges, double value)
    {
        var bin = 0;
        while (bin < edges.Length && value > edges[bin])
        {
            bin++;
        }

        return bin;
    }

    private static ColumnDrift OfCategories(
        ColumnDrift facts,
        ColumnProfile profile,
        CategoryProfile categories,
        Column column
    )
    {
        // Only those that the reference tells apart: the day may hold a million others.
        var places = categories.Values.Index().ToDictionary(v => v.Item.Value, v => v.Index, StringComparer.Ordinal);
        var known = new long[categories.Values.Count];
        var others = 0L;
        for (var row = 0; row < column.Count; row++)
        {
            if (column.IsMissing(row))
            {
                continue;
            }

            var text = column is Column<string> texts ? texts.Array[row] : TableConcat.TextOf(column[row]);
            if (places.TryGetValue(text, out var place))
            {
                known[place]++;
            }
            else
            {
                others++;
            }
        }

        return OfBins(
            facts,
            [.. categories.Values.Select(v => v.Count), categories.Others, profile.Missing],
            [.. known, others, column.MissingCount]
        );
    }

    private static ColumnDrift OfBins(ColumnDrift facts, long[] reference, long[] current)
    {
        var bins = reference.Zip(current).Count(pair => pair.First + pair.Second > 0);
        var test = ChiSquare.Homogeneity(reference, current);
        var greatest = Distance.LInfinity(reference, current);
        return facts with
        {
            Psi = Psi.OfCounts(reference, current),
            PsiNull95 = Psi.NullQuantile(facts.ReferenceCount, facts.CurrentCount, bins),
            Bins = bins,
            ChiSquare = test?.Statistic,
            ChiSquareP = test?.P,
            JensenShannon = Distance.JensenShannon(reference, current),
            LInfinity = greatest,
            Effect = greatest,
            // A single bin that both fill is no drift at all.
            P = test?.P ?? 1,
        };
    }

    private static double Share(long count, long total) => total == 0 ? 0 : (double)count / total;
}
