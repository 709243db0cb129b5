namespace Rondo.Data;

/// <summary>The standard normal law: mean 0, deviation 1. Small probabilities keep their digits.</summary>
public static class NormalLaw
{
    /// <summary>The probability of a value up to <paramref name="x"/>.</summary>
    public static double Cdf(double x) => Survival(-x);

    /// <summary>The probability of a value above <paramref name="x"/>.</summary>
    public static double Survival(double x) =>
        x < 0 ? 1 - Survival(-x) : SpecialFunctions.GammaUpper(0.5, x * x / 2) / 2;

    /// <summary>The probability of a value farther from zero than <paramref name="x"/>, on either side.</summary>
    public static double TwoSided(double x) => SpecialFunctions.GammaUpper(0.5, x * x / 2);

    /// <summary>The density at <paramref name="x"/>.</summary>
    public static double Density(double x) => Math.Exp(-x * x / 2) / Math.Sqrt(2 * Math.PI);

    /// <summary>
    /// The value below which a share of the law lies; −∞ and ∞ of 0 and 1. A rational guess (Abramowitz and Stegun 26.2.23), made exact
    /// by Halley's steps.
    /// </summary>
    /// <exception cref="RondoException">The share is not from 0 to 1.</exception>
    public static double QuantileOf(double share)
    {
        Samples.CheckShare(share, nameof(share));
        if (share is 0 or 1)
        {
            return share == 0 ? double.NegativeInfinity : double.PositiveInfinity;
        }

        var tail = Math.Min(share, 1 - share);
        var t = Math.Sqrt(-2 * Math.Log(tail));
        var top = 2.515517 + (t * (0.802853 + (t * 0.010328)));
        var x = t - (top / (1 + (t * (1.432788 + (t * (0.189269 + (t * 0.001308)))))));
        // The guess is right to 5e-4; each step triples the digits.
        for (var i = 0; i < 2; i++)
        {
            var u = (Survival(x) - tail) / Density(x);
            x += u / (1 - (x * u / 2));
        }

        return share < 0.5 ? -x : x;
    }
}
