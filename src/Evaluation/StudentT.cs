namespace Rondo.Evaluation;

/// <summary>Student's t law by the incomplete beta function (continued fraction, Lentz's method).</summary>
internal static class StudentT
{
    private const int TermsMax = 10_000;
    private const double Tiny = 1e-300;

    /// <summary>The probability of a value farther from zero than <paramref name="t"/>, on either side.</summary>
    public static double TwoSided(double t, double freedom) =>
        double.IsInfinity(t) ? 0 : Beta(freedom / 2, 0.5, freedom / (freedom + (t * t)), t * t / (freedom + (t * t)));

    /// <summary>The value below which a share (above one half) of the law lies.</summary>
    public static double QuantileOf(double share, double freedom)
    {
        var (low, high) = (0.0, 2.0);
        while (1 - (TwoSided(high, freedom) / 2) < share)
        {
            high *= 2;
        }

        // Halving 200 times leaves neighbouring doubles.
        for (var i = 0; i < 200; i++)
        {
            var middle = (low + high) / 2;
            (low, high) = 1 - (TwoSided(middle, freedom) / 2) < share ? (middle, high) : (low, middle);
        }

        return (low + high) / 2;
    }

    /// <summary>The regularised incomplete beta function; <paramref name="y"/> is 1 − x, given apart so that neither loses digits.</summary>
    private static double Beta(double a, double b, double x, double y)
    {
        if (x <= 0 || y <= 0)
        {
            return x <= 0 ? 0 : 1;
        }

        var front = Math.Exp(LogGamma(a + b) - LogGamma(a) - LogGamma(b) + (a * Math.Log(x)) + (b * Math.Log(y)));
        return x < (a + 1) / (a + b + 2) ? front * Fraction(a, b, x) / a : 1 - (front * Fraction(b, a, y) / b);
    }

    private static double Fraction(double a, double b, double x)
    {
        var c = 1.0;
        var d = 1 / Away(1 - ((a + b) * x / (a + 1)));
        var h = d;
        for (var m = 1; m < TermsMax; m++)
        {
            var even = m * (b - m) * x / ((a + (2 * m) - 1) * (a + (2 * m)));
            d = 1 / Away(1 + (even * d));
            c = Away(1 + (even / c));
            h *= d * c;
            var odd = -(a + m) * (a + b + m) * x / ((a + (2 * m)) * (a + (2 * m) + 1));
            d = 1 / Away(1 + (odd * d));
            c = Away(1 + (odd / c));
            h *= d * c;
            if (Math.Abs((d * c) - 1) < 1e-16)
            {
                break;
            }
        }

        return h;
    }

    private static double Away(double value) => Math.Abs(value) < Tiny ? Tiny : value;

    /// <summary>ln Γ(x) by Stirling's series, after the recurrence has brought x to where the series is exact.</summary>
    private static double LogGamma(double x)
    {
        var shift = 0.0;
        while (x < 15)
        {
            shift -= Math.Log(x);
            x++;
        }

        var square = 1 / (x * x);
        var series = (1.0 / 12) - (square * ((1.0 / 360) - (square * ((1.0 / 1260) - (square / 1680)))));
        return shift + ((x - 0.5) * Math.Log(x)) - x + (0.5 * Math.Log(2 * Math.PI)) + (series / x);
    }
}
