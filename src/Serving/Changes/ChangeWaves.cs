using System.Globalization;

namespace Rondo.Serving.Changes;

/// <summary>Waves as people write them: <c>1,25%,100%</c> is one endpoint, then a quarter of all, then all.</summary>
internal static class ChangeWaves
{
    private const int WavesMax = 20;

    /// <summary>How many endpoints have been taken at the end of each wave. A wave in which none would be left out is no wave.</summary>
    public static IReadOnlyList<int> Of(string text, int endpoints)
    {
        var parts = text.Split(',', StringSplitOptions.TrimEntries);
        var shares = parts.Select(Share).ToList();
        if (
            parts.Length > WavesMax
            || parts[^1] != "100%"
            || shares.Contains(null)
            || Falls(shares.Where(share => share!.Value.IsPercent))
            || Falls(shares.Where(share => !share!.Value.IsPercent))
        )
        {
            throw new RondoException(
                ErrorCode.InvalidArgument,
                $"'{text}' are no waves.",
                $"Give at most {WavesMax} numbers of endpoints or percentages that rise to 100%, such as 1,25%,100%."
            );
        }

        var ends = new List<int>();
        foreach (var share in shares)
        {
            var (number, isPercent) = share!.Value;
            var end = isPercent ? (int)Math.Ceiling(endpoints * number / 100) : (int)Math.Min(number, endpoints);
            if (end > (ends.Count == 0 ? 0 : ends[^1]))
            {
                ends.Add(end);
            }
        }

        return ends;
    }

    private static (double Number, bool IsPercent)? Share(string part)
    {
        if (part.EndsWith('%'))
        {
            return SettingValues.Number(part[..^1]) is { } percent and > 0 and <= 100 ? (percent, true) : null;
        }

        return int.TryParse(part, NumberStyles.None, CultureInfo.InvariantCulture, out var count) && count > 0
            ? (count, false)
            : null;
    }

    private static bool Falls(IEnumerable<(double Number, bool IsPercent)?> shares)
    {
        var numbers = shares.Select(share => share!.Value.Number).ToList();
        return numbers.Zip(numbers.Skip(1)).Any(pair => pair.First >= pair.Second);
    }
}
