using System.Text.Json;
using Rondo.Data;

namespace Rondo.Tests.Data;

/// <summary>What columns have to do with each other: measures with known values, duplicates, and columns that know the target too well.</summary>
public sealed class AssociationTests
{
    [Fact]
    [Trait("Requirement", "R23")]
    public void Ranks_correlate_whatever_the_scale_and_ties_share_theirs()
    {
        double[] x = [106, 86, 100, 101, 99, 103, 97, 113, 112, 110];
        double[] y = [7, 0, 27, 50, 28, 29, 20, 12, 6, 17];
        // The textbook's value is -29/165. With y in tens there are ties; that value is of scipy.stats.spearmanr.
        Assert.Equal(-29.0 / 165, Only(Column.Of("x", x), Column.Of("y", y)).Value, 1e-12);
        Assert.Equal(1, Only(Column.Of("x", x), Column.Of("y", x.Select(Math.Exp))).Value, 1e-12);
        Assert.Equal(-1, Only(Column.Of("x", x), Column.Of("y", x.Select(v => -v))).Value, 1e-12);
    }

    [Fact]
    public void A_number_and_a_category_are_measured_by_what_lies_between_the_categories()
    {
        // Algebra, geometry and statistics: the example of the correlation ratio in the textbooks, η = 0.8386.
        double[] marks = [45, 70, 29, 15, 21, 40, 20, 30, 42, 65, 95, 80, 70, 85, 73];
        var subjects = Enumerable
            .Range(0, 15)
            .Select(i =>
                i < 5 ? "algebra"
                : i < 9 ? "geometry"
                : "statistics"
            );

        var pair = Only(Column.Of("mark", marks), Column.Of("subject", subjects));

        Assert.Equal(AssociationMeasure.CorrelationRatio, pair.Measure);
        Assert.Equal(0.8386, pair.Value, 1e-4);
    }

    [Fact]
    public void Categories_are_measured_without_the_bias_of_small_samples()
    {
        var one = Enumerable.Range(0, 400).Select(i => i % 2 == 0 ? "a" : "b").ToList();
        var other = Enumerable.Range(0, 400).Select(i => i / 2 % 2 == 0 ? "c" : "d").ToList();

        Assert.Equal(1, Only(Column.Of("x", one), Column.Of("y", one.Select(v => v + "!"))).Value, 1e-12);
        Assert.Equal(0, Only(Column.Of("x", one), Column.Of("y", other)).Value, 1e-12);
    }

    [Fact]
    [Trait("Requirement", "R24")]
    public void What_knows_the_target_too_well_is_a_suspect()
    {
        var random = new Random(3);
        var days = Enumerable
            .Range(0, 500)
            .Select(_ => (Temp: random.NextDouble(), Noise: random.NextDouble()))
            .ToList();
        var table = new Table(
            Column.Of("riders", days.Select(d => (10 * d.Temp) + (3 * d.Noise))),
            Column.Of("temp", days.Select(d => d.Temp)),
            Column.Of("tickets", days.Select(d => (7 * d.Temp) + (2.1 * d.Noise) + 1)),
            Column.Of("noise", days.Select(d => random.NextDouble()))
        );

        var associations = Associations.Of(TableSource.Of(table));

        Assert.Equal(["tickets"], associations.LeakageSuspects("Riders", 0.99));
        Assert.Equal(
            ("riders", "tickets"),
            (associations.NearDuplicates()[0].Left, associations.NearDuplicates()[0].Right)
        );
        Assert.Equal("temp", associations.With("riders")[1].Right);
    }

    [Fact]
    public void The_sample_is_of_the_same_rows_whatever_their_order_and_equal_rows_are_counted()
    {
        var random = new Random(5);
        var x = Enumerable.Range(0, 30_000).Select(_ => random.NextDouble()).ToList();
        var table = new Table(Column.Of("x", x), Column.Of("y", x.Select(v => v * random.NextDouble())));
        var order = Enumerable.Range(0, 30_000).Append(7).Append(7).ToArray();
        random.Shuffle(order);

        var whole = Associations.Of(TableSource.Of(table));
        var shuffled = Associations.Of(TableSource.Of(table.Select(order)));

        Assert.Equal((30_000, 10_000, 0L), (whole.Rows, whole.SampleRows, whole.DuplicateRows));
        Assert.Equal((30_002, 2L), (shuffled.Rows, shuffled.DuplicateRows));
        Assert.Equal(whole.Pairs[0].Value, shuffled.Pairs[0].Value, 1e-3);
    }

    [Fact]
    public void Columns_that_do_not_vary_have_no_association() =>
        Assert.Empty(
            Associations
                .Of(
                    TableSource.Of(
                        new Table(
                            Column.Of("x", Enumerable.Repeat(1.0, 50)),
                            Column.Of("y", Enumerable.Range(0, 50).Select(i => (double)i))
                        )
                    )
                )
                .Pairs
        );

    private static Association Only(Column left, Column right)
    {
        var associations = Associations.Of(TableSource.Of(new Table(left, right)));
        Assert.NotNull(JsonSerializer.Serialize(associations, RondoJson.Options));
        return Assert.Single(associations.Pairs);
    }
}
