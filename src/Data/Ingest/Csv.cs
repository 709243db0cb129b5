using System.Buffers;

namespace Rondo.Data;

/// <summary>
/// Comma-separated values (RFC 4180) with a header line; UTF-8, or another encoding by its byte order mark.
/// <para>Types are told from the values of all files together. Boolean: <c>true</c>, <c>false</c>. Integer: 64 bits. Number: point
/// and exponent, <c>Infinity</c>. Date: <c>2008-03-31</c>. Timestamp: <c>2008-03-31T12:00:00Z</c>, also with an offset or a blank for
/// the T; without an offset it is UTC. A number that begins with a superfluous zero (<c>007</c>) is Text: it names something.</para>
/// <para>An empty field is missing (but <c>""</c> in a Text column is the empty text); <c>NA</c>, <c>N/A</c>, <c>NaN</c> and <c>null</c> are missing unless the column is Text.</para>
/// <para>A line that cannot be read is never dropped silently: it goes to the quarantine with its place and reason.</para>
/// </summary>
public static class Csv
{
    private static readonly SearchValues<char> Special = SearchValues.Create(",\"\r\n");
    private static readonly SearchValues<char> Whole = SearchValues.Create("-0123456789");

    /// <summary>Reads files (given by name and bytes) one below the other; columns are joined by name.</summary>
    /// <exception cref="RondoException">A header names a column twice.</exception>
    public static RawTable Read(IEnumerable<(string Name, Stream Content)> files, CsvOptions? options = null)
    {
        options ??= new CsvOptions();
        var quarantine = new QuarantineBuilder();
        var parts = files.Select(f => Read(f.Name, f.Content, options, quarantine)).ToList();
        return CsvTyping.ToTable(parts, options, quarantine);
    }

    /// <summary>Reads one file.</summary>
    public static RawTable Read(string name, Stream content, CsvOptions? options = null) =>
        Read([(name, content)], options);

    /// <summary>Reads files by their paths; the name of a part is the file's name without its folder.</summary>
    public static RawTable ReadFiles(IEnumerable<string> paths, CsvOptions? options = null)
    {
        options ??= new CsvOptions();
        var quarantine = new QuarantineBuilder();
        var parts = new List<(CsvFile, IReadOnlyList<CsvBlock>)>();
        foreach (var path in paths)
        {
            using var stream = File.OpenRead(path);
            parts.Add(Read(Path.GetFileName(path), stream, options, quarantine));
        }

        return CsvTyping.ToTable(parts, options, quarantine);
    }

    /// <summary>
    /// Writes a table: UTF-8 without a byte order mark, lines end with a line feed, a missing value is an empty field. Reading it
    /// again gives the same table, but for Text columns that look like another type, NaN
    /// (which comes back as missing), and rows without any value in a table of one column.
    /// </summary>
    public static void Write(Table table, Stream stream) => Write([table], stream);

    /// <summary>Writes parts with the same columns one below the other, each as it comes.</summary>
    /// <inheritdoc cref="Write(Table, Stream)"/>
    public static void Write(IEnumerable<Table> parts, Stream stream)
    {
        using var text = new StreamWriter(stream, bufferSize: 1 << 16, leaveOpen: true);
        var first = true;
        foreach (var part in parts)
        {
            if (first)
            {
                text.Write(string.Join(',', part.Columns.Select(c => Quoted(c.Name))));
                text.Write('\n');
                first = false;
            }

            WriteRows(part, text);
        }
    }

    private static void WriteRows(Table table, StreamWriter text)
    {
        for (var row = 0; row < table.RowCount; row++)
        {
            for (var i = 0; i < table.Columns.Count; i++)
            {
                text.Write(i == 0 ? "" : ",");
                text.Write(TextOf(table.Columns[i], row));
            }

            text.Write('\n');
        }
    }

    private static (CsvFile, IReadOnlyList<CsvBlock>) Read(
        string name,
        Stream content,
        CsvOptions options,
        QuarantineBuilder quarantine
    )
    {
        var file = new CsvFile(name, options);
        return (file, [.. file.Read(content, quarantine)]);
    }

    private static string TextOf(Column column, int row)
    {
        if (column.IsMissing(row))
        {
            return "";
        }

        var text = TableConcat.TextOf(column[row]);
        return column.Type switch
        {
            ColumnType.Text => Quoted(text),
            // A whole number in a Number column keeps its point, so that it is read as a Number again.
            ColumnType.Number when !text.AsSpan().ContainsAnyExcept(Whole) => text + ".0",
            _ => text,
        };
    }

    private static string Quoted(string text) =>
        text.Length == 0 || text.AsSpan().ContainsAny(Special)
            ? '"' + text.Replace("\"", "\"\"", StringComparison.Ordinal) + '"'
            : text;
}

/// <summary>How to read CSV.</summary>
public sealed record CsvOptions
{
    /// <summary>What stands between two fields.</summary>
    public string Delimiter { get; init; } = ",";

    /// <summary>
    /// The schema that the rows should have. A column is then read as its expected type where nearly all of its values allow
    /// it; lines with the few others go to the quarantine. Without it, one such value makes the whole column Text.
    /// </summary>
    public TableSchema? Schema { get; init; }

    /// <summary>The greatest share of lines of one file that may be held back for values that are not of the expected type.
    /// Beyond it the column keeps the type that it really has, and validation reports schema skew.</summary>
    public double QuarantineShareMax { get; init; } = 0.05;
}
