using System.Globalization;

namespace Rondo.Data;

/// <summary>The validation of one file.</summary>
internal sealed class PartValidation(TableSchema schema, RawTable raw, TablePart part, int firstRow)
{
    private const int ExamplesMax = 5;

    public static Anomaly OfQuarantine(string file, List<QuarantinedRow> rows, RawTable raw)
    {
        var atLeast = raw.Quarantine.Count > raw.Quarantine.Rows.Count ? "at least " : "";
        var good = raw.Parts.Where(p => p.Name == file).Sum(p => p.Rows);
        return new Anomaly(
            AnomalyKind.QuarantinedRows,
            null,
            file,
            "lines that can be read",
            Invariant($"{atLeast}{Counted(rows.Count, "line")} held back; line {rows[0].Line}: {rows[0].Reason}"),
            (double)rows.Count / (rows.Count + good),
            rows.Take(ExamplesMax).Select(r => Invariant($"line {r.Line}: {r.Reason}")).ToList(),
            "Correct these lines in the source and push the file again."
        );
    }

    public IEnumerable<Anomaly> Run()
    {
        if (part.Columns.Count == 0)
        {
            return
            [
                new Anomaly(
                    AnomalyKind.EmptyFile,
                    null,
                    part.Name,
                    "a header line",
                    "nothing",
                    1,
                    [],
                    "Push the file again with its header."
                ),
            ];
        }

        return schema.Columns.SelectMany(OfColumn).Concat(schema.AllowExtraColumns ? [] : ExtraColumns());
    }

    private IEnumerable<Anomaly> OfColumn(ColumnExpectation expected)
    {
        if (part.Columns.FirstOrDefault(c => ColumnNames.Comparer.Equals(c.Name, expected.Name)) is not { } found)
        {
            return expected.Required ? [MissingColumn(expected)] : [];
        }

        if (found.Type is { } type && !Fits(type, expected.Type, found.Name))
        {
            return [WrongType(expected, found.Name, type)];
        }

        return raw.Table.TryGet(found.Name, out var column) ? OfValues(expected, column) : [];
    }

    private IEnumerable<Anomaly> OfValues(ColumnExpectation expected, Column column)
    {
        if (!expected.Nullable && MissingValues(column) is { } missing)
        {
            yield return missing;
        }

        if ((expected.Min is not null || expected.Max is not null) && OutOfRange(expected, column) is { } range)
        {
            yield return range;
        }

        if (expected.Domain is { } domain && UnknownCategories(domain, column) is { } unknown)
        {
            yield return unknown;
        }
    }

    private bool Fits(ColumnType actual, ColumnType expected, string name) =>
        (actual, expected) switch
        {
            _ when actual == expected => true,
            (ColumnType.Integer, ColumnType.Number) => true,
            (ColumnType.Date, ColumnType.Timestamp) => true,
            (ColumnType.Integer or ColumnType.Number or ColumnType.Boolean, ColumnType.Text) => true,
            (ColumnType.Number, ColumnType.Integer) => Values(raw.Table[name])
                .All(v => v is long || (v is double number && Math.Floor(number) == number)),
            (ColumnType.Integer, ColumnType.Boolean) => Values(raw.Table[name]).All(v => v is 0L or 1L or 0.0 or 1.0),
            _ => false,
        };

    private IEnumerable<object> Values(Column column) =>
        Enumerable.Range(firstRow, part.Rows).Select(row => column[row]).OfType<object>();

    private Anomaly MissingColumn(ColumnExpectation expected)
    {
        var name = raw.Table.TryGet(expected.Name, out var elsewhere)
            ? elsewhere.Name
            : Spelling.Of(expected.Name, part.Columns.Select(c => c.Name), schema);
        var others = raw.Parts.Count(p => p.Columns.Any(c => ColumnNames.Comparer.Equals(c.Name, name)));
        var mend =
            others > 0
                ? Invariant(
                    $"Push {part.Name} again with the column: {(others == 1 ? "another file has" : $"{others} other files have")} it."
                )
                : $"Add the column to the data, or remove '{expected.Name}' from {schema.Name}.";
        return new Anomaly(
            AnomalyKind.MissingColumn,
            name,
            part.Name,
            expected.Type.ToString(),
            "no such column",
            1,
            part.Columns.Take(ExamplesMax).Select(c => c.Name).ToList(),
            mend
        );
    }

