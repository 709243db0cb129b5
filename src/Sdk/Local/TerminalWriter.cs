using System.Text;

namespace Rondo.Sdk;

/// <summary>A terminal with a last line that says what is going on: it gives way to every other text, and comes back below it.</summary>
internal sealed class TerminalWriter(TextWriter target, Func<int> width) : TextWriter
{
    private const string Erase = "\r\u001b[K";

    private readonly Lock _gate = new();
    private string? _status;
    private bool _atStart = true;

    public override Encoding Encoding => target.Encoding;

    /// <summary>Sets the last line; null takes it away.</summary>
    public void Status(string? text)
    {
        lock (_gate)
        {
            Hide();
            _status = text;
            Show();
            target.Flush();
        }
    }

    public override void Write(char value) => Write(value.ToString());

    public override void Write(char[] buffer, int index, int count) => Write(new string(buffer, index, count));

    public override void Write(string? value)
    {
        if (string.IsNullOrEmpty(value))
        {
            return;
        }
        lock (_gate)
        {
            Hide();
            target.Write(value);
            _atStart = value.EndsWith('\n');
            Show();
            target.Flush();
        }
    }

    public override void WriteLine(string? value) => Write(value + "\n");

    public override void Flush() => target.Flush();

    private void Hide()
    {
        if (_status is not null && _atStart)
        {
            target.Write(Erase);
        }
    }

    private void Show()
    {
        if (_status is not null && _atStart)
        {
            var room = Math.Max(10, width() - 1);
            target.Write(_status.Length <= room ? _status : _status[..room]);
        }
    }
}
