namespace Rondo.Data;

/// <summary>From fields of text to typed columns.</summary>
internal static class CsvTyping
{
    /// <summary>The rows of all files below each other; columns are joined by name.</summary>
    public static RawTable ToTable(
        IReadOnlyList<(CsvFile File, IReadOnlyList<CsvBlock> Blocks)> files,
        CsvOptions options,
        QuarantineBuilder quarantine
    )
    {
        var read = files.Select(f => Judge(f.File, f.Blocks, options)).ToList();
        foreach (var file in read)
        {
            file.Kept.AddRange(file.Blocks.Select(block => KeptRows(file.File, block, file.Columns, quarantine)));
        }

        var names = read.SelectMany(f => f.File.Header).Distinct(ColumnNames.Comparer);
        var columns = names.Select(name => Join(name, read)).ToList();
        var parts = read.Select(f => new TablePart(
            f.File.Name,
            f.Kept.Sum(rows => rows.Count),
            f.File.Header.Select((name, c) => new PartColumn(name, f.Columns[c].Type)).ToArray()
        ));
        return new RawTable(new Table(columns), parts.ToArray(), quarantine.Build());
    }

    /// <summary>The rows of a block; a column without any value in the file is Text.</summary>
    public static Table ToTable(CsvFile file, CsvBlock block, JudgedColumn[] judged, QuarantineBuilder quarantine)
    {
        var kept = KeptRows(file, block, judged, quarantine);
        return new Table([.. file.Header.Select((name, i) => Build(name, judged[i].Type, [(block.Fields[i], kept)]))]);
    }

    private static ReadFile Judge(CsvFile file, IReadOnlyList<CsvBlock> blocks, CsvOptions options)
    {
        var judge = new CsvJudge(file, options);
        foreach (var block in blocks)
        {
            judge.Add(block);
        }

        return new ReadFile(file, blocks, judge.Columns(), []);
    }

    private static Column Join(string name, List<ReadFile> files)
    {
        var positions = files.Select(f => f.File.PositionOf(name)).ToList();
        var telling = positions.Select((c, i) => c < 0 ? null : files[i].Columns[c].Type).OfType<ColumnType>().ToList();
        ColumnType? type = telling.Count == 0 ? null : telling.Aggregate(TableConcat.Common);
        var fields = files.SelectMany(
            (f, i) => f.Blocks.Select((block, b) => (positions[i] < 0 ? null : block.Fields[positions[i]], f.Kept[b]))
        );
        return Build(name, type, [.. fields]);
    }

    /// <summary>The rows whose every field can be read as its column's type; the others go to the quarantine.</summary>
    private static List<int> KeptRows(CsvFile file, CsvBlock block, JudgedColumn[] judged, QuarantineBuilder quarantine)
    {
        var suspects = Enumerable.Range(0, judged.Length).Where(i => judged[i].HasMisfits).ToArray();
        var kept = new List<int>(block.Lines.Count);
        for (var row = 0; row < block.Lines.Count; row++)
        {
            var misfit = Array.FindIndex(suspects, i => !Fits(block.Fields[i], row, judged[i].Type!.Value));
            if (misfit < 0)
            {
                kept.Add(row);
                continue;
            }

            var column = suspects[misfit];
            var reason =
                $"column '{file.Header[column]}' is '{block.Fields[column][row]}', expected {judged[column].Type}";
            quarantine.Add(file.Name, block.Lines[row], reason, block.TextOf(row));
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

    private sealed record ReadFile(
        CsvFile File,
        IReadOnlyList<CsvBlock> Blocks,
        JudgedColumn[] Columns,
        List<List<int>> Kept
    );

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
