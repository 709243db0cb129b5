using System.Globalization;
using Rondo.Data;
using Rondo.Sdk;
using Rondo.Sdk.Wire;
using Rondo.Testing;
using Rondo.Tests.Data;

namespace Rondo.Tests.Sdk;

/// <summary>A day with what a recipe can work on.</summary>
public sealed record HarvestDay(DateOnly Date, string Field, double? Rain, double Yield);

/// <summary>What the recipe makes of a day.</summary>
public sealed record HarvestMade(
    [property: Column("Field_east")] long East,
    [property: Column("Field_west")] long West,
    double Rain,
    double Yield
);

/// <summary>The record that a step makes of a preparation.</summary>
public sealed record HarvestNote(IReadOnlyList<string> Steps, int Rows);

/// <summary>Steps of a project that take and return preparations of their own.</summary>
public static class HarvestSteps
{
    [Step]
    public static Preparation OwnFit(Table<HarvestDay> rows) =>
        new PreparationRecipe().Scale("rain", Scaling.MinMax).Fit(rows.Untyped);

    [Step]
    public static HarvestNote Note(Preparation preparation, Table rows) =>
        new(preparation.Steps, preparation.Apply(rows).RowCount);
}

public sealed class PreparationPipelineTests
{
    private static readonly PreparationRecipe s_recipe = new PreparationRecipe()
        .Impute("rain", Fill.Median)
        .Scale("rain", Scaling.Standard)
        .OneHot("field")
        .Balance("yield", Balancing.Up, seed: 1)
        .Drop("date");

    private static readonly string[] s_made = ["Field_east", "Field_west", "Rain", "Yield"];

    [Fact]
    [Trait("Requirement", "R40")]
    [Trait("Requirement", "R42")]
    public async Task A_pipeline_splits_fits_once_and_applies_what_was_fitted()
    {
        using var folder = new TestFolder();
        await using var run = await RunAsync(
            folder,
            (g, rows) =>
            {
                var (train, test) = g.Split(rows, SplitRecipe.Stratified("field", SplitShares.Of(0.75, 0.25), seed: 7));
                var preparation = g.Fit(s_recipe, train, out var training);
                g.Apply(preparation, test);
                g.Note(preparation, test.Untyped());
                g.Note(g.OwnFit(train), train.Untyped()).Named("own");
            }
        );
        run.Succeeded();

        var rows = Rows();
        var split = Splits.Stratified(rows, "field", SplitShares.Of(0.75, 0.25), 7);
        var fitted = s_recipe.FitTraining(split.Part("train"));
        var made = run.Value<SplitRecipe>("split", "made");
        Assert.Equal((7L, 40L), (made.Seed, made.Rows));
        Assert.Equal([("train", 30L), ("test", 10L)], made.Counts.Select(count => (count.Part, count.Rows)));
        Assert.Equal(fitted.Preparation.ToJson(), run.Preparation("fit", "preparation").ToJson());
        Assert.Equal("rondo/preparation", run.Node("fit").Outputs["preparation"].Artifact.Type);
        Assert.Equal(
            split.Part("test").Columns.Select(c => c[3]),
            run.Rows<HarvestDay>("split", "test").Untyped.Columns.Select(c => c[3])
        );
        Assert.Equal(s_recipe.Steps, run.Value<HarvestNote>("note").Steps);
        Assert.Equal(["scale"], run.Value<HarvestNote>("own").Steps);
        Assert.Equal(30, run.Value<HarvestNote>("own").Rows);
        Tables.AssertEqual(fitted.Training.Pick(s_made), run.Rows<HarvestMade>("fit", "training").Untyped.Pick(s_made));
        Tables.AssertEqual(
            fitted.Preparation.Apply(split.Part("test")).Pick(s_made),
            run.Rows<HarvestMade>("apply").Untyped.Pick(s_made)
        );
        Assert.Contains("30 rows to train, 10 rows to test", run.Log);

        await using var again = await run.AgainAsync();
        Assert.All(
            again.Run.Nodes.Where(node => node.Key is not null),
            node => Assert.Equal(LocalState.Reused, node.State)
        );
    }

    [Fact]
    [Trait("Requirement", "R40")]
    public async Task Three_parts_by_time_stand_one_after_the_other()
    {
        using var folder = new TestFolder();
        await using var run = await RunAsync(
            folder,
            (g, rows) => g.SplitInThree(rows, SplitRecipe.ByTime("date", SplitShares.Of(0.5, 0.25, 0.25)))
        );
        run.Succeeded();

        var train = run.Rows<HarvestDay>("split-in-three", "train");
        var validation = run.Rows<HarvestDay>("split-in-three", "validation");
        var test = run.Rows<HarvestDay>("split-in-three", "test");

        Assert.Equal((20, 10, 10), (train.Count, validation.Count, test.Count));
        Assert.True(train.Max(row => row.Date) < validation.Min(row => row.Date));
        Assert.True(validation.Max(row => row.Date) < test.Min(row => row.Date));
    }

