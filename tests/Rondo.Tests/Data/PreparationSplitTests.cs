using System.Text.Json;
using CsCheck;
using Rondo.Data;

namespace Rondo.Tests.Data;

/// <summary>A split parts rows without loss, the same each time, and keeps apart what must be apart.</summary>
public sealed class PreparationSplitTests
{
    private static readonly IReadOnlyList<SplitShare> s_shares = SplitShares.Of(0.6, 0.25, 0.15);

    // Few groups and few times, so that they are shared by many rows.
    private static readonly Gen<Table> s_rows = Gen.Select(
            Gen.Int[1, 9].Select(v => (string?)("g" + v)).Array[30, 90],
            Gen.Int[0, 25].Array[90],
            Gen.Double[-10, 10].Array[90]
        )
        .Select(
            (groups, days, numbers) =>
                new Table(
                    Column.Of("group", groups),
                    Column.Of(
                        "day",
                        days.Take(groups.Length).Select(d => (DateOnly?)new DateOnly(2024, 1, 1).AddDays(d))
                    ),
                    Column.Of("number", numbers.Take(groups.Length))
                )
        );

    [Fact]
    [Trait("Requirement", "R40")]
    public void Parts_are_disjoint_and_complete_and_the_same_again_whatever_the_method() =>
        Gen.Select(s_rows, Gen.Long)
            .Sample(
                (table, seed) =>
                {
                    foreach (var make in Methods(seed))
                    {
                        if (Made(() => make(table)) is not { } split)
                        {
                            continue;
                        }

                        Assert.Equal(
                            Enumerable.Range(0, table.RowCount),
                            split.Parts.SelectMany(part => part.Rows).Order()
                        );
                        Assert.Equal(
                            split.Recipe.Counts.Select(c => c.Rows),
                            split.Parts.Select(p => (long)p.Rows.Count)
                        );
                        var json = JsonSerializer.Serialize(split.Recipe, RondoJson.Options);
                        var recipe = JsonSerializer.Deserialize<SplitRecipe>(json, RondoJson.Options)!;
                        Assert.Equal(json, JsonSerializer.Serialize(recipe, RondoJson.Options));
                        Assert.Equal(Rows(split), Rows(Splits.Again(table, recipe)));
                    }
                }
            );

    [Fact]
    [Trait("Requirement", "R40")]
    public void Every_class_has_its_shares_to_within_one_row() =>
        Gen.Select(s_rows, Gen.Long)
            .Sample(
                (table, seed) =>
                {
                    var split = Made(() => Splits.Stratified(table, "group", s_shares, seed));
                    foreach (var of in RowKeys.Of(table["group"]).CountBy(key => key!))
                    {
                        foreach (var (part, share) in split?.Parts.Zip(s_shares) ?? [])
                        {
                            var got = RowKeys.Of(split!.Part(part.Name)["group"]).Count(key => key == of.Key);
                            Assert.InRange(got, (share.Share * of.Value) - 1, (share.Share * of.Value) + 1);
                        }
                    }
                }
            );

    [Fact]
    public void Classes_of_one_row_are_shared_out_over_all_parts()
    {
        var table = new Table(Column.Of("class", Enumerable.Range(0, 100).Select(i => (long)i)));

        var split = Splits.Stratified(table, "class", s_shares, 1);

        Assert.Equal([60L, 25, 15], split.Recipe.Counts.Select(count => count.Rows));
    }

    [Fact]
    [Trait("Requirement", "R40")]
    public void A_group_is_in_one_part_and_stays_there_when_rows_are_added() =>
        Gen.Select(s_rows, s_rows, Gen.Long)
            .Sample(
                (table, more, seed) =>
                {
                    var split = Made(() => Splits.ByGroup(table, "group", s_shares, seed));
                    var larger = Made(() => Splits.ByGroup(Table.Concat(table, more), "group", s_shares, seed));

                    Assert.Empty((split?.Leaks(group: "group") ?? []).Where(leak => leak.Kind == LeakKind.Group));
                    foreach (var part in larger is null ? [] : split?.Parts ?? [])
                    {
                        Assert.Subset(
                            larger!.Parts.Single(p => p.Name == part.Name).Rows.ToHashSet(),
                            part.Rows.ToHashSet()
                        );
                    }
                }
            );

    [Fact]
    [Trait("Requirement", "R41")]
    public void What_is_tested_on_is_later_than_all_that_was_learnt_from() =>
        s_rows.Sample(table =>
        {
            var split = Splits.ByTime(table, "day", SplitShares.Of(0.7, 0.3));

            Assert.Empty(split.Leaks(time: "day").Where(leak => leak.Kind == LeakKind.Time));
            Assert.True(Days(split, "train").Max() < Days(split, "test").Min());
        });

