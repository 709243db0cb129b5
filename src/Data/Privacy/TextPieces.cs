using System.Buffers;

namespace Rondo.Data;

/// <summary>The pieces of a longer text in which something may hide: its words, and its runs of digits in groups.</summary>
internal static class TextPieces
{
    private const int PiecesMax = 1000;
    private const int RunMin = 8;
    private const int RunMax = 40;

    private static readonly SearchValues<char> s_between = SearchValues.Create(" \t\r\n,;|<>()[]{}\"'=`");

    /// <summary>Whether there is more than one word: a single one was looked at as the whole value.</summary>
    public static bool MayHold(string text) => text.Length >= RunMin && text.AsSpan().ContainsAny(s_between);

    public static IEnumerable<string> Of(string text) => Words(text).Concat(Runs(text)).Take(PiecesMax);

    private static IEnumerable<string> Words(string text)
    {
        var start = 0;
        while (start < text.Length)
        {
            var length = text.AsSpan(start).IndexOfAny(s_between);
            length = length < 0 ? text.Length - start : length;
            // What ends a sentence is no part of the word.
            var word = text.AsSpan(start, length).Trim(".:!?");
            if (word.Length >= 6)
            {
                yield return word.ToString();
            }

            start += length + 1;
        }
    }

    // Digits, and capitals for an IBAN, with single blanks or hyphens between.
    private static IEnumerable<string> Runs(string text)
    {
        var start = 0;
        while (start < text.Length)
        {
            if (!IsPart(text[start]) && text[start] != '+')
            {
                start++;
                continue;
            }

            var end = start + 1;
            while (
                end < text.Length
                && (IsPart(text[end]) || (text[end] is ' ' or '-' && end + 1 < text.Length && IsPart(text[end + 1])))
            )
            {
                end++;
            }

            if (end - start is >= RunMin and <= RunMax && text.AsSpan(start, end - start).ContainsAny(' ', '-'))
            {
                yield return text[start..end];
            }

            start = end;
        }
    }

    private static bool IsPart(char c) => char.IsAsciiDigit(c) || char.IsAsciiLetterUpper(c);
}
