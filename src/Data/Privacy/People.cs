using System.Globalization;
using System.Text.RegularExpressions;

namespace Rondo.Data;

/// <summary>Names, birth dates, and where people are. Few of these have a form of their own: the column's name must say what they are.</summary>
internal static partial class People
{
    private const int YearMin = 1875;
    private const int YearMax = 2100;
    private const int DecimalsMin = 4;

    private static readonly string[] s_dateForms =
    [
        "d.M.yyyy",
        "d/M/yyyy",
        "M/d/yyyy",
        "yyyy/M/d",
        "yyyyMMdd",
        "d-M-yyyy",
    ];

    // Frequent in Europe and the Americas, and seldom anything else.
    private static readonly HashSet<string> s_givenNames = new(
        (
            "adam ahmed alexander alice ali amanda amy ana andrea andrew angela anna anne anthony antonio barbara benjamin brandon "
            + "brian carlos carol catherine charles christine christopher claudia daniel david deborah dennis diana dmitri donald "
            + "donna dorothy edward elena elizabeth emily emma eric eva fatima felix fernando francesca francisco gabriel george "
            + "gerald giovanni giulia gregory hannah hans heather helen henry ingrid irina isabel ivan jacob james jan jane janet "
            + "jason jean jeffrey jennifer jessica joan johannes john jonathan jose joseph joshua juan judith julia julie karen "
            + "katarzyna katherine kathleen keith kelly kenneth kevin kimberly larry laura lars leon linda lisa louis lucas lucia "
            + "luis maria marie mark martha martin mary matthew max melissa michael michelle miguel mohamed mohammed monika nancy "
            + "natalia nicholas nicole olga oliver olivia pablo pamela patricia patrick paul pedro peter petra philip pierre rachel "
            + "raymond rebecca richard robert ronald rosa ruth ryan samantha samuel sandra sara sarah scott sebastian sergei sharon "
            + "simon sofia sophie stefan stephanie stephen steven susan susanne svetlana teresa theresa thomas timothy tomasz tyler "
            + "ursula victor vladimir walter wei william wolfgang yusuf zachary"
        ).Split(' '),
        StringComparer.OrdinalIgnoreCase
    );

    public static IReadOnlyList<ValueTest> All { get; } =
    [
        new(PersonalDataKind.BirthDate, "a date", BirthDate) { NeedsHint = true, OfNumbers = true },
        new(PersonalDataKind.PersonName, "a name", Name) { NeedsHint = true },
        new(PersonalDataKind.PersonName, "a frequent given name with another", FullName) { ShareMin = 0.5 },
        new(PersonalDataKind.PostalAddress, "a street with a number", Street) { ShareMin = 0.3 },
        new(PersonalDataKind.PostalAddress, "letters and a number", Address) { NeedsHint = true },
        new(PersonalDataKind.Position, "a position to four decimals or more", Pair) { ShareMin = 0.3 },
        new(PersonalDataKind.Position, "a degree to four decimals or more", Degree) { NeedsHint = true },
    ];

    /// <summary>Whether the first word is a frequent given name.</summary>
    public static bool BeginsWithGivenName(string text)
    {
        var end = text.AsSpan().IndexOfAny(' ', ',');
        return s_givenNames.Contains(end < 0 ? text : text[..end]);
    }

    private static Verdict BirthDate(ScannedText value)
    {
        var text = value.Text;
        if (text.Length == 4 && value.DigitsOnly)
        {
            return CheckDigits.Part(text, 0, 4) is >= YearMin and <= YearMax ? Verdict.Passes : Verdict.No;
        }

        var year =
            CellParser.TryTimestamp(text, out var instant) ? instant.Year
            : DateOnly.TryParseExact(text, s_dateForms, CultureInfo.InvariantCulture, DateTimeStyles.None, out var date)
                ? date.Year
            : 0;
        return year is >= YearMin and <= YearMax ? Verdict.Passes : Verdict.No;
    }

    private static Verdict Name(ScannedText value) =>
        value.Text.Length <= 80 && NamePattern().IsMatch(value.Text) ? Verdict.Passes : Verdict.No;

    private static Verdict FullName(ScannedText value) =>
        value.Text.AsSpan().ContainsAny(' ', ',') && BeginsWithGivenName(value.Text) && Name(value) == Verdict.Passes
            ? Verdict.Passes
            : Verdict.No;

    private static Verdict Street(ScannedText value) =>
        value.Text.Length is >= 6 and <= 200 && StreetPattern().IsMatch(value.Text) ? Verdict.Passes : Verdict.No;

    private static Verdict Address(ScannedText value) =>
        value.Text.Length is >= 5 and <= 300
        && value.Text.Contains(' ', StringComparison.Ordinal)
        && value.Text.Any(char.IsDigit)
        && value.Text.Any(char.IsLetter)
        && !value.Text.Contains("://", StringComparison.Ordinal)
            ? Verdict.Passes
            : Verdict.No;

    private static Verdict Pair(ScannedText value)
    {
        var parts = value.Text.Split(value.Text.Contains(',', StringComparison.Ordinal) ? ',' : ' ');
        return parts.Length == 2 && IsDegree(parts[0], 90) && IsDegree(parts[1], 180) ? Verdict.Passes : Verdict.No;
    }

    private static Verdict Degree(ScannedText value) => IsDegree(value.Text, 180) ? Verdict.Passes : Verdict.No;

    private static bool IsDegree(string text, double max)
    {
        text = text.Trim();
        var point = text.IndexOf('.', StringComparison.Ordinal);
        return point > 0
            && text.Length - point - 1 >= DecimalsMin
            && double.TryParse(
                text,
                NumberStyles.AllowLeadingSign | NumberStyles.AllowDecimalPoint,
                CultureInfo.InvariantCulture,
                out var degree
            )
            && Math.Abs(degree) <= max;
    }

    // One to five words that begin with a capital or are short (de, van), without digits.
    [GeneratedRegex(
        @"^\p{Lu}[\p{L}'’.-]*(?:,? (?:\p{Lu}[\p{L}'’.-]*|\p{Ll}{1,4})){0,4}\z",
        RegexOptions.CultureInvariant,
        matchTimeoutMilliseconds: 1000
    )]
    private static partial Regex NamePattern();

    [GeneratedRegex(
        @"^(?:\d{1,5}[A-Za-z]? (?:[\p{L}\d.'-]+ ){1,4}(?:street|st|avenue|ave|road|rd|lane|ln|drive|dr|boulevard|blvd|court|ct|square|way)\b"
            + @"|\d{1,4},? (?:rue|avenue|boulevard|place|chemin) \p{L}"
            + @"|(?:[\p{L}.-]+ ){0,3}[\p{L}.-]*(?:straße|strasse|str\.|weg|gasse|allee|platz) ?\d{1,4} ?[a-z]?\b"
            + @"|(?:via|calle|plaza|piazza|rua|ulica|ul\.) [\p{L} .]+,? \d{1,4}\b)",
        RegexOptions.CultureInvariant | RegexOptions.IgnoreCase,
        matchTimeoutMilliseconds: 1000
    )]
    private static partial Regex StreetPattern();
}