    private Anomaly WrongType(ColumnExpectation expected, string name, ColumnType actual)
    {
        var misfits = Values(raw.Table[name])
            .Select(TableConcat.TextOf)
            .Where(text => !CellParser.Fits(text, expected.Type) && !CellParser.IsMarker(text))
            .ToList();
        return new Anomaly(
            AnomalyKind.WrongType,
            name,
            part.Name,
            expected.Type.ToString(),
            actual.ToString(),
            Share(misfits.Count),
            misfits.Distinct(StringComparer.Ordinal).Take(ExamplesMax).ToList(),
            $"Correct the values in {part.Name}, or declare '{name}' as {actual} in {schema.Name}."
        );
    }

    private IEnumerable<Anomaly> ExtraColumns() =>
        part
            .Columns.Where(c => schema.Find(c.Name) is null)
            .Select(c => new Anomaly(
                AnomalyKind.ExtraColumn,
                c.Name,
                part.Name,
                "no such column",
                c.Type?.ToString() ?? "no values",
                1,
                Values(raw.Table[c.Name]).Take(ExamplesMax).Select(TableConcat.TextOf).ToList(),
                $"Add '{c.Name}' to {schema.Name}, mark {schema.Name} [AllowExtraColumns], or drop the column."
            ));

    private Anomaly? MissingValues(Column column)
    {
        var rows = Enumerable.Range(firstRow, part.Rows).Where(column.IsMissing).ToList();
        return rows.Count == 0
            ? null
            : new Anomaly(
                AnomalyKind.MissingValue,
                column.Name,
                part.Name,
                "a value in every row",
                Invariant($"{rows.Count} of {part.Rows} rows"),
                Share(rows.Count),
                rows.Take(ExamplesMax).Select(r => Invariant($"row {r - firstRow + 1}")).ToList(),
                $"Fill the values in {part.Name}, or make '{column.Name}' nullable in {schema.Name}."
            );
    }

    private Anomaly? OutOfRange(ColumnExpectation expected, Column column)
    {
        var min = expected.Min ?? double.NegativeInfinity;
        var max = expected.Max ?? double.PositiveInfinity;
        var outside = Values(column)
            .Select(v => v is long whole ? whole : v as double?)
            .OfType<double>()
            .Where(v => !(v >= min && v <= max))
            .ToList();
        return outside.Count == 0
            ? null
            : new Anomaly(
                AnomalyKind.OutOfRange,
                column.Name,
                part.Name,
                Invariant($"{min} to {max}"),
                Invariant($"{Counted(outside.Count, "value")}, from {outside.Min()} to {outside.Max()}"),
                Share(outside.Count),
                outside.Distinct().Take(ExamplesMax).Select(v => v.ToString(CultureInfo.InvariantCulture)).ToList(),
                $"If these are real, widen [Between] of '{column.Name}' in {schema.Name}; otherwise correct {part.Name}."
            );
    }

    private Anomaly? UnknownCategories(IReadOnlyList<string> domain, Column column)
    {
        var known = domain.ToHashSet(StringComparer.Ordinal);
        var unknown = Values(column).Select(TableConcat.TextOf).Where(v => !known.Contains(v)).ToList();
        var examples = unknown.Distinct(StringComparer.Ordinal).Take(ExamplesMax).ToList();
        return unknown.Count == 0
            ? null
            : new Anomaly(
                AnomalyKind.UnknownCategory,
                column.Name,
                part.Name,
                string.Join(", ", domain.Take(ExamplesMax)) + (domain.Count > ExamplesMax ? ", …" : ""),
                Invariant($"{Counted(unknown.Count, "value")} ({string.Join(", ", examples)})"),
                Share(unknown.Count),
                examples,
                $"If these are real, add them to [OneOf] of '{column.Name}' in {schema.Name}; otherwise correct {part.Name}."
            );
    }

    private double Share(int count) => part.Rows == 0 ? 0 : (double)count / part.Rows;

    private static string Counted(int count, string noun) => Invariant($"{count} {noun}{(count == 1 ? "" : "s")}");

    private static string Invariant(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}
