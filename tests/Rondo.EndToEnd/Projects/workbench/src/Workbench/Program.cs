using Rondo.Data;
using Rondo.Sdk;
using Rondo.Sdk.Wire;
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

// Every node can die and is tried again; two branches, so that more than one step is under way.
app.Pipeline(
    "mortal",
    g =>
    {
        var folder = g.Parameter("folder", "");
        var left = g.Add(1, 0, folder).Named("left").Retry(Retry.OnCrash(attempts: 1000));
        var right = g.Add(2, 0, folder).Named("right").Retry(Retry.OnCrash(attempts: 1000));
        var more = g.More(left, 10, folder).Named("more").Retry(Retry.OnCrash(attempts: 1000));
        var most = g.More(right, 20, folder).Named("most").Retry(Retry.OnCrash(attempts: 1000));
        g.Sum(more, most, folder).Named("sum").Retry(Retry.OnCrash(attempts: 1000));
    }
);

// Takes over what "held" has made, and reads it in a step of its own.
app.Pipeline(
    "spoilt",
    g =>
    {
        var folder = g.Parameter("folder", "");
        g.More(g.Hold(g.First(folder), folder), 1, folder).Named("other");
    }
);

app.Pipeline("tally", g => g.Tally(g.Partition(), g.Parameter("by", 1)))
    .Partitioned(Partitions.Daily("2024-01-01", "Europe/Berlin"))
    .On(Trigger.On("orders.closed").Where("region", "north"), Trigger.Schedule("0 3 1 1 *", "Europe/Berlin"));

// A connector: what is new in a folder is added to a dataset.
var inbox = app.Dataset<Reading>("inbox").EventTime(r => r.Day).Sample("sample/readings.csv");
app.Pipeline("pull", g => g.Pull(g.VersionIfAny(inbox), g.Parameter("folder", "")).AddTo(inbox));

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
        public static Count Add(int left, int right, string folder, StepContext context) =>
            Slowly(left + right, folder, context);

        [Step]
        public static Count More(Count count, int by, string folder, StepContext context) =>
            Slowly(count.Value + by, folder, context);

        [Step]
        public static Count Sum(Count left, Count right, string folder, StepContext context) =>
            Slowly(left.Value + right.Value, folder, context);

        [Step]
        public static NewRows Pull(DatasetVersionContent? soFar, string folder) =>
            NewRows.Files("folder", soFar, Path.Combine(folder, "*.csv"));

        [Step]
        public static Count Tally(string day, int by) => new(DateOnly.ParseExact(day, "yyyy-MM-dd").Day * by);

        [Step]
        public static Said Report(FileArtifact mean, FileArtifact count) =>
            new(File.ReadAllText(mean.Path), File.ReadAllText(count.Path).Trim());

        // Takes as long as a process takes to be killed at a random moment, and says which attempt it was.
        private static Count Slowly(int value, string folder, StepContext context)
        {
            Mark(folder, Path.GetFileName(Path.GetDirectoryName(context.WorkFolder))!);
            Thread.Sleep(150);
            return new Count(value);
        }

        private static void Mark(string folder, string step)
        {
            if (folder.Length > 0)
            {
                using var alone = Alone(Path.Combine(folder, "ran.lock"));
                File.AppendAllText(Path.Combine(folder, "ran.txt"), step + "\n");
            }
        }

        // Two processes that append to a file at once write over each other.
        private static FileStream Alone(string file)
        {
            for (var attempt = 0; ; attempt++)
            {
                try
                {
                    return new FileStream(file, FileMode.OpenOrCreate, FileAccess.Write, FileShare.None);
                }
                catch (IOException) when (attempt < 2000)
                {
                    Thread.Sleep(1);
                }
            }
        }
    }
}
