using System.Buffers;
using System.Globalization;
using System.Text;
using System.Text.Json;

namespace Rondo.Mlflow.Wire;

/// <summary>What keys and values may look like. Lengths count characters, not halves of them.</summary>
internal static class Names
{
    /// <summary>How long a key may be.</summary>
    public const int KeyCharsMax = 250;

    private static readonly SearchValues<char> s_usual = SearchValues.Create(
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_-. :"
    );

    /// <summary>Whether a key is one as most are, which nothing is wrong with; one that is not may still be allowed.</summary>
    public static bool IsUsual(string key) =>
        key.Length is > 0 and <= KeyCharsMax && key[0] != '.' && !key.AsSpan().ContainsAnyExcept(s_usual);

    /// <summary>Refuses a key of a metric, param or tag that is empty, too long, has other characters, or is not a plain path.</summary>
    public static void CheckKey(string key, string parameter)
    {
        if (!HasOnlyKeyLetters(key))
        {
            throw Refusal.Value(
                Json(key),
                parameter,
                "A name holds letters, digits, underscores, dashes, periods, spaces, colons and slashes only."
            );
        }

        if (!IsPlainPath(key))
        {
            throw Refusal.Value(
                Json(key),
                parameter,
                "A name reads as a path without empty parts, '.' or '..', and does not begin or end with a slash."
            );
        }

        CheckLength(key, parameter, KeyCharsMax);
    }

    /// <summary>A name that was made elsewhere, as a key may be: what no key holds is an underscore.</summary>
    public static string Plain(string name)
    {
        var letters = name.EnumerateRunes().Select(letter => IsOfKey(letter) ? letter.ToString() : "_");
        var parts = string.Concat(letters).Split('/').Where(part => part.Length > 0);
        return string.Join('/', parts.Select(part => part is "." or ".." ? "_" : part)) is { Length: > 0 } plain
            ? plain.StartsWith("..", StringComparison.Ordinal)
                ? "_" + plain
                : plain
            : "_";
    }

    /// <summary>Refuses a text that is longer than it may be.</summary>
    public static void CheckLength(string text, string what, int charsMax)
    {
        if (IsLonger(text, charsMax))
        {
            throw Refusal.Invalid($"'{what}' exceeds the maximum length of {charsMax} characters");
        }
    }

    /// <summary>The text, cut to what is allowed where cutting is; refused otherwise.</summary>
    public static string Fit(string text, string what, int charsMax, bool truncate)
    {
        if (!IsLonger(text, charsMax))
        {
            return text;
        }

        if (!truncate)
        {
            CheckLength(text, what, charsMax);
        }

        var end = 0;
        foreach (var rune in text.EnumerateRunes().Take(charsMax))
        {
            end += rune.Utf16SequenceLength;
        }

        return text[..end];
    }

    /// <summary>A text as it stands in a message.</summary>
    public static string Json(string text) => JsonSerializer.Serialize(text, s_plain);

    private static readonly JsonSerializerOptions s_plain = new()
    {
        Encoder = System.Text.Encodings.Web.JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
    };

    private static bool IsLonger(string text, int charsMax) =>
        text.Length > charsMax && text.EnumerateRunes().Skip(charsMax).Any();

    private static bool IsPlainPath(string name) =>
        !name.StartsWith("..", StringComparison.Ordinal)
        && name.Split('/').All(part => part.Length > 0 && part is not ("." or ".."));

    private static bool HasOnlyKeyLetters(string key)
    {
        foreach (var letter in key.EnumerateRunes())
        {
            if (!IsOfKey(letter))
            {
                return false;
            }
        }

        return true;
    }

    // Of a pair of halves, only the whole is a letter or none.
    private static bool IsOfKey(Rune letter) =>
        letter.Value is '/' or '.' or '-' or ' ' or ':'
        || Rune.IsLetterOrDigit(letter)
        || Rune.IsNumber(letter)
        || Rune.GetUnicodeCategory(letter) is UnicodeCategory.NonSpacingMark or UnicodeCategory.ConnectorPunctuation;
}
