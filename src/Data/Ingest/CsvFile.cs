using System.Globalization;
using System.Runtime.InteropServices;
using System.Text;

namespace Rondo.Data;

/// <summary>A CSV file, read block by block: what is in memory does not grow with the file, nor with the length of a line.</summary>
internal sealed class CsvFile(string name, CsvOptions options)
{
    private const int ColumnsMax = 10_000;

    private Dictionary<string, int> _positions = [];

    /// <summary>In characters. A line that does not fit into a block is held back.</summary>
    public int BlockLength { get; init; } = 4 * 1024 * 1024;

    public string Name => name;

    /// <summary>Known after the first block; empty where the file is.</summary>
    public IReadOnlyList<string> Header { get; private set; } = [];

    /// <summary>The position of a column, or −1.</summary>
    public int PositionOf(string column) => _positions.GetValueOrDefault(column, -1);

    /// <summary>The blocks of a file, at least one if it has a header.</summary>
    public IEnumerable<CsvBlock> Read(Stream content, QuarantineBuilder quarantine)
    {
        using var reader = new StreamReader(content, Encoding.UTF8, true, 1 << 16, leaveOpen: true);
        var buffer = new char[BlockLength];
        var (carried, line, hasHeader) = (0, 1, false);
        while (true)
        {
            var filled = carried + reader.ReadBlock(buffer, carried, buffer.Length - carried);
            var more = filled == buffer.Length;
            // The two halves of a line end stay together.
            var text = new string(buffer, 0, more && buffer[filled - 1] == '\r' ? filled - 1 : filled);
            var records = new CsvRecords(text, options.Delimiter, line, more);
            if (!hasHeader)
            {
                if (!records.Read())
                {
                    RequireEnd(more);
                    yield break;
                }

                hasHeader = true;
                Header = HeaderOf(text, records);
                _positions = Header.Index().ToDictionary(c => c.Item, c => c.Index, ColumnNames.Comparer);
            }

            yield return BlockOf(text, records, quarantine);
            (var read, line) = records.Rest;
            if (!more)
            {
                yield break;
            }

            if (read == 0)
            {
                SkipLine(reader, buffer, filled, line++, quarantine);
                carried = 0;
                continue;
            }

            carried = filled - read;
            buffer.AsSpan(read, carried).CopyTo(buffer);
        }
    }

    private CsvBlock BlockOf(string text, CsvRecords records, QuarantineBuilder quarantine)
    {
        var block = new CsvBlock(text, Header.Count);
        // Looking for what cannot be decoded in each field costs time, and nearly no file has any.
        var undecoded = text.Contains('\uFFFD', StringComparison.Ordinal);
        while (records.Read())
        {
            if (Fault(text, records, undecoded) is { } fault)
            {
                quarantine.Add(name, records.Line, fault, records.GiveBackAllButFirstLine());
                continue;
            }

            block.Add(records);
        }

        return block;
    }

    // The rest of the line is read over, and the next one begins the next block.
    private void SkipLine(StreamReader reader, char[] buffer, int filled, int line, QuarantineBuilder quarantine)
    {
        quarantine.Add(
            name,
            line,
            Invariant($"the line is longer than {BlockLength} characters"),
            new string(buffer, 0, Math.Min(filled, 1000))
        );
        while (reader.Read() is >= 0 and not '\n') { }
    }

    private void RequireEnd(bool more)
    {
        if (more)
        {
            throw Invalid(
                Invariant($"{name}: the header does not end within {BlockLength} characters."),
                "Give a file whose first line names its columns."
            );
        }
    }

    private string? Fault(string text, CsvRecords records, bool undecoded)
    {
        if (records.Fault is not null)
        {
            return records.Fault;
        }

        if (records.Fields.Count != Header.Count)
        {
            return Invariant($"{records.Fields.Count} fields, but the header has {Header.Count}");
        }

        return undecoded && text.AsSpan(records.Fields[0].Start..records.Fields[^1].End).Contains('\uFFFD')
            ? "bytes that are not UTF-8"
            : null;
    }

    private string[] HeaderOf(string text, CsvRecords records)
    {
        if (records.Fault is not null)
        {
            throw Invalid($"{name}: the header cannot be read: {records.Fault}.", "Correct line 1.");
        }

        if (records.Fields.Count > ColumnsMax)
        {
            throw Invalid(
                Invariant($"{name}: the header has {records.Fields.Count} columns; at most {ColumnsMax} are read."),
                "Split the file, or check its delimiter."
            );
        }

        var seen = new HashSet<string>(ColumnNames.Comparer);
        var fields = CollectionsMarshal.AsSpan(records.Fields);
        var header = new string[fields.Length];
        for (var i = 0; i < fields.Length; i++)
        {
            header[i] = fields[i].Text(text).Trim().ToString() is { Length: > 0 } field
                ? field
                : Invariant($"column{i + 1}");
            if (!seen.Add(header[i]))
            {
                throw Invalid(
                    $"{name}: the header names column '{header[i]}' twice (case and underscores do not count).",
                    "Rename or drop one of the two columns."
                );
            }
        }

        return header;
    }

    private static string Invariant(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);

    private static RondoException Invalid(string what, string mend) => new(ErrorCode.InvalidArgument, what, mend);
}
