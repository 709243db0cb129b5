using Rondo.Data;

namespace Rondo.Evaluation;

/// <summary>How the interval of a share is made.</summary>
public enum ProportionMethod
{
    /// <summary>Wilson's score interval (1927): the one to use.</summary>
    Wilson,

    /// <summary>Clopper and Pearson (1934): never covers less than it says, so it is wide.</summary>
    ClopperPearson,

    /// <summary>Agresti and Coull (1998): Wald's around Wilson's middle. Not cut to 0 to 1.</summary>
    AgrestiCoull,

    /// <summary>The equal-tailed posterior interval of Jeffreys' prior, beta(½, ½).</summary>
    Jeffreys,

    /// <summary>Wald's normal interval. It has no width at 0 of n and at n of n: never gate on it. Cut to 0 to 1.</summary>
    Normal,
}

/// <summary>Where a share lies, having seen some of n.</summary>
public sealed record ProportionInterval(double Low, double High)
{
    /// <summary>The two-sided interval.</summary>
    /// <exception cref="RondoException">There are no trials, more successes than trials, or a confidence that is not between 0 and 1.</exception>
    public static ProportionInterval Of(
        long successes,
        long trials,
        ProportionMethod method = ProportionMethod.Wilson,
        double confidence = 0.95
    )
    {
        Samples.CheckPositive(trials, nameof(trials));
        Samples.CheckShare((double)successes / trials, "The share");
        Samples.CheckInnerShare(confidence, nameof(confidence));
        var tail = (1 - confidence) / 2;
        double n = trials;
        var p = successes / n;
        var z = -NormalLaw.QuantileOf(tail);
        var square = z * z;
        var middle = (p + (square / (2 * n))) / (1 + (square / n));
        return method switch
        {
            ProportionMethod.Wilson => Around(
                middle,
                z * Math.Sqrt((p * (1 - p) / n) + (square / (4 * n * n))) / (1 + (square / n)),
                cut: true
            ),
            ProportionMethod.AgrestiCoull => Around(
                middle,
                z * Math.Sqrt(middle * (1 - middle) / (n + square)),
                cut: false
            ),
            ProportionMethod.Normal => Around(p, z * Math.Sqrt(p * (1 - p) / n), cut: true),
            ProportionMethod.ClopperPearson => new(
                successes == 0 ? 0 : BetaLaw.QuantileOf(tail, successes, n - successes + 1),
                successes == trials ? 1 : BetaLaw.QuantileOf(1 - tail, successes + 1, n - successes)
            ),
            _ => new(
                BetaLaw.QuantileOf(tail, successes + 0.5, n - successes + 0.5),
                BetaLaw.QuantileOf(1 - tail, successes + 0.5, n - successes + 0.5)
            ),
        };
    }

    private static ProportionInterval Around(double middle, double half, bool cut) =>
        cut ? new(Math.Max(0, middle - half), Math.Min(1, middle + half)) : new(middle - half, middle + half);
}
