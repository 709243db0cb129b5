using Rondo.Data;

namespace TransitDemand.Tests;

/// <summary>The days of the sample file.</summary>
internal static class Sample
{
    public static string File { get; } = Path.Combine(AppContext.BaseDirectory, "sample", "days.csv");

    public static Table<Day> Days { get; } = Read();

    public static IReadOnlyList<DayFeatures> Features { get; } = [.. Days.Select(DayFeatures.Of)];

    private static Table<Day> Read()
    {
        using var stream = System.IO.File.OpenRead(File);
        return Csv.Read([("days.csv", stream)]).Table.As<Day>();
    }
}
