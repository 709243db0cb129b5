using System.Text;
using Rondo.Data;

namespace TransitDemand.Replay;

/// <summary>What the city has recorded: the days as rows, and the same lines as they stand in the file.</summary>
internal sealed class CityRecords
{
    private readonly string[] _header;
    private readonly Dictionary<DateOnly, string> _lines;

    private CityRecords(IReadOnlyList<DayFeatures> days, string[] header, Dictionary<DateOnly, string> lines)
    {
        Days = days;
        _header = header;
        _lines = lines;
    }

    /// <summary>Every day with its features, in the order of time.</summary>
    public IReadOnlyList<DayFeatures> Days { get; }

    public static CityRecords Read(string file)
    {
        using var stream = File.OpenRead(file);
        var rows = Csv.Read([(Path.GetFileName(file), stream)]).Table.As<Day>();
        var lines = File.ReadAllLines(file);
        var days = rows.Select(DayFeatures.Of).ToList();
        var byDate = new Dictionary<DateOnly, string>();
        for (var row = 0; row < days.Count; row++)
        {
            byDate.Add(days[row].Date, lines[row + 1]);
        }
        days.Sort((a, b) => a.Date.CompareTo(b.Date));
        return new(days, lines[0].Split(','), byDate);
    }

    /// <summary>The rows of a period as a CSV file; without the column <paramref name="lacking"/> if one is named.</summary>
    public byte[] FileOf(Period period, string? lacking = null)
    {
        var without = Array.FindIndex(_header, name => name.Trim('"') == lacking);
        var text = new StringBuilder();
        Append(text, string.Join(',', _header), without);
        for (var day = period.From; day <= period.To; day = day.AddDays(1))
        {
            if (_lines.TryGetValue(day, out var line))
            {
                Append(text, line, without);
            }
        }
        return Encoding.UTF8.GetBytes(text.ToString());
    }

    // No value in this file contains a comma.
    private static void Append(StringBuilder text, string line, int without) =>
        text.AppendJoin(',', line.Split(',').Where((_, column) => column != without)).Append('\n');
}
