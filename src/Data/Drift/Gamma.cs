namespace Rondo.Data;

/// <summary>The regularised incomplete gamma function, by its series and its continued fraction (Lentz's method).</summary>
internal static class Gamma
{
    private const int TermsMax = 100_000;
    private const double Tiny = 1e-300;

    private static readonly double[] Lanczos =
    [
        0.99999999999980993,
        676.5203681218851,
        -1259.1392167224028,
        771.32342877765313,
        -176.61502916214059,
        12.507343278686905,
        -0.13857109526572012,
        9.9843695780195716e-6,
        1.5056327351493116e-7,
    ];

    /// <summary>Q(a, x): the share of the law above x.</summary>
    public static double UpperRegularized(double a, double x) => x < a + 1 ? 1 - Series(a, x) : Fraction(a, x);

    /// <summary>ln Γ(x) for positive x.</summary>
    public static double Log(double x)
    {
        if (x < 0.5)
        {
            return Math.Log(Math.PI / Math.Sin(Math.PI * x)) - Log(1 - x);
        }

        var sum = Lanczos[0];
        for (var i = 1; i < Lanczos.Length; i++)
        {
            sum += Lanczos[i] / (x - 1 + i);
        }

        var t = x + 6.5;
        return (0.5 * Math.Log(2 * Math.PI)) + ((x - 0.5) * Math.Log(t)) - t + Math.Log(sum);
    }

    private static double Series(double a, double x)
    {
        var term = 1 / a;
        var sum = term;
        for (var i = 1; i < TermsMax && Math.Abs(term) > Math.Abs(sum) * 1e-17; i++)
        {
            term *= x / (a + i);
            sum += term;
        }

        return sum * Math.Exp((a * Math.Log(x)) - x - Log(a));
    }

    private static double Fraction(double a, double x)
    {
        var b = x + 1 - a;
        var c = 1 / Tiny;
        var d = 1 / b;
        var h = d;
        for (var i = 1; i < TermsMax; i++)
        {
            var an = -i * (i - a);
            b += 2;
            d = (an * d) + b;
            d = 1 / (Math.Abs(d) < Tiny ? Tiny : d);
            c = b + (an / c);
            c = Math.Abs(c) < Tiny ? Tiny : c;
            h *= d * c;
            if (Math.Abs((d * c) - 1) < 1e-16)
            {
                break;
            }
        }

        return h * Math.Exp((a * Math.Log(x)) - x - Log(a));
    }
}
