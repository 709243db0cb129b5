namespace Rondo.Data;

/// <summary>What rows are expected to look like.</summary>
/// <param name="Name">What the rows are, for messages; the name of the type by default.</param>
/// <param name="Columns">The expected columns.</param>
/// <param name="AllowExtraColumns">Whether columns that are not expected are no anomaly.</param>
public sealed record TableSchema(string Name, IReadOnlyList<ColumnExpectation> Columns, bool AllowExtraColumns = false)
{
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
);
