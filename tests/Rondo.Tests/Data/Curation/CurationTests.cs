using System.Reflection;
using System.Text.Json;
using System.Text.Json.Serialization;
using CsCheck;
using Rondo.Data;
using Rondo.Tests.Tidy;

namespace Rondo.Tests.Data.Curation;

public sealed class CurationTests
{
    private static readonly Table s_trips = new(
        Column.Of("id", new long?[] { 1, 1, 2, 3, null, null }),
        Column.Of("at", new DateOnly?[] { Day(1), Day(3), Day(2), null, Day(5), Day(5) }),
        Column.Of("left", new double?[] { 1, 2, 30, double.NaN, 5, null }),
        Column.Of("right", new double?[] { 2, 1, 31, 4, 5, 6 }),
        Column.Of("kind", new[] { "bus", "bus", "tram", null, "tram", "tram" })
    );

    [Theory]
    [Trait("Requirement", "R26")]
    [InlineData("""{ "step": "where", "left": "left", "is": "<", "right": "right" """, "0 2 3")]
    [InlineData("""{ "step": "where", "left": "left", "is": "<", "right": "right", "keepMissing": true """, "0 2 3 5")]
    [InlineData("""{ "step": "where", "left": "kind", "is": "=", "value": "tram" """, "2 4 5")]
    [InlineData("""{ "left": "at", "is": ">=", "value": "2024-01-03", "step": "where" """, "1 4 5")]
    [InlineData("""{ "step": "where", "left": "id", "is": "!=", "value": 1.0 """, "2 3")]
    [InlineData("""{ "step": "range", "column": "left", "min": 2, "max": 30 """, "1 2 4")]
    [InlineData("""{ "step": "range", "column": "left", "max": 5, "keepMissing": true """, "0 1 4 5")]
    [InlineData("""{ "step": "distinct", "key": ["ID"], "newestBy": "at" """, "1 2 3 4 5")]
    [InlineData("""{ "step": "distinct", "key": ["kind"], "newestBy": "at" """, "1 3 4|1 3 5")]
    [InlineData("""{ "step": "sample", "share": 1, "seed": 0 """, "0 1 2 3 4 5")]
    [InlineData("""{ "step": "cap", "by": ["id"], "rows": 2, "seed": 1 """, "0 1 2 3 4 5")]
    public void Each_step_keeps_the_rows_that_it_says(string step, string rows)
    {
        var numbered = s_trips.With(Column.Of("row", Enumerable.Range(0, 6).Select(i => (long)i)));

        var curated = Recipe(step + """, "reason": "because" }""").Apply(numbered);

        var kept = string.Join(' ', ((Column<long>)curated.Table["row"]).Values.ToArray());
        Assert.Contains(kept, rows.Split('|'));
        var removal = Assert.Single(curated.Record.Steps);
        Assert.Equal(("because", 6L - curated.Table.RowCount), (removal.Reason, removal.Removed));
        Assert.Equal((6L, (long)curated.Table.RowCount), (curated.Record.RowsIn, curated.Record.RowsOut));
    }

    [Fact]
    [Trait("Requirement", "R26")]
    public void Equal_rows_are_one_row_and_a_group_has_no_more_than_its_cap()
    {
        var table = new Table(
            Column.Of("who", Enumerable.Range(0, 100).Select(i => i < 90 ? "often" : "seldom")),
            Column.Of("n", Enumerable.Range(0, 100).Select(i => (long)(i / 2)))
        );

        var distinct = Recipe("""{ "step": "distinct", "reason": "twice" }""").Apply(table);
        var capped = Recipe("""{ "step": "cap", "by": ["who"], "rows": 7, "seed": 5, "reason": "few" }""").Apply(table);

        Assert.Equal((50, 50L), (distinct.Table.RowCount, distinct.Record.Steps[0].Removed));
        Assert.Equal(
            [("often", 7), ("seldom", 7)],
            ((Column<string>)capped.Table["who"]).Present().GroupBy(w => w).Select(g => (g.Key, g.Count()))
        );
    }

