using Rondo.Evaluation;
using Rondo.Sdk;
using Rondo.Sdk.Wire;
using Rondo.Testing;

namespace TransitDemand.Tests;

/// <summary>The pipeline as it is declared, from the sample file to the proposal.</summary>
public sealed class PipelineTests(SampleRun sample) : IClassFixture<SampleRun>
{
    private readonly TestRun run = sample.Run;

    [Fact]
    public void The_pipeline_proposes_the_better_candidate_trained_on_all_days()
    {
        var proposal = run.Value<ModelProposal>("register");
        Assert.True(proposal.Verdict.Passed, proposal.Verdict.Reason);
        Assert.Equal(Sample.Days[^1].Date, proposal.DataTo);
        var report = run.Value<EvaluationReport>("best", "report");
        Assert.Equal(report.Candidates.Min(candidate => candidate.Metrics["rmse"]), proposal.TestMetrics["rmse"]);
        Assert.Equal(report.Winner, proposal.Description.Algorithm);
    }

    [Fact]
    public void The_evaluation_looks_at_weekdays_seasons_and_game_days()
    {
        var slices = run.Value<ModelProposal>("register").Slices;
        Assert.Equal(7, slices.Count(slice => slice.Slice == "Weekday"));
        Assert.Equal(["spring", "summer"], slices.Where(slice => slice.Slice == "Season").Select(slice => slice.Value));
        Assert.Equal(91, slices.Where(slice => slice.Slice == "GameDay").Sum(slice => slice.N));
        Assert.All(slices, slice => Assert.True(double.IsFinite(slice.Metrics["rmse"]), slice.Value));
    }

    [Fact]
    public void A_stored_model_answers_its_recorded_request_as_recorded()
    {
        var model = run.Model("refit");
        var recorded = model.Description.Example.Outputs["prediction"].GetSingle();
        Assert.Equal(recorded, Steps.Predict(model, Rondo.Data.Table.From([Sample.Features[^1]]))[0].Value, 4);
    }

    [Fact]
    public async Task A_file_without_a_column_stops_the_run_before_training()
    {
        var folder = Directory.CreateTempSubdirectory("demand-tests-").FullName;
        try
        {
            var lines = await File.ReadAllLinesAsync(Sample.File, TestContext.Current.CancellationToken);
            var temp = Array.IndexOf(lines[0].Split(','), "\"temp\"");
            await File.WriteAllLinesAsync(
                Path.Combine(folder, "days.csv"),
                lines.Select(line => string.Join(',', line.Split(',').Where((_, column) => column != temp))),
                TestContext.Current.CancellationToken
            );
            var data = new Dictionary<string, string> { ["station-days"] = Path.Combine(folder, "days.csv") };
            await using var broken = await TestRun.OfAsync(TransitSystem.Declare([]), SampleRun.Pipeline, data);

            broken.Ended(LocalState.Stopped);
            Assert.Contains("missing column 'temp'", broken.Log);
            Assert.DoesNotContain("RMSE", broken.Log);
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    [Fact]
    public void The_holdout_reaches_no_candidate_before_it_is_judged()
    {
        var node = TransitSystem
            .Declare([])
            .ToManifest()
            .Pipelines[0]
            .Nodes.Where(node => node.Id.StartsWith("train-"));
        Assert.All(node, train => Assert.Equal("train", Assert.Single(train.Inputs).FromPort));
    }
}

/// <summary>One run on the sample file, for all tests that only look at it.</summary>
public sealed class SampleRun : IAsyncLifetime
{
    public const string Pipeline = "train-demand";

    public TestRun Run { get; private set; } = null!;

    public async ValueTask InitializeAsync() =>
        Run = (await TestRun.OfAsync(TransitSystem.Declare([]), Pipeline)).Succeeded();

    public ValueTask DisposeAsync() => Run.DisposeAsync();
}
