using System.Text;

namespace Rondo.Sdk;

/// <summary>Passes text on line by line, without secrets.</summary>
internal sealed class RedactingWriter : TextWriter
{
    private const int LineMax = 1_000_000;

    private readonly TextWriter _target;
    private readonly LineRedactor _lines;
    private readonly StringBuilder _line = new();
    private readonly Lock _gate = new();

    public RedactingWriter(TextWriter target, SecretRedactor redactor)
    {
        _target = target;
        Redactor = redactor;
        _lines = new LineRedactor(redactor, target.WriteLine);
    }

    public SecretRedactor Redactor { get; }

    public override Encoding Encoding => _target.Encoding;

    public override void Write(char value)
    {
        lock (_gate)
        {
            Take(value);
        }
    }

    public override void Write(char[] buffer, int index, int count)
    {
        lock (_gate)
        {
            foreach (var letter in buffer.AsSpan(index, count))
            {
                Take(letter);
            }
        }
    }

    public override void Write(string? value)
    {
        lock (_gate)
        {
            foreach (var letter in value ?? "")
            {
                Take(letter);
            }
        }
    }

    public override void WriteLine(string? value) => Write(value + "\n");

    /// <summary>Passes on what is there; an unfinished line counts as one.</summary>
    public override void Flush()
    {
        lock (_gate)
        {
            if (_line.Length > 0)
            {
                Pass();
            }
            _lines.End();
        }
        _target.Flush();
    }

    protected override void Dispose(bool disposing)
    {
        if (disposing)
        {
            Flush();
        }
        base.Dispose(disposing);
    }

    private void Take(char letter)
    {
        if (letter == '\n' || _line.Length >= LineMax)
        {
            Pass();
        }
        if (letter != '\n')
        {
            _line.Append(letter);
        }
    }

    private void Pass()
    {
        _lines.Write(_line.ToString());
        _line.Clear();
    }
}