    [Fact]
    [Trait("Requirement", "R26")]
    public void What_stays_does_not_depend_on_the_order_of_rows_or_how_they_are_parted_and_the_counts_add_up() =>
        Gen.Select(Tables.Any, Gen.Long[0, 3], Gen.Int[1, 7], Gen.Int[0, 1000])
            .Sample(
                (table, seed, size, shuffle) =>
                {
                    var recipe = Everything(seed);
                    var order = Enumerable
                        .Range(0, table.RowCount)
                        .OrderBy(row => (row * 7919 + shuffle) % 1009)
                        .ToArray();
                    var parts = order.Chunk(size).Select(rows => TableSource.Of(table.Select(rows))).ToList();

                    var whole = recipe.Apply(table);
                    var parted = recipe.Apply(TableSource.Join("parts", parts));
                    var rows = parted.Read().ToList();
                    var again = parted.ToTable();

                    var record = whole.Record;
                    Assert.Equal(record.RowsIn, record.RowsOut + record.Steps.Sum(step => step.Removed));
                    Assert.Equal(table.RowCount, record.RowsIn);
                    if (parts.Count > 0)
                    {
                        Assert.Equal(Json(record), Json(parted.Record));
                        Assert.Equal(Texts(whole.Table), Texts(Table.Concat(rows)));
                        Tables.AssertEqual(Table.Concat(rows), again);
                    }
                }
            );

    [Fact]
    [Trait("Requirement", "R26")]
    public void Records_of_parts_are_added_and_still_add_up()
    {
        var recipe = Recipe(
            """{ "step": "where", "left": "kind", "is": "=", "value": "tram", "reason": "trams only" }"""
        );
        var (a, b) = (recipe.Apply(s_trips.Slice(0, 3)).Record, recipe.Apply(s_trips.Slice(3, 3)).Record);

        Assert.Equal(Json(recipe.Apply(s_trips).Record), Json(a.Merge(b)));
        var other = Recipe("""{ "step": "range", "column": "left", "min": 2, "reason": "other" }""")
            .Apply(s_trips)
            .Record;
        Assert.Contains(
            "Merge records of one recipe only",
            Assert.Throws<RondoException>(() => a.Merge(other)).Message
        );
    }

    [Fact]
    public void A_sample_holds_about_its_share_all_of_a_key_or_none_and_another_seed_is_another_one()
    {
        var table = new Table(
            Column.Of("user", Enumerable.Range(0, 20_000).Select(i => (long)(i / 10))),
            Column.Of("n", Enumerable.Range(0, 20_000).Select(i => (long)i))
        );
        var recipe = Recipe("""{ "step": "sample", "share": 0.25, "seed": 3, "key": ["user"], "reason": "size" }""");
        var other = Recipe("""{ "step": "sample", "share": 0.25, "seed": 4, "key": ["user"], "reason": "size" }""");

        var kept = recipe.Apply(table).Table;

        // Of 2,000 users, four deviations around a quarter.
        Assert.InRange(kept.RowCount / 10, 500 - 78, 500 + 78);
        Assert.All(((Column<long>)kept["user"]).Present().GroupBy(u => u), user => Assert.Equal(10, user.Count()));
        Assert.NotEqual(Texts(kept), Texts(other.Apply(table).Table));
    }

    [Fact]
    public void A_recipe_is_the_same_after_it_was_written_and_comments_do_not_count()
    {
        var recipe = Everything(0);

        var read = CurationRecipe.Parse("// why we keep so little\n" + recipe.ToJson());

        Assert.Equal(recipe.Digest, read.Digest);
        Assert.NotEqual(recipe.Digest, (recipe with { Steps = [.. recipe.Steps.Skip(1)] }).Digest);
        Assert.Equal(64, recipe.Digest.Length);
    }

