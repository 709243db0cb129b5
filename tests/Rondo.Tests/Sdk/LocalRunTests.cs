using Rondo.Sdk;

namespace Rondo.Tests.Sdk;

public sealed class LocalRunTests
{
    [Fact]
    public async Task A_second_run_reuses_every_step_and_gives_the_same()
    {
        using var folder = new TestFolder();
        var days = folder.Write("days.csv", Weather.Csv(60));

        var first = await Run(folder, days);
        var second = await Run(folder, days);

        Assert.Equal(LocalState.Succeeded, first.State);
        Assert.Equal(LocalState.Succeeded, second.State);
        Assert.All(
            second.Nodes.Where(node => node.Key is not null),
            node => Assert.Equal(LocalState.Reused, node.State)
        );
        Assert.Equal(Digests(first), Digests(second));
        Assert.Equal(
            0.5,
            first.Nodes.Single(node => node.Id == "fit").Metrics["shift"] / Shift(await Run(folder, days, "damping=1")),
            6
        );
    }

    [Fact]
    public async Task Other_data_or_parameters_run_only_what_depends_on_them()
    {
        using var folder = new TestFolder();
        var days = folder.Write("days.csv", Weather.Csv(60));
        await Run(folder, days);

        var other = await Run(folder, days, "damping=0.25");

        Assert.Equal(["fit", "average"], Ran(other));
    }

    [Fact]
    public async Task The_window_keeps_the_newest_days_only()
    {
        using var folder = new TestFolder();
        var run = await Run(folder, folder.Write("days.csv", Weather.Csv(60)), "windowDays=10");

        Assert.Equal(10, Summary(run, "ingest", "value", "rows"));
        Assert.Equal(9, Summary(run, "features", "value", "rows"));
    }

    [Fact]
    public async Task What_needs_a_serving_model_is_passed_over_without_one()
    {
        using var folder = new TestFolder();
        var run = await Run(folder, folder.Write("days.csv", Weather.Csv(60)));

        Assert.Equal(
            "rondo/none",
            run.Nodes.Single(node => node.Id == "serving-temperature").Outputs["value"].Artifact.Type
        );
        Assert.Equal("rondo/none", run.Nodes.Single(node => node.Id == "serving-shift").Outputs["value"].Artifact.Type);
        var describe = run.Nodes.Single(node => node.Id == "describe");
        Assert.Equal(LocalState.Skipped, describe.State);
        Assert.Empty(describe.Outputs);
        Assert.Equal("There is no 'model' (serving-temperature.value).", describe.Message);
        Assert.Equal(LocalState.Skipped, run.Nodes.Single(node => node.Id == "with-serving").State);
        Assert.Equal(LocalState.Succeeded, run.State);
    }

    [Fact]
    public async Task Schema_skew_stops_before_training_and_keeps_the_report()
    {
        using var folder = new TestFolder();
        var run = await Run(folder, folder.Write("days.csv", Weather.Csv(60).Replace("temperature", "heat")));

        Assert.Equal(LocalState.Stopped, run.State);
        var validate = run.Nodes.Single(node => node.Id == "validate");
        Assert.Equal(LocalState.Stopped, validate.State);
        Assert.Contains(
            "missing column 'temperature' in days.csv",
            validate.Message,
            StringComparison.OrdinalIgnoreCase
        );
        Assert.Equal("rondo/validation-report", validate.Outputs["report"].Artifact.Type);
        Assert.Equal(LocalState.NotRun, run.Nodes.Single(node => node.Id == "fit").State);
    }

    [Fact]
    public async Task A_failing_step_fails_the_run_and_is_not_reused()
    {
        using var folder = new TestFolder();
        var days = folder.Write("days.csv", Weather.Csv(60));
        await RunPipeline(folder, days, "trouble");
        var run = await RunPipeline(folder, days, "trouble");

        Assert.Equal(LocalState.Failed, run.State);
        Assert.StartsWith("no luck with", run.Nodes.Single(node => node.Id == "fail").Message);
        Assert.Contains("took longer than 0.05 s", run.Nodes.Single(node => node.Id == "hang").Message);
        Assert.Equal(["fail", "hang"], Ran(run));
    }

    [Fact]
    public async Task A_report_names_every_node_and_the_lineage()
    {
        using var folder = new TestFolder();
        var run = await Run(folder, folder.Write("days.csv", Weather.Csv(60)));

        var report = LocalReport.Of(run);

        Assert.All(run.Nodes, node => Assert.Contains(node.Id, report));
        Assert.True(report.Contains("Lineage of average", StringComparison.Ordinal), report);
    }

    private static Task<LocalRun> Run(TestFolder folder, string days, params string[] parameters) =>
        RunPipeline(folder, days, "train", parameters);

    private static Task<LocalRun> RunPipeline(
        TestFolder folder,
        string days,
        string pipeline,
        params string[] parameters
    )
    {
        var args = new List<string> { pipeline, "--data", "days=" + days, "--folder", folder.Of("local") };
        args.AddRange(parameters.SelectMany(parameter => new[] { "--set", parameter }));
        return new LocalRunner(
            Weather.Declare(),
            LocalOptions.Parse(args),
            TimeProvider.System,
            TextWriter.Null
        ).RunAsync();
    }

    private static double Shift(LocalRun run) => run.Nodes.Single(node => node.Id == "fit").Metrics["shift"];

    private static IEnumerable<string> Ran(LocalRun run) =>
        run.Nodes.Where(node => node.Key is not null && node.State != LocalState.Reused).Select(node => node.Id);

    private static IEnumerable<string> Digests(LocalRun run) =>
        run.Nodes.SelectMany(node => node.Outputs.Values).Select(output => output.Artifact.Digest);

    private static int Summary(LocalRun run, string node, string port, string fact) =>
        run.Nodes.Single(known => known.Id == node).Outputs[port].Summary!.Value.GetProperty(fact).GetInt32();
}
