using Rondo.Data;

namespace Rondo.Evaluation;

/// <summary>Two models on the same rows, in time order: is the difference more than chance?</summary>
/// <param name="N">The number of rows.</param>
/// <param name="CandidateRmse">The candidate's root mean squared error.</param>
/// <param name="ChampionRmse">The champion's.</param>
/// <param name="Difference">Candidate − champion: negative where the candidate is better.</param>
/// <param name="Low">The lower end of the 95 % interval of <paramref name="Difference"/>.</param>
/// <param name="High">Its upper end.</param>
/// <param name="T">Student's t of the paired differences of squared errors; null where they do not vary or there is one row.</param>
/// <param name="P">Its two-sided probability without a difference; it takes rows as independent, which the interval does not.</param>
/// <param name="BlockLength">Rows that were drawn together.</param>
/// <param name="Resamples">How often they were drawn.</param>
/// <param name="Seed">The seed of the drawing.</param>
public sealed record PairedComparison(
    int N,
    double CandidateRmse,
    double ChampionRmse,
    double Difference,
    double Low,
    double High,
    double? T,
    double? P,
    int BlockLength,
    int Resamples,
    int Seed
)
{
    /// <summary>How often rows are drawn for the interval.</summary>
    public const int DefaultResamples = 2000;

    /// <summary>Days are drawn by the week, because neighbours are alike.</summary>
    public const int DefaultBlockLength = 7;

    /// <summary>Whether the whole interval says that the candidate is better.</summary>
    public bool CandidateIsBetter => High < 0;

    /// <summary>
    /// Compares two models. The interval is the percentile interval of a circular block bootstrap (Politis and Romano, 1992):
    /// blocks of 7 consecutive rows (fewer where there are fewer than 14 rows: half of them), drawn with a recorded seed.
    /// </summary>
    /// <exception cref="RondoException">No rows, lengths that differ, or a value that is not finite.</exception>
    public static PairedComparison Of(
        IReadOnlyList<double> truth,
        IReadOnlyList<double> candidate,
        IReadOnlyList<double> champion,
        int seed
    )
    {
        Pairs.Check(truth, candidate, nameof(candidate));
        Pairs.Check(truth, champion, nameof(champion));
        var candidateSquares = Squares(truth, candidate);
        var championSquares = Squares(truth, champion);
        var block = Math.Clamp(truth.Count / 2, 1, DefaultBlockLength);
        var (low, high) = Interval(candidateSquares, championSquares, block, seed);
        var candidateRmse = Math.Sqrt(candidateSquares.Average());
        var championRmse = Math.Sqrt(championSquares.Average());
        var test = PairedT.Of(candidateSquares, championSquares);
        return new PairedComparison(
            truth.Count,
            candidateRmse,
            championRmse,
            candidateRmse - championRmse,
            low,
            high,
            test?.T,
            test?.P,
            block,
            DefaultResamples,
            seed
        );
    }

    private static double[] Squares(IReadOnlyList<double> truth, IReadOnlyList<double> predicted) =>
        truth.Select((t, i) => (predicted[i] - t) * (predicted[i] - t)).ToArray();

    private static (double Low, double High) Interval(double[] candidate, double[] champion, int block, int seed)
    {
        var random = new Random(seed);
        var n = candidate.Length;
        var differences = new double[DefaultResamples];
        for (var resample = 0; resample < differences.Length; resample++)
        {
            var (a, b) = (0.0, 0.0);
            var start = 0;
            for (var drawn = 0; drawn < n; drawn++)
            {
                start = drawn % block == 0 ? random.Next(n) : start + 1;
                a += candidate[start % n];
                b += champion[start % n];
            }

            differences[resample] = Math.Sqrt(a / n) - Math.Sqrt(b / n);
        }

        Array.Sort(differences);
        return (Quantile.Linear(differences, 0.025), Quantile.Linear(differences, 0.975));
    }
}
