namespace Rondo.Data;

/// <summary>The binomial law: how many of n independent trials succeed.</summary>
public static class BinomialLaw
{
    /// <summary>The probability of exactly <paramref name="successes"/>, by the saddle-point form (Loader, 2000), precise for any n.</summary>
    /// <exception cref="RondoException">The number of trials is negative, or the probability is not from 0 to 1.</exception>
    public static double Pmf(long successes, long trials, double probability)
    {
        Check(trials, probability);
        return Pmf(successes, trials, probability, 1 - probability);
    }

    /// <summary>The probability of at most <paramref name="successes"/>.</summary>
    /// <exception cref="RondoException">The number of trials is negative, or the probability is not from 0 to 1.</exception>
    public static double Cdf(long successes, long trials, double probability)
    {
        Check(trials, probability);
        return successes < 0 ? 0
            : successes >= trials ? 1
            : SpecialFunctions.Beta(trials - successes, successes + 1, 1 - probability, probability);
    }

    /// <summary>The same with 1 − p given apart, so that neither loses digits.</summary>
    internal static double Pmf(double k, double n, double p, double q)
    {
        if (k < 0 || k > n || p < 0 || q < 0)
        {
            return 0;
        }

        if (p == 0 || q == 0)
        {
            return k == (p == 0 ? 0 : n) ? 1 : 0;
        }

        if (k == 0 || k == n)
        {
            var other = k == 0 ? p : q;
            // n ln(1 − x) for small x, where 1 − x has lost digits.
            return Math.Exp(
                n == 0 ? 0
                : other < 0.1 ? -Deviance(n, n * (1 - other)) - (n * other)
                : n * Math.Log(k == 0 ? q : p)
            );
        }

        var exponent =
            SpecialFunctions.StirlingError(n)
            - SpecialFunctions.StirlingError(k)
            - SpecialFunctions.StirlingError(n - k)
            - Deviance(k, n * p)
            - Deviance(n - k, n * q);
        return Math.Exp(exponent) * Math.Sqrt(n / (2 * Math.PI * k * (n - k)));
    }

    /// <summary>x ln(x / mean) + mean − x, by its series where both are near.</summary>
    private static double Deviance(double x, double mean)
    {
        if (Math.Abs(x - mean) >= 0.1 * (x + mean))
        {
            return (x * Math.Log(x / mean)) + mean - x;
        }

        var v = (x - mean) / (x + mean);
        var sum = (x - mean) * v;
        var term = 2 * x * v;
        for (var i = 1; i < 1000; i++)
        {
            term *= v * v;
            var next = sum + (term / ((2 * i) + 1));
            if (next == sum)
            {
                break;
            }

            sum = next;
        }

        return sum;
    }

    private static void Check(long trials, double probability)
    {
        Samples.CheckCount(trials, nameof(trials));
        Samples.CheckShare(probability, nameof(probability));
    }
}
