using System.Globalization;
using Rondo.Sdk.Wire;

namespace Rondo.Sdk;

/// <summary>What the runs of a pipeline are one each of: days, regions …</summary>
public sealed class Partitions
{
    private const int ValuesMax = 10_000;
    private const int KeyLengthMax = 100;

    private Partitions(PartitionsManifest manifest) => Manifest = manifest;

    internal PartitionsManifest Manifest { get; }

    /// <summary>Hours from this one on (<c>2024-05-01T13</c>) in an IANA time zone.</summary>
    public static Partitions Hourly(string start, string timeZone = "UTC") =>
        Periods("hourly", start, timeZone, "yyyy-MM-dd'T'HH");

    /// <summary>Days from this one on (<c>2024-05-01</c>) in an IANA time zone.</summary>
    public static Partitions Daily(string start, string timeZone = "UTC") => Periods("daily", start, timeZone);

    /// <summary>Weeks from this day on, each beginning on its day of the week.</summary>
    public static Partitions Weekly(string start, string timeZone = "UTC") => Periods("weekly", start, timeZone);

    /// <summary>Months from the one that begins on this day on (<c>2024-05-01</c>).</summary>
    public static Partitions Monthly(string start, string timeZone = "UTC")
    {
        var partitions = Periods("monthly", start, timeZone);
        return start.EndsWith("-01", StringComparison.Ordinal)
            ? partitions
            : throw Bad($"'{start}' is not the first day of a month", "Give for example '2024-05-01'");
    }

    /// <summary>These, and no others: <c>Partitions.Of("north", "south")</c>.</summary>
    public static Partitions Of(params IReadOnlyList<string> values)
    {
        if (values.Count is 0 or > ValuesMax)
        {
            throw Bad($"there are {values.Count} of them", $"Give 1 to {ValuesMax}");
        }
        if (values.FirstOrDefault(value => !IsKey(value)) is { } bad)
        {
            throw Bad($"'{bad}' is not a key", "Use letters, digits, hyphens, underscores, dots, colons");
        }
        if (values.Distinct(StringComparer.Ordinal).Count() < values.Count)
        {
            throw Bad("one of them is named twice", "Name each once");
        }
        return new(new("list", null, null, [.. values]));
    }

    private static Partitions Periods(string kind, string start, string timeZone, string format = "yyyy-MM-dd")
    {
        CronLine.CheckTimeZone(timeZone);
        return DateTime.TryParseExact(start, format, CultureInfo.InvariantCulture, DateTimeStyles.None, out _)
            ? new(new(kind, start, timeZone, null))
            : throw Bad(
                $"'{start}' is not where {kind} ones can start",
                kind == "hourly" ? "Give an hour such as '2024-05-01T13'" : "Give a day such as '2024-05-01'"
            );
    }

    private static bool IsKey(string value) =>
        value is { Length: > 0 and <= KeyLengthMax }
        && value.All(letter => char.IsAsciiLetterOrDigit(letter) || letter is '-' or '_' or '.' or ':')
        && value is not ("." or "..");

    private static RondoException Bad(string what, string mend) =>
        new(ErrorCode.InvalidArgument, $"These partitions cannot be: {what}.", mend + ".");
}
