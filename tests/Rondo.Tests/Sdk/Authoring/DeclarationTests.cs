using Rondo.Data;
using Rondo.Sdk;
using Rondo.Sdk.Wire;
using static Rondo.Sdk.Duration;

namespace Rondo.Tests.Sdk.Authoring;

/// <summary>What cannot be, and what its author is told.</summary>
public sealed class DeclarationTests
{
    private static readonly MlApp s_app = MlApp.Create([], "harbour");
    private static readonly Dataset<Level> s_levels = s_app.Dataset<Level>("levels");
    private static readonly Pool s_pool = s_app.Pool("gpu", 1);

    public static TheoryData<string, string> GraphMistakes =>
        new()
        {
            { Told(g => g.Parameter("depth", 3, min: 5)), "the default 3 of parameter 'depth'" },
            { Told(g => g.Parameter("depth", 3, min: 5, max: 4)), "goes from 5 to 4" },
            { Told(g => g.Parameter("mode", "fast", min: 1)), "is a text with a smallest" },
            { Told(g => g.Parameter("mode", "fast", choices: ["slow"])), "the default \"fast\" of parameter 'mode'" },
            { Told(g => g.Parameter("mode", "fast", choices: [])), "with 0 choices" },
            { Told(g => g.Parameter("depth", 3, choices: ["3"])), "is a integer with 1 choices" },
            { Told(g => g.Parameter("day", new DateOnly(2024, 5, 1))), "is of type DateOnly" },
            { Told(g => g.Parameter<string>("day", null!)), "the default null of parameter 'day'" },
            { Told(g => (g.Parameter("a", 1), g.Parameter("a", 2))), "parameter 'a' is declared twice" },
            { Told(g => g.Approval<bool>("ok", " ")), "approval 'ok' asks nothing" },
            { Told(g => g.Approval<DateOnly>("ok", "When?")), "asks for a DateOnly" },
            { Told(g => g.Approval<bool>("ok", "Go?", approvers: ["ada"])), "names 'ada', who is nobody" },
            { Told(g => g.Approval<bool>("ok", "Go?", otherwise: true)), "but no time" },
            { Told(g => g.Approval<bool>("ok", "Go?", expires: Hours(0))), "expires after 00:00:00" },
            { Told(g => g.Fail("")), "a fail has no message" },
            { Told(g => g.ForEach("days", Array.Empty<int>(), day => g.Gauges(day, ""))), "has 0 items" },
            { Told(g => g.ForEach("days", [1], day => g.Gauges(day, ""), parallel: 0)), "cannot be 0" },
            { Told(g => g.ForEach("Days", [1], day => g.Gauges(day, ""))), "The name 'Days'" },
            { Told(g => g.Judge([], []).Timeout(TimeSpan.Zero)), "the timeout of node 'judge' is 00:00:00" },
            { Told(g => g.Judge([], []).CacheFor(Days(40))), "the cache time of node 'judge'" },
            { Told(g => g.Judge([], []).Attempts(0)), "cannot be 0" },
            { Told(g => g.Judge([], []).Resources(cpu: -1)), "asks for -1 cores" },
            { Told(g => g.Judge([], []).Resources(accelerators: 1)), "1 of ''" },
            { Told(g => g.Judge([], []).Processes(0)), "cannot be 0" },
            { Told(g => g.Judge([], []).Environment("A-B", "x")), "'A-B' of node 'judge' is not the name" },
            { Told(g => g.Judge([], []).Environment("A", "x").Secret("A", "s")), "is both a value and a secret" },
            { Told(g => g.Judge([], []).Secret("A", "not a name")), "The name 'not a name' of a secret" },
            { Told(g => g.Approval<bool>("ok", "Go?").Timeout(Hours(1))), "'ok' is a approval and has no timeout" },
            { Told(g => g.Nested("a", () => One(g)).Isolated()), "is a group and has no process" },
            { Told(g => (g.Judge([], []).Named("a"), g.Judge([], []).Named("a"))), "node 'a' is named twice" },
        };

