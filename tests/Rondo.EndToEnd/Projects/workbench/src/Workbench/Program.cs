using Rondo.Data;
using Rondo.Sdk;
using Workbench;

// What the end-to-end tests need of a project: steps that can be held half-way, and steps in other languages.
var app = MlApp.Create(args, "workbench");
var readings = app.Dataset<Reading>("readings").EventTime(r => r.Day).Sample("sample/readings.csv");

app.Pipeline(
    "held",
    g =>
    {
        var folder = g.Parameter("folder", "");
        var first = g.First(folder);
        var held = g.Hold(first, folder);
        g.Last(held, folder);
    }
);

app.Pipeline(
    "languages",
    g =>
    {
        var rows = g.Validate(g.Ingest(readings, 3650), readings);
        var python = g.Command("python3 scripts/mean.py").Input("readings.csv", rows).OutputFile("mean.json");
        var shell = g.Command("sh scripts/count.sh").Input("readings.csv", rows).OutputFile("count.txt");
        g.Report(python, shell);
    }
);

app.Pipeline("tally", g => g.Tally(g.Partition(), g.Parameter("by", 1)))
    .Partitioned(Partitions.Daily("2024-01-01", "Europe/Berlin"))
    .On(Trigger.On("orders.closed").Where("region", "north"), Trigger.Schedule("0 3 1 1 *", "Europe/Berlin"));

return await app.RunAsync();

namespace Workbench
{
    public sealed record Reading(DateOnly Day, double Value);

    public sealed record Count(int Value);

    public sealed record Said(string Mean, string Count);

    public static class Steps
    {
        /// <summary>Writes down that it ran, so that a test can count.</summary>
        [Step]
        public static Count First(string folder)
        {
            Mark(folder, "first");
            return new Count(1);
        }

        /// <summary>Waits until the test lets it go.</summary>
        [Step]
        public static async Task<Count> Hold(Count count, string folder)
        {
            Mark(folder, "hold");
            while (folder.Length > 0 && !File.Exists(Path.Combine(folder, "go")))
            {
                await Task.Delay(20);
            }

            return new Count(count.Value + 1);
        }

        [Step]
        public static Count Last(Count count, string folder)
        {
            Mark(folder, "last");
            return new Count(count.Value + 1);
        }

        [Step]
        public static Count Tally(string day, int by) => new(DateOnly.ParseExact(day, "yyyy-MM-dd").Day * by);

        [Step]
        public static Said Report(FileArtifact mean, FileArtifact count) =>
            new(File.ReadAllText(mean.Path), File.ReadAllText(count.Path).Trim());

        private static void Mark(string folder, string step)
        {
            if (folder.Length > 0)
            {
                File.AppendAllText(Path.Combine(folder, "ran.txt"), step + "\n");
            }
        }
    }
}
