using System.Globalization;
using System.Text;

namespace Rondo.Data;

/// <summary>Reads lines of text; of one that is longer than a limit, or not UTF-8, only the beginning.</summary>
internal sealed class LineReader(Stream stream) : IDisposable
{
    private const int LengthMax = 4 * 1024 * 1024;
    private const int BeginningLength = 500;

    private readonly StreamReader _reader = new(stream, Encoding.UTF8, true, 1 << 16, leaveOpen: true);
    private readonly StringBuilder _text = new();

    /// <summary>The line; null where it cannot be read.</summary>
    public string? Text { get; private set; }

    /// <summary>How it begins.</summary>
    public string Beginning => _text.ToString(0, Math.Min(_text.Length, BeginningLength));

    /// <summary>Why it cannot be read.</summary>
    public string Fault { get; private set; } = "";

    /// <summary>1-based.</summary>
    public long Line { get; private set; }

    public bool Read()
    {
        _text.Clear();
        Text = null;
        var next = _reader.Read();
        if (next < 0)
        {
            return false;
        }

        Line++;
        var isTooLong = false;
        for (; next is >= 0 and not '\n'; next = _reader.Read())
        {
            isTooLong |= _text.Length == LengthMax;
            if (!isTooLong)
            {
                _text.Append((char)next);
            }
        }

        Fault = isTooLong
            ? string.Create(CultureInfo.InvariantCulture, $"the line is longer than {LengthMax} characters")
            : "bytes that are not UTF-8";
        var text = isTooLong ? null : _text.ToString();
        Text = text is null || text.Contains('\uFFFD', StringComparison.Ordinal) ? null : text.TrimEnd('\r');
        return true;
    }

    public void Dispose() => _reader.Dispose();
}
