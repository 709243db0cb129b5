using System.Text;

namespace Rondo.Data;

/// <summary>Copies CSV record by record, as it is written, without those that have a value.</summary>
internal sealed class CsvRemoval(string name, string delimiter, ColumnValue value)
{
    private const int BlockLength = 4 * 1024 * 1024;
    private const int HeldBackLengthMin = 5;

    private int _columns = -1;
    private int _position = -1;
    private long _rows;
    private long _matches;
    private long _butForCase;
    private long _heldBack;
    private long _heldBackMatches;

    public RemovedRows Run(Stream content, Stream output, bool headerOnly)
    {
        using var reader = new StreamReader(content, Encoding.UTF8, true, 1 << 16, leaveOpen: true);
        StreamWriter? writer = null;
        var buffer = new char[BlockLength];
        var (carried, line) = (0, 1);
        var more = true;
        while (more)
        {
            var filled = carried + reader.ReadBlock(buffer, carried, buffer.Length - carried);
            more = filled == buffer.Length;
            // The two halves of a line end stay together.
            var text = new string(buffer, 0, more && buffer[filled - 1] == '\r' ? filled - 1 : filled);
            // The encoding is known once something was read. Of a mark at the beginning, UTF-8 needs none.
            writer ??= new StreamWriter(output, Plain(reader.CurrentEncoding), 1 << 16, leaveOpen: true);
            var records = new CsvRecords(text, delimiter, line, more);
            var read = CopyBlock(text, records, writer, headerOnly);
            line = records.Rest.Line;
            if (more && read == 0)
            {
                throw new RondoException(
                    ErrorCode.FailedPrecondition,
                    FormattableString.Invariant(
                        $"{name}, line {line}: the line is longer than {BlockLength} characters, and cannot be looked through."
                    ),
                    "Push the file again without this line, and delete the versions that hold it."
                );
            }

            carried = filled - read;
            buffer.AsSpan(read, carried).CopyTo(buffer);
        }

        writer?.Dispose();
        return new RemovedRows(_position >= 0, _rows, _matches, _butForCase, _heldBack, _heldBackMatches);
    }

    private static Encoding Plain(Encoding encoding) =>
        encoding is UTF8Encoding ? new UTF8Encoding(encoderShouldEmitUTF8Identifier: false) : encoding;

    private int CopyBlock(string text, CsvRecords records, StreamWriter writer, bool headerOnly)
    {
        var start = records.Rest.Position;
        while (records.Read())
        {
            var isHeader = _columns < 0;
            var keeps = isHeader ? ReadHeader(text, records) : Keeps(text, records);
            var end = records.Rest.Position;
            if (keeps && (isHeader || !headerOnly))
            {
                writer.Write(text.AsSpan(start, end - start));
            }

            start = end;
        }

        return start;
    }

    private bool ReadHeader(string text, CsvRecords records)
    {
        if (records.Fault is not null)
        {
            throw new RondoException(
                ErrorCode.FailedPrecondition,
                $"{name}: the header cannot be read: {records.Fault}.",
                "Push the file again with a right line 1."
            );
        }

        _columns = records.Fields.Count;
        _position = records.Fields.FindIndex(field =>
            ColumnNames.Comparer.Equals(field.Text(text).Trim().ToString(), value.Column)
        );
        return true;
    }

    private bool Keeps(string text, CsvRecords records)
    {
        if (records.Fault is not null || records.Fields.Count != _columns)
        {
            return KeepsUnread(records.GiveBackAllButFirstLine());
        }

        _rows++;
        if (_position < 0)
        {
            return true;
        }

        var match = value.Match(records.Fields[_position].Text(text));
        _matches += match == FieldMatch.Same ? 1 : 0;
        _butForCase += match == FieldMatch.ButForCase ? 1 : 0;
        return match != FieldMatch.Same;
    }

    // A line that is no row may still tell of somebody: as a field of its own, or anywhere in it where the value is long enough.
    private bool KeepsUnread(string line)
    {
        _heldBack++;
        var holds =
            (
                value.Value.Trim().Length >= HeldBackLengthMin
                && line.Contains(value.Value.Trim(), StringComparison.Ordinal)
            ) || line.Split(delimiter).Any(field => value.Match(field.Trim().Trim('"')) == FieldMatch.Same);
        _heldBackMatches += holds ? 1 : 0;
        return !holds;
    }
}
