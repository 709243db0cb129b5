using System.Text.Json.Serialization;

namespace Rondo.Data;

/// <summary>What is wrong with a column or its values.</summary>
public enum AnomalyKind
{
    /// <summary>A file lacks a required column. Schema skew.</summary>
    MissingColumn,

    /// <summary>A file has a column that is not expected. Schema skew.</summary>
    ExtraColumn,

    /// <summary>A column of a file has values of another type. Schema skew.</summary>
    WrongType,

    /// <summary>A file has no header. Schema skew.</summary>
    EmptyFile,

    /// <summary>A file has a column that must not be used. Schema skew.</summary>
    ForbiddenColumn,

    /// <summary>Values are missing that must not be. Stops as schema skew does: the rows cannot be used.</summary>
    MissingValue,

    /// <summary>Numbers outside the expected limits. Value skew.</summary>
    OutOfRange,

    /// <summary>Texts outside the expected domain. Value skew.</summary>
    UnknownCategory,

    /// <summary>Lines that could not be read and were held back.</summary>
    QuarantinedRows,

    /// <summary>Values come more than once that must not.</summary>
    NotUnique,

    /// <summary>More different values than expected.</summary>
    TooManyDistinct,

    /// <summary>Rows whose columns do not stand to each other as they should.</summary>
    BrokenRule,

    /// <summary>A value occurs more or less often than expected.</summary>
    ShareOutOfRange,

    /// <summary>Values are distributed differently than expected. Value skew.</summary>
    UnexpectedDistribution,
}

/// <summary>The outcome of validation: a value, not an exception.</summary>
/// <param name="Schema">The name of the schema.</param>
/// <param name="Rows">The number of rows that were looked at.</param>
/// <param name="Anomalies">What was found, schema skew first.</param>
public sealed record ValidationReport(string Schema, long Rows, IReadOnlyList<Anomaly> Anomalies)
{
    /// <summary>Whether a run must stop before training: columns are missing, new, of another type or without values that must be there.</summary>
    public bool HasSchemaSkew => Anomalies.Any(a => a.IsSchemaSkew);

    /// <summary>Whether nothing at all was found.</summary>
    public bool IsClean => Anomalies.Count == 0;

    /// <summary>The anomalies that stop, in one sentence; empty if there is none.</summary>
    public string Summary
    {
        get
        {
            var skew = Anomalies.Where(a => a.IsSchemaSkew).Select(a => a.Message).ToList();
            var more = skew.Count > SummaryMax ? $"; and {skew.Count - SummaryMax} more" : "";
            return string.Join("; ", skew.Take(SummaryMax)) + more;
        }
    }

    private const int SummaryMax = 5;
}

/// <summary>One thing that is wrong.</summary>
/// <param name="Kind">What it is.</param>
/// <param name="Column">The column, if it is about one.</param>
/// <param name="Place">The file.</param>
/// <param name="Expected">What was expected.</param>
/// <param name="Observed">What was there.</param>
/// <param name="Share">The share of the file's rows that it touches.</param>
/// <param name="Examples">Up to five of the values.</param>
/// <param name="Mend">What to do about it.</param>
public sealed record Anomaly(
    AnomalyKind Kind,
    string? Column,
    string Place,
    string Expected,
    string Observed,
    double Share,
    IReadOnlyList<string> Examples,
    string Mend
)
{
    /// <summary>All unexpected values, as far as they were kept: what accepting them adds to the schema.</summary>
    [JsonIgnore]
    internal IReadOnlyList<string> Unexpected { get; init; } = [];

    /// <summary>Of an unexpected distribution, the values that it is of.</summary>
    [JsonIgnore]
    internal long Values { get; init; }

    /// <summary>
    /// How far the values are from what is expected, 0 to 1, where that has a size: of an expected distribution the greatest difference of shares
    /// (of quantiles: of the share below one), of an expected share how far it is outside. Null of others.
    /// </summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public double? Effect { get; init; }

    /// <summary>The distribution that was there, of <see cref="AnomalyKind.UnexpectedDistribution"/>; accepting it puts it into the schema.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public DistributionExpectation? Distribution { get; init; }

    /// <summary>Whether it stops a run before training.</summary>
    public bool IsSchemaSkew => Kind <= AnomalyKind.MissingValue;

    /// <summary>What and where, for people: <c>missing column 'temp' in days-2008Q1.csv</c>.</summary>
    public string Message =>
        Kind switch
        {
            AnomalyKind.MissingColumn => $"missing column '{Column}' in {Place}",
            AnomalyKind.ExtraColumn => $"extra column '{Column}' in {Place}",
            AnomalyKind.WrongType => $"column '{Column}' in {Place} holds {Observed}, expected {Expected}",
            AnomalyKind.EmptyFile => $"{Place} is empty",
            AnomalyKind.MissingValue => $"column '{Column}' in {Place} lacks values: {Observed}",
            AnomalyKind.OutOfRange => $"column '{Column}' in {Place} is outside {Expected}: {Observed}",
            AnomalyKind.UnknownCategory => $"column '{Column}' in {Place} has unknown values: {Observed}",
            AnomalyKind.ForbiddenColumn => $"column '{Column}' in {Place} must not be there: {Expected}",
            AnomalyKind.NotUnique => $"column '{Column}' in {Place} is not unique: {Observed}",
            AnomalyKind.TooManyDistinct => $"column '{Column}' in {Place} has {Observed}, expected {Expected}",
            AnomalyKind.BrokenRule => $"rows of {Place} where {Expected} does not hold: {Observed}",
            AnomalyKind.UnexpectedDistribution =>
                $"column '{Column}' in {Place} is distributed differently: {Observed}, expected {Expected}",
            AnomalyKind.ShareOutOfRange => $"column '{Column}' in {Place}: {Observed}, expected {Expected}",
            _ => $"{Place}: {Observed}",
        };
}
