using System.Text.Json.Serialization;

namespace Rondo.Data;

/// <summary>What rows are expected to look like.</summary>
/// <param name="Name">What the rows are, for messages; the name of the type by default.</param>
/// <param name="Columns">The expected columns.</param>
/// <param name="AllowExtraColumns">Whether columns that are not expected are no anomaly.</param>
public sealed record TableSchema(string Name, IReadOnlyList<ColumnExpectation> Columns, bool AllowExtraColumns = false)
{
    private static readonly IReadOnlyDictionary<string, string> s_none = new Dictionary<string, string>(
        StringComparer.Ordinal
    );

    /// <summary>
    /// The schema of a row type (see <see cref="Table{T}"/>): a column for each member, nullable as the member is, with the limits
    /// of <see cref="BetweenAttribute"/> and <see cref="OneOfAttribute"/>; an enum allows its names.
    /// </summary>
    public static TableSchema Of<T>() => SchemaInference.Of(RowType.Of(typeof(T)));

    /// <summary>
    /// The schema that a table itself suggests, to begin with: its columns and types; nullable where values are missing; the
    /// domain of a text column that has few values. It sets no limits on numbers.
    /// </summary>
    public static TableSchema Infer(string name, Table table) => SchemaInference.Of(name, table);

    /// <summary>The same from what is known of a table, which may be larger than memory.</summary>
    public static TableSchema Infer(string name, TableStatistics statistics) => SchemaInference.Of(name, statistics);

    /// <summary>What must hold between two columns of each row.</summary>
    public IReadOnlyList<RowRule> Rules { get; init; } = [];

    /// <summary>How often values may occur, such as the classes of a label.</summary>
    public IReadOnlyList<ShareRule> Shares { get; init; } = [];

    /// <summary>Columns that must not be there, by name, with the reason: what must not be used cannot leak.</summary>
    public IReadOnlyDictionary<string, string> Forbidden { get; init; } = s_none;

    /// <summary>The column that tells when a row happened, by which validity windows are judged.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)]
    public string? EventTime { get; init; }

    /// <summary>The file that a person edits, for messages; null where the schema is a type.</summary>
    [JsonIgnore]
    public string? File { get; init; }

    /// <summary>The expectation of a column by name (case and underscores do not count), or null.</summary>
    public ColumnExpectation? Find(string column) =>
        Columns.FirstOrDefault(c => ColumnNames.Comparer.Equals(c.Name, column));
}

/// <summary>What one column is expected to be.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Type">Its type; Integer may stand for Number, and Date for Timestamp.</param>
/// <param name="Required">Whether every file must have it.</param>
/// <param name="Nullable">Whether values may be missing.</param>
/// <param name="Min">The least expected number.</param>
/// <param name="Max">The greatest expected number.</param>
/// <param name="Domain">The expected texts.</param>
public sealed record ColumnExpectation(
    string Name,
    ColumnType Type,
    bool Required = true,
    bool Nullable = false,
    double? Min = null,
    double? Max = null,
    IReadOnlyList<string>? Domain = null
)
{
    /// <summary>The greatest share of values that may be missing where <see cref="Nullable"/> is set; null: any.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)]
    public double? MissingShareMax { get; init; }

    /// <summary>Whether no value may come twice.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)]
    public bool Unique { get; init; }

    /// <summary>The most different values.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)]
    public long? DistinctMax { get; init; }

    /// <summary>How the values are expected to be distributed; null: anyhow.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)]
    public DistributionExpectation? Distribution { get; init; }

    /// <summary>Environments (such as <c>serving</c>, which has no label) where the column need not be, and is not looked at.</summary>
    public IReadOnlyList<string> AbsentIn { get; init; } = [];

    /// <summary>Why the column is going away: it may be there or not, and is not looked at.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)]
    public string? Deprecated { get; init; }

    /// <summary>What the values tell about a person, where that is known and wanted: <see cref="PersonalDataScan"/> does not report it.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)]
    public PersonalDataKind? Personal { get; init; }

    /// <summary>Rows before this instant (by <see cref="TableSchema.EventTime"/>) have no say: the column began later, or meant something else.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)]
    public DateTimeOffset? ValidFrom { get; init; }

    /// <summary>Rows from this instant on have no say.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)]
    public DateTimeOffset? ValidUntil { get; init; }
}

/// <summary>What must hold between two columns of every row that has both values.</summary>
/// <param name="Left">A column of numbers, dates, timestamps or texts.</param>
/// <param name="Is">One of <c>&lt;</c>, <c>&lt;=</c>, <c>=</c>, <c>!=</c>, <c>&gt;=</c>, <c>&gt;</c>; texts compare by code point.</param>
/// <param name="Right">Another column of the same kind.</param>
public sealed record RowRule(string Left, string Is, string Right);

/// <summary>The share of the values of a column that one value may have.</summary>
/// <param name="Column">The column.</param>
/// <param name="Value">The value, as text.</param>
/// <param name="Min">The least share, 0 to 1.</param>
/// <param name="Max">The greatest share, 0 to 1.</param>
public sealed record ShareRule(string Column, string Value, double Min, double Max);
