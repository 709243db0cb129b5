using System.Globalization;
using System.Text;

namespace Rondo.Sdk;

/// <summary>What keys, names and values may look like: the server's rules, told to the caller where the mistake is.</summary>
internal static class TrackingRules
{
    public const int KeyCharsMax = 250;
    public const int ParamCharsMax = 6000;
    public const int TagCharsMax = 8000;
    public const int ExperimentCharsMax = 500;
    public const int DatasetNameCharsMax = 500;
    public const int DatasetDigestCharsMax = 36;
    public const int DatasetSourceCharsMax = 10_000;
    public const int ContextCharsMax = 500;
    public const int ArtifactPathCharsMax = 2000;

    /// <summary>No system has longer paths.</summary>
    public const int FilePathCharsMax = 32_767;

    /// <summary>Refuses a key of a metric, param or tag. Costs some nanoseconds for a key of plain letters.</summary>
    public static void CheckKey(string key, string what)
    {
        ArgumentNullException.ThrowIfNull(key);
        if (!IsPlainWord(key) && !(HasOnlyKeyLetters(key) && IsPlainPath(key)))
        {
            throw Invalid(
                $"'{key}' cannot be the key of a {what}.",
                "A key holds letters, digits, '_', '-', '.', ' ', ':' and '/', and reads as a path without empty parts, '.' or '..'."
            );
        }

        CheckLength(key, $"The key of the {what}", KeyCharsMax);
    }

    /// <summary>Refuses a text that is longer than the server keeps.</summary>
    public static void CheckLength(string text, string what, int charsMax)
    {
        ArgumentNullException.ThrowIfNull(text);
        if (IsLonger(text, charsMax))
        {
            throw Invalid(
                $"{what} has more than {charsMax.ToString(CultureInfo.InvariantCulture)} characters: '{text[..20]}…'.",
                "Cut it, or log it as an artifact."
            );
        }

        if (text.Contains('\0', StringComparison.Ordinal))
        {
            throw Invalid($"{what} has a character of code 0.", "Leave it out: databases do not keep it.");
        }
    }

    /// <summary>Refuses a name that says nothing or is too long.</summary>
    public static void CheckName(string name, string what, int charsMax)
    {
        if (string.IsNullOrWhiteSpace(name))
        {
            throw Invalid($"{what} has at least one letter.", null);
        }

        CheckLength(name, what, charsMax);
    }

    /// <summary>The path of an artifact below the run's own folder, without a slash at its ends.</summary>
    public static string ArtifactPath(string folder, string name)
    {
        var path = folder.Length == 0 ? name : folder.TrimEnd('/') + "/" + name;
        return
            path.Length <= ArtifactPathCharsMax
            && path.AsSpan().IndexOfAny('\\', '\0', '%') < 0
            && IsPlainPath(path)
            && !(path.Length > 1 && path[1] == ':')
            ? path
            : throw Invalid(
                $"'{path}' cannot be the path of an artifact.",
                "Write it as folder/name, without '..', '\\', '%' or a slash at its beginning."
            );
    }

    /// <summary>Refuses another value of a param that has one.</summary>
    public static void RequireSame(string key, string known, string value)
    {
        if (known != value)
        {
            throw new RondoException(
                ErrorCode.Conflict,
                $"The param '{key}' of this run is '{Fit(known, 100)}' and cannot become '{Fit(value, 100)}'.",
                "What changes while a run goes is a metric or a tag."
            );
        }
    }

    /// <summary>What a failure is told as.</summary>
    public static string WordsOf(Exception exception) => $"{exception.GetType().FullName}: {exception.Message}";

    /// <summary>The text as the server can keep it: cut, and without characters of code 0.</summary>
    public static string Fit(string text, int charsMax) =>
        text.Contains('\0', StringComparison.Ordinal) ? Fit(text.Replace('\0', '\ufffd'), charsMax)
        : IsLonger(text, charsMax) ? string.Concat(text.EnumerateRunes().Take(charsMax).Select(rune => rune.ToString()))
        : text;

    private static bool IsPlainWord(string key)
    {
        foreach (var letter in key)
        {
            if (!char.IsAsciiLetterOrDigit(letter) && letter != '_')
            {
                return false;
            }
        }

        return key.Length > 0;
    }

    // Lengths count characters, not halves of them.
    private static bool IsLonger(string text, int charsMax) =>
        text.Length > charsMax && text.EnumerateRunes().Skip(charsMax).Any();

    private static bool IsPlainPath(string name) =>
        !name.StartsWith("..", StringComparison.Ordinal)
        && name.Split('/').All(part => part.Length > 0 && part is not ("." or ".."));

    private static RondoException Invalid(string what, string? mend) => new(ErrorCode.InvalidArgument, what, mend);

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
