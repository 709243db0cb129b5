namespace Rondo.Data;

/// <summary>
/// What was read, before anybody has judged it: the rows of all files below each other, what each file brought, and the lines
/// that could not be read.
/// </summary>
public sealed class RawTable(Table table, IReadOnlyList<TablePart> parts, Quarantine quarantine)
{
    /// <summary>The rows of all parts, in the order of the parts; columns are joined by name.</summary>
    public Table Table { get; } = table;

    /// <summary>What each file brought; their rows follow each other.</summary>
    public IReadOnlyList<TablePart> Parts { get; } = parts;

    /// <summary>The lines that could not be read.</summary>
    public Quarantine Quarantine { get; } = quarantine;

    /// <summary>A table that came as one piece.</summary>
    public static RawTable Of(Table table, string name = "table") =>
        new(table, [TablePart.Of(name, table)], Quarantine.Empty);

    /// <summary>The rows for which <paramref name="keep"/> (given the 0-based row) is true. A part that loses all of its rows is
    /// left out, and so are its lines in the quarantine.</summary>
    public RawTable Where(Func<int, bool> keep)
    {
        var rows = new List<int>();
        var kept = new List<TablePart>();
        var row = 0;
        foreach (var part in Parts)
        {
            var before = rows.Count;
            for (var i = 0; i < part.Rows; i++, row++)
            {
                if (keep(row))
                {
                    rows.Add(row);
                }
            }

            if (rows.Count > before || part.Rows == 0)
            {
                kept.Add(part with { Rows = rows.Count - before });
            }
        }

        return new RawTable(Table.Select(rows), kept, Quarantine.Of(kept));
    }

    /// <summary>
    /// The newest <paramref name="days"/> days by event time: the days up to and including that of the newest row. A row
    /// without an event time is kept, for validation to judge.
    /// </summary>
    /// <exception cref="RondoException">The column holds neither dates nor timestamps.</exception>
    public RawTable Newest(string eventTime, int days)
    {
        if (!Table.TryGet(eventTime, out var column) || column.MissingCount == column.Count)
        {
            return this;
        }

        var day = EventTimes.DaysOf(column);
        var newest = Enumerable.Range(0, column.Count).Where(r => !column.IsMissing(r)).Max(day);
        return Where(row => column.IsMissing(row) || day(row) > newest - days);
    }
}

/// <summary>What one file brought: its name, its rows, and its columns as they are in that file alone.</summary>
public sealed record TablePart(string Name, int Rows, IReadOnlyList<PartColumn> Columns)
{
    /// <summary>A part that is a whole table.</summary>
    public static TablePart Of(string name, Table table) =>
        new(name, table.RowCount, table.Columns.Select(PartColumn.Of).ToArray());
}

/// <summary>A column of one file: its type there, or null if it holds no value from which to tell.</summary>
public sealed record PartColumn(string Name, ColumnType? Type)
{
    internal static PartColumn Of(Column column) =>
        new(column.Name, column.MissingCount == column.Count ? null : column.Type);
}

/// <summary>Lines that could not be read: all are counted, the first <see cref="RowsMax"/> are kept word for word.</summary>
public sealed record Quarantine(int Count, IReadOnlyList<QuarantinedRow> Rows)
{
    /// <summary>How many lines are kept.</summary>
    public const int RowsMax = 1000;

    internal Quarantine Of(IReadOnlyList<TablePart> parts)
    {
        var names = parts.Select(p => p.Name).ToHashSet(StringComparer.Ordinal);
        var rows = Rows.Where(r => names.Contains(r.File)).ToArray();
        return new Quarantine(Count - (Rows.Count - rows.Length), rows);
    }

    /// <summary>Nothing was held back.</summary>
    public static Quarantine Empty { get; } = new(0, []);
}

/// <summary>A line that could not be read, where it stands (1-based), why, and its text (cut at 500 characters).</summary>
public sealed record QuarantinedRow(string File, long Line, string Reason, string Text);
