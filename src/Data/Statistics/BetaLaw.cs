namespace Rondo.Data;

/// <summary>The beta law on 0 to 1.</summary>
public static class BetaLaw
{
    /// <summary>The probability of a value up to <paramref name="x"/>; NaN unless both parameters are positive.</summary>
    public static double Cdf(double x, double a, double b) => SpecialFunctions.Beta(a, b, x);

    /// <summary>The value below which a share of the law lies.</summary>
    /// <exception cref="RondoException">The share is not from 0 to 1, or a parameter is not positive.</exception>
    public static double QuantileOf(double share, double a, double b)
    {
        Samples.CheckShare(share, nameof(share));
        Samples.CheckPositive(a, nameof(a));
        Samples.CheckPositive(b, nameof(b));
        return share is 0 or 1 ? share : Halving.Between(0, 1, x => Cdf(x, a, b) < share);
    }
}
