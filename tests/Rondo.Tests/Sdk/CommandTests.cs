using Rondo.Data;
using Rondo.Sdk;
using Rondo.Testing;

namespace Rondo.Tests.Sdk;

/// <summary>A count of rows by sky.</summary>
public sealed record SkyCount(string Sky, long Days);

public sealed class CommandTests
{
    private const string Count = """
        import csv, json, os
        step = json.load(open(os.environ["RONDO_STEP"]))
        rows = list(csv.DictReader(open("days.csv")))
        print("read", len(rows), "rows, seed", step["seed"])
        with open(step["outputs"]["counts.csv"], "w") as f:
            f.write("sky,days\nblue,%d\n" % (len(rows) * step["arguments"]["factor"]))
        json.dump({"rows": len(rows)}, open(step["metrics"], "w"))
        """;

    [Fact]
    public async Task A_program_in_another_language_reads_files_and_writes_files()
    {
        using var folder = new TestFolder();
        var script = folder.Write("count.py", Count);
        await using var run = await Run(
            folder,
            (g, rows) =>
                g.Command($"python3 {script}")
                    .Input("days.csv", rows)
                    .Argument("factor", 2)
                    .OutputTable<SkyCount>("counts.csv")
        );

        run.Succeeded();
        Assert.Equal([new SkyCount("blue", 40)], run.Rows<SkyCount>("count", "counts.csv"));
        Assert.Equal(20, run.Node("count").Metrics["rows"]);
        Assert.Contains("read 20 rows, seed 1", run.Log);
    }

    [Fact]
    public async Task A_program_that_fails_fails_its_step_and_its_log_stays()
    {
        using var folder = new TestFolder();
        await using var run = await Run(
            folder,
            (g, rows) =>
                g.Command("sh -c 'echo no luck >&2; exit 3'").Input("days.parquet", rows).OutputFile("model.json")
        );

        Assert.Contains("exit code 3", run.Ended(LocalState.Failed).Node("sh").Message);
        Assert.Contains("no luck", run.Log);
    }

    [Fact]
    public async Task What_is_not_written_or_cannot_be_started_is_told()
    {
        using var folder = new TestFolder();
        await using var run = await Run(
            folder,
            (g, rows) =>
            {
                g.Command("true").Input("days.csv", rows).OutputFile("model.json");
                g.Command("no-such-program now").OutputFile("model.json");
            }
        );

        Assert.Contains("did not write its output 'model.json'", run.Node("true").Message);
        Assert.Contains("'no-such-program' cannot be started", run.Node("no-such-program").Message);
    }

    [Fact]
    public async Task A_program_that_takes_too_long_is_killed_with_all_that_it_started()
    {
        using var folder = new TestFolder();
        var alive = folder.Of("alive");
        await using var run = await Run(
            folder,
            (g, rows) =>
                g.Command($"sh -c '(sleep 60; touch {alive}) & echo $! > {alive}.pid; wait'")
                    .Input("days.csv", rows)
                    .Timeout(TimeSpan.FromSeconds(5))
                    .OutputFile("model.json")
        );

        Assert.Contains("took longer than 5 s", run.Ended(LocalState.Failed).Node("sh").Message);
        var child = int.Parse(
            await File.ReadAllTextAsync(alive + ".pid"),
            System.Globalization.CultureInfo.InvariantCulture
        );
        Assert.False(IsRunning(child));
    }

    [Fact]
    public void A_script_that_is_not_there_and_an_open_quote_are_told_when_they_are_declared()
    {
        var app = MlApp.Create([], "weather");

        RondoException Declare(Action<Graph> declare) =>
            Assert.Throws<RondoException>(() => app.Pipeline("p", declare));

        Assert.Contains("'no/such.py'", Declare(g => g.Command("python3 no/such.py")).Message);
        Assert.Contains("is not a command", Declare(g => g.Command("sh -c 'echo")).Message);
        Assert.Contains("cannot be a file", Declare(g => g.Command("true").OutputFile("../model")).Message);
        Assert.Contains(
            "named twice",
            Declare(g =>
                g.Command("true")
                    .OutputFile("a")
                    .Node.Graph.Command("false")
                    .OutputFile("b")
                    .Node.Graph.Command("x")
                    .Named("true")
            ).Message
        );
    }

    // A killed process whose parent has not asked for it yet is a zombie: it does not run.
    private static bool IsRunning(int id)
    {
        var status = $"/proc/{id}/status";
        return File.Exists(status) && !File.ReadAllText(status).Contains("State:\tZ", StringComparison.Ordinal);
    }

    private static Task<TestRun> Run(TestFolder folder, Action<Graph, Ref<Table<WeatherDay>>> declare)
    {
        var app = MlApp.Create([], "weather");
        var days = app.Dataset<WeatherDay>("days");
        app.Pipeline("train", g => declare(g, g.Validate(g.Ingest(days), days))).FailSlow();
        var data = new Dictionary<string, string> { ["days"] = folder.Write("days.csv", Weather.Csv(20)) };
        return TestRun.OfAsync(app, "train", data);
    }
}
