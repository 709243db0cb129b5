using Rondo.Data;

namespace Rondo.Tests.Data;

/// <summary>What each step makes of a few rows, worked out by hand.</summary>
[Trait("Requirement", "R42")]
public sealed class PreparationStepTests
{
    [Theory]
    [InlineData("mean", 3.0)]
    [InlineData("median", 2.0)]
    [InlineData("most frequent", 1.0)]
    [InlineData("constant", -1.0)]
    public void Missing_values_are_filled(string kind, double expected)
    {
        var fill = kind switch
        {
            "mean" => Fill.Mean,
            "median" => Fill.Median,
            "most frequent" => Fill.MostFrequent,
            _ => Fill.Constant(-1L),
        };
        var training = Numbers(1, 1, null, 2, 3, 8, double.NaN);

        var ready = Recipe.Impute("x", fill, indicator: true).Fit(training).Apply(Numbers(null, 7, double.NaN));

        Assert.Equal([expected, 7.0, expected], Cells(ready, "x"));
        Assert.Equal([1L, 0L, 1L], Cells(ready, "x_missing"));
    }

    [Fact]
    public void Texts_and_whole_numbers_are_filled_with_their_like()
    {
        var table = new Table(
            Column.Of("text", new[] { "b", "a", null, "a", "b" }),
            Column.Of("whole", [4L, null, 4, 5, null]),
            Column.Of("flag", new bool?[] { true, null, null, false, true })
        );

        var ready = Recipe
            .Impute("text", Fill.MostFrequent)
            .Impute("whole", Fill.MostFrequent)
            .Impute("flag", Fill.Constant(false))
            .Fit(table)
            .Apply(table);

        Assert.Equal(["b", "a", "a", "a", "b"], Cells(ready, "text"));
        Assert.Equal([4L, 4L, 4L, 5L, 4L], Cells(ready, "whole"));
        Assert.Equal([true, false, false, false, true], Cells(ready, "flag"));
    }

    [Theory]
    // The mean is 5, the deviation √(70 / 4); quartiles are 3 and 7.
    [InlineData(Scaling.Standard, 0.9561828874675149)]
    [InlineData(Scaling.MinMax, 0.8181818181818182)]
    [InlineData(Scaling.Robust, 1.25)]
    public void Numbers_are_scaled(Scaling scaling, double expected)
    {
        var ready = Recipe.Scale("x", scaling).Fit(Numbers(0, 3, 4, 7, 11)).Apply(Numbers(9, null));

        Assert.Equal(expected, (double)ready["x"][0]!, 1e-15);
        Assert.Null(ready["x"][1]);
    }

    [Fact]
    public void Numbers_are_clipped_to_quantiles_and_their_logarithms_taken()
    {
        var clipped = Recipe.Clip("x", 0.25, 0.75).Fit(Numbers(0, 1, 2, 3, 4)).Apply(Numbers(-9, 2, 9, null));
        var logs = Recipe.Log1p("x").Fit(Numbers(0)).Apply(Numbers(0, Math.E - 1, 1e-20, -1));

        Assert.Equal([1.0, 2.0, 3.0, null], Cells(clipped, "x"));
        Assert.Equal([0.0, 1.0, 1e-20, null], Cells(logs, "x"));
    }

    [Fact]
    public void Buckets_are_by_quantiles_or_by_edges()
    {
        var byQuantile = Recipe.Bucket("x", 4).Fit(Numbers(0, 1, 2, 3, 4)).Apply(Numbers(-1, 1, 2.5, 3, null));
        var byEdge = Recipe.Bucket("x", [0, 10.0]).Fit(Numbers(1)).Apply(Numbers(-1, 0, 9.9, 10, double.NaN));

        Assert.Equal([0L, 1L, 2L, 3L, null], Cells(byQuantile, "x"));
        Assert.Equal([0L, 1L, 1L, 2L, null], Cells(byEdge, "x"));
    }

    [Fact]
    public void Categories_become_columns_or_numbers()
    {
        var training = Texts("sun", "rain", "fog", "sun", null, "rain", "SUN");
        var rows = Texts("sun", "fog", null, "snow");

        var hot = Recipe.OneHot("x", categoriesMax: 2).Fit(training).Apply(rows);
        var named = Recipe.OneHot("x").Fit(training).Apply(rows);
        var numbered = Recipe.Ordinal("x").Fit(training).Apply(rows);
        var ordered = Recipe.Ordinal("x", ["fog", "rain", "sun"]).Fit(training).Apply(rows);

        Assert.Equal(["x_rain", "x_sun"], hot.Columns.Select(c => c.Name));
        Assert.Equal([1L, 0L, 0L, 0L], Cells(hot, "x_sun"));
        Assert.Equal([0L, 0L, 0L, 0L], Cells(hot, "x_rain"));
        Assert.Equal(["x_SUN", "x_fog", "x_rain", "x_sun#2"], named.Columns.Select(c => c.Name));
        Assert.Equal([3L, 1L, null, null], Cells(numbered, "x"));
        Assert.Equal([2L, 0L, null, null], Cells(ordered, "x"));
        Refused(
            "Step 1 (oneHot): Column 'x' has the category 'snow' in row 4, which training did not have.",
            () => Recipe.OneHot("x", unknown: UnknownCategory.Refuse).Fit(training).Apply(rows)
        );
    }

