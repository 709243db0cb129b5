using System.Text;

namespace Rondo.Sdk.Processes;

/// <summary>
/// Makes lines of the bytes that a program prints, whatever they are: a line without end is cut, bytes that are no text become
/// question marks, control characters are left out, and a carriage return starts the line again, as it does on a screen.
/// </summary>
internal sealed class OutputLines(Action<string> onLine)
{
    /// <summary>More bytes of one line than this are counted, not kept.</summary>
    public const int LineBytesMax = 8000;

    private const byte LineFeed = (byte)'\n';
    private const byte CarriageReturn = (byte)'\r';

    private readonly byte[] _line = new byte[LineBytesMax];
    private int _length;
    private long _dropped;
    private bool _returned;

    /// <summary>Reads to the end.</summary>
    public async Task ReadAsync(Stream stream)
    {
        var buffer = new byte[32 * 1024];
        try
        {
            int read;
            while ((read = await stream.ReadAsync(buffer)) > 0)
            {
                Take(buffer.AsSpan(0, read));
            }
        }
        catch (Exception e) when (e is IOException or ObjectDisposedException)
        {
            // The program is gone, or nobody listens any more.
        }
        End();
    }

    /// <summary>Takes some bytes.</summary>
    public void Take(ReadOnlySpan<byte> bytes)
    {
        while (bytes.Length > 0)
        {
            var end = bytes.IndexOfAny(LineFeed, CarriageReturn);
            Add(end < 0 ? bytes : bytes[..end]);
            if (end < 0)
            {
                return;
            }
            if (bytes[end] == LineFeed)
            {
                Emit();
            }
            else
            {
                _returned = true;
            }
            bytes = bytes[(end + 1)..];
        }
    }

    /// <summary>The last line may have no end.</summary>
    public void End()
    {
        if (_length > 0)
        {
            Emit();
        }
    }

    private void Add(ReadOnlySpan<byte> bytes)
    {
        if (bytes.Length == 0)
        {
            return;
        }
        if (_returned)
        {
            (_length, _dropped, _returned) = (0, 0, false);
        }
        var taken = Math.Min(bytes.Length, LineBytesMax - _length);
        bytes[..taken].CopyTo(_line.AsSpan(_length));
        _length += taken;
        _dropped += bytes.Length - taken;
    }

    private void Emit()
    {
        var text = Printable(Encoding.UTF8.GetString(_line, 0, _length));
        var dropped = _dropped;
        (_length, _dropped, _returned) = (0, 0, false);
        onLine(dropped == 0 ? text : $"{text}… ({dropped} more bytes)");
    }

    private static string Printable(string text) =>
        text.Any(c => char.IsControl(c) && c != '\t')
            ? string.Concat(text.Where(c => c == '\t' || !char.IsControl(c)))
            : text;
}
