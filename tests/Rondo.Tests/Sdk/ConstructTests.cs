using System.Text.Json;
using Rondo.Data;
using Rondo.Sdk;
using static Rondo.Sdk.Duration;
using static Rondo.Sdk.Size;

namespace Rondo.Tests.Sdk;

public sealed class ConstructTests
{
    [Fact]
    public void A_pipeline_may_use_every_construct()
    {
        var app = MlApp.Create([], "harbour");
        var gpu = app.Pool("gpu", slots: 1);
        var first = app.Pipeline("first", g => g.Gauges(3));
        var all = app.Pipeline(
            "all",
            g =>
            {
                var count = g.Parameter("count", 3, min: 1, max: 20);
                var speed = g.Parameter("speed", Speed.Quick);
                var gauges = g.Gauges(count);
                var errors = g.ForEach(
                    "per-gauge",
                    gauges,
                    gauge =>
                        g.Error(
                                gauge.Get(one => one.Name),
                                gauge.Get(one => one.Position.North),
                                gauge.Get(one => one.Lags),
                                speed
                            )
                            .Retry(Retry.On<IOException>(attempts: 5, every: Seconds(10), backOff: 2), Retry.OnExit(3))
                            .Resources(cpu: 2, memory: Gigabytes(1))
                            .InPool(gpu),
                    parallel: 4
                );
                var labels = g.ForEach("labels", gauges, gauge => g.Label(gauge, g.RunId));
                var quality = g.Judge(errors, labels);
                var calm = g.Calm(quality);
                var range = g.Range(errors).With(n => n.Named("span").Timeout(Minutes(1)));
                var better = g.When(calm, then: () => g.Better(quality, range.Item1), otherwise: () => quality);
                var maybe = g.When(
                    quality,
                    q => q.Rmse < 3.0 && !q.Passed && q.Speed == Speed.Careful,
                    then: () => g.Better(quality, range.Item2)
                );
                var low = g.When(speed, s => s != Speed.Quick, then: () => g.Range([range.Item1, range.Item2]).Low);
                var ok = g.Approval<bool>(
                    "release",
                    "Release?",
                    approvers: ["user:ada"],
                    expires: Hours(48),
                    otherwise: false
                );
                g.When(ok, then: () => g.Tell("go", "yes", better!, low), otherwise: () => g.Fail("nobody wants it"));
                g.Nested(first);
                g.Always(
                    "tell",
                    outcome => g.Tell(outcome.State, outcome.Reason, maybe, low).Secret("TOKEN", "chat-token")
                );
            }
        );
        all.On(Trigger.After(first)).FailSlow().Partitioned(Partitions.Daily("2024-01-01"));

        Assert.NotEmpty(JsonSerializer.Serialize(app.ToManifest().Pipelines[1], RondoJson.Indented));
    }
}
