namespace Rondo.Data;

/// <summary>How strongly two columns hang together is measured by what suits their kinds.</summary>
public enum AssociationMeasure
{
    /// <summary>Two columns of numbers: Spearman's rank correlation, −1 to 1; ties have their mean rank.</summary>
    Spearman,

    /// <summary>Numbers and categories: the correlation ratio η, 0 to 1 (the root of the share of the variance that lies between the categories).</summary>
    CorrelationRatio,

    /// <summary>Two columns of categories: Cramér's V, 0 to 1, corrected for bias (Bergsma, 2013).</summary>
    CramersV,
}

/// <summary>How strongly two columns hang together.</summary>
/// <param name="Left">One column.</param>
/// <param name="Right">The other, further to the right in the table.</param>
/// <param name="Measure">By what it was measured.</param>
/// <param name="Value">The measure; ±1 is the most.</param>
/// <param name="Rows">Rows of the sample in which both have a value.</param>
public sealed record Association(string Left, string Right, AssociationMeasure Measure, double Value, int Rows);

/// <summary>What the columns of a table have to do with each other.</summary>
/// <param name="Rows">All rows.</param>
/// <param name="SampleRows">The rows that the associations are of: at most 10,000, chosen by what they hold.</param>
/// <param name="DuplicateRows">Rows that are equal to an earlier one in every column; null beyond four million different rows.</param>
/// <param name="Pairs">Every pair that could be measured, the strongest first.</param>
public sealed record Associations(long Rows, int SampleRows, long? DuplicateRows, IReadOnlyList<Association> Pairs)
{
    private const int SampleSize = 10_000;
    private const double NearlyOne = 0.99;

    /// <summary>Measures the columns of a source, which is read once.</summary>
    public static Associations Of(TableSource source)
    {
        var sample = new RowSample(SampleSize);
        foreach (var part in source.Read())
        {
            sample.Add(part);
        }

        var table = sample.ToTable();
        return new Associations(sample.Rows, table.RowCount, sample.Duplicates, AssociationPairs.Of(table));
    }

    /// <summary>Pairs of which one column nearly repeats the other: one of the two can go.</summary>
    public IReadOnlyList<Association> NearDuplicates() => [.. Pairs.Where(pair => Math.Abs(pair.Value) >= NearlyOne)];

    /// <summary>What hangs together with a column, such as the target, the strongest first.</summary>
    public IReadOnlyList<Association> With(string column) =>
        [
            .. Pairs.Where(pair =>
                ColumnNames.Comparer.Equals(pair.Left, column) || ColumnNames.Comparer.Equals(pair.Right, column)
            ),
        ];

    /// <summary>Columns that tell the target so well that they may be made from it, or be known only after it.</summary>
    /// <param name="target">The column that is to be predicted.</param>
    /// <param name="strength">From which association on a column is a suspect.</param>
    public IReadOnlyList<string> LeakageSuspects(string target, double strength = 0.95) =>
        [
            .. With(target)
                .Where(pair => Math.Abs(pair.Value) >= strength)
                .Select(pair => ColumnNames.Comparer.Equals(pair.Left, target) ? pair.Right : pair.Left),
        ];
}
