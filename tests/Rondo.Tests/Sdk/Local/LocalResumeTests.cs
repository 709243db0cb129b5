using Rondo.Sdk;
using Rondo.Testing;

namespace Rondo.Tests.Sdk;

public sealed class LocalResumeTests
{
    [Fact]
    [Trait("Requirement", "R92")]
    public async Task A_failed_run_goes_on_from_the_failed_step_with_what_was_computed_answered_and_read()
    {
        using var folder = new TestFolder();
        var days = folder.Write("days.csv", Weather.Csv(60));
        var works = false;
        var app = Weather.Declare();
        var scenario = TestRun
            .Of(app, "train")
            .Data("days", days)
            .Parameter("damping", 0.25)
            .Fake("average", inputs => works ? new Persistence(3) : throw new InvalidOperationException("not yet"));

        await using var failed = await scenario.RunAsync();
        works = true;
        File.Delete(days);
        await using var resumed = await failed.Ended(LocalState.Failed).ResumeAsync();

        Assert.Equal(3, resumed.Succeeded().Value<Persistence>("average").Shift);
        Assert.Equal("local-0001", resumed.Run.Resumes);
        Assert.Equal(0.25, resumed.Run.Parameters["damping"].GetDouble());
        Assert.Equal(1, resumed.Calls("fit"));
        Assert.Equal(2, resumed.Calls("average"));
        Assert.Equal(LocalDecisions.Resumed, resumed.Node("fit").Decision);
        Assert.Equal("local-0001", resumed.Node("fit").ReusedFrom);
    }

    [Fact]
    [Trait("Requirement", "R92")]
    public async Task Uncached_steps_and_answers_stand_when_a_run_is_resumed_and_only_then()
    {
        var works = false;
        var app = Ship.With(g =>
        {
            var start = g.Start(1).Uncached();
            var ok = g.Approval<int>("how-many", "How many?");
            g.Sum([start, ok, g.Add(start, 1).Named("fragile")]);
        });

        await using var failed = await TestRun
            .Of(app, "sail")
            .Answer("how-many", 40)
            .Fake("fragile", _ => works ? 1 : throw new InvalidOperationException("not yet"))
            .RunAsync();
        works = true;
        await using var again = await failed.AgainAsync();
        await using var resumed = await failed.ResumeAsync();

        Assert.Equal(1, again.Succeeded().Calls("fragile") - 1);
        Assert.Equal(LocalDecisions.NotCached, again.Node("start").Decision);
        Assert.Equal(LocalDecisions.Resumed, resumed.Succeeded().Node("start").Decision);
        Assert.Equal(42, resumed.Value<int>("sum"));
    }

    [Fact]
    public async Task A_run_that_is_resumed_keeps_its_data_and_parameters()
    {
        using var folder = new TestFolder();
        var refused = Assert.Throws<RondoException>(() => LocalOptions.Parse(["--resume", "latest", "--set", "a=1"]));
        var unknown = await Assert.ThrowsAsync<RondoException>(() =>
            new LocalRunner(
                Ship.With(g => g.Start(1)),
                LocalOptions.Parse(["--resume", "local-0009", "--folder", folder.Of("local")]),
                TimeProvider.System,
                TextWriter.Null
            ).RunAsync()
        );

        Assert.Contains("--set", refused.Message);
        Assert.Contains("local-0009", unknown.Message);
    }
}
