using Rondo.Data;
using Rondo.Sdk;
using static Rondo.Sdk.Duration;
using static Rondo.Sdk.Size;

namespace Rondo.Tests.Sdk.Authoring;

/// <summary>A place where the tide is measured.</summary>
public sealed record Gauge(string Name, IReadOnlyList<int> Lags, Position Position);

/// <summary>Where it is.</summary>
public sealed record Position(double North, double East);

/// <summary>One measurement.</summary>
public sealed record Level(DateOnly Day, double Metres);

/// <summary>How good a forecast is.</summary>
public sealed record Quality(double Rmse, bool Passed, string? Reason, Speed Speed, DateOnly Day);

/// <summary>How fast a model is to be trained.</summary>
public enum Speed
{
    Quick,
    Careful,
}

/// <summary>The steps of a project that uses everything a graph can say.</summary>
public static class HarbourSteps
{
    [Step]
    public static IReadOnlyList<Gauge> Gauges(int count, string day) =>
        [
            .. Enumerable
                .Range(0, count)
                .Select(number => new Gauge($"{day}-{number}", [1, number], new(54 + number, 8))),
        ];

    [Step(Cpu = 1, Salt = "v1")]
    [Retry(typeof(InvalidDataException), Attempts = 2)]
    [Environment("ROUNDING", "even")]
    public static double Error(string gauge, double north, IReadOnlyList<int> lags, Speed speed) =>
        gauge.Length + north + lags.Sum() + (int)speed;

    [Step]
    public static string Label([Argument] Gauge gauge, string run) => gauge.Name + run.Length;

    [Step]
    public static Quality Judge([Input] IReadOnlyList<double> errors, [Input] IReadOnlyList<string> labels) =>
        new(errors.Average(), errors.Count > 2, string.Join("+", labels), Speed.Careful, new DateOnly(2024, 5, 1));

    [Step]
    public static bool IsCalm(Quality quality) => quality.Rmse < 100;

    [Step]
    public static (double Low, double High) Range([Input] IReadOnlyList<double> errors) => (errors.Min(), errors.Max());

    [Step]
    public static Quality Lower(Quality quality, [Input] double by) => quality with { Rmse = quality.Rmse - by };

    [Step]
    public static Table<Level> Levels(Quality quality) => Table.From([new Level(quality.Day, quality.Rmse)]);

    [Step]
    public static void Tell(string state, string reason, Quality? quality, [Input] double? low, StepContext context) =>
        context.Log($"{state}: {reason} {quality?.Rmse} {low}");
}

internal static class Harbour
{
    public static MlApp Declare()
    {
        var app = MlApp.Create([], "harbour");
        var gpu = app.Pool("gpu", slots: 1);
        var levels = app.Dataset<Level>("levels").EventTime(level => level.Day);
        var prepare = app.Pipeline("prepare", g => g.Gauges(g.Parameter("gauges", 3, min: 1, max: 20), "today"));
        app.Pipeline("forecast", g => Forecast(g, gpu, prepare))
            .Partitioned(Partitions.Daily("2024-01-01", "Europe/Berlin"))
            .FailSlow()
            .Priority(5)
            .RunsMax(2)
            .Budget(runs: 10, per: Days(1))
            .CoolDown(Hours(1))
            .On(
                Trigger
                    .Schedule("0 3 * * *", "Europe/Berlin")
                    .StartingAt(new DateTimeOffset(2024, 1, 1, 0, 0, 0, TimeSpan.Zero))
                    .EndingAt(new DateTimeOffset(2030, 1, 1, 0, 0, 0, TimeSpan.Zero))
                    .CatchUp(CatchUp.All)
                    .Overlap(Overlap.CancelPrevious),
                Trigger.NewRows(levels, 100),
                Trigger.NewVersions(levels, 2).Overlap(Overlap.Queue),
                Trigger.Release(),
                Trigger.After(prepare),
                Trigger.On("alert.raised").Where("endpoint", "tide").Where("severity", "high")
            );
        return app;
    }

    private static void Forecast(Graph g, Pool gpu, Pipeline prepare)
    {
        var speed = g.Parameter("speed", Speed.Quick);
        var mode = g.Parameter("mode", "full", choices: ["full", "part"]);
        var count = g.Required<int>("count", min: 1, max: 20);
        var dry = g.Parameter("dry", false);
        var gauges = g.Gauges(count, g.Partition()).CacheFor(Hours(6));
        var errors = g.ForEach("per-gauge", gauges, gauge => ErrorOf(g, gauge, speed, gpu), parallel: 4);
        var labels = g.ForEach("labels", gauges, gauge => g.Label(gauge, g.RunId));
        var quality = g.Judge(errors, labels);
        var range = g.Range(errors).With(node => node.Named("span").Timeout(Minutes(1)));

        var better = g.When(
            g.IsCalm(quality),
            then: () => g.Lower(quality, range.Low),
            otherwise: () => g.Nested("storm", () => g.Lower(g.Lower(quality, range.High), range.High))
        );
        var checkedOnce = g.When(
            better,
            q => q.Rmse < 3.0 && !q.Passed && q.Speed == Speed.Careful && q.Reason != null,
            then: () => g.Lower(better, range.Low)
        );
        var low = g.When(
            mode.Is(m => m == "part").Named("part-only"),
            then: () => g.Range([range.Low, range.High]).Low
        );
        g.When(
            g.Approval<bool>("release", "Release?", approvers: ["user:ada"], expires: Hours(48), otherwise: false),
            then: () => g.Tell("go", "yes", better!, low).Named("celebrate"),
            otherwise: () => g.Fail("nobody wants it")
        );
        g.When(dry, then: () => g.ForEach("days", ["monday", "tuesday"], day => g.Gauges(1, day)));
        var file = g.Command("cp levels.csv copy.csv")
            .Named("copy")
            .Input("levels.csv", g.Levels(quality))
            .Retry(Retry.OnExit(3, attempts: 2), Retry.OnTimeout(within: Minutes(10), every: Seconds(1)))
            .Isolated()
            .OutputFile("copy.csv");
        g.Nested(prepare).After(file);
        g.Always(
            "tell",
            outcome => g.Tell(outcome.State, outcome.Reason, checkedOnce, low).Secret("TOKEN", "chat-token")
        );
    }

    private static Ref<double> ErrorOf(Graph g, Item<Gauge> gauge, Parameter<Speed> speed, Pool gpu) =>
        g.Error(gauge.Get(one => one.Name), gauge.Get(one => one.Position.North), gauge.Get(one => one.Lags), speed)
            .Retry(Retry.On<IOException>(attempts: 5, every: Seconds(10), backOff: 2).AtMostEvery(Minutes(1)))
            .Attempts(2)
            .Resources(cpu: 2, memory: Gigabytes(1), accelerator: "gpu")
            .Processes(8)
            .InPool(gpu)
            .Environment("THREADS", "1")
            .Salt("2024")
            .Seed(7);
}
