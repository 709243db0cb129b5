namespace Rondo.Data;

/// <summary>The z test of two shares with their pooled variance; without a correction it is the chi-square test of the 2×2 table.</summary>
/// <param name="Difference">Share in the current rows − share in the reference.</param>
/// <param name="Z">The difference by its error without drift.</param>
/// <param name="P">Its two-sided probability.</param>
public sealed record TwoProportions(double Difference, double Z, double P)
{
    /// <summary>Compares two shares, given as rows that have it out of all rows; null where the pooled share is 0 or 1.</summary>
    /// <exception cref="RondoException">A sample has no rows, or more of them have it than there are.</exception>
    public static TwoProportions? Of(long reference, long referenceRows, long current, long currentRows)
    {
        Samples.CheckPositive(referenceRows, nameof(referenceRows));
        Samples.CheckPositive(currentRows, nameof(currentRows));
        Samples.CheckShare((double)reference / referenceRows, "The share of the reference");
        Samples.CheckShare((double)current / currentRows, "The share of the current rows");
        var difference = ((double)current / currentRows) - ((double)reference / referenceRows);
        var pooled = (double)(reference + current) / (referenceRows + currentRows);
        if (pooled is 0 or 1)
        {
            return null;
        }

        var z = difference / Math.Sqrt(pooled * (1 - pooled) * ((1.0 / referenceRows) + (1.0 / currentRows)));
        return new TwoProportions(difference, z, NormalLaw.TwoSided(z));
    }
}
