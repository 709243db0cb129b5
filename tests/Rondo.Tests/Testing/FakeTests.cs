using Rondo.Data;
using Rondo.Sdk;
using Rondo.Testing;
using Rondo.Tests.Sdk;

namespace Rondo.Tests.Testing;

public sealed class FakeTests
{
    [Fact]
    public async Task A_fake_takes_what_its_step_takes_and_stands_for_it()
    {
        using var folder = new TestFolder();
        await using var run = await TestRun
            .Of(Weather.Declare(), "train")
            .Data("days", folder.Write("days.csv", Weather.Csv(30)))
            .Parameter("damping", 0.25)
            .Fake(
                "fit",
                inputs =>
                {
                    inputs.Context.Metric("rows", inputs.Rows<WeatherRow>("rows").Count);
                    return new Persistence(inputs.Argument<double>("damping"));
                }
            )
            .Fake("fit-cold", _ => new Persistence(0.75))
            .RunAsync();

        Assert.Equal(0.5, run.Succeeded().Value<Persistence>("average").Shift);
        Assert.True(run.Node("fit").Metrics["rows"] > 0);
    }

    [Fact]
    public async Task A_fake_of_a_method_has_its_types_and_stands_for_all_its_nodes()
    {
        using var folder = new TestFolder();
        await using var run = await TestRun
            .Of(Weather.Declare(), "train")
            .Data("days", folder.Write("days.csv", Weather.Csv(30)))
            .Fake(WeatherSteps.Fit, (rows, damping, context) => new Persistence(rows.Count + damping))
            .Fake(WeatherSteps.Average, models => new Persistence(models.Max(model => model.Shift)))
            .Fake(
                WeatherSteps.Part,
                (rows, limit) => (Table<WeatherRow>.From(rows.Take(3)), Table<WeatherRow>.From(rows))
            )
            .RunAsync();

        Assert.Equal(3, run.Succeeded().Rows<WeatherRow>("part", "warm").Count);
        Assert.Equal(3.5, run.Value<Persistence>("fit").Shift);
        Assert.Equal(30, run.Value<Persistence>("average").Shift);
    }

    [Fact]
    public async Task A_fake_within_a_loop_knows_its_item_and_may_fail_at_first()
    {
        var app = Ship.With(g =>
            g.Sum(g.ForEach("each", [1, 2, 3], item => g.Start(item).Retry(Retry.OnAny(attempts: 3)))).Named("sum")
        );

        await using var run = await TestRun
            .Of(app, "sail")
            .Fake(
                "each.start",
                inputs =>
                    inputs is { Node: "each.1.start", Attempt: 1 }
                        ? throw new IOException("not yet")
                        : inputs.Argument<int>("number") * 10
            )
            .RunAsync();

        Assert.Equal(60, run.Succeeded().Value<int>("sum"));
        Assert.Equal(4, run.Calls("each.start"));
        Assert.Equal(2, run.Calls("each.1.start"));
        run.Published("each.start").Once();
    }

    [Fact]
    public async Task Fakes_that_fit_nothing_are_told()
    {
        var app = Ship.With(g => g.Add(g.Start(1), 1));

        var unknown = Assert.Throws<RondoException>(() => TestRun.Of(app, "sail").Fake("begin", _ => 1));
        var other = Assert.Throws<RondoException>(() => TestRun.Of(app, "sail").Fake(ShipSteps.Sum, numbers => 1));
        await using var wrong = await TestRun.Of(app, "sail").Fake("start", _ => Table<WeatherRow>.From([])).RunAsync();

        Assert.Contains("start, add", unknown.Message);
        Assert.Contains("ShipSteps.Sum", other.Message);
        Assert.Contains("which is a rondo/json", wrong.Ended(LocalState.Failed).Run.Reason);
    }
}
