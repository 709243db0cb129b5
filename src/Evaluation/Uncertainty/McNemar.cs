using Rondo.Data;

namespace Rondo.Evaluation;

/// <summary>
/// McNemar's test (1947): whether one of two models is right more often on the same rows. Only rows where one is right and the other is wrong
/// tell them apart.
/// </summary>
/// <param name="ChampionOnly">Rows that only the champion gets right.</param>
/// <param name="ChallengerOnly">Rows that only the challenger gets right.</param>
/// <param name="ExactP">The two-sided binomial probability: the one to use where there are few such rows; 1 where there are none.</param>
/// <param name="ChiSquare">The statistic without a correction; null where there are no such rows, as the following are.</param>
/// <param name="P">Its probability.</param>
/// <param name="CorrectedChiSquare">The statistic with the correction for continuity (Edwards, 1948), (|b − c| − 1)² / (b + c).</param>
/// <param name="CorrectedP">Its probability.</param>
public sealed record McNemar(
    long ChampionOnly,
    long ChallengerOnly,
    double ExactP,
    double? ChiSquare,
    double? P,
    double? CorrectedChiSquare,
    double? CorrectedP
)
{
    /// <summary>The test from the rows that only one of the models gets right.</summary>
    /// <exception cref="RondoException">A count is negative.</exception>
    public static McNemar Of(long championOnly, long challengerOnly)
    {
        if (championOnly < 0 || challengerOnly < 0)
        {
            throw Samples.Refuse($"There are {championOnly} and {challengerOnly} rows.", "Give counts, 0 or more.");
        }

        var n = championOnly + challengerOnly;
        var exact = Math.Min(1, 2 * BinomialLaw.Cdf(Math.Min(championOnly, challengerOnly), n, 0.5));
        if (n == 0)
        {
            return new McNemar(0, 0, 1, null, null, null, null);
        }

        double difference = Math.Abs(championOnly - challengerOnly);
        var plain = difference * difference / n;
        var corrected = Math.Pow(Math.Max(0, difference - 1), 2) / n;
        return new McNemar(
            championOnly,
            challengerOnly,
            exact,
            plain,
            Data.ChiSquare.Survival(plain, 1),
            corrected,
            Data.ChiSquare.Survival(corrected, 1)
        );
    }

    /// <summary>The test from whether each model is right, row by row.</summary>
    /// <exception cref="RondoException">No rows, or lengths that differ.</exception>
    public static McNemar Of(IReadOnlyList<bool> championIsRight, IReadOnlyList<bool> challengerIsRight)
    {
        Pairs.CheckLengths(championIsRight.Count, challengerIsRight.Count, nameof(challengerIsRight));
        var rows = championIsRight.Zip(challengerIsRight).ToArray();
        return Of(rows.LongCount(r => r.First && !r.Second), rows.LongCount(r => r.Second && !r.First));
    }
}
