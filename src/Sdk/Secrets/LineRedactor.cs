namespace Rondo.Sdk;

/// <summary>
/// Passes lines on without secrets. A line that ends as a secret begins is kept back until the next one shows whether the secret goes on
/// there: best effort for those that are broken over two lines.
/// </summary>
internal sealed class LineRedactor(SecretRedactor redactor, Action<string> next)
{
    private string? _kept;

    /// <summary>Takes a line.</summary>
    public void Write(string line)
    {
        if (_kept is { } kept)
        {
            _kept = null;
            (kept, line) = RedactBroken(kept, line);
            next(kept);
        }
        line = redactor.Redact(line);
        if (MayGoOn(line))
        {
            _kept = line;
            return;
        }
        next(line);
    }

    /// <summary>Passes on what was kept back.</summary>
    public void End()
    {
        if (_kept is { } kept)
        {
            _kept = null;
            next(kept);
        }
    }

    private (string Kept, string Line) RedactBroken(string kept, string line)
    {
        foreach (var (start, length) in redactor.Find(kept + line))
        {
            if (start < kept.Length && start + length > kept.Length)
            {
                return (kept[..start] + "***", "***" + line[(start + length - kept.Length)..]);
            }
        }
        return (kept, line);
    }

    private bool MayGoOn(string line)
    {
        foreach (var form in redactor.Forms)
        {
            var end = line.AsSpan(Math.Max(0, line.Length - form.Length + 1));
            for (var at = end.IndexOf(form[0]); at >= 0 && end.Length - at >= SecretForms.LengthMin; )
            {
                if (form.AsSpan().StartsWith(end[at..], StringComparison.Ordinal))
                {
                    return true;
                }
                var further = end[(at + 1)..].IndexOf(form[0]);
                at = further < 0 ? -1 : at + 1 + further;
            }
        }
        return false;
    }
}
