using Rondo.Pipelines.Export;
using Rondo.Sdk;
using Rondo.Sdk.Wire;
using Rondo.Tests.Sdk;
using static Rondo.Sdk.Duration;
using static Rondo.Sdk.Size;

namespace Rondo.Tests.Pipelines.Export;

/// <summary>Pipelines that say one thing each, as an author writes them.</summary>
internal static class KfpExamples
{
    public const string Pinned = "registry.example.com/harbour@sha256:" + "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef";

    public static MlApp Project() => Declare(MlApp.Create([], "harbour"));

    public static PipelineManifest Manifest(string name) => Project().ToManifest().Pipelines.First(one => one.Name == name);

    public static KfpTarget Target { get; } = new("harbour", "0.1.0", Pinned, "Harbour.dll");

    private static MlApp Declare(MlApp app)
    {
        var gpu = app.Pool("gpu", slots: 1);
        app.Pipeline(
            "linear",
            g =>
            {
                var count = g.Parameter("count", 3, min: 1, max: 20);
                var speed = g.Parameter("speed", Speed.Quick);
                g.Label(new Gauge("it's {{$}} $(HOME)", [1, 2], new Position(54.5, 8)), g.RunId);
                var gauges = g.Gauges(count);
                var first = g.Error("g0", 54.5, [1, 2], speed);
                g.Judge([first]).After(gauges);
            }
        );
        app.Pipeline(
            "branches",
            g =>
            {
                var one = g.Error("a", 1, [1], Speed.Quick).Named("one");
                var two = g.Error("b", 2, [2], Speed.Careful).Named("two");
                var range = g.Range([one, two]);
                g.Better(g.Judge([one, two]), range.High);
            }
        );
        app.Pipeline(
            "conditions",
            g =>
            {
                var limit = g.Parameter("limit", 3.0);
                var careful = g.Parameter("careful", false);
                var quality = g.Judge([g.Error("a", 1, [1], Speed.Quick)]);
                var calm = g.Calm(quality);
                var better = g.When(calm, then: () => g.Better(quality, g.Error("b", 2, [2], Speed.Quick)), otherwise: () => quality);
                var maybe = g.When(
                    better,
                    q => q.Rmse < 3.5 && q.Reason != "it's",
                    then: () => g.Judge([g.Error("c", 3, [3], Speed.Careful)])
                );
                g.When(careful, then: () => g.Fail("nobody wants it"));
                g.When(limit, l => l > 2.5, then: () => g.Tell("late", "no", maybe, null));
                g.Tell("done", "yes", maybe, null).Named("tell-all");
            }
        );
        app.Pipeline(
            "loops",
            g =>
            {
                var gauges = g.Gauges(3);
                var labels = g.ForEach(
                    "outer",
                    gauges,
                    gauge =>
                    {
                        var errors = g.ForEach(
                            "inner",
                            new[] { 1, 2 },
                            lag => g.Error(gauge.Get(one => one.Name), gauge.Get(one => one.Position.North), [7], Speed.Quick),
                            parallel: 2
                        );
                        return g.Judge(errors);
                    },
                    parallel: 4
                );
                g.ForEach("names", gauges, gauge => g.Label(gauge, g.RunId));
            }
        );
        app.Pipeline(
            "exit",
            g =>
            {
                g.Judge([g.Error("a", 1, [1], Speed.Quick)]);
                g.Always("tell", outcome => g.Tell(outcome.State, outcome.Reason, null, null));
            }
        );
        app.Pipeline(
            "attempts",
            g =>
            {
                g.Error("a", 1, [1], Speed.Quick)
                    .Retry(Retry.OnAny(attempts: 4, every: Seconds(10), backOff: 2))
                    .Resources(cpu: 1.5, memory: Gigabytes(2), accelerator: "nvidia.com/gpu", accelerators: 1)
                    .Environment("MODE", "fast $(HOME)")
                    .Secret("TOKEN", "chat-token")
                    .InPool(gpu)
                    .Timeout(Minutes(5));
            }
        );
        return app;
    }
}
