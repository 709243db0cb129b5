using System.Text.Json.Serialization;

namespace Rondo.Data;

/// <summary>What a table holds, column by column: facts, without a judgement.</summary>
public sealed record TableStatistics(long Rows, IReadOnlyList<ColumnStatistics> Columns)
{
    /// <summary>Describes a table. The order of its rows does not matter.</summary>
    public static TableStatistics Of(Table table) => Of([table]);

    /// <summary>Describes rows that come part by part; see <see cref="TableProfiler"/>.</summary>
    public static TableStatistics Of(IEnumerable<Table> parts)
    {
        var profiler = new TableProfiler();
        foreach (var part in parts)
        {
            profiler.Add(part);
        }

        return profiler.ToStatistics();
    }

    /// <summary>What deserves a look before anything is trained on these rows.</summary>
    public IReadOnlyList<QualityWarning> Warnings() => [.. QualityRules.Of(this)];

    /// <summary>The statistics of a column by name (case and underscores do not count), or null.</summary>
    public ColumnStatistics? Find(string column) =>
        Columns.FirstOrDefault(c => ColumnNames.Comparer.Equals(c.Name, column));
}

/// <summary>What a column holds.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Type">Its type.</param>
/// <param name="Count">Values that are there.</param>
/// <param name="Missing">Values that are missing.</param>
/// <param name="Distinct">Different values; see <see cref="DistinctIsExact"/>.</param>
/// <param name="Numbers">For Integer and Number, if there is a value.</param>
/// <param name="Top">
/// The most frequent values, at most <see cref="TopMax"/>, ties in ascending order; null where there are too many different ones to
/// count each (more than 50,000 texts, or 8,192 numbers), and for dates and timestamps.
/// </param>
/// <param name="Earliest">The first date or timestamp, as ISO text.</param>
/// <param name="Latest">The last one.</param>
public sealed record ColumnStatistics(
    string Name,
    ColumnType Type,
    long Count,
    long Missing,
    long Distinct,
    NumberStatistics? Numbers = null,
    IReadOnlyList<ValueCount>? Top = null,
    string? Earliest = null,
    string? Latest = null
)
{
    /// <summary>How many of the most frequent values are listed.</summary>
    public const int TopMax = 20;

    /// <summary>Whether the different values were counted; otherwise they were estimated, with a standard error of 0.8 %.</summary>
    public bool DistinctIsExact { get; init; } = true;

    /// <summary>
    /// Of a column with too many different texts to count each, the most frequent ones (at most <see cref="TopMax"/>), each with bounds on how often:
    /// one that is more than about 1 % of the values is nearly always among them, and others may be; empty where none stands out. Null where
    /// <see cref="Top"/> has exact counts, and of other types.
    /// </summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public IReadOnlyList<BoundedCount>? Frequent { get; init; }

    /// <summary>For Text, if there is a value.</summary>
    public TextStatistics? Texts { get; init; }
}

/// <summary>Texts described; lengths are in UTF-16 code units.</summary>
/// <param name="ShortestLength">Of the shortest.</param>
/// <param name="LongestLength">Of the longest.</param>
/// <param name="MeanLength">On average.</param>
/// <param name="Blank">How many are empty or white space.</param>
public sealed record TextStatistics(long ShortestLength, long LongestLength, double MeanLength, long Blank);

/// <summary>
/// Numbers described. Quantiles are of type 7 (linear). Values that are not finite count as <paramref name="NotFinite"/> and
/// enter nothing else.
/// </summary>
/// <param name="Min">The least.</param>
/// <param name="Max">The greatest.</param>
/// <param name="Mean">The mean.</param>
/// <param name="Deviation">The standard deviation of the sample; null of a single value.</param>
/// <param name="Zeros">How many are zero.</param>
/// <param name="NotFinite">How many are infinite or not a number.</param>
/// <param name="Quantiles">By share: 0.01, 0.05, 0.25, 0.5, 0.75, 0.95, 0.99.</param>
/// <param name="Histogram">Ten bins of equal width; one if all values are equal.</param>
public sealed record NumberStatistics(
    double Min,
    double Max,
    double Mean,
    double? Deviation,
    long Zeros,
    long NotFinite,
    IReadOnlyList<QuantileValue> Quantiles,
    IReadOnlyList<HistogramBin> Histogram
)
{
    /// <summary>
    /// The most by which a quantile may be wrong, in the unit of the values: 0 for at most 8,192 different numbers; beyond, the width of
    /// a cell that shares its leading bits.
    /// </summary>
    public double QuantileError { get; init; }

    /// <summary>The middle value.</summary>
    public double Median => Quantiles.First(q => q.Share == 0.5).Value;
}

/// <summary>The value below which a share of the values lies.</summary>
public sealed record QuantileValue(double Share, double Value);

/// <summary>How many values lie from <paramref name="From"/> (included) to <paramref name="To"/> (excluded, but in the last bin).</summary>
public sealed record HistogramBin(double From, double To, long Count);

/// <summary>How often a value occurs.</summary>
public sealed record ValueCount(string Value, long Count);

/// <summary>
/// About how often a value occurs. The upper bound always holds; the lower one but for an accident of hashing: that a text which is many values
/// of the same group has a hash that is nearly the same (fewer than 10 of 64 bits differ), with a probability of 2 in a billion for each.
/// </summary>
/// <param name="Value">The value; of a text of more than 32 bytes (UTF-8) its beginning and an ellipsis.</param>
/// <param name="Least">It occurs at least so often.</param>
/// <param name="Greatest">It occurs at most so often.</param>
public sealed record BoundedCount(string Value, long Least, long Greatest);
