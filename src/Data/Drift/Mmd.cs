namespace Rondo.Data;

/// <summary>
/// The squared maximum mean discrepancy (Gretton et al., 2012) with the kernel exp(−γ ‖a − b‖²): how far two samples of rows are apart, taking
/// all columns together. Scale the columns first: the kernel knows no units.
/// </summary>
/// <param name="Biased">V statistic: at least 0, but above 0 without drift.</param>
/// <param name="Unbiased">U statistic: 0 on average without drift, so it may be negative; null where a sample has a single row.</param>
/// <param name="Gamma">The γ of the kernel.</param>
public sealed record Mmd(double Biased, double? Unbiased, double Gamma)
{
    /// <summary>How many rows a sample may have: time grows with their square.</summary>
    public const int RowsMax = 20_000;

    /// <summary>Compares rows, each an array over the same columns; without a γ by <see cref="MedianGamma"/>.</summary>
    /// <exception cref="RondoException">
    /// A sample is empty or too large, rows differ in length, a value is not finite, γ is not positive, or none is given and most rows
    /// are equal.
    /// </exception>
    public static Mmd Of(
        IReadOnlyList<IReadOnlyList<double>> reference,
        IReadOnlyList<IReadOnlyList<double>> current,
        double? gamma = null
    )
    {
        var (x, y) = Rows(reference, current);
        var width = gamma ?? MedianGamma(reference, current);
        Samples.CheckPositive(width, nameof(gamma));
        double n = x.Length;
        double m = y.Length;
        var cross = 0.0;
        foreach (var a in x)
        {
            foreach (var b in y)
            {
                cross += Math.Exp(-width * SquaredDistance(a, b));
            }
        }

        // Twice the pairs, without those of a row with itself: each of these is 1.
        var (within, other) = (Within(x, width), Within(y, width));
        var between = 2 * cross / (n * m);
        return new Mmd(
            Math.Max(0, ((within + n) / (n * n)) + ((other + m) / (m * m)) - between),
            n < 2 || m < 2 ? null : (within / (n * (n - 1))) + (other / (m * (m - 1))) - between,
            width
        );
    }

    /// <summary>The usual choice of γ: 1 / (2 · median of the squared distances of all pairs of the pooled rows).</summary>
    /// <exception cref="RondoException">A sample is empty or too large, rows differ in length, or the median is 0: most rows are equal.</exception>
    public static double MedianGamma(
        IReadOnlyList<IReadOnlyList<double>> reference,
        IReadOnlyList<IReadOnlyList<double>> current
    )
    {
        var median = MedianSquaredDistance(reference, current);
        return median > 0
            ? 1 / (2 * median)
            : throw Samples.Refuse($"The median distance of the rows is 0.", "Give a gamma.");
    }

    /// <summary>The median of the squared distances of all pairs of the pooled rows, the mean of the middle two where they are even.</summary>
    /// <exception cref="RondoException">A sample is empty or too large, or rows differ in length.</exception>
    public static double MedianSquaredDistance(
        IReadOnlyList<IReadOnlyList<double>> reference,
        IReadOnlyList<IReadOnlyList<double>> current
    )
    {
        var (x, y) = Rows(reference, current);
        // At most two thousand rows, evenly spaced: a median does not need more.
        var all = x.Concat(y).ToArray();
        var step = Math.Max(1, (all.Length + 1999) / 2000);
        var rows = all.Where((_, i) => i % step == 0).ToArray();
        var distances = new List<double>();
        for (var i = 0; i < rows.Length; i++)
        {
            for (var j = 0; j < i; j++)
            {
                distances.Add(SquaredDistance(rows[i], rows[j]));
            }
        }

        var sorted = distances.ToArray();
        Array.Sort(sorted);
        return Quantile.Linear(sorted, 0.5);
    }

    private static double Within(double[][] rows, double gamma)
    {
        var sum = 0.0;
        for (var i = 0; i < rows.Length; i++)
        {
            for (var j = 0; j < i; j++)
            {
                sum += 2 * Math.Exp(-gamma * SquaredDistance(rows[i], rows[j]));
            }
        }

        return sum;
    }

    private static double SquaredDistance(double[] a, double[] b)
    {
        var sum = 0.0;
        for (var i = 0; i < a.Length; i++)
        {
            sum += (a[i] - b[i]) * (a[i] - b[i]);
        }

        return sum;
    }

    private static (double[][] X, double[][] Y) Rows(
        IReadOnlyList<IReadOnlyList<double>> reference,
        IReadOnlyList<IReadOnlyList<double>> current
    )
    {
        if (reference.Count is 0 or > RowsMax || current.Count is 0 or > RowsMax)
        {
            throw Samples.Refuse(
                $"There are {reference.Count} and {current.Count} rows.",
                "Give 1 to 20,000 of each: draw a sample."
            );
        }

        foreach (var row in reference.Concat(current))
        {
            Samples.CheckSameLength(reference[0].Count, row.Count, "A row");
            Samples.Check(row, "A row");
        }

        return (reference.Select(r => r.ToArray()).ToArray(), current.Select(r => r.ToArray()).ToArray());
    }
}
