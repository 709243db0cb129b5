using System.Globalization;
using Rondo.Data;

namespace Rondo.Evaluation;

/// <summary>How disagreement grows with the distance of two classes in their order.</summary>
public enum KappaWeights
{
    /// <summary>Every disagreement counts the same.</summary>
    None,

    /// <summary>By the number of classes between.</summary>
    Linear,

    /// <summary>By its square.</summary>
    Quadratic,
}

/// <summary>How scores of classes become one.</summary>
public enum Averaging
{
    /// <summary>Over all rows: equals accuracy.</summary>
    Micro,

    /// <summary>Every class the same, those that are predicted but never true as well; an undefined score counts 0 (as scikit-learn).</summary>
    Macro,

    /// <summary>Every class that is true in some row the same.</summary>
    MacroOfTrue,

    /// <summary>By the rows in which the class is true.</summary>
    Weighted,
}

/// <summary>Precision, recall and F1, of a class or averaged.</summary>
public sealed record ClassScores(string Name, double Support, Metric Precision, Metric Recall, Metric F1);

/// <summary>
/// Rows by true class (outer) and predicted class (inner), over the union of the classes, in ascending order: texts by ordinal order,
/// numbers by size.
/// </summary>
public sealed record ConfusionMatrix(IReadOnlyList<string> Labels, IReadOnlyList<IReadOnlyList<double>> Counts)
{
    /// <summary>How many classes are told apart.</summary>
    public const int ClassesMax = 2000;

    /// <summary>All rows (their weights).</summary>
    public double Total => Counts.Sum(row => row.Sum());

    /// <summary>The share of rows on the diagonal.</summary>
    public Metric Accuracy => Metric.Ratio(Trace, Total, "there are no rows");

    /// <summary>The mean recall of the classes that are true in some row.</summary>
    public Metric BalancedAccuracy
    {
        get
        {
            var recalls = Classes().Where(c => c.Recall.IsComputable).Select(c => c.Recall.Or(0)).ToArray();
            return recalls.Length == 0 ? Metric.NotComputable("there are no rows") : recalls.Average();
        }
    }

    /// <summary>
    /// Matthews' correlation of truth and prediction, −1 to 1, for any number of classes (Gorodkin, 2004); not computable where either
    /// has a single class, for which scikit-learn reports 0.
    /// </summary>
    public Metric Mcc
    {
        get
        {
            var (n, t, p) = (Total, Rows(), Columns());
            var spread = ((n * n) - t.Sum(v => v * v)) * ((n * n) - p.Sum(v => v * v));
            var product = (Trace * n) - t.Zip(p, (a, b) => a * b).Sum();
            return Metric.Ratio(product, Math.Sqrt(spread), "the truth or the prediction has a single class");
        }
    }

    private double Trace => Counts.Select((row, i) => row[i]).Sum();

    /// <summary>Counts pairs of classes. Classes are numbers, texts, or anything else with an order.</summary>
    /// <exception cref="RondoException">No rows, lengths that differ, or more than <see cref="ClassesMax"/> classes.</exception>
    public static ConfusionMatrix Of<T>(IReadOnlyList<T> truth, IReadOnlyList<T> predicted)
        where T : notnull, IComparable<T>
    {
        Pairs.CheckLengths(truth.Count, predicted.Count, nameof(predicted));
        IComparer<T> order = typeof(T) == typeof(string) ? (IComparer<T>)StringComparer.Ordinal : Comparer<T>.Default;
        var labels = truth.Concat(predicted).Distinct().Order(order).ToArray();
        if (labels.Length > ClassesMax)
        {
            throw Samples.Refuse(
                $"There are {labels.Length} classes.",
                "More than 2,000 look like numbers: use regression metrics."
            );
        }

        var index = labels.Select((label, i) => (label, i)).ToDictionary(pair => pair.label, pair => pair.i);
        var counts = labels.Select(_ => new double[labels.Length]).ToArray();
        for (var row = 0; row < truth.Count; row++)
        {
            counts[index[truth[row]]][index[predicted[row]]]++;
        }

        return new ConfusionMatrix(
            labels.Select(label => Convert.ToString(label, CultureInfo.InvariantCulture)!).ToArray(),
            counts
        );
    }

    /// <summary>
    /// Cohen's kappa (1960; weighted 1968): agreement beyond chance. Weights go by the place of a class in the order, as in scikit-learn.
    /// Not computable where chance alone agrees always (a single class, 0/0).
    /// </summary>
    public Metric Kappa(KappaWeights weights = KappaWeights.None)
    {
        var (n, t, p) = (Total, Rows(), Columns());
        var (observed, expected) = (0.0, 0.0);
        for (var i = 0; i < t.Length; i++)
        {
            for (var j = 0; j < p.Length; j++)
            {
                var weight = weights switch
                {
                    KappaWeights.Linear => Math.Abs(i - j),
                    KappaWeights.Quadratic => (double)(i - j) * (i - j),
                    _ => i == j ? 0 : 1,
                };
                observed += weight * Counts[i][j];
                expected += weight * t[i] * p[j] / n;
            }
        }

        return Metric.Ratio(observed, expected, "both have a single class").Then(share => 1 - share);
    }

    /// <summary>The scores of each class against all others.</summary>
    public IReadOnlyList<ClassScores> Classes()
    {
        var (t, p) = (Rows(), Columns());
        return Labels
            .Select(
                (label, i) =>
                    new ClassScores(
                        label,
                        t[i],
                        Metric.Ratio(Counts[i][i], p[i], "the class is never predicted"),
                        Metric.Ratio(Counts[i][i], t[i], "the class is never true"),
                        Metric.Ratio(2 * Counts[i][i], t[i] + p[i], "the class is neither true nor predicted")
                    )
            )
            .ToArray();
    }

    /// <summary>The scores of the classes averaged. What is undefined for a class counts 0.</summary>
    public ClassScores Average(Averaging averaging)
    {
        if (averaging == Averaging.Micro)
        {
            return new ClassScores("micro", Total, Accuracy, Accuracy, Accuracy);
        }

        var classes = Classes().Where(c => averaging != Averaging.MacroOfTrue || c.Support > 0).ToArray();
        return new ClassScores(
            averaging.ToString(),
            Total,
            Mean(c => c.Precision),
            Mean(c => c.Recall),
            Mean(c => c.F1)
        );

        Metric Mean(Func<ClassScores, Metric> score) =>
            Metric.Ratio(classes.Sum(c => Weight(c) * score(c).Or(0)), classes.Sum(Weight), "there are no rows");

        double Weight(ClassScores c) => averaging == Averaging.Weighted ? c.Support : 1;
    }

    private double[] Rows() => Counts.Select(row => row.Sum()).ToArray();

    private double[] Columns() => Labels.Select((_, j) => Counts.Sum(row => row[j])).ToArray();
}
