using System.Reflection;
using System.Text.Json;
using System.Text.Json.Serialization;
using CsCheck;
using Rondo.Data;

namespace Rondo.Tests.Data;

/// <summary>A recipe is plain data: it can be stored and sent, and fits the same afterwards.</summary>
public sealed class PreparationRecipeTests
{
    private static readonly Table s_sizes = new(
        Column.Of("sky", new[] { "clear", "rain", null }),
        Column.Of("size", [0.1, -0.0, double.MaxValue]),
        Column.Of("since", new DateOnly?[] { new(2024, 1, 1), null, new(2023, 12, 31) })
    );

    private static readonly PreparationRecipe s_every = new PreparationRecipe()
        .Lag("temp", 1, "who", "at")
        .RollingMean("temp", 2, "who", "at")
        .Sample(0.9, seed: 4)
        .Balance("sky", Balancing.Up, seed: 2)
        .Copy("sky", "kind")
        .Copy("sky", "words")
        .Copy("sky", "order")
        .Copy("temp", "log")
        .Copy("temp", "bucket")
        .Copy("temp", "edges")
        .TargetEncode("kind", "temp", new TargetOptions(Smoothing: 3, Folds: 4, Seed: 9))
        .Impute("temp", Fill.Constant(0.1), indicator: true)
        .Clip("temp", 0.1, 0.9)
        .Scale("temp", Scaling.Robust)
        .Log1p("log")
        .Bucket("bucket", 3)
        .Bucket("edges", [0.1, 5])
        .Join(s_sizes, "sky")
        .Impute("size", Fill.Mean)
        .Ordinal("order", ["rain", "clear"])
        .HashWords("words", 3)
        .CountWords("note", 4, WordWeight.TfIdf)
        .OneHot("sky", 7, UnknownCategory.Refuse)
        .DateParts("at", DateParts.Month | DateParts.HourCycle)
        .Drop("who", "since");

    [Fact]
    [Trait("Requirement", "R40")]
    public void A_recipe_that_was_written_and_read_fits_the_same_to_the_bit()
    {
        var again = PreparationRecipe.FromJson(s_every.ToJson());
        var argument = JsonSerializer.Deserialize<PreparationRecipe>(
            JsonSerializer.Serialize(s_every, RondoJson.Options),
            RondoJson.Options
        )!;

        Assert.Equal(s_every.ToJson(), again.ToJson());
        Assert.Equal(s_every.ToJson(), argument.ToJson());
        Assert.Equal(s_every.Steps, again.Steps);
        var (here, there) = (s_every.FitTraining(Rows()), argument.FitTraining(Rows()));
        Assert.Equal(here.Preparation.ToJson(), there.Preparation.ToJson());
        Tables.AssertEqual(here.Training, there.Training);
    }

    [Fact]
    public void The_recipe_of_this_test_has_every_step_and_recipe_and_preparation_call_it_the_same()
    {
        static IEnumerable<string> Known(Type family) =>
            family
                .GetCustomAttributes<JsonDerivedTypeAttribute>(inherit: false)
                .Select(known => (string)known.TypeDiscriminator!)
                .Order(StringComparer.Ordinal);

        Assert.Equal(Known(typeof(RecipeStep)), s_every.Steps.Distinct().Order(StringComparer.Ordinal));
        Assert.Equal(Known(typeof(RecipeStep)), Known(typeof(FittedStep)));
    }

