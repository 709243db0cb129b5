using System.Globalization;

namespace Rondo.Data;

/// <summary>
/// Splits text into records and fields by RFC 4180. A quote inside an unquoted field is an ordinary character. Where more text is to
/// come after it, a record that its end may cut off is not read.
/// </summary>
internal sealed class CsvRecords(string text, string delimiter, int firstLine = 1, bool moreToCome = false)
{
    // A quote that is never closed would otherwise swallow the rest of the file, once for each such line.
    private const int QuotedLengthMax = 65_536;

    private int position;
    private int recordStart;
    private int nextLine = firstLine;

    /// <summary>The fields of the present record.</summary>
    public List<CsvPlace> Fields { get; } = [];

    /// <summary>The line on which the present record begins, 1-based.</summary>
    public int Line { get; private set; }

    /// <summary>Why the present record cannot be split into fields, or null.</summary>
    public string? Fault { get; private set; }

    /// <summary>Where the text goes on that was not read, and on which line.</summary>
    public (int Position, int Line) Rest => (position, nextLine);

    /// <summary>Goes to the next record that is not an empty line.</summary>
    public bool Read()
    {
        if (!ReadRecord())
        {
            return false;
        }

        if (!moreToCome || !MayBeCut())
        {
            return true;
        }

        (position, nextLine) = (recordStart, Line);
        return false;
    }

    // At the very end a delimiter, a quote or the second half of a line end may follow; an open quote may still be closed.
    private bool MayBeCut() =>
        position >= text.Length - 1 || (Fault is not null && text.Length - recordStart <= 2 * QuotedLengthMax);

    private bool ReadRecord()
    {
        while (position < text.Length && text[position] is '\r' or '\n')
        {
            EndLine();
        }

        if (position >= text.Length)
        {
            return false;
        }

        Fields.Clear();
        Fault = null;
        recordStart = position;
        Line = nextLine;
        while (ReadField()) { }

        return true;
    }

    /// <summary>
    /// Takes the first line of the present record away as unreadable and goes on with the line after it: when quotes are out of
    /// step, the lines that they swallowed are not lost with it.
    /// </summary>
    public string GiveBackAllButFirstLine()
    {
        var length = text.AsSpan(recordStart).IndexOfAny('\r', '\n');
        var end = length < 0 ? text.Length : recordStart + length;
        position = end;
        nextLine = Line;
        if (position < text.Length)
        {
            EndLine();
        }

        return text[recordStart..end];
    }

    /// <summary>Reads a field and what ends it; whether another one follows.</summary>
    private bool ReadField()
    {
        if (position < text.Length && text[position] == '"')
        {
            if (!ReadQuoted())
            {
                return false;
            }
        }
        else
        {
            var rest = text.AsSpan(position);
            var length = delimiter.Length == 1 ? rest.IndexOfAny(delimiter[0], '\r', '\n') : IndexOfEnd(rest);
            var end = length < 0 ? text.Length : position + length;
            Fields.Add(new CsvPlace(position, end, Quoted: false, HasQuotes: false));
            position = end;
        }

        if (string.CompareOrdinal(text, position, delimiter, 0, delimiter.Length) == 0)
        {
            position += delimiter.Length;
            return true;
        }

        if (position < text.Length)
        {
            EndLine();
        }

        return false;
    }

    private bool ReadQuoted()
    {
        var start = position + 1;
        var limit = Math.Min(text.Length, start + QuotedLengthMax);
        var hasQuotes = false;
        for (var at = start; at < limit; at++)
        {
            var next = text.AsSpan(at, limit - at).IndexOf('"');
            if (next < 0)
            {
                break;
            }

            at += next;
            if (at + 1 < text.Length && text[at + 1] == '"')
            {
                hasQuotes = true;
                at++;
                continue;
            }

            nextLine += text.AsSpan(start, at - start).Count('\n');
            Fields.Add(new CsvPlace(start, at, Quoted: true, hasQuotes));
            position = at + 1;
            if (AtEndOfField())
            {
                return true;
            }

            Fault = Invariant($"field {Fields.Count} goes on after its closing quote");
            return false;
        }

        Fault = Invariant($"the quote that opens field {Fields.Count + 1} is not closed");
        return false;
    }

    private bool AtEndOfField() =>
        position >= text.Length
        || text[position] is '\r' or '\n'
        || string.CompareOrdinal(text, position, delimiter, 0, delimiter.Length) == 0;

    private int IndexOfEnd(ReadOnlySpan<char> rest)
    {
        var line = rest.IndexOfAny('\r', '\n');
        var end = (line < 0 ? rest : rest[..line]).IndexOf(delimiter, StringComparison.Ordinal);
        return end < 0 ? line : end;
    }

    /// <summary>Steps over one line end: a line feed, a carriage return, or both.</summary>
    private void EndLine()
    {
        position += text[position] == '\r' && position + 1 < text.Length && text[position + 1] == '\n' ? 2 : 1;
        nextLine++;
    }

    private static string Invariant(FormattableString message) => message.ToString(CultureInfo.InvariantCulture);
}
