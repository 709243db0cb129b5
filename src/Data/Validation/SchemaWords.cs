using System.Globalization;

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
}

/// <summary>A range in words.</summary>
internal static class RangeWords
{
    public static string Of(double? min, double? max) =>
        (min, max) switch
        {
            ({ } low, { } high) => Invariant($"{low} to {high}"),
            ({ } low, null) => Invariant($"{low} or more"),
            (null, { } high) => Invariant($"{high} or less"),
            _ => "anything",
        };

    private static string Invariant(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}