    [Theory]
    [InlineData("", "cannot be read")]
    [InlineData("[]", "format none")]
    [InlineData("""{"format":2,"steps":[]}""", "The recipe is of format 2, and 1 is known here")]
    [InlineData("""{"format":1,"steps":[null]}""", "a step is null")]
    [InlineData("""{"format":1,"steps":[{"step":"spin"}]}""", "spin")]
    [InlineData("""{"format":1,"steps":[{"step":"log1p","column":"x","more":1}]}""", "more")]
    [InlineData("""{"format":1,"steps":[{"step":"log1p"}]}""", "column")]
    public void What_is_no_recipe_is_told(string json, string expected)
    {
        var error = Assert.Throws<RondoException>(() => PreparationRecipe.FromJson(json));

        Assert.Equal(ErrorCode.InvalidArgument, error.Code);
        Assert.Contains(expected, error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_recipe_that_was_tampered_with_fits_or_is_refused_with_words()
    {
        var json = s_every.ToJson();
        string[] others = ["null", "-1", "[]", "{}", "\"\"", "1e999", "99999999999", "\"x\"", "true", ",", "0"];
        var values = System.Text.RegularExpressions.Regex.Matches(
            json,
            "[-0-9.][-+0-9.eE]*|\"[^\"]*\"|true|false|null"
        );
        Gen.Select(Gen.Int[0, values.Count - 1], Gen.Int[0, others.Length - 1])
            .Sample(
                (at, other) =>
                {
                    var value = values[at];
                    // Nothing but our own error may come, be it on reading or on fitting.
                    try
                    {
                        var tampered = json[..value.Index] + others[other] + json[(value.Index + value.Length)..];
                        _ = PreparationRecipe.FromJson(tampered).Fit(Rows());
                    }
                    catch (RondoException e)
                    {
                        Assert.Equal(ErrorCode.InvalidArgument, e.Code);
                    }
                },
                iter: 1500
            );
    }

    [Fact]
    [Trait("Requirement", "R42")]
    public void Lags_and_rolling_means_look_back_within_an_entity_by_time_whatever_the_order_of_rows()
    {
        var day = new DateOnly(2024, 5, 1);
        var rows = new Table(
            Column.Of("who", new[] { "b", "a", "a", "b", "a", null, "a" }),
            Column.Of("at", new[] { 2, 3, 1, 1, 2, 1, 4 }.Select(d => (DateOnly?)day.AddDays(d))),
            Column.Of("x", new double?[] { 20, 3, 1, 10, null, 7, 4 })
        );
        var preparation = new PreparationRecipe()
            .Lag("x", 1, "who", "at")
            .Lag("who", 2, "who", "at")
            .RollingMean("x", 2, "who", "at")
            .Fit(rows);

        var made = preparation.Apply(rows);

        Assert.Equal(["lag", "rollingMean"], preparation.StepsWithHistory);
        Assert.Equal([10.0, null, null, null, 1.0, null, 3.0], Cells(made["x_lag1"]));
        Assert.Equal([null, "a", null, null, null, null, "a"], Cells(made["who_lag2"]));
        Assert.Equal([10.0, 1.0, null, null, 1.0, null, 3.0], Cells(made["x_mean2"]));
        var order = new[] { 6, 2, 0, 5, 3, 1, 4 };
        Tables.AssertEqual(made.Select(order), Preparation.FromJson(preparation.ToJson()).Apply(rows.Select(order)));
    }

    [Fact]
    public void A_past_that_has_no_order_or_no_length_is_refused()
    {
        var rows = new Table(
            Column.Of("who", ["a", "a"]),
            Column.Of("at", new DateOnly?[] { new(2024, 5, 1), new(2024, 5, 1) }),
            Column.Of("x", [1.0, 2.0])
        );

        void Refused(PreparationRecipe recipe, string expected) =>
            Assert.Contains(
                expected,
                Assert.Throws<RondoException>(() => recipe.Fit(rows)).Message,
                StringComparison.Ordinal
            );

        Refused(new PreparationRecipe().Lag("x", 1, "who", "at"), "Rows 1 and 2 have the same 'who' and 'at'");
        Refused(new PreparationRecipe().Lag("x", 0, "who", "at"), "cannot look 0 rows back");
        Refused(new PreparationRecipe().RollingMean("x", 10_001, "who", "at"), "cannot look 10001 rows back");
        Refused(new PreparationRecipe().RollingMean("who", 1, "who", "at"), "'who' is Text");
        Refused(new PreparationRecipe().Lag("x", 1, "who", "x"), "dates or timestamps");
    }

    [Fact]
    [Trait("Requirement", "R42")]
    public void Rows_are_balanced_in_training_and_left_alone_afterwards()
    {
        var rows = Rows();
        foreach (var (balancing, each) in new[] { (Balancing.Down, 8), (Balancing.Up, 16) })
        {
            var fitted = PreparationRecipe
                .FromJson(new PreparationRecipe().Balance("sky", balancing, seed: 1).ToJson())
                .FitTraining(rows);

            Assert.Equal(2 * each, fitted.Training.RowCount);
            Assert.Equal(each, Cells(fitted.Training["sky"]).Count(sky => (string?)sky == "rain"));
            Tables.AssertEqual(rows, fitted.Preparation.Apply(rows));
        }
    }

    [Fact]
    [Trait("Requirement", "R40")]
    public void A_split_that_was_declared_is_made_as_the_methods_make_it()
    {
        var rows = Rows();
        var (shares, three) = (SplitShares.Of(0.75, 0.25), SplitShares.Of(0.5, 0.25, 0.25));
        DateTimeOffset[] boundaries = [new(2024, 5, 1, 9, 0, 0, TimeSpan.Zero)];

        void Same(Split expected, SplitRecipe declared)
        {
            var stored = JsonSerializer.Deserialize<SplitRecipe>(
                JsonSerializer.Serialize(declared, RondoJson.Options),
                RondoJson.Options
            )!;
            var made = Splits.Again(rows, stored);
            Assert.Equal(
                expected.Parts.Select(p => (p.Name, string.Join(",", p.Rows))),
                made.Parts.Select(p => (p.Name, string.Join(",", p.Rows)))
            );
            Assert.Equal(0, declared.Rows);
            Assert.Equal(24, made.Recipe.Rows);
        }

        Same(Splits.Random(rows, shares, 5), SplitRecipe.Random(shares, 5));
        Same(Splits.Stratified(rows, "sky", three, 5), SplitRecipe.Stratified("sky", three, 5));
        Same(Splits.ByGroup(rows, "who", shares, 5), SplitRecipe.ByGroup("who", shares, 5));
        Same(Splits.ByTime(rows, "at", three), SplitRecipe.ByTime("at", three));
        Same(Splits.ByTime(rows, "at", boundaries), SplitRecipe.ByTime("at", boundaries));
        Assert.Throws<RondoException>(() => SplitRecipe.Random([new("train", 0.5), new("test", 0.6)], 1));
        Assert.Throws<RondoException>(() => SplitRecipe.ByTime("at", [boundaries[0], boundaries[0]]));
        Assert.Throws<RondoException>(() => SplitRecipe.ByTime("at", Array.Empty<DateTimeOffset>()));
    }

    private static Table Rows() =>
        new(
            Column.Of(
                "at",
                Enumerable
                    .Range(0, 24)
                    .Select(i => (DateTimeOffset?)new DateTimeOffset(2024, 5, 1, i, 0, 0, TimeSpan.Zero))
            ),
            Column.Of("who", Enumerable.Range(0, 24).Select(i => "p" + (i % 8))),
            Column.Of("temp", Enumerable.Range(0, 24).Select(i => i % 5 == 4 ? (double?)null : i * 0.7)),
            Column.Of("sky", Enumerable.Range(0, 24).Select(i => i % 3 == 0 ? "rain" : "clear")),
            Column.Of("note", Enumerable.Range(0, 24).Select(i => "wind from " + (i % 2 == 0 ? "north" : "south")))
        );

    private static object?[] Cells(Column column) => [.. Enumerable.Range(0, column.Count).Select(row => column[row])];
}
