using System.Globalization;

namespace TransitDemand.Replay;

/// <summary>Days whose true rows are pushed together, as one file.</summary>
internal sealed record Period(string Name, DateOnly From, DateOnly To)
{
    public string File => $"days-{Name}.csv";

    /// <summary>Cuts the days into periods: so many days each, or months, or quarters. The last may be short.</summary>
    public static IReadOnlyList<Period> Cut(DateOnly from, DateOnly to, string every)
    {
        var periods = new List<Period>();
        for (var start = from; start <= to; start = periods[^1].To.AddDays(1))
        {
            var end = EndOf(start, every);
            periods.Add(new(NameOf(start, every), start, end < to ? end : to));
        }
        return periods;
    }

    private static DateOnly EndOf(DateOnly start, string every) =>
        every switch
        {
            "month" => new DateOnly(start.Year, start.Month, 1).AddMonths(1).AddDays(-1),
            "quarter" => new DateOnly(start.Year, ((start.Month - 1) / 3 * 3) + 1, 1).AddMonths(3).AddDays(-1),
            _ when int.TryParse(every, NumberStyles.None, CultureInfo.InvariantCulture, out var days) && days > 0 =>
                start.AddDays(days - 1),
            _ => throw new FormatException($"--push-every {every}: give a number of days, month or quarter."),
        };

    private static string NameOf(DateOnly start, string every) =>
        every switch
        {
            "month" => start.ToString("yyyy-MM", CultureInfo.InvariantCulture),
            "quarter" => string.Create(CultureInfo.InvariantCulture, $"{start.Year}Q{((start.Month - 1) / 3) + 1}"),
            _ => start.ToString("yyyy-MM-dd", CultureInfo.InvariantCulture),
        };
}
