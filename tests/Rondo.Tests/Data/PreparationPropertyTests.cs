using System.Text.Json;
using CsCheck;
using Rondo.Data;

namespace Rondo.Tests.Data;

/// <summary>What was fitted once gives the same to the bit: whole, in parts, row by row, from a file, and from rows in another order.</summary>
public sealed class PreparationPropertyTests
{
    private const DateParts AllParts = (DateParts)511;

    private static readonly Table s_names = new(
        Column.Of("flag", new bool?[] { true, false }),
        Column.Of("said", new[] { "yes", null }),
        Column.Of("weight", [0.1, -0.0])
    );

    private static readonly PreparationRecipe s_recipe = new PreparationRecipe()
        .Copy("text", "words")
        .Copy("text", "hashed")
        .Copy("text", "kind")
        .Copy("number", "raw")
        .Copy("number", "robust")
        .Copy("integer", "bucket")
        .TargetEncode("kind", "integer", new TargetOptions(Smoothing: 2, Folds: 3))
        .Sample(0.8, seed: 5)
        .Impute("number", Fill.Median, indicator: true)
        .Clip("number", 0.05, 0.95)
        .Scale("number", Scaling.Standard)
        .Scale("raw", Scaling.MinMax)
        .Log1p("raw")
        .Impute("robust", Fill.Mean)
        .Scale("robust", Scaling.Robust)
        .Bucket("bucket", 4)
        .Impute("integer", Fill.MostFrequent, indicator: true)
        .Join(s_names, "flag")
        .Balance("flag", Balancing.Up, seed: 3)
        .Ordinal("flag")
        .OneHot("said")
        .CountWords("words", 5, WordWeight.TfIdf)
        .HashWords("hashed", 7)
        .OneHot("text", categoriesMax: 8)
        .DateParts("day", AllParts)
        .DateParts("instant", AllParts)
        .Drop("bucket");

    // A row that has every value, so that there is something to learn from in each column; it is sampled in with its like.
    private static readonly Gen<Table> s_training = Tables.Any.Select(table =>
        Table.Concat(table, Table.Concat([.. Enumerable.Range(0, 9).Select(Whole)]))
    );

    [Fact]
    [Trait("Requirement", "R42")]
    public void Rows_one_by_one_and_in_parts_give_what_the_whole_gives() =>
        Gen.Select(s_training, Tables.Any, Gen.Int[1, 7])
            .Sample(
                (training, table, size) =>
                {
                    var preparation = s_recipe.Fit(training);
                    var whole = Bits(preparation.Apply(table));

                    Assert.Equal(whole, Bits(InParts(preparation, table, 1)));
                    Assert.Equal(whole, Bits(InParts(preparation, table, size)));
                },
                iter: 50
            );

    [Fact]
    [Trait("Requirement", "R42")]
    public void A_preparation_that_was_saved_gives_what_it_gave_before() =>
        Gen.Select(s_training, Tables.Any)
            .Sample(
                (training, table) =>
                {
                    var preparation = s_recipe.Fit(training);
                    var json = preparation.ToJson();
                    var again = Preparation.FromJson(json);

                    Assert.Equal(json, again.ToJson());
                    Assert.Equal(Bits(preparation.Apply(table)), Bits(again.Apply(table)));
                },
                iter: 50
            );

    [Fact]
    [Trait("Requirement", "R42")]
    public void What_is_learnt_does_not_depend_on_the_order_of_rows() =>
        Gen.Select(s_training, Gen.Int)
            .Sample(
                (training, seed) =>
                {
                    var order = Enumerable.Range(0, training.RowCount).ToArray();
                    new Random(seed).Shuffle(order);
                    var here = s_recipe.FitTraining(training);
                    var there = s_recipe.FitTraining(training.Select(order));

                    Assert.Equal(here.Preparation.ToJson(), there.Preparation.ToJson());
                    Assert.Equal(Rows(here.Training).Order(), Rows(there.Training).Order());
                },
                iter: 50
            );

    [Fact]
    [Trait("Requirement", "R42")]
    public void No_number_comes_out_as_none() =>
        Gen.Select(s_training, Tables.Any)
            .Sample(
                (training, table) =>
                {
                    var fitted = s_recipe.FitTraining(training);
                    var numbers = fitted.Training.Columns.Concat(fitted.Preparation.Apply(table).Columns);
                    Assert.DoesNotContain(numbers.OfType<Column<double>>().SelectMany(c => c.Present()), double.IsNaN);
                },
                iter: 50
            );