    [Theory]
    [MemberData(nameof(GraphMistakes))]
    public void A_mistake_in_a_graph_is_told_where_it_is_made(string message, string expected) =>
        Assert.Contains(expected, message, StringComparison.Ordinal);

    public static TheoryData<string, string> Mistakes =>
        new()
        {
            { Told(() => Retry.On<IOException>(attempts: 0)), "has 0 attempts" },
            { Told(() => Retry.OnCrash(every: -Seconds(1))), "waits -00:00:01" },
            { Told(() => Retry.OnAny(backOff: 0.5)), "back-off of 0.5" },
            { Told(() => Retry.OnExit(0)), "cannot be 0" },
            { Told(() => Retry.OnFailure(" ")), "is on nothing" },
            { Told(() => Retry.OnTimeout(every: Minutes(2)).AtMostEvery(Minutes(1))), "waits 00:01:00 at most" },
            { Told(() => Partitions.Of()), "there are 0 of them" },
            { Told(() => Partitions.Of("a", "a")), "named twice" },
            { Told(() => Partitions.Of("a b")), "'a b' is not a key" },
            { Told(() => Partitions.Daily("2024-13-01")), "'2024-13-01'" },
            { Told(() => Partitions.Daily("2024-01-01", "Mars/Olympus")), "'Mars/Olympus' is not known" },
            { Told(() => Partitions.Hourly("2024-01-01")), "hourly ones can start" },
            { Told(() => Partitions.Monthly("2024-01-02")), "not the first day of a month" },
            { Told(() => Trigger.NewVersions(s_levels, 0)), "cannot wait for 0 versions" },
            { Told(() => Trigger.After(s_app.Pipeline("r", One), "done")), "cannot wait for the state 'done'" },
            { Told(() => Trigger.On("Alert")), "not the type of an event" },
            { Told(() => Trigger.Release().CatchUp(CatchUp.All)), "has no CatchUp" },
            { Told(() => Trigger.Release().Where("a", "b")), "has no members" },
            {
                Told(() =>
                    Trigger
                        .Schedule("0 3 * * *")
                        .StartingAt(DateTimeOffset.UnixEpoch)
                        .EndingAt(DateTimeOffset.UnixEpoch)
                ),
                "before it starts"
            },
            { Told(() => MlApp.Create([], "a").Pool("gpu", 0)), "cannot be 0" },
            { Told(() => MlApp.Create([], "a").Pipeline("p", One).Budget(0, Days(1))), "cannot be 0" },
            { Told(() => MlApp.Create([], "a").Pipeline("p", One).Budget(1, Days(0))), "the budget is per" },
            { Told(() => MlApp.Create([], "a").Pipeline("p", One).RunsMax(0)), "cannot be 0" },
            { Told(() => MlApp.Create([], "a").Pipeline("p", One).Priority(5000)), "cannot be 5000" },
            { Told(() => Checked(app => app.Pipeline("p", g => g.Gauges(1, g.Partition())))), "has none" },
            {
                Told(() => Checked(app => app.Pipeline("p", g => g.Gauges(1, "").InPool(s_pool)))),
                "pool 'gpu', which is not"
            },
            {
                Told(() => Checked(app => app.Pipeline("p", One).On(Trigger.After(s_app.Pipeline("q", One))))),
                "pipeline 'q'"
            },
            { Told(() => Checked(Circle)), "starts itself again" },
            { Told(() => Checked(AddsToWhatStartsIt)), "Pipeline 'grow' starts itself again" },
            { Told(() => Checked(AddsToNothing)), "adds to dataset 'elsewhere', which" },
            { Told(g => Of(g, s_levels).AddTo(s_levels, "levels.csv")), "ends in .parquet" },
            { Told(() => Checked(app => app.Dataset<Level>("a").ExpectedBy("no-such.json"))), "'no-such.json', which" },
        };

