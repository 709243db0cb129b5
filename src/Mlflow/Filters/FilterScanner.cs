using System.Globalization;
using System.Text;
using System.Text.RegularExpressions;
using Rondo.Mlflow.Wire;

namespace Rondo.Mlflow.Filters;

/// <summary>Walks over the characters of a filter or of an item of an order.</summary>
internal sealed partial class FilterScanner(string text)
{
    private static readonly string[] s_symbols = ["!=", ">=", "<=", "=", ">", "<"];

    private int _at;

    public bool AtEnd
    {
        get
        {
            while (_at < text.Length && char.IsWhiteSpace(text[_at]))
            {
                _at++;
            }

            return _at == text.Length;
        }
    }

    public bool TrySymbol(char symbol)
    {
        if (AtEnd || text[_at] != symbol)
        {
            return false;
        }

        _at++;
        return true;
    }

    /// <summary>Takes a word of the grammar, in whatever case.</summary>
    public bool TryWord(string word)
    {
        if (
            AtEnd
            || string.Compare(text, _at, word, 0, word.Length, StringComparison.OrdinalIgnoreCase) != 0
            || (_at + word.Length < text.Length && (IsWord(text[_at + word.Length]) || text[_at + word.Length] == '.'))
        )
        {
            return false;
        }

        _at += word.Length;
        return true;
    }

    public string? TryComparison()
    {
        if (AtEnd)
        {
            return null;
        }

        var found = Array.Find(s_symbols, symbol => string.CompareOrdinal(text, _at, symbol, 0, symbol.Length) == 0);
        _at += found?.Length ?? 0;
        return found;
    }

    /// <summary>A name in parts that dots divide; a part may be quoted.</summary>
    public IReadOnlyList<string> Name()
    {
        var parts = new List<string>();
        do
        {
            parts.Add(Part());
        } while (_at < text.Length && text[_at] == '.' && ++_at > 0);
        return parts;
    }

    /// <summary>A number without quotes, whole ones as <see langword="long"/>; null where there is none.</summary>
    public object? TryNumber()
    {
        if (AtEnd)
        {
            return null;
        }

        var match = NumberPattern().Match(text, _at);
        if (!match.Success || (_at + match.Length < text.Length && IsWord(text[_at + match.Length])))
        {
            return null;
        }

        _at += match.Length;
        return long.TryParse(match.Value, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var whole)
            ? whole
            : double.Parse(match.Value, CultureInfo.InvariantCulture);
    }

    /// <summary>A text in single or double quotes; a quote inside is doubled. Null where there is none.</summary>
    public string? TryText() => AtEnd || text[_at] is not ('\'' or '"') ? null : Quoted(text[_at]);

    public Refusal Error(string what) =>
        Refusal.Invalid(
            $"Invalid filter or order: {what} at character {_at + 1}, "
                + (_at < text.Length ? $"before {Names.Json(Shown())}." : "where it ends.")
        );

    private string Shown() => text.Length - _at > 40 ? text.Substring(_at, 40) : text[_at..];

    private string Part()
    {
        if (_at < text.Length && (text[_at] is '`' or '"'))
        {
            return Quoted(text[_at]);
        }

        var start = _at;
        while (_at < text.Length && IsWord(text[_at]))
        {
            _at++;
        }

        return _at > start ? text[start.._at] : throw Error("a name is missing");
    }

    private string Quoted(char quote)
    {
        var start = _at++;
        var value = new StringBuilder();
        while (_at < text.Length)
        {
            if (text[_at] != quote)
            {
                value.Append(text[_at++]);
            }
            else if (_at + 1 < text.Length && text[_at + 1] == quote)
            {
                value.Append(quote);
                _at += 2;
            }
            else
            {
                _at++;
                return value.ToString();
            }
        }

        _at = start;
        throw Error("a quote does not end that begins");
    }

    private static bool IsWord(char c) => char.IsLetterOrDigit(c) || c == '_';

    [GeneratedRegex(
        @"\G[+-]?(\d+(\.\d*)?|\.\d+)([eE][+-]?\d+)?",
        RegexOptions.CultureInvariant | RegexOptions.ExplicitCapture,
        matchTimeoutMilliseconds: 1000
    )]
    private static partial Regex NumberPattern();
}