    [Fact]
    public void A_target_is_averaged_by_category_and_no_row_knows_its_own()
    {
        var table = new Table(
            Column.Of("x", new[] { "a", "a", "b", "b", "b", null }),
            Column.Of("y", [1.0, 1.0, 0.0, 0.0, 1.0, 0.0]),
            Column.Of("id", [1L, 2, 3, 4, 5, 6])
        );

        var fitted = Recipe.TargetEncode("x", "y", new TargetOptions(Smoothing: 2, Folds: 100)).FitTraining(table);
        var later = fitted.Preparation.Apply(Texts("a", "b", "c", null));

        // The mean of all is a half: (2 + 2 · ½) / 4, and (1 + 2 · ½) / 5.
        Assert.Equal([0.75, 0.4, 0.5, 0.5], Cells(later, "x"));
        // With a fold for each row: without it a's other row (1 + 2 · ⅖) / 3, where the mean of the other five is ⅖.
        Assert.Equal(0.6, (double)fitted.Training["x"][0]!, 1e-15);
    }

    [Fact]
    public void Words_are_counted_weighed_and_hashed()
    {
        var training = Texts("A cat, a dog", "the cat!", null);
        var rows = Texts("cat CAT a", null);

        var counts = Recipe.CountWords("x", 2).Fit(training).Apply(rows);
        var weighed = Recipe.CountWords("x", 10, WordWeight.TfIdf).Fit(training).Apply(rows);
        var hashed = Recipe.HashWords("x", 3).Fit(training).Apply(Texts("cat dog", "dog cat", "cat cat", null));

        Assert.Equal(["x_a", "x_cat"], counts.Columns.Select(c => c.Name));
        Assert.Equal([2.0, 0.0], Cells(counts, "x_cat"));
        Assert.Equal(["x_a", "x_cat", "x_dog", "x_the"], weighed.Columns.Select(c => c.Name));
        Assert.Equal(2.0, weighed["x_cat"][0]);
        Assert.Equal(Math.Log(3 / 2.0) + 1, weighed["x_a"][0]);
        var sums = Enumerable.Range(0, 4).Select(row => hashed.Columns.Sum(c => Math.Abs((double)c[row]!))).ToList();
        Assert.Equal((2.0, 0.0), (sums[2], sums[3]));
        Assert.Equal(hashed.Columns.Select(c => c[0]), hashed.Columns.Select(c => c[1]));
    }

    [Fact]
    public void A_moment_has_parts()
    {
        // A Sunday, at six in the evening.
        var moments = new DateTimeOffset?[] { new(2024, 4, 7, 18, 30, 0, TimeSpan.Zero), null };
        var table = new Table(Column.Of("at", moments));

        var ready = Recipe.DateParts("at", (DateParts)511).Fit(table).Apply(table);

        Assert.Equal(
            "year 2024, month 4, day 7, weekday 7, hour 18, weekend 1, month_sin 1, month_cos 0, "
                + "weekday_sin -0.782, weekday_cos 0.623, hour_sin -1, hour_cos 0",
            string.Join(
                ", ",
                ready.Columns.Select(c => $"{c.Name[3..]} {(c[0] is double x ? Math.Round(x, 3) + 0.0 : c[0])}")
            )
        );
        Assert.All(ready.Columns, column => Assert.True(column.IsMissing(1)));
    }

    [Fact]
    public void Another_table_is_joined_where_keys_are_equal()
    {
        var left = new Table(Column.Of("k", [2.0, 1.0, null, 3.0]), Column.Of("l", new[] { "x", "x", "x", "x" }));
        var right = new Table(
            Column.Of("l", new[] { "x", "x", "y" }),
            Column.Of("k", [1L, 2, 3]),
            Column.Of("v", new[] { "one", "two", "three" })
        );

        var ready = Preparation.FromJson(Recipe.Join(right, "k", "l").Fit(left).ToJson()).Apply(left);

        Assert.Equal(["k", "l", "v"], ready.Columns.Select(c => c.Name));
        Assert.Equal(["two", "one", null, null], Cells(ready, "v"));
        Refused(
            "Step 1 (join): Rows 1 and 2 of the table to join have the same l.",
            () => Recipe.Join(right.Drop("k"), "l").Fit(left)
        );
        Refused(
            "Step 1 (join): Column 'l' is Text, but Integer in the table to join.",
            () => Recipe.Join(new Table(Column.Of("l", [1L])), "l").Fit(left)
        );
    }

