using Rondo.Sdk;
using Rondo.Sdk.Wire;
using Rondo.Testing;

namespace RondoProject.Tests;

public sealed class PipelineTests
{
    [Fact]
    public void The_declaration_is_valid() => Assert.Equal("rondo-project", TheSystem.Declare().ToManifest().Project);

    [Fact]
    public async Task The_pipeline_proposes_a_model_that_passes_its_gate()
    {
        await using var run = await TestRun.OfAsync(TheSystem.Declare(), "train");

        var proposal = run.Succeeded().Value<ModelProposal>("register");

        Assert.True(proposal.Verdict.Passed, proposal.Verdict.Reason);
        Assert.InRange(proposal.TestMetrics["rmse"], 0, 2);
    }

    [Fact]
    public async Task A_missing_column_stops_the_run_before_training()
    {
        var file = Path.Combine(AppContext.BaseDirectory, "readings-without-load.csv");
        File.WriteAllText(file, "time,temperature,shift\n2024-01-01T00:00:00Z,20,day\n");

        await using var run = await TestRun.OfAsync(
            TheSystem.Declare(),
            "train",
            new Dictionary<string, string> { ["readings"] = file }
        );

        Assert.Equal(LocalState.NotRun, run.Ended(LocalState.Stopped).Node("train-linear").State);
    }

    [Fact]
    public async Task Killed_while_it_trains_the_pipeline_goes_on_and_proposes_one_model()
    {
        await using var run = await TestRun
            .Of(TheSystem.Declare(), "train")
            .CrashAt(CrashPoint.InsideStep, "train-linear")
            .RunAsync(TestContext.Current.CancellationToken);

        await using var resumed = await run.Killed().ResumeAsync();

        resumed.Succeeded().Published("register").Once();
        Assert.Equal(2, resumed.Calls("train-linear"));
    }
}
