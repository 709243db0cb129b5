namespace Rondo.Data;

/// <summary>Welch's t test (1947): whether two means are equal, without taking the variances as equal.</summary>
/// <param name="T">Mean of the reference − mean of the current values, by its error.</param>
/// <param name="DegreesOfFreedom">By Welch and Satterthwaite; seldom whole.</param>
/// <param name="P">The two-sided probability of such a difference without drift.</param>
public sealed record WelchT(double T, double DegreesOfFreedom, double P)
{
    /// <summary>Compares two samples; null where one has fewer than two values, or neither varies.</summary>
    /// <exception cref="RondoException">A sample is empty or has a value that is not finite.</exception>
    public static WelchT? Of(IReadOnlyList<double> reference, IReadOnlyList<double> current)
    {
        Samples.Check(reference, nameof(reference));
        Samples.Check(current, nameof(current));
        return Of(Moments.Of(reference), Moments.Of(current));
    }

    /// <summary>The same from moments, which merge over batches.</summary>
    public static WelchT? Of(Moments reference, Moments current)
    {
        if (reference.Variance is not { } first || current.Variance is not { } second || first + second == 0)
        {
            return null;
        }

        var (a, b) = (first / reference.Count, second / current.Count);
        var t = (reference.Mean - current.Mean) / Math.Sqrt(a + b);
        var freedom = (a + b) * (a + b) / ((a * a / (reference.Count - 1)) + (b * b / (current.Count - 1)));
        return new WelchT(t, freedom, StudentT.TwoSided(t, freedom));
    }
}
