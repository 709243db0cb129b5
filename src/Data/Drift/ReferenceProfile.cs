using System.Text.Json.Serialization;

namespace Rondo.Data;

/// <summary>
/// What later rows are compared with: a bounded summary of a table, made once (of the training data, for example) and kept as
/// JSON. Dates and timestamps are left out, because they always move.
/// </summary>
public sealed record ReferenceProfile(long Rows, IReadOnlyList<ColumnProfile> Columns)
{
    /// <summary>From where on a column has moved, where that was learned from the table itself; else null.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    [JsonPropertyOrder(-1)] // Stands first in a file: it is what a person looks for.
    public DriftThresholds? Thresholds { get; init; }

    /// <summary>Summarises a table.</summary>
    public static ReferenceProfile Of(Table table) =>
        new(table.RowCount, Compared(table).Select(Profiling.Of).ToArray());

    /// <summary>Summarises a table, and learns from its windows from where on a column has moved.</summary>
    /// <exception cref="RondoException">
    /// The event time is not there or holds no time, there are fewer than two whole windows, or α is not between 0 and 1.
    /// </exception>
    public static ReferenceProfile Of(Table table, DriftCalibration calibration) =>
        Of(table) with
        {
            Thresholds = ThresholdLearning.Of(table, calibration),
        };

    internal static IEnumerable<Column> Compared(Table table) =>
        table.Columns.Where(c => c.Type is not (ColumnType.Date or ColumnType.Timestamp));

    /// <summary>The profile of a column by name (case and underscores do not count), or null.</summary>
    public ColumnProfile? Find(string column) =>
        Columns.FirstOrDefault(c => ColumnNames.Comparer.Equals(c.Name, column));
}

/// <summary>The summary of a column: bins or categories, whichever it has.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Type">Its type.</param>
/// <param name="Count">Values that were there.</param>
/// <param name="Missing">Values that were missing.</param>
/// <param name="Numbers">For numbers.</param>
/// <param name="Categories">For texts and booleans.</param>
public sealed record ColumnProfile(
    string Name,
    ColumnType Type,
    long Count,
    long Missing,
    NumberProfile? Numbers,
    CategoryProfile? Categories
);

/// <summary>
/// Numbers summarised. Bins are closed on the right, (lower, upper]: the inner <paramref name="Edges"/> are type-7 quantiles of
/// the reference at tenths, each once and without the greatest value; the outer bins are open. A column with a single value has
/// three bins (below it, the value, above it); one whose greatest value fills more than nine tenths has two (below it, the value).
/// </summary>
/// <param name="Edges">Inner edges, ascending; one fewer than bins.</param>
/// <param name="Counts">Reference rows by bin.</param>
/// <param name="Sample">At most <see cref="SampleMax"/> of the values in ascending order, evenly spaced by rank, for Kolmogorov–Smirnov.</param>
/// <param name="Mean">The mean.</param>
/// <param name="Deviation">The standard deviation; null of a single value.</param>
/// <param name="Rounded">
/// Whether numbers are compared to six significant digits, so that one that has passed through a <see cref="float"/> still equals
/// itself; false where the spread is under 1/1,000 of the greatest value, so that more digits are needed.
/// </param>
public sealed record NumberProfile(
    IReadOnlyList<double> Edges,
    IReadOnlyList<long> Counts,
    IReadOnlyList<double> Sample,
    double Mean,
    double? Deviation,
    bool Rounded
)
{
    /// <summary>The most values kept; thinning changes the Kolmogorov–Smirnov statistic by less than 1/2,000.</summary>
    public const int SampleMax = 2000;
}

/// <summary>Categories summarised: the most frequent <see cref="ValuesMax"/>, and the rows of all others together.</summary>
public sealed record CategoryProfile(IReadOnlyList<ValueCount> Values, long Others)
{
    /// <summary>How many categories are told apart.</summary>
    public const int ValuesMax = 100;
}
