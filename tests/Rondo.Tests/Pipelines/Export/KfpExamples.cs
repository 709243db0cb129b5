using Rondo.Pipelines.Export;
using Rondo.Sdk;
using Rondo.Sdk.Wire;
using static Rondo.Sdk.Duration;
using static Rondo.Sdk.Size;

namespace Rondo.Tests.Pipelines.Export;

/// <summary>Pipelines that say one thing each, as an author writes them.</summary>
internal static class KfpExamples
{
    public const string Pinned =
        "registry.example.com/quay@sha256:" + "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef";

    public static MlApp Project() => Declare(MlApp.Create([], "quay"));

    public static PipelineManifest Manifest(string name) =>
        Project().ToManifest().Pipelines.First(one => one.Name == name);

    public static KfpTarget Target { get; } = new("quay", "0.1.0", Pinned, "Quay.dll");

    private static MlApp Declare(MlApp app)
    {
        var gpu = app.Pool("gpu", slots: 1);
        app.Pipeline(
            "linear",
            g =>
            {
                var count = g.Parameter("count", 3, min: 1, max: 20);
                var care = g.Parameter("care", Care.Little);
                g.Plaque(new Berth("it's {{$}} $(HOME)", [1, 2], new Place(54.5, 8)), g.RunId);
                var berths = g.Berths(count);
                var first = g.Depth("g0", 54.5, [1, 2], care);
                g.Weigh([first]).After(berths);
            }
        );
        app.Pipeline(
            "branches",
            g =>
            {
                var one = g.Depth("a", 1, [1], Care.Little).Named("one");
                var two = g.Depth("b", 2, [2], Care.Much).Named("two");
                var range = g.Spread([one, two]);
                g.Deepen(g.Weigh([one, two]), range.High);
            }
        );
        app.Pipeline(
            "conditions",
            g =>
            {
                var limit = g.Parameter("limit", 3.0);
                var careful = g.Parameter("careful", false);
                var quality = g.Weigh([g.Depth("a", 1, [1], Care.Little)]);
                var calm = g.Calm(quality);
                var better = g.When(
                    calm,
                    then: () => g.Deepen(quality, g.Depth("b", 2, [2], Care.Little)),
                    otherwise: () => quality
                );
                var maybe = g.When(
                    better,
                    q => q.Mean < 60.0 && q.Reason != "it's",
                    then: () => g.Weigh([g.Depth("c", 3, [3], Care.Much)])
                );
                g.When(careful, then: () => g.Fail("nobody wants it"));
                g.When(limit, l => l > 2.5, then: () => g.Report("late", "no", maybe, null));
                g.Report("done", "yes", maybe, null).Named("report-all");
            }
        );
        DeclareGroups(app);
        DeclareCare(app, gpu);
        return app;
    }

    private static void DeclareGroups(MlApp app)
    {
        app.Pipeline(
            "loops",
            g =>
            {
                var berths = g.Berths(3);
                g.ForEach(
                    "outer",
                    berths,
                    berth =>
                    {
                        var errors = g.ForEach(
                            "inner",
                            new[] { 1, 2 },
                            lag =>
                                g.Depth(
                                    berth.Get(one => one.Name),
                                    berth.Get(one => one.Place.North),
                                    [7],
                                    Care.Little
                                ),
                            parallel: 2
                        );
                        return g.Weigh(errors);
                    },
                    parallel: 4
                );
                g.ForEach("names", berths, berth => g.Plaque(berth, g.RunId));
            }
        );
    }

    private static void DeclareCare(MlApp app, Pool gpu)
    {
        app.Pipeline(
            "exit",
            g =>
            {
                g.Weigh([g.Depth("a", 1, [1], Care.Little)]);
                g.Always("tell", outcome => g.Report(outcome.State, outcome.Reason, null, null));
            }
        );
        app.Pipeline(
            "attempts",
            g =>
            {
                g.Depth("a", 1, [1], Care.Little)
                    .Retry(Retry.OnAny(attempts: 4, every: Seconds(10), backOff: 2))
                    .Resources(cpu: 1.5, memory: Gigabytes(2), accelerator: "nvidia.com/gpu", accelerators: 1)
                    .Environment("MODE", "fast $(HOME)")
                    .Secret("TOKEN", "chat-token")
                    .InPool(gpu)
                    .Timeout(Minutes(5));
            }
        );
    }
}