    [Fact]
    public void Rows_are_chosen_in_training_alone()
    {
        var table = new Table(
            Column.Of("class", Enumerable.Range(0, 1000).Select(i => i < 100 ? "rare" : "usual")),
            Column.Of("id", Enumerable.Range(0, 1000).Select(i => (long)i))
        );

        var down = Recipe.Balance("class", Balancing.Down, seed: 1).FitTraining(table);
        var up = Recipe.Balance("class", Balancing.Up, seed: 1).FitTraining(table);
        var sample = Recipe.Sample(0.3, seed: 1).FitTraining(table);

        Assert.Equal((200, 1800), (down.Training.RowCount, up.Training.RowCount));
        Assert.Equal(9, Cells(up.Training, "id").Count(id => id is 7L));
        Assert.Equal(200, Cells(down.Training, "id").Distinct().Count());
        Assert.InRange(sample.Training.RowCount, 250, 350);
        Tables.AssertEqual(table, sample.Preparation.Apply(table));
        Tables.AssertEqual(table, up.Preparation.Apply(table));
    }

    [Fact]
    public void What_does_not_fit_is_said_with_the_step_and_the_column()
    {
        var preparation = Recipe.Copy("x", "y").Scale("y", Scaling.Standard).Drop("x").Fit(Numbers(1, 2));

        Refused("Step 1 (copy): There is no column 'x'.", () => preparation.Apply(new Table(Column.Of("z", [1.0]))));
        Refused("Step 2 (scale): Column 'y' is Text, but numbers are needed.", () => preparation.Apply(Texts("a")));
        Refused(
            "Step 1 (scale): Column 'x' has no number to learn from.",
            () => Recipe.Scale("x", Scaling.Robust).Fit(Numbers(double.NaN))
        );
        Refused("Step 1 (drop): There is no column 'y'.", () => Recipe.Drop("y").Fit(Numbers(1)));
        Refused(
            "Step 1 (log1p): Column 'x' holds -1, and 1 + x has a logarithm above −1 only.",
            () => Recipe.Log1p("x").Fit(Numbers(-1))
        );
        Refused(
            "Step 1 (impute): Column 'x' is Number, and is to be filled with a value of type Text.",
            () => Recipe.Impute("x", Fill.Constant("a")).Fit(Numbers(1))
        );
    }

    [Fact]
    public void A_file_that_is_not_as_it_was_written_is_refused_with_words()
    {
        var json = Recipe.Scale("x", Scaling.MinMax).Bucket("x", [1.0, 2]).Fit(Numbers(1, 3)).ToJson();

        Assert.Equal(["scale", "bucket"], Preparation.FromJson(json).Steps);
        Refused("The preparation is of format 2, and 1 is known here.", () => Read("\"format\": 1", "\"format\": 2"));
        Refused("The preparation is of format none, and 1 is known here.", () => Preparation.FromJson("[]"));
        Refused(
            "Step 1 (scale): The step cannot be applied: its width is not above 0.",
            () => Read("\"width\": 2", "\"width\": 0")
        );
        Assert.Contains("'wide'", Assert.Throws<RondoException>(() => Read("width", "wide")).What);
        Assert.Contains(
            "'other'",
            Assert.Throws<RondoException>(() => Read("\"centre\"", "\"other\": 1, \"centre\"")).What
        );
        Assert.Contains("stretch", Assert.Throws<RondoException>(() => Read("\"scale\"", "\"stretch\"")).What);
        Assert.Throws<RondoException>(() => Preparation.FromJson("{"));
        Assert.Throws<RondoException>(() => Preparation.FromJson("{\"format\": 1, \"steps\": [null]}"));

        Preparation Read(string from, string to)
        {
            Assert.Contains(from, json);
            return Preparation.FromJson(json.Replace(from, to));
        }
    }

    private static PreparationRecipe Recipe => new();

    private static void Refused(string what, Func<object> act)
    {
        var error = Assert.Throws<RondoException>(act);
        Assert.Equal((ErrorCode.InvalidArgument, what), (error.Code, error.What));
        Assert.NotNull(error.Mend);
    }

    private static Table Numbers(params double?[] values) => new(Column.Of("x", values));

    private static Table Texts(params string?[] values) => new(Column.Of("x", values));

    private static IEnumerable<object?> Cells(Table table, string column) =>
        Enumerable.Range(0, table.RowCount).Select(row => table[column][row]);
}
