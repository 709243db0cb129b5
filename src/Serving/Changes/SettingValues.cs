using System.Globalization;

namespace Rondo.Serving.Changes;

/// <summary>Values of settings as people write them. Each is written in one way, so that two can be compared; what is none of its kind is null.</summary>
internal static class SettingValues
{
    /// <summary>A limit that is not watched.</summary>
    public const string None = "none";

    private const double TimeMsMax = 3650.0 * 86_400_000;

    private static readonly (string Unit, double Ms)[] s_units =
    [
        ("ms", 1),
        ("s", 1000),
        ("m", 60_000),
        ("h", 3_600_000),
        ("d", 86_400_000),
    ];

    public static double? Number(string text) =>
        double.TryParse(text.Trim(), NumberStyles.Float, CultureInfo.InvariantCulture, out var value)
        && double.IsFinite(value)
            ? value
            : null;

    public static int? Whole(string text) =>
        int.TryParse(text.Trim(), NumberStyles.None, CultureInfo.InvariantCulture, out var value) ? value : null;

    /// <summary>A length of time in milliseconds: <c>250ms</c>, <c>90s</c>, <c>10m</c>, <c>2h</c>, <c>1d</c>; at most ten years.</summary>
    public static double? TimeMs(string text)
    {
        var trimmed = text.Trim();
        var digits = trimmed.TrimEnd("abcdefghijklmnopqrstuvwxyz".ToCharArray());
        var unit = trimmed[digits.Length..];
        var known = Array.FindIndex(s_units, known => known.Unit == unit);
        return known >= 0 && Number(digits) * s_units[known].Ms is { } ms and >= 0 and <= TimeMsMax ? ms : null;
    }

    /// <summary>Percentages that rise to 100: <c>10,50,100</c>.</summary>
    public static IReadOnlyList<int>? Steps(string text)
    {
        var steps = text.Trim('[', ']', ' ').Split(',').Select(Whole).ToList();
        var rise = steps.Zip(steps.Skip(1)).All(pair => pair.First < pair.Second);
        return rise && steps[0] >= 1 && steps[^1] == 100 ? [.. steps.Select(step => step!.Value)] : null;
    }

    public static string Text(double value) => value.ToString("R", CultureInfo.InvariantCulture);

    /// <summary>A time in the largest unit in which it is whole.</summary>
    public static string TimeText(double ms)
    {
        var (unit, size) = ms > 0 ? s_units.Last(unit => ms % unit.Ms == 0 || unit.Ms == 1) : ("s", 1000);
        return Text(ms / size) + unit;
    }
}
