using System.Globalization;
using System.Text;
using Rondo.Mlflow.Wire;

namespace Rondo.Mlflow.Text;

/// <summary>
/// The words of a text, as they are looked for: small letters without the accents of the Latin alphabet. Whatever is neither a letter nor a digit divides them; in
/// scripts that are written without spaces each letter is a word.
/// </summary>
internal static class TextWords
{
    /// <summary>Of a longer word its beginning is kept.</summary>
    public const int WordCharsMax = 48;

    /// <summary>Of an item with more words these many are kept.</summary>
    public const int WordsMax = 2000;

    private const int TermsMax = 20;

    private static readonly Dictionary<int, string> s_plain = PlainLetters();

    /// <summary>Words in the order in which they stand, each as often as it stands.</summary>
    public static IEnumerable<string> Of(string text)
    {
        var word = new StringBuilder();
        foreach (var rune in Plain(text).EnumerateRunes())
        {
            var isWord = IsWord(rune);
            if (word.Length > 0 && (!isWord || StandsAlone(rune)))
            {
                yield return Take(word);
            }

            if (StandsAlone(rune))
            {
                yield return Rune.ToLowerInvariant(rune).ToString();
            }
            else if (isWord && word.Length < WordCharsMax)
            {
                word.Append(Rune.ToLowerInvariant(rune).ToString());
            }
        }

        if (word.Length > 0)
        {
            yield return Take(word);
        }
    }

    /// <summary>The different words of several texts.</summary>
    public static IReadOnlySet<string> OfAll(IEnumerable<string> texts) =>
        texts.SelectMany(Of).Distinct(StringComparer.Ordinal).Take(WordsMax).ToHashSet(StringComparer.Ordinal);

    /// <summary>The words that a search is for.</summary>
    public static IReadOnlyList<string> Starts(string text)
    {
        var starts = Of(text).Distinct(StringComparer.Ordinal).ToList();
        return starts.Count is > 0 and <= TermsMax
            ? starts
            : throw Refusal.Invalid(
                $"{Names.Json(text)} has "
                    + (starts.Count == 0 ? "no word to look for" : $"{starts.Count} words")
                    + $". Give 1 to {TermsMax} words, or beginnings of words."
            );
    }

    private static string Take(StringBuilder word)
    {
        var taken = word.ToString();
        word.Clear();
        return taken;
    }

    private static bool IsWord(Rune rune) => Rune.IsLetterOrDigit(rune);

    // Han, Hiragana, Katakana, Thai.
    private static bool StandsAlone(Rune rune) =>
        Rune.IsLetter(rune)
        && rune.Value
            is (>= 0x0E00 and <= 0x0E7F)
                or (>= 0x3040 and <= 0x30FF)
                or (>= 0x3400 and <= 0x9FFF)
                or (>= 0xF900 and <= 0xFAFF)
                or (>= 0x20000 and <= 0x323AF);

    // An accent that stands behind its letter is left out, and one that belongs to it as well, in the Latin alphabet.
    private static string Plain(string text) =>
        Ascii.IsValid(text)
            ? text
            : string.Concat(
                text.EnumerateRunes()
                    .Where(rune => Rune.GetUnicodeCategory(rune) is not UnicodeCategory.NonSpacingMark)
                    .Select(rune => s_plain.GetValueOrDefault(Rune.ToLowerInvariant(rune).Value, rune.ToString()))
            );

    // Normalization is no part of a runtime that is built without the tables of a language: what stands here is all that is needed of it.
    private static Dictionary<int, string> PlainLetters()
    {
        (string Plain, string Accented)[] letters =
        [
            ("a", "àáâãäåāăąǎ"),
            ("c", "çćĉċč"),
            ("d", "ďđð"),
            ("e", "èéêëēĕėęě"),
            ("g", "ĝğġģ"),
            ("h", "ĥħ"),
            ("i", "ìíîïĩīĭįı"),
            ("j", "ĵ"),
            ("k", "ķ"),
            ("l", "ĺļľŀł"),
            ("n", "ñńņňŉ"),
            ("o", "òóôõöøōŏőǒ"),
            ("r", "ŕŗř"),
            ("s", "śŝşšș"),
            ("t", "ţťŧț"),
            ("u", "ùúûüũūŭůűųǔ"),
            ("w", "ŵ"),
            ("y", "ýÿŷ"),
            ("z", "źżž"),
            ("ss", "ß"),
            ("ae", "æ"),
            ("oe", "œ"),
            ("th", "þ"),
        ];
        return letters
            .SelectMany(letter => letter.Accented.Select(accented => (Letter: (int)accented, letter.Plain)))
            .ToDictionary(pair => pair.Letter, pair => pair.Plain);
    }
}