    [Fact]
    [Trait("Requirement", "R41")]
    public void Rows_of_equal_time_stay_together_and_boundaries_begin_the_later_part()
    {
        var table = Dated(3, 1, 2, 2, 2, 4, 5, 2);

        // Half of eight rows is in the midst of day 2, which ends nearer than it begins.
        Assert.Equal("train 1 2 3 4 7, test 0 5 6", Rows(Splits.ByTime(table, "at", SplitShares.Of(0.5, 0.5))));
        Assert.Equal("train 1, test 0 2 3 4 5 6 7", Rows(Splits.ByTime(table, "at", SplitShares.Of(0.2, 0.8))));
        Assert.Equal("train 1, validation 0 2 3 4 7, test 5 6", Rows(Splits.ByTime(table, "at", [Day(2), Day(4)])));
        Assert.Equal("old 1 2 3 4 7, new 0 5 6", Rows(Splits.ByTime(table, "at", [Day(3)], ["old", "new"])));
    }

    [Fact]
    [Trait("Requirement", "R41")]
    public void What_leaks_is_told()
    {
        var table = new Table(
            Column.Of("who", new string?[] { "a", "b", "a", null, null, "c" }),
            Column.Of("at", new DateOnly?[] { new(2024, 1, 3), null, new(2024, 1, 3), null, null, new(2024, 1, 4) })
        );
        var parts = new SplitPart[] { new("train", [0, 1, 3]), new("test", [2, 4, 5]) };
        var split = new Split(table, new(SplitMethod.Random, null, [], [], 1, 6, []), parts);

        Assert.Equal(
            [
                "2 rows of 'test' are equal to a row of 'train', the first is row 3.",
                "1 rows of 'test' have a 'who' that is in 'train' too, the first is row 3.",
                "1 rows of 'test' are by 'at' not later than all of 'train', the first is row 3.",
            ],
            split.Leaks("who", "at").Select(leak => leak.Message)
        );
    }

    [Fact]
    public void The_assignment_is_the_same_on_every_machine()
    {
        var table = new Table(Column.Of("id", Enumerable.Range(0, 10).Select(i => (long)i)));

        Assert.Equal("train 0 1 2 3 4 6 9, test 5 7 8", Rows(Splits.Random(table, SplitShares.Of(0.7, 0.3), 42)));
        Assert.Equal(
            "train 0 2 4 5 7 8, test 1 3 6 9",
            Rows(Splits.ByGroup(table, "id", SplitShares.Of(0.7, 0.3), 42))
        );
    }

    [Fact]
    [Trait("Requirement", "R40")]
    public void What_cannot_be_split_is_refused_with_words()
    {
        var table = Dated(1, 1, 1);
        var holes = new Table(Column.Of("x", [1, (long?)null]));

        Refused(
            "The shares 0.7 + 0.2 sum to 0.8999999999999999.",
            () => Splits.Random(table, SplitShares.Of(0.7, 0.2), 1)
        );
        Refused("The share of part 'train' is 1.", () => Splits.Random(table, SplitShares.Of(1, 0), 1));
        Refused("The table has no column 'y'.", () => Splits.ByGroup(holes, "y", s_shares, 1));
        Refused(
            "Column 'x' has no value in row 2 (1 of 2 are missing).",
            () => Splits.ByGroup(holes, "x", s_shares, 1)
        );
        Refused("Column 'x' is Integer, and no time.", () => Splits.ByTime(holes.Slice(0, 1), "x", s_shares));
        Refused("Part 'train' would be empty: 3 rows by 'at'.", () => Splits.ByTime(table, "at", s_shares));
        Refused("Part 'train' would be empty: 0 rows.", () => Splits.Random(Table.Empty, s_shares, 1));
        Refused(
            "2 boundaries do not make the 3 parts 'train', 'validation', 'test'.",
            () => Splits.ByTime(table, "at", [Day(2), Day(2)])
        );
    }

    private static void Refused(string what, Func<object> act)
    {
        var error = Assert.Throws<RondoException>(act);
        Assert.Equal((ErrorCode.InvalidArgument, what), (error.Code, error.What));
        Assert.NotNull(error.Mend);
    }

    private static IEnumerable<Func<Table, Split>> Methods(long seed) =>
        [
            table => Splits.Random(table, s_shares, seed),
            table => Splits.Stratified(table, "group", s_shares, seed),
            table => Splits.ByGroup(table, "group", s_shares, seed),
            table => Splits.ByTime(table, "day", s_shares),
            table => Splits.ByTime(table, "day", [Day(6), Day(15)]),
        ];

    // Few groups or times may leave a part without any.
    private static Split? Made(Func<Split> make)
    {
        try
        {
            return make();
        }
        catch (RondoException e) when (e.What.Contains("would be empty"))
        {
            return null;
        }
    }

    private static DateTimeOffset Day(int day) => new(2024, 1, day, 0, 0, 0, TimeSpan.Zero);

    private static Table Dated(params int[] days) =>
        new(Column.Of("at", days.Select(day => (DateTimeOffset?)Day(day))));

    private static IEnumerable<DateOnly> Days(Split split, string part) =>
        ((Column<DateOnly>)split.Part(part)["day"]).Present();

    private static string Rows(Split split) =>
        string.Join(", ", split.Parts.Select(part => $"{part.Name} {string.Join(' ', part.Rows)}"));
}
