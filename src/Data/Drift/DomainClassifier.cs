namespace Rondo.Data;

/// <summary>
/// A model that is asked to tell current rows from reference rows, on rows it has not seen: the AUC is ½ where it cannot, and near 1 where
/// the two are easily told apart. It sees all columns together, and needs no choice of distance or bins.
/// </summary>
/// <param name="Auc">The mean over the folds of the AUC out of fold, ties one half.</param>
/// <param name="FoldAucs">The AUC of each fold.</param>
/// <param name="Importances">How much each column helped, in the order of the columns: shares that sum to 1; all 0 where none did.</param>
/// <param name="Seed">What the folds were drawn with.</param>
public sealed record DomainClassifier(
    double Auc,
    IReadOnlyList<double> FoldAucs,
    IReadOnlyList<double> Importances,
    int Seed
)
{
    /// <summary>How many folds there are.</summary>
    public const int Folds = 5;

    /// <summary>
    /// How often an AUC so great comes without any drift, one-sided: the variance of a fold is that of Mann and Whitney (1947) with ties, that of their
    /// mean is corrected for rows that the folds' models share (Nadeau and Bengio, 2003), without which false alarms come twice as often as it says.
    /// Null where all rows score alike.
    /// </summary>
    public double? P { get; init; }

    /// <summary>
    /// Compares rows, each an array over the same columns; NaN stands for a missing value. The model is gradient boosting (Friedman, 2001)
    /// of fifty stumps with second-order steps, over at most 32 bins a column: time is linear in rows and columns. Folds are stratified,
    /// so that each holds the same share of both.
    /// </summary>
    /// <exception cref="RondoException">A sample has fewer rows than there are folds, rows differ in length or have no columns, or a value is infinite.</exception>
    public static DomainClassifier Of(
        IReadOnlyList<IReadOnlyList<double>> reference,
        IReadOnlyList<IReadOnlyList<double>> current,
        int seed
    )
    {
        Check(reference, current);
        var rows = reference.Concat(current).ToArray();
        var isCurrent = rows.Select((_, i) => i >= reference.Count).ToArray();
        var fold = new int[rows.Length];
        var random = new Random(seed);
        Deal(fold.AsSpan(0, reference.Count), random);
        Deal(fold.AsSpan(reference.Count), random);

        var bins = BoostedStumps.Bin(rows);
        var gains = new double[rows[0].Count];
        var aucs = new double[Folds];
        var variance = 0.0;
        for (var f = 0; f < Folds; f++)
        {
            var training = Enumerable.Range(0, rows.Length).Where(i => fold[i] != f).ToArray();
            var scores = BoostedStumps.Fit(bins, isCurrent, training, gains);
            var held = Enumerable
                .Range(0, rows.Length)
                .Where(i => fold[i] == f)
                .ToLookup(i => isCurrent[i], i => scores[i]);
            aucs[f] = MannWhitney.Of(held[false].ToArray(), held[true].ToArray()).Superiority;
            variance += Variance([.. held[false]], [.. held[true]]);
        }

        // The mean of k dependent folds: 1/k + 1/(k − 1) of a fold's variance, not 1/k.
        var deviation = Math.Sqrt(variance / Folds * ((1.0 / Folds) + (1.0 / (Folds - 1))));
        var total = gains.Sum();
        return new DomainClassifier(
            aucs.Average(),
            aucs,
            gains.Select(gain => total > 0 ? gain / total : 0).ToArray(),
            seed
        )
        {
            P = deviation > 1e-6 ? NormalLaw.Survival((aucs.Average() - 0.5) / deviation) : null,
        };
    }

    // Of the AUC of one fold without drift: (N + 1 − ties / (N (N − 1))) / (12 n m).
    private static double Variance(double[] reference, double[] current)
    {
        double all = reference.Length + current.Length;
        var ties = Ranks.Of([.. reference, .. current]).TieTerm / (all * (all - 1));
        return (all + 1 - ties) / (12.0 * reference.Length * current.Length);
    }

    private static void Deal(Span<int> folds, Random random)
    {
        for (var i = 0; i < folds.Length; i++)
        {
            folds[i] = i % Folds;
        }

        random.Shuffle(folds);
    }

    private static void Check(
        IReadOnlyList<IReadOnlyList<double>> reference,
        IReadOnlyList<IReadOnlyList<double>> current
    )
    {
        if (reference.Count < Folds || current.Count < Folds)
        {
            throw Samples.Refuse(
                $"There are {reference.Count} and {current.Count} rows.",
                "Give at least five of each, one for each fold."
            );
        }

        Samples.CheckPositive(reference[0].Count, "The number of columns");
        foreach (var row in reference.Concat(current))
        {
            Samples.CheckSameLength(reference[0].Count, row.Count, "A row");
            if (row.Any(double.IsInfinity))
            {
                throw Samples.Refuse($"A row has an infinite value.", "Give NaN for what is missing.");
            }
        }
    }
}