    [Fact]
    [Trait("Requirement", "R42")]
    public void Nor_do_the_largest_and_the_least_ones()
    {
        double[] extremes = [double.MaxValue, double.MinValue, double.Epsilon, -double.Epsilon, 0, 1e300, -1e300];
        foreach (var training in new[] { extremes, extremes[..2], [5, 5, 5], [double.MaxValue], [double.Epsilon, 0] })
        {
            foreach (var scaling in Enum.GetValues<Scaling>())
            {
                var recipe = new PreparationRecipe().Scale("x", scaling).Clip("x").Log1p("x");
                var scaled = new PreparationRecipe()
                    .Scale("x", scaling)
                    .Fit(Numbers(training))
                    .Apply(Numbers(extremes));
                var clipped = new PreparationRecipe().Clip("x").Fit(Numbers(training)).Apply(Numbers(extremes));

                Assert.DoesNotContain(((Column<double>)scaled["x"]).Present(), double.IsNaN);
                Assert.All(((Column<double>)clipped["x"]).Present(), x => Assert.True(double.IsFinite(x)));
            }
        }

        var logs = new PreparationRecipe().Log1p("x").Fit(Numbers([1])).Apply(Numbers(extremes));
        Assert.Equal(
            [Math.Log(double.MaxValue), null, double.Epsilon, -double.Epsilon, 0.0, Math.Log(1e300), null],
            Cells(logs)
        );
    }

    [Fact]
    [Trait("Requirement", "R42")]
    public void A_file_that_was_tampered_with_is_read_or_refused_with_words()
    {
        var training = Table.Concat([.. Enumerable.Range(0, 9).Select(Whole)]);
        var json = s_recipe.Fit(training).ToJson();
        var others = new[]
        {
            "",
            "null",
            "-1",
            "[]",
            "{}",
            "\"\"",
            "1e999",
            "99999999999999999999",
            "\"x\"",
            "true",
            ",",
            "0",
        };
        var values = System.Text.RegularExpressions.Regex.Matches(
            json,
            "[-0-9.][-+0-9.eE]*|\"[^\"]*\"|true|false|null"
        );
        Gen.Select(Gen.Int[0, values.Count - 1], Gen.Int[0, others.Length - 1])
            .Sample(
                (at, other) =>
                {
                    var (value, text) = (values[at], others[other]);
                    // Nothing but our own error may come, be it on reading or when it is applied.
                    try
                    {
                        var tampered = json[..value.Index] + text + json[(value.Index + value.Length)..];
                        _ = Preparation.FromJson(tampered).Apply(training);
                    }
                    catch (RondoException e)
                    {
                        Assert.Equal(ErrorCode.InvalidArgument, e.Code);
                    }
                },
                iter: 2000
            );
    }

    private static Table Whole(int i) =>
        new(
            Column.Of("number", [i - 4.5]),
            Column.Of("integer", [(long)i]),
            Column.Of("flag", new bool?[] { i % 2 == 0 }),
            Column.Of("day", new DateOnly?[] { new(2024, 2, 20 + i) }),
            Column.Of("instant", new DateTimeOffset?[] { new(2024, 2, 29, i, 0, 0, TimeSpan.Zero) }),
            Column.Of("text", new[] { "word " + i })
        );

    private static Table Numbers(double[] values) => new(Column.Of("x", values));

    private static IEnumerable<object?> Cells(Table table) =>
        Enumerable.Range(0, table.RowCount).Select(row => table.Columns[0][row]);

    private static Table InParts(Preparation preparation, Table table, int size)
    {
        var parts = Enumerable
            .Range(0, (table.RowCount + size - 1) / size)
            .Select(i => preparation.Apply(table.Slice(i * size, Math.Min(size, table.RowCount - (i * size)))));
        return table.RowCount == 0 ? preparation.Apply(table) : Table.Concat([.. parts]);
    }

    // As texts that tell −0 from 0, and from which every number comes back.
    private static string Bits(Table table) =>
        JsonSerializer.Serialize(table.Columns.Select(StoredColumn.Of), RondoJson.Options);

    private static IEnumerable<string> Rows(Table table) =>
        Enumerable.Range(0, table.RowCount).Select(row => Bits(table.Slice(row, 1)));
}
