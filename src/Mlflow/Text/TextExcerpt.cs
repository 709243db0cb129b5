using System.Text;

namespace Rondo.Mlflow.Text;

/// <summary>Shows where in a text a word stands.</summary>
internal static class TextExcerpt
{
    private const int CharsBefore = 30;
    private const int CharsMax = 100;

    /// <summary>The text around the first word that begins with one of these; null where it has none.</summary>
    public static string? Of(string text, IReadOnlyList<string> starts)
    {
        var at = 0;
        while (at < text.Length)
        {
            if (!IsWord(text, at))
            {
                at++;
                continue;
            }

            var end = at;
            while (end < text.Length && IsWord(text, end))
            {
                end++;
            }

            if (Has(text[at..end], starts))
            {
                return Around(text, at);
            }

            at = end;
        }

        return null;
    }

    /// <summary>How a text begins.</summary>
    public static string Start(string text) => Around(text, 0);

    /// <summary>Whether texts have, between them, a word that begins with each of these.</summary>
    public static bool HasAll(IEnumerable<string> texts, IReadOnlyList<string> starts)
    {
        var words = texts.SelectMany(TextWords.Of).ToList();
        return starts.All(start => words.Exists(word => word.StartsWith(start, StringComparison.Ordinal)));
    }

    private static bool Has(string text, IReadOnlyList<string> starts) =>
        TextWords.Of(text).Any(word => starts.Any(start => word.StartsWith(start, StringComparison.Ordinal)));

    private static string Around(string text, int at)
    {
        var from = Math.Max(0, at - CharsBefore);
        while (from > 0 && from < at && !char.IsWhiteSpace(text[from - 1]))
        {
            from++;
        }

        var to = Math.Min(text.Length, from + CharsMax);
        if (to < text.Length && char.IsHighSurrogate(text[to - 1]))
        {
            to--;
        }

        var part = new StringBuilder(from > 0 ? "… " : "").Append(text, from, to - from);
        for (var i = 0; i < part.Length; i++)
        {
            part[i] = char.IsControl(part[i]) ? ' ' : part[i];
        }

        return part.Append(to < text.Length ? "…" : "").ToString();
    }

    // Both halves of a letter that is written with two belong to a word.
    private static bool IsWord(string text, int at) =>
        char.IsLetterOrDigit(text[at])
        || char.IsSurrogate(text[at])
        || char.GetUnicodeCategory(text[at]) == System.Globalization.UnicodeCategory.NonSpacingMark;
}
