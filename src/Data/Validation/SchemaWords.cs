namespace Rondo.Data;

/// <summary>What to do about an anomaly, in the words of where the schema is written: a type of C#, or a file.</summary>
internal static class SchemaWords
{
    public static string Place(TableSchema schema) => schema.File ?? schema.Name;

    public static string ExtraColumn(TableSchema schema, string column) =>
        schema.File is { } file
            ? $"Add '{column}' to {file} (rondo schema accept does so), set extraColumns there, or drop the column."
            : $"Add '{column}' to {schema.Name}, mark {schema.Name} [AllowExtraColumns], or drop the column.";

    public static string Range(TableSchema schema, string column, string file) =>
        $"If these are real, widen {(schema.File is null ? "[Between]" : "min and max")} of '{column}' in {Place(schema)}; otherwise correct {file}.";

    public static string Domain(TableSchema schema, string column, string file) =>
        $"If these are real, add them to {(schema.File is null ? "[OneOf]" : "oneOf")} of '{column}' in {Place(schema)}; otherwise correct {file}.";

    /// <summary>The numbers that are expected.</summary>
    public static string Range(double? min, double? max) =>
        (min, max) switch
        {
            ({ } low, { } high) => FormattableString.Invariant($"{low} to {high}"),
            ({ } low, null) => FormattableString.Invariant($"{low} or more"),
            (null, { } high) => FormattableString.Invariant($"{high} or less"),
            _ => "anything",
        };
}
