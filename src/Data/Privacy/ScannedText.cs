using System.Buffers;

namespace Rondo.Data;

/// <summary>A value as the tests look at it.</summary>
internal readonly struct ScannedText
{
    private const int CompactMax = 40;
    private static readonly SearchValues<char> s_separators = SearchValues.Create(" -./()");

    public ScannedText(string text)
    {
        Text = text.Trim();
        Compact = Text.Length > CompactMax ? "" : Compacted(Text);
        DigitsOnly = Compact.Length > 0 && !Compact.AsSpan().ContainsAnyExceptInRange('0', '9');
    }

    /// <summary>Without white space around it.</summary>
    public string Text { get; }

    /// <summary>Letters (upper case) and digits without what separates groups; empty for what is too long for a number, or has anything else in it.</summary>
    public string Compact { get; }

    /// <summary>Whether <see cref="Compact"/> is made of digits alone.</summary>
    public bool DigitsOnly { get; }

    private static string Compacted(string text)
    {
        Span<char> buffer = stackalloc char[CompactMax];
        var length = 0;
        foreach (var c in text)
        {
            if (char.IsAsciiLetterOrDigit(c))
            {
                buffer[length++] = char.ToUpperInvariant(c);
            }
            else if (!s_separators.Contains(c))
            {
                return "";
            }
        }

        return new string(buffer[..length]);
    }
}