    [Theory]
    [MemberData(nameof(Mistakes))]
    public void A_mistake_outside_of_a_graph_is_told_too(string message, string expected) =>
        Assert.Contains(expected, message, StringComparison.Ordinal);

    [Fact]
    public void A_step_s_attributes_are_the_defaults_of_its_nodes()
    {
        var app = MlApp.Create([], "harbour");
        app.Pipeline(
            "one",
            g =>
            {
                g.Error("a", 1, [], Speed.Quick);
                g.Error("a", 1, [], Speed.Quick).Salt("v2").Environment("ROUNDING", "odd").Retry(Retry.OnCrash());
            }
        );

        var (one, two) = (app.ToManifest().Pipelines[0].Nodes[0], app.ToManifest().Pipelines[0].Nodes[1]);
        Assert.Equal(("v1", "even", 1.0), (one.Salt, one.Environment["ROUNDING"], one.Resources!.Cpu));
        Assert.Equal("System.IO.InvalidDataException", Assert.Single(one.Retries).On);
        Assert.Equal(("v2", "odd"), (two.Salt, two.Environment["ROUNDING"]));
        Assert.Equal(["crash", "System.IO.InvalidDataException"], two.Retries.Select(retry => retry.On));
    }

    [Fact]
    public void A_step_that_returns_nothing_never_reuses_an_attempt()
    {
        var app = MlApp.Create([], "harbour");
        app.Pipeline("one", g => g.Tell("", "", null!, null!));

        var node = Assert.Single(app.ToManifest().Pipelines[0].Nodes);
        Assert.False(node.Cache);
        Assert.Empty(node.Outputs);
    }

    [Fact]
    public void A_parameter_without_a_default_must_be_set_and_an_enum_has_its_choices()
    {
        var app = MlApp.Create([], "harbour");
        app.Pipeline(
            "one",
            g =>
            {
                g.Required<string>("region");
                g.Parameter("speed", Speed.Careful);
                g.Required<long>("rows", min: 1);
                One(g);
            }
        );

        var parameters = app.ToManifest().Pipelines[0].Parameters;
        Assert.Equal((null, "text"), (parameters[0].Default, parameters[0].Type));
        Assert.Equal(["quick", "careful"], parameters[1].Choices!);
        Assert.Equal("careful", parameters[1].Default!.Value.GetString());
        Assert.Equal((null, 1.0, null), (parameters[2].Default, parameters[2].Min, parameters[2].Max));
    }

    private static void One(Graph graph) => graph.Judge([], []);

    private static void Circle(MlApp app)
    {
        var first = app.Pipeline("first", One);
        var second = app.Pipeline("second", One).On(Trigger.After(first));
        first.On(Trigger.After(second));
    }

    private static void AddsToWhatStartsIt(MlApp app)
    {
        var levels = app.Dataset<Level>("levels");
        app.Pipeline("grow", g => Of(g, levels).AddTo(levels)).On(Trigger.NewVersions(levels));
    }

    private static void AddsToNothing(MlApp app)
    {
        var elsewhere = MlApp.Create([], "other").Dataset<Level>("elsewhere");
        app.Pipeline("grow", g => Of(g, app.Dataset<Level>("levels")).AddTo(elsewhere));
    }

    private static Ref<Table<Level>> Of(Graph graph, Dataset<Level> levels) =>
        graph.Validate(graph.Ingest(levels), levels);

    private static Manifest Checked(Action<MlApp> declare)
    {
        var app = MlApp.Create([], "harbour");
        declare(app);
        return app.ToManifest();
    }

    private static string Told(Func<Graph, object> declare) =>
        Told(() => MlApp.Create([], "harbour").Pipeline("one", g => declare(g)));

    private static string Told(Func<object> declare)
    {
        var error = Record.Exception(declare);
        return error is RondoException told ? told.Message : $"{error?.ToString() ?? "Nothing"} was thrown";
    }
}
