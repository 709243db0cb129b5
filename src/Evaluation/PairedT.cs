using Rondo.Data;

namespace Rondo.Evaluation;

/// <summary>Student's paired t test: whether the mean of the differences is zero.</summary>
public sealed record PairedT(
    int N,
    double MeanDifference,
    double T,
    int DegreesOfFreedom,
    double P,
    double Low,
    double High
)
{
    /// <summary>The test of a − b, two-sided, with the 95 % interval of the mean difference; null where it is undefined: fewer than two pairs, or differences that do not vary.</summary>
    /// <exception cref="RondoException">Lengths differ, or there are no pairs.</exception>
    public static PairedT? Of(IReadOnlyList<double> a, IReadOnlyList<double> b)
    {
        Pairs.CheckLengths(a.Count, b.Count, nameof(b));
        if (a.Count < 2)
        {
            return null;
        }

        var differences = a.Select((value, i) => value - b[i]).ToArray();
        var mean = differences.Average();
        var variance = differences.Sum(d => (d - mean) * (d - mean)) / (a.Count - 1);
        if (variance == 0)
        {
            return null;
        }

        var error = Math.Sqrt(variance / a.Count);
        var t = mean / error;
        var freedom = a.Count - 1;
        var half = StudentT.QuantileOf(0.975, freedom) * error;
        return new PairedT(a.Count, mean, t, freedom, StudentT.TwoSided(t, freedom), mean - half, mean + half);
    }
}
