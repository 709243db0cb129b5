using System.Text;

namespace Rondo.Sdk;

/// <summary>Passes text on line by line, with <c>***</c> in the place of each secret.</summary>
internal sealed class RedactingWriter(TextWriter target, IReadOnlyList<string> secrets) : TextWriter
{
    private const string Shown = "***";
    private const int LineMax = 1_000_000;
    private const int LineMin = 4;

    private readonly StringBuilder _line = new();
    private readonly Lock _gate = new();

    // The longest first: one secret may be a part of another. Each line of a secret with several too, since lines are what is written; but
    // not its short ones, such as a bracket, which say nothing.
    private readonly IReadOnlyList<string> _secrets =
    [
        .. secrets
            .SelectMany(secret =>
                secret.Split('\n').Select(line => line.Trim()).Where(line => line.Length >= LineMin).Append(secret)
            )
            .Distinct(StringComparer.Ordinal)
            .OrderByDescending(secret => secret.Length),
    ];

    public override Encoding Encoding => target.Encoding;

    public string Redact(string text)
    {
        foreach (var secret in _secrets)
        {
            text = text.Replace(secret, Shown, StringComparison.Ordinal);
        }
        return text;
    }

    public override void Write(char value) => Write(value.ToString());

    public override void Write(char[] buffer, int index, int count) => Write(new string(buffer, index, count));

    public override void Write(string? value)
    {
        lock (_gate)
        {
            _line.Append(value);
            if (value?.Contains('\n', StringComparison.Ordinal) == true)
            {
                PassLines();
            }
            else if (_line.Length > LineMax)
            {
                Pass();
            }
        }
    }

    public override void WriteLine(string? value) => Write(value + "\n");

    public override void Flush()
    {
        lock (_gate)
        {
            Pass();
        }
        target.Flush();
    }

    protected override void Dispose(bool disposing)
    {
        if (disposing)
        {
            Flush();
        }
        base.Dispose(disposing);
    }

    // What follows the last line break may be the beginning of a secret.
    private void PassLines()
    {
        var text = _line.ToString();
        var end = text.LastIndexOf('\n') + 1;
        target.Write(Redact(text[..end]));
        _line.Clear().Append(text, end, text.Length - end);
    }

    private void Pass()
    {
        target.Write(Redact(_line.ToString()));
        _line.Clear();
    }
}
