namespace Rondo.Data;

/// <summary>From fields of text to typed columns over all files.</summary>
internal static class CsvTyping
{
    public static RawTable ToTable(IReadOnlyList<CsvFile> files, CsvOptions options, QuarantineBuilder quarantine)
    {
        var names = files.SelectMany(f => f.Header).Distinct(ColumnNames.Comparer).ToList();
        var columns = new List<Column>(names.Count);
        var types = files.Select(f => TypesOf(f, options)).ToList();
        var kept = files.Select((f, i) => KeptRows(f, types[i], quarantine)).ToList();
        foreach (var name in names)
        {
            var sources = files.Select(f => IndexOf(f, name)).ToList();
            var telling = sources.Select((c, i) => c < 0 ? null : types[i][c]).OfType<ColumnType>().ToList();
            ColumnType? type = telling.Count == 0 ? null : telling.Aggregate(TableConcat.Common);
            columns.Add(
                Build(
                    name,
                    type,
                    files.Select((f, i) => (sources[i] < 0 ? null : f.Fields[sources[i]], kept[i])).ToList()
                )
            );
        }

        var parts = files.Select((f, i) => new TablePart(f.Name, kept[i].Count, PartColumns(f, types[i])));
        return new RawTable(new Table(columns), parts.ToArray(), quarantine.Build());
    }

    private static PartColumn[] PartColumns(CsvFile file, ColumnType?[] types) =>
        file.Header.Select((name, i) => new PartColumn(name, types[i])).ToArray();

    private static int IndexOf(CsvFile file, string name)
    {
        for (var i = 0; i < file.Header.Count; i++)
        {
            if (ColumnNames.Comparer.Equals(file.Header[i], name))
            {
                return i;
            }
        }

        return -1;
    }

    private static ColumnType?[] TypesOf(CsvFile file, CsvOptions options) =>
        file
            .Header.Select(
                (name, i) =>
                    Expected(name, options) is { } expected && FitsMostly(file.Fields[i], expected, options)
                        ? (IsAllMissing(file.Fields[i], expected) ? null : expected)
                        : TypeOf(file.Fields[i])
            )
            .ToArray();

    private static ColumnType? Expected(string name, CsvOptions options) => options.Schema?.Find(name)?.Type;

    private static bool FitsMostly(CsvFields fields, ColumnType expected, CsvOptions options)
    {
        var misfits = 0;
        for (var row = 0; row < fields.Count; row++)
        {
            misfits += fields.IsMissing(row, expected) || CellParser.Fits(fields[row], expected) ? 0 : 1;
        }

        return misfits <= options.QuarantineShareMax * fields.Count;
    }

    private static bool IsAllMissing(CsvFields fields, ColumnType type)
    {
        for (var row = 0; row < fields.Count; row++)
        {
            if (!fields.IsMissing(row, type))
            {
                return false;
            }
        }

        return true;
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
    private static List<int> KeptRows(CsvFile file, ColumnType?[] types, QuarantineBuilder quarantine)
    {
        var kept = new List<int>(file.Lines.Count);
        for (var row = 0; row < file.Lines.Count; row++)
        {
            var misfit = -1;
            for (var i = 0; i < types.Length && misfit < 0; i++)
            {
                var fields = file.Fields[i];
                var fits =
                    types[i] is not { } type || fields.IsMissing(row, type) || CellParser.Fits(fields[row], type);
                misfit = fits ? -1 : i;
            }

            if (misfit < 0)
            {
                kept.Add(row);
                continue;
            }

            var reason = $"column '{file.Header[misfit]}' is '{file.Fields[misfit][row]}', expected {types[misfit]}";
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