    [Theory]
    [InlineData(
        """{ "step": "range", "column": "left", "min": 1, "reason": " " }""",
        "step 1 (left from 1 to ): it gives no reason"
    )]
    [InlineData("""{ "step": "range", "column": "left", "min": 1 }""", "'reason'")]
    [InlineData("""{ "step": "range", "column": "left", "reason": "x" }""", "'min', 'max' or both")]
    [InlineData("""{ "step": "rnge", "column": "left", "min": 1, "reason": "x" }""", "recipe, line 1")]
    [InlineData("""{ "step": "range", "colum": "left", "column": "left", "min": 1, "reason": "x" }""", "colum")]
    [InlineData(
        """{ "step": "where", "left": "left", "is": "~", "value": 1, "reason": "x" }""",
        "'~' is no comparison"
    )]
    [InlineData(
        """{ "step": "where", "left": "left", "is": "=", "reason": "x" }""",
        "either 'right' (a column) or 'value'"
    )]
    [InlineData("""{ "step": "sample", "share": 2, "seed": 1, "reason": "x" }""", "'share' is above 0 and at most 1")]
    [InlineData("""{ "step": "cap", "by": ["id"], "rows": 0, "seed": 1, "reason": "x" }""", "'rows' goes from 1")]
    [InlineData(
        """{ "step": "where", "left": "lft", "is": "=", "value": 1, "reason": "x" }""",
        "Step 1 (lft = 1) of recipe 'test': The table has no column 'lft'"
    )]
    [InlineData(
        """{ "step": "where", "left": "kind", "is": "=", "value": 1, "reason": "x" }""",
        "column 'kind' holds Text, and 1 is no such value"
    )]
    [InlineData(
        """{ "step": "where", "left": "kind", "is": "=", "right": "left", "reason": "x" }""",
        "Compare columns of one kind"
    )]
    [InlineData(
        """{ "step": "range", "column": "kind", "min": 1, "reason": "x" }""",
        "column 'kind' holds Text, not numbers"
    )]
    [InlineData(
        """{ "step": "distinct", "key": ["id"], "newestBy": "kind", "reason": "x" }""",
        "neither dates nor timestamps"
    )]
    public void A_wrong_step_is_told_with_its_place(string step, string words)
    {
        var error = Assert.Throws<RondoException>(() => Recipe(step).Apply(s_trips));

        Assert.Equal(ErrorCode.InvalidArgument, error.Code);
        Assert.Contains(words, error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void The_record_is_known_when_the_rows_were_read_to_their_end()
    {
        var source = Everything(1).Apply(TableSource.Of(s_trips));

        Assert.Throws<RondoException>(() => source.Record);
        Assert.Contains(
            "There is no recipe at 'none.json'",
            Assert.Throws<RondoException>(() => CurationRecipe.Read("none.json")).Message,
            StringComparison.Ordinal
        );
    }

    [Fact]
    [Trait("Requirement", "R26")]
    public void The_recipe_of_the_guide_is_read_and_the_guide_explains_every_step()
    {
        var page = File.ReadAllText(Path.Combine(Repository.Root, "docs", "guide", "data.md"));
        var start = page.IndexOf("```json recipe\n", StringComparison.Ordinal) + 15;
        var recipe = CurationRecipe.Parse(page[start..page.IndexOf("\n```", start, StringComparison.Ordinal)]);

        Assert.Equal(4, recipe.Steps.Count);
        var steps = typeof(CurationStep).GetCustomAttributes<JsonDerivedTypeAttribute>().ToList();
        Assert.Equal(5, steps.Count);
        Assert.All(steps, step => Assert.Contains($"| `{step.TypeDiscriminator}` |", page, StringComparison.Ordinal));
    }

    private static CurationRecipe Everything(long seed) =>
        new(
            "everything",
            [
                new KeepDistinct { Reason = "equal rows" },
                new KeepRange("number", Min: -2, KeepMissing: true) { Reason = "nonsense" },
                new KeepCapped(["flag"], 9, seed) { Reason = "balance" },
                new KeepDistinct(["text"], "instant") { Reason = "newest" },
                new KeepWhere("day", "<=", "instant", KeepMissing: true) { Reason = "order" },
                new KeepSample(0.7, seed) { Reason = "size" },
                new KeepCapped(["text", "flag"], 1, seed) { Reason = "few" },
            ]
        );

    private static CurationRecipe Recipe(string step) =>
        CurationRecipe.Parse("""{ "name": "test", "steps": [""" + step + "] }");

    private static DateOnly Day(int day) => new(2024, 1, day);

    private static string Json<T>(T value) => JsonSerializer.Serialize(value, RondoJson.Options);

    private static IReadOnlyList<string> Texts(Table table) =>
        [
            .. Enumerable
                .Range(0, table.RowCount)
                .Select(row => string.Join('|', table.Columns.Select(column => Json(column[row]))))
                .Order(StringComparer.Ordinal),
        ];
}
