using System.Text.Json;
using CsCheck;
using Rondo.Data;

namespace Rondo.Tests.Data;

/// <summary>Frequent texts among more different ones than are counted.</summary>
public sealed class FrequentTextTests
{
    private static readonly string[] s_frequent =
    [
        "Chicago",
        "",
        "Zürich, 日本",
        "a text that goes on for much longer than thirty-two bytes",
        "another text, which goes on for longer than thirty-two bytes",
    ];

    [Fact]
    [Trait("Requirement", "R23")]
    public void Frequent_texts_are_found_among_a_hundred_thousand_others_with_bounds_that_hold()
    {
        var texts = Rows(new Random(1), 120_000);

        var column = TableStatistics.Of(new Table(Column.Of("c", texts))).Columns[0];

        Assert.Null(column.Top);
        var frequent = column.Frequent!;
        AssertBounds(texts, frequent);
        Assert.Equal(
            s_frequent.Select(Shown).Order(StringComparer.Ordinal),
            frequent.Take(5).Select(value => value.Value).Order(StringComparer.Ordinal)
        );
        // What the bounds are apart, as a share of all values.
        Assert.All(
            frequent.Take(5),
            value => Assert.InRange((double)(value.Greatest - value.Least) / texts.Length, 0, 0.03)
        );
    }

    [Fact]
    [Trait("Requirement", "R23")]
    public void Order_and_parts_change_nothing_and_merged_bounds_hold() =>
        Gen.Select(Gen.Int[1, 1_000_000], Gen.Int[2, 6])
            .Sample(
                (seed, count) =>
                {
                    var random = new Random(seed);
                    var texts = Rows(random, 90_000);
                    var whole = TableStatistics.Of(new Table(Column.Of("c", texts)));
                    random.Shuffle(texts);
                    var profilers = Enumerable.Range(0, count).Select(_ => new TableProfiler()).ToArray();
                    foreach (var (i, chunk) in texts.Chunk(7_001).Index())
                    {
                        profilers[i % count].Add(new Table(Column.Of("c", chunk)));
                    }

                    var merged = profilers.Aggregate(
                        new TableProfiler(),
                        (all, part) =>
                        {
                            all.Merge(part);
                            return all;
                        }
                    );
                    var statistics = merged.ToStatistics();
                    AssertBounds(texts, statistics.Columns[0].Frequent!);
                    Assert.Equal(
                        JsonSerializer.Serialize(whole, RondoJson.Options),
                        JsonSerializer.Serialize(statistics, RondoJson.Options)
                    );
                },
                iter: 8
            );

    [Fact]
    [Trait("Requirement", "R23")]
    public void Any_text_of_two_in_a_hundred_is_found()
    {
        var missed = 0;
        for (var seed = 0; seed < 10; seed++)
        {
            var random = new Random(seed);
            var texts = Enumerable
                .Range(0, 80_000)
                .Select(i => i % 50 < 12 ? $"frequent-{seed}-{i % 50}" : $"{random.NextInt64():x}")
                .ToArray();
            var found = TableStatistics.Of(new Table(Column.Of("c", texts))).Columns[0].Frequent!;
            AssertBounds(texts, found);
            missed += 12 - found.Count(value => value.Value.StartsWith("frequent", StringComparison.Ordinal));
        }

        // Two of them may share their cells in both rows: once in thousands.
        Assert.InRange(missed, 0, 1);
    }

    [Fact]
    public void Where_nothing_is_frequent_nothing_is_listed_and_where_all_are_counted_there_are_no_bounds()
    {
        var ids = TableStatistics.Of(new Table(Column.Of("id", Enumerable.Range(0, 60_000).Select(i => $"id-{i:x}"))));
        var few = TableStatistics.Of(new Table(Column.Of("id", Enumerable.Range(0, 50_000).Select(i => $"id-{i:x}"))));

        Assert.Empty(ids.Columns[0].Frequent!);
        Assert.Null(few.Columns[0].Frequent);
    }

    [Fact]
    public void Counts_of_billions_do_not_overflow()
    {
        var (all, part) = (new FrequentTexts(), new FrequentTexts());
        all.Add("often", DistinctSketch.HashOf("often"), 5_000_000_000);
        all.Add("seldom", DistinctSketch.HashOf("seldom"), 2_000_000_000);
        part.Add("often", DistinctSketch.HashOf("often"), 2_000_000_000);
        all.Merge(part);

        Assert.Equal(
            [new BoundedCount("often", 7_000_000_000, 7_000_000_000), new("seldom", 2_000_000_000, 2_000_000_000)],
            all.Top(20)
        );
    }

    private static void AssertBounds(IReadOnlyList<string?> texts, IReadOnlyList<BoundedCount> frequent)
    {
        var counts = texts.GroupBy(text => Shown(text!)).ToDictionary(group => group.Key, group => group.Count());
        Assert.All(
            frequent,
            value => Assert.InRange(counts.GetValueOrDefault(value.Value), value.Least, value.Greatest)
        );
    }

    private static string Shown(string text) => text.Length <= 32 ? text : text[..32] + "…";

    // The frequent ones are 10, 9, 8, 7 and 6 % of the rows, all others are different.
    private static string?[] Rows(Random random, int count) =>
        [
            .. Enumerable
                .Range(0, count)
                .Select(i =>
                    (i % 100) switch
                    {
                        < 10 => s_frequent[0],
                        < 19 => s_frequent[1],
                        < 27 => s_frequent[2],
                        < 34 => s_frequent[3],
                        < 40 => s_frequent[4],
                        _ => $"row-{i}-{random.Next(1000)}",
                    }
                ),
        ];
}
