using System.Diagnostics;
using Rondo.Conversion.Scoring;
using Rondo.Sdk.Wire;

namespace Rondo.Conversion.Parity;

/// <summary>Measures how long a model takes for one row: a figure to compare two forms by, on the machine and at the load of that moment.</summary>
internal static class LatencyProbe
{
    private const int WarmUps = 50;
    private const int Measured = 500;
    private const int RowsMax = 64;

    public static ModelForm Of(string format, long sizeBytes, Scorer scorer, Feed sample)
    {
        var rows = Enumerable.Range(0, Math.Min(RowsMax, sample.Rows)).Select(row => sample.Pick([row])).ToList();
        for (var i = 0; i < WarmUps; i++)
        {
            scorer.Score(rows[i % rows.Count]);
        }
        var times = new double[Measured];
        for (var i = 0; i < Measured; i++)
        {
            var from = Stopwatch.GetTimestamp();
            scorer.Score(rows[i % rows.Count]);
            times[i] = Math.Round(Stopwatch.GetElapsedTime(from).TotalMicroseconds, 2);
        }
        Array.Sort(times);
        return new(format, sizeBytes, times[Measured / 2], times[(Measured * 99 / 100) - 1]);
    }
}