    [Fact]
    [Trait("Requirement", "R40")]
    public async Task Another_seed_is_another_split_and_another_recipe_is_fitted_anew()
    {
        using var folder = new TestFolder();
        static void Declare(Graph g, Ref<Table<HarvestDay>> rows, long seed, Scaling scaling)
        {
            var (train, _) = g.Split(rows, SplitRecipe.Random(SplitShares.Of(0.75, 0.25), seed));
            g.Fit(new PreparationRecipe().Scale("yield", scaling), train);
        }

        await using var first = await RunAsync(folder, (g, rows) => Declare(g, rows, 1, Scaling.MinMax));
        await using var scaled = await first.AgainAsync(app: App((g, rows) => Declare(g, rows, 1, Scaling.Robust)));
        await using var reseeded = await first.AgainAsync(app: App((g, rows) => Declare(g, rows, 2, Scaling.MinMax)));

        Assert.Equal(LocalState.Reused, scaled.Node("split").State);
        Assert.Equal(LocalState.Succeeded, scaled.Node("fit").State);
        Assert.Equal(LocalState.Succeeded, reseeded.Node("split").State);
        Assert.NotEqual(
            first.Node("split").Outputs["train"].Artifact.Digest,
            reseeded.Node("split").Outputs["train"].Artifact.Digest
        );
    }

    [Fact]
    public async Task A_step_that_cannot_be_fitted_fails_the_run_with_its_column()
    {
        using var folder = new TestFolder();
        await using var run = await RunAsync(
            folder,
            (g, rows) => g.Fit(new PreparationRecipe().Scale("field", Scaling.MinMax), rows)
        );

        var message = run.Ended(LocalState.Failed).Node("fit").Message;

        Assert.Contains("Step 1 (scale): Column 'field' is Text", message, StringComparison.OrdinalIgnoreCase);
    }

    [Fact]
    public void Declarations_are_checked()
    {
        void Refused(Action<Graph, Ref<Table<HarvestDay>>> declare, string expected) =>
            Assert.Contains(
                expected,
                Assert.Throws<RondoException>(() => App(declare)).Message,
                StringComparison.Ordinal
            );

        var (two, three) = (SplitShares.Of(0.5, 0.5), SplitShares.Of(0.5, 0.25, 0.25));
        Refused((g, rows) => g.Split(rows, SplitRecipe.Random(three, 1)), "has the parts train, validation, test");
        Refused((g, rows) => g.SplitInThree(rows, SplitRecipe.Random(two, 1)), "has the parts train, test");
        Refused(
            (g, rows) => g.SplitInThree(rows, SplitRecipe.ByTime("date", [DateTimeOffset.UnixEpoch])),
            "has 1 boundaries"
        );
        var large = new Table(Column.Of("field", Enumerable.Range(0, 20_000).Select(i => "a field of number " + i)));
        Refused((g, rows) => g.Fit(new PreparationRecipe().Join(large, "field"), rows), "characters, more than 262144");
    }

    private static Table Rows()
    {
        var start = new DateOnly(2024, 1, 1);
        return Table
            .From(
                Enumerable
                    .Range(0, 40)
                    .Select(i => new HarvestDay(
                        start.AddDays(i),
                        i % 4 == 0 ? "east" : "west",
                        i % 6 == 5 ? null : i * 0.5,
                        i % 5 == 0 ? 1 : 2
                    ))
            )
            .Untyped;
    }

    private static MlApp App(Action<Graph, Ref<Table<HarvestDay>>> declare)
    {
        var app = MlApp.Create([], "harvest");
        var data = app.Dataset<HarvestDay>("days");
        app.Pipeline("train", g => declare(g, g.Validate(g.Ingest(data), data)));
        return app;
    }

    private static Task<TestRun> RunAsync(TestFolder folder, Action<Graph, Ref<Table<HarvestDay>>> declare)
    {
        var lines = Rows()
            .As<HarvestDay>()
            .Select(row =>
                string.Create(CultureInfo.InvariantCulture, $"{row.Date:yyyy-MM-dd},{row.Field},{row.Rain},{row.Yield}")
            );
        var file = folder.Write("days.csv", "date,field,rain,yield\n" + string.Join("\n", lines) + "\n");
        return TestRun.OfAsync(
            App(declare),
            "train",
            new Dictionary<string, string>(StringComparer.Ordinal) { ["days"] = file }
        );
    }
}
