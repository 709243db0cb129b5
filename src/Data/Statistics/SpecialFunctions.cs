namespace Rondo.Data;

/// <summary>
/// The functions that the laws of statistics rest on. Relative precision is about 1e-14 for moderate arguments. What is outside the
/// domain of a function is NaN. Sources: Abramowitz and Stegun (1964); Lentz's method for continued fractions (1976).
/// </summary>
public static class SpecialFunctions
{
    private const int TermsMax = 100_000;
    private const double Tiny = 1e-300;

    // From here on Stirling's series with five terms is exact to the last digit.
    private const double StirlingFrom = 15;

    /// <summary>ln Γ(x) for positive <paramref name="x"/>.</summary>
    public static double LogGamma(double x)
    {
        if (!(x > 0))
        {
            return double.NaN;
        }

        // Γ(x) = Γ(x + n) / (x (x + 1) … (x + n − 1)).
        var product = 1.0;
        while (x < StirlingFrom)
        {
            product *= x;
            x++;
        }

        return ((x - 0.5) * Math.Log(x)) - x + (0.5 * Math.Log(2 * Math.PI)) + StirlingTail(x) - Math.Log(product);
    }

    /// <summary>P(a, x): the regularised lower incomplete gamma function, for positive <paramref name="a"/>.</summary>
    public static double GammaLower(double a, double x) =>
        !(a > 0) || double.IsNaN(x) ? double.NaN
        : x <= 0 ? 0
        : x < a + 1 ? GammaSeries(a, x)
        : 1 - GammaFraction(a, x);

    /// <summary>Q(a, x) = 1 − P(a, x), without losing the digits of a small value.</summary>
    public static double GammaUpper(double a, double x) =>
        !(a > 0) || double.IsNaN(x) ? double.NaN
        : x <= 0 ? 1
        : double.IsPositiveInfinity(x) ? 0
        : x < a + 1 ? 1 - GammaSeries(a, x)
        : GammaFraction(a, x);

    /// <summary>I_x(a, b): the regularised incomplete beta function, for positive <paramref name="a"/> and <paramref name="b"/>.</summary>
    public static double Beta(double a, double b, double x) => Beta(a, b, x, 1 - x);

    /// <summary>
    /// The modified Bessel function of the second kind, times e^x: K_ν(x)·e^x for positive <paramref name="x"/>, by the trapezoidal rule on
    /// its integral ∫ exp(−x (cosh t − 1)) cosh(νt) dt, which converges faster than any power of the step.
    /// </summary>
    public static double BesselKScaled(double order, double x)
    {
        if (!(x > 0))
        {
            return double.NaN;
        }

        var step = Math.Min(0.1, 0.5 / Math.Sqrt(x));
        var sum = 0.5;
        for (var i = 1; i < TermsMax; i++)
        {
            var t = i * step;
            // cosh t − 1 = 2 sinh²(t/2), without cancellation.
            var half = Math.Sinh(t / 2);
            var term = Math.Exp(-2 * x * half * half) * Math.Cosh(order * t);
            sum += term;
            if (term < sum * 1e-18)
            {
                break;
            }
        }

        return sum * step;
    }

    /// <summary>The same with 1 − x given apart, so that neither loses digits.</summary>
    internal static double Beta(double a, double b, double x, double y)
    {
        if (!(a > 0 && b > 0) || double.IsNaN(x))
        {
            return double.NaN;
        }

        if (x <= 0 || y <= 0)
        {
            return x <= 0 ? 0 : 1;
        }

        var front = Math.Exp(LogGamma(a + b) - LogGamma(a) - LogGamma(b) + (a * Math.Log(x)) + (b * Math.Log(y)));
        return x < (a + 1) / (a + b + 2) ? front * BetaFraction(a, b, x) / a : 1 - (front * BetaFraction(b, a, y) / b);
    }

    /// <summary>ln n! − (n ln n − n + ½ ln 2πn): what Stirling's formula leaves.</summary>
    internal static double StirlingError(double n) =>
        n <= 0 ? 0
        : n >= StirlingFrom ? StirlingTail(n)
        : LogGamma(n + 1) - (n * Math.Log(n)) + n - (0.5 * Math.Log(2 * Math.PI * n));

    private static double StirlingTail(double x)
    {
        var square = 1 / (x * x);
        var series = (1.0 / 1680) - (square / 1188);
        series = (1.0 / 12) - (square * ((1.0 / 360) - (square * ((1.0 / 1260) - (square * series)))));
        return series / x;
    }

    private static double GammaSeries(double a, double x)
    {
        var term = 1 / a;
        var sum = term;
        for (var i = 1; i < TermsMax && Math.Abs(term) > Math.Abs(sum) * 1e-17; i++)
        {
            term *= x / (a + i);
            sum += term;
        }

        return sum * Math.Exp((a * Math.Log(x)) - x - LogGamma(a));
    }

    private static double GammaFraction(double a, double x)
    {
        var b = x + 1 - a;
        var c = 1 / Tiny;
        var d = 1 / b;
        var h = d;
        for (var i = 1; i < TermsMax; i++)
        {
            var an = -i * (i - a);
            b += 2;
            d = 1 / Away((an * d) + b);
            c = Away(b + (an / c));
            h *= d * c;
            if (Math.Abs((d * c) - 1) < 1e-16)
            {
                break;
            }
        }

        return h * Math.Exp((a * Math.Log(x)) - x - LogGamma(a));
    }

    private static double BetaFraction(double a, double b, double x)
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
}
