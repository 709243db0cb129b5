namespace Rondo.Data;

/// <summary>From fields of text to typed columns over all files.</summary>
internal static class CsvTyping
{
    public static RawTable ToTable(IReadOnlyList<CsvFile> files, CsvOptions options, QuarantineBuilder quarantine)
    {
        var names = files.SelectMany(f => f.Header).Distinct(ColumnNames.Comparer).ToList();
        var judged = files.Select(f => f.Header.Select((n, i) => Judge(n, f.Fields[i], options)).ToArray()).ToList();
        var kept = files.Select((f, i) => KeptRows(f, judged[i], quarantine)).ToList();
        var columns = new List<Column>(names.Count);
        foreach (var name in names)
        {
            var sources = files.Select(f => f.PositionOf(name)).ToList();
            var telling = sources.Select((c, i) => c < 0 ? null : judged[i][c].Type).OfType<ColumnType>().ToList();
            ColumnType? type = telling.Count == 0 ? null : telling.Aggregate(TableConcat.Common);
            var fields = files.Select((f, i) => (sources[i] < 0 ? null : f.Fields[sources[i]], kept[i])).ToList();
            columns.Add(Build(name, type, fields));
        }

        var parts = files.Select(
            (f, i) =>
                new TablePart(
                    f.Name,
                    kept[i].Count,
                    f.Header.Select((name, c) => new PartColumn(name, judged[i][c].Type)).ToArray()
                )
        );
        return new RawTable(new Table(columns), parts.ToArray(), quarantine.Build());
    }

    /// <summary>The type to read a column of one file as: the expected one if nearly all values allow it, else the one that all allow.</summary>
    private static Judged Judge(string name, CsvFields fields, CsvOptions options)
    {
        if (options.Schema?.Find(name)?.Type is not { } expected)
        {
            return new Judged(TypeOf(fields), HasMisfits: false);
        }

        var (misfits, missing) = (0, 0);
        for (var row = 0; row < fields.Count; row++)
        {
            if (fields.IsMissing(row, expected))
            {
                missing++;
            }
            else if (!CellParser.Fits(fields[row], expected))
            {
                misfits++;
            }
        }

        return misfits > options.QuarantineShareMax * fields.Count ? new Judged(TypeOf(fields), HasMisfits: false)
            : missing == fields.Count ? new Judged(null, HasMisfits: false)
            : new Judged(expected, misfits > 0);
    }

    /// <summary>The narrowest type that reads every field; null where there is no value.</summary>
    private static ColumnType? TypeOf(CsvFields fields)
    {
        ColumnType? type = null;
        for (var row = 0; row < fields.Count && type != ColumnType.Text; row++)
        {
            var field = fields[row];
            if (CellParser.IsMarker(field) || (type is { } known && CellParser.Fits(field, known)))
            {
                continue;
            }

            type = type is { } wider ? TableConcat.Common(wider, CellParser.TypeOf(field)) : CellParser.TypeOf(field);
        }

        return type;
    }

    /// <summary>The rows whose every field can be read as its column's type; the others go to the quarantine.</summary>
    private static List<int> KeptRows(CsvFile file, Judged[] judged, QuarantineBuilder quarantine)
    {
        var suspects = Enumerable.Range(0, judged.Length).Where(i => judged[i].HasMisfits).ToArray();
        var kept = new List<int>(file.Lines.Count);
        for (var row = 0; row < file.Lines.Count; row++)
        {
            var misfit = Array.FindIndex(suspects, i => !Fits(file.Fields[i], row, judged[i].Type!.Value));
            if (misfit < 0)
            {
                kept.Add(row);
                continue;
            }

            var column = suspects[misfit];
            var reason =
                $"column '{file.Header[column]}' is '{file.Fields[column][row]}', expected {judged[column].Type}";
            quarantine.Add(file.Name, file.Lines[row], reason, file.TextOf(row));
        }

        return kept;
    }

    private static Column Build(string name, ColumnType? type, List<(CsvFields? Fields, List<int> Rows)> parts) =>
        type switch
        {
            null => Column.OfMissing(name, ColumnType.Text, parts.Sum(p => p.Rows.Count)),
            ColumnType.Boolean => Build<bool>(name, type.Value, parts, CellParser.TryBoolean),
            ColumnType.Integer => Build<long>(name, type.Value, parts, CellParser.TryInteger),
            ColumnType.Number => Build<double>(name, type.Value, parts, CellParser.TryNumber),
            ColumnType.Date => Build<DateOnly>(name, type.Value, parts, CellParser.TryDate),
            ColumnType.Timestamp => Build<DateTimeOffset>(name, type.Value, parts, CellParser.TryTimestamp),
            _ => Build<string>(name, type.Value, parts, new TextPool().Take),
        };

    private static bool Fits(CsvFields fields, int row, ColumnType type) =>
        fields.IsMissing(row, type) || CellParser.Fits(fields[row], type);

    /// <summary>The type of a column in one file (null: no value tells), and whether some values are not of it.</summary>
    private readonly record struct Judged(ColumnType? Type, bool HasMisfits);

    private delegate bool TryParse<T>(ReadOnlySpan<char> field, out T value);

    private static Column<T> Build<T>(
        string name,
        ColumnType type,
        List<(CsvFields? Fields, List<int> Rows)> parts,
        TryParse<T> parse
    )
    {
        var total = parts.Sum(p => p.Rows.Count);
        var values = new T[total];
        var missing = new bool[total];
        var at = 0;
        foreach (var (fields, rows) in parts)
        {
            foreach (var row in rows)
            {
                missing[at] = fields is null || fields.IsMissing(row, type) || !parse(fields[row], out values[at]);
                values[at] = missing[at] ? Column<T>.Filler : values[at];
                at++;
            }
        }

        return new Column<T>(name, type, values, missing);
    }

    /// <summary>Columns of text mostly repeat few values: each is held once.</summary>
    private sealed class TextPool
    {
        private const int TextsMax = 4096;

        private readonly HashSet<string> texts = new(StringComparer.Ordinal);

        public bool Take(ReadOnlySpan<char> field, out string value)
        {
            var known = texts.GetAlternateLookup<ReadOnlySpan<char>>();
            if (!known.TryGetValue(field, out value!))
            {
                value = field.ToString();
                if (texts.Count < TextsMax)
                {
                    texts.Add(value);
                }
            }

            return true;
        }
    }
}
