namespace Rondo.Data;

/// <summary>Student's t law.</summary>
public static class StudentT
{
    /// <summary>The probability of a value farther from zero than <paramref name="t"/>, on either side.</summary>
    public static double TwoSided(double t, double degreesOfFreedom) =>
        double.IsInfinity(t)
            ? 0
            : SpecialFunctions.Beta(
                degreesOfFreedom / 2,
                0.5,
                degreesOfFreedom / (degreesOfFreedom + (t * t)),
                t * t / (degreesOfFreedom + (t * t))
            );

    /// <summary>The value below which a share of the law lies.</summary>
    /// <exception cref="RondoException">The share is not between 0 and 1, or there are no degrees of freedom.</exception>
    public static double QuantileOf(double share, double degreesOfFreedom)
    {
        Samples.CheckInnerShare(share, nameof(share));
        Samples.CheckPositive(degreesOfFreedom, nameof(degreesOfFreedom));
        if (share < 0.5)
        {
            return -QuantileOf(1 - share, degreesOfFreedom);
        }

        return share == 0.5 ? 0 : Halving.Above(0, 2, t => TwoSided(t, degreesOfFreedom) / 2 > 1 - share);
    }
}
