using System.Text.RegularExpressions;

namespace Rondo.Data;

/// <summary>Keys, tokens and passwords: by the beginnings that their issuers give them, and by disorder where the column's name says so.</summary>
internal static partial class Secrets
{
    private const double BitsMin = 3.0;

    public static IReadOnlyList<ValueTest> All { get; } =
    [
        new(PersonalDataKind.Secret, "a key or token", Token) { InTexts = true },
        new(PersonalDataKind.Secret, "a random text", Random) { NeedsHint = true },
    ];

    /// <summary>The disorder of a text in bits per character (Shannon): 0 for one character over and over.</summary>
    public static double Bits(ReadOnlySpan<char> text)
    {
        var counts = new Dictionary<char, int>();
        foreach (var c in text)
        {
            counts[c] = counts.GetValueOrDefault(c) + 1;
        }

        var bits = 0.0;
        foreach (var count in counts.Values)
        {
            var share = (double)count / text.Length;
            bits -= share * Math.Log2(share);
        }

        return bits;
    }

    private static Verdict Token(ScannedText value)
    {
        var text = value.Text;
        if (text.StartsWith("-----BEGIN", StringComparison.Ordinal))
        {
            return text.Contains("PRIVATE KEY-----", StringComparison.Ordinal) ? Verdict.Passes : Verdict.No;
        }

        // Placeholders (all X) have no disorder.
        return text.Length >= 16 && TokenPattern().IsMatch(text) && Bits(text) >= BitsMin ? Verdict.Passes : Verdict.No;
    }

    private static Verdict Random(ScannedText value) =>
        value.Text.Length is >= 16 and <= 512
        && !value.Text.Any(char.IsWhiteSpace)
        && value.Text.Any(char.IsAsciiDigit)
        && value.Text.Any(char.IsAsciiLetter)
        && Bits(value.Text) >= BitsMin
            ? Verdict.Passes
            : Verdict.No;

    [GeneratedRegex(
        @"^(?:(?:AKIA|ASIA)[A-Z2-7]{16}|gh[opsur]_[A-Za-z0-9]{36,}|github_pat_\w{22,}|glpat-[\w-]{20,}|xox[abprs]-[\w-]{10,}"
            + @"|[sr]k_(?:live|test)_[A-Za-z0-9]{16,}|sk-[A-Za-z]+-[\w-]{20,}|AIza[\w-]{35}|npm_[A-Za-z0-9]{36}|hf_[A-Za-z0-9]{30,}"
            + @"|SG\.[\w-]{16,}\.[\w-]{16,}|rondo_[0-9a-f]{64}|eyJ[\w-]{8,}\.eyJ[\w-]{8,}\.[\w-]{8,}|\$2[aby]\$\d\d\$[./A-Za-z0-9]{53})\z",
        RegexOptions.CultureInvariant,
        matchTimeoutMilliseconds: 1000
    )]
    private static partial Regex TokenPattern();
}
