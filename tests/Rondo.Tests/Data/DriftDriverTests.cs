using CsCheck;
using Rondo.Data;

namespace Rondo.Tests.Data;

/// <summary>Wasserstein beside the other measures, what drove a column, and all columns together.</summary>
public sealed class DriftDriverTests
{
    [Fact]
    [Trait("Requirement", "R204")]
    public void Wasserstein_of_values_that_the_reference_has_is_exact() =>
        Gen.Select(Gen.Int[-9, 9].Array[2, 40], Gen.Int[0, 1000].Array[1, 60])
            .Where((reference, _) => reference.Distinct().Count() > 1)
            .Sample(
                (reference, places) =>
                {
                    var before = reference.Select(v => (double)v).ToArray();
                    var now = places.Select(place => before[place % before.Length]).ToArray();
                    Assert.Equal(
                        Wasserstein.Normed(before, now)!.Value,
                        Measured(before, now).Wasserstein!.Value,
                        1e-9
                    );
                }
            );

    [Fact]
    [Trait("Requirement", "R204")]
    public void Wasserstein_of_any_values_is_never_too_small_and_at_most_the_crossed_gaps_too_great() =>
        Gen.Select(Gen.Int[-99, 99].Array[2, 40], Gen.Int[-120, 120].Array[1, 60])
            .Where((reference, _) => reference.Distinct().Count() > 1)
            .Sample(
                (reference, current) =>
                {
                    var before = reference.Select(v => (double)v).Order().ToArray();
                    var now = current.Select(v => (double)v).ToArray();
                    var exact = Wasserstein.Of(before, now);
                    var measured = new SampleStanding(before);
                    Array.ForEach(now, measured.Add);
                    // In a gap neither function moves by more than the current values in it.
                    var most = before
                        .Zip(before.Skip(1))
                        .Sum(gap =>
                            (gap.Second - gap.First) * now.Count(v => v > gap.First && v < gap.Second) / now.Length
                        );
                    Assert.InRange(measured.Wasserstein(), exact - 1e-9, exact + most + 1e-9);
                }
            );

    [Fact]
    public void A_shift_is_its_size_in_deviations_even_where_the_reference_is_thinned()
    {
        var random = new Random(1);
        var before = Enumerable.Range(0, 20_000).Select(_ => NormalLaw.QuantileOf(random.NextDouble())).ToArray();
        var now = Enumerable.Range(0, 5000).Select(_ => 0.5 + NormalLaw.QuantileOf(random.NextDouble())).ToArray();

        var measured = Measured(before, now).Wasserstein!.Value;

        Assert.Equal(Wasserstein.Normed(before, now)!.Value, measured, (before.Max() - before.Min()) / 4000);
        Assert.Equal(0.5, measured, 0.05);
    }

    [Fact]
    public void A_column_that_does_not_vary_has_no_distance_and_great_numbers_have_one()
    {
        Assert.Null(Measured([3, 3, 3], [3, 4]).Wasserstein);
        // Squares of these overflow the deviation of the profile: no number rather than a wrong one.
        var huge = Measured([-1e308, 1e308], [1e308, 1e308, 0]).Wasserstein;
        Assert.True(huge is null or > 0);
    }

    [Fact]
    [Trait("Requirement", "R203")]
    public void What_moved_most_is_told_from_and_to()
    {
        Assert.Equal(
            "'tram' fell from 50.0 % to 10.0 %",
            Texts([("tram", 5), ("bus", 3), ("boat", 2)], [("tram", 1), ("bus", 5), ("boat", 4)]).Driver
        );
        Assert.Equal("new values rose from 0.0 % to 50.0 %", Texts([("a", 4)], [("a", 2), ("b", 2)]).Driver);
        Assert.Equal("missing values rose from 0.0 % to 75.0 %", Texts([("a", 4)], [("a", 1), (null, 3)]).Driver);
        Assert.Equal("values above 7 rose from 0.0 % to 100.0 %", Measured([7, 7, 7], [8, 8]).Driver);
        double[] ten = [.. Enumerable.Range(1, 10).Select(i => (double)i)];
        Assert.Equal("values above 9.1 rose from 10.0 % to 100.0 %", Measured(ten, [10, 11, 12]).Driver);
        Assert.Null(Measured(ten, ten).Driver);
    }

    [Fact]
    public void Shares_that_hardly_differ_are_told_with_the_digits_that_differ() =>
        Assert.Equal("'b' rose from 0.01 % to 0.02 %", Texts([("a", 9999), ("b", 1)], [("a", 9998), ("b", 2)]).Driver);

    [Fact]
    [Trait("Requirement", "R203")]
    public void Small_shifts_of_many_columns_are_one_large_one_together()
    {
        var random = new Random(1);
        var before = Many(random, 800, 0);
        var now = Many(random, 800, 0.15);
        var reference = ReferenceProfile.Of(before);

        var asked = Drift.Compare(
            reference,
            TableSource.Of(now),
            new DriftOptions { ClassifyAgainst = TableSource.Of(before), Seed = 7 }
        );

        Assert.Null(Drift.Compare(reference, now).Domain);
        Assert.DoesNotContain(asked.Columns, column => column.Psi > 0.1);
        Assert.True(asked.Domain is { Auc: > 0.55, P: < 1e-4 }, asked.Domain!.ToString());
        Assert.Equal((800, 800), (asked.Domain.ReferenceRows, asked.Domain.CurrentRows));
    }

    [Fact]
    [Trait("Requirement", "R203")]
    public void The_classifier_names_the_column_and_the_category_that_drive_it()
    {
        var random = new Random(1);
        var before = Days(random, 2000, "tram");
        var now = Days(random, 2000, "boat");

        var domain = Drift
            .Compare(
                ReferenceProfile.Of(before),
                TableSource.Of(now),
                new DriftOptions { ClassifyAgainst = TableSource.Of(before) }
            )
            .Domain!;

        Assert.Equal("kind", domain.Drivers[0].Column);
        Assert.True(domain.Drivers[0].Share > 0.5);
        Assert.True(domain is { Auc: > 0.6, P: < 1e-6 }, domain.ToString());
    }

    [Fact]
    public void Without_drift_the_classifier_s_probability_is_small_about_as_often_as_it_says()
    {
        var random = new Random(5);
        var small = Enumerable
            .Range(0, 400)
            .Count(seed =>
            {
                double[][] Draw() =>
                    [.. Enumerable.Range(0, 150).Select(_ => new[] { random.NextDouble(), random.Next(3) })];
                return DomainClassifier.Of(Draw(), Draw(), seed).P < 0.05;
            });

        // 20 are expected of 400; 35 come with a probability of 1 in 1,000, and none would be no test at all.
        Assert.InRange(small, 3, 34);
    }

    [Fact]
    public void Neither_order_nor_parts_change_what_the_classifier_says() =>
        Gen.Select(Tables.Any, Tables.Any, Gen.Int)
            .Where((a, b, _) => a.RowCount >= 5 && b.RowCount >= 5)
            .Sample(
                (before, now, seed) =>
                {
                    var order = Enumerable.Range(0, now.RowCount).ToArray();
                    new Random(seed).Shuffle(order);
                    var mixed = now.Select(order);
                    var parts = TableSource.Join(
                        "parts",
                        [TableSource.Of(mixed.Slice(0, 3)), TableSource.Of(mixed.Slice(3, mixed.RowCount - 3))]
                    );
                    var options = new DriftOptions { ClassifyAgainst = TableSource.Of(before), Seed = 3 };
                    var profile = ReferenceProfile.Of(before);
                    var (whole, cut) = (
                        Drift.Compare(profile, TableSource.Of(now), options).Domain!,
                        Drift.Compare(profile, parts, options).Domain!
                    );
                    Assert.Equal(whole.Auc, cut.Auc);
                    Assert.Equal(whole.Drivers, cut.Drivers);
                },
                iter: 30
            );

    [Fact]
    public void Of_more_rows_than_the_classifier_takes_equal_ones_are_drawn_one_by_one()
    {
        // Two different rows, 6,000 of each: were equal rows drawn together, only one of the two would be left.
        var table = new Table(Column.Of("x", Enumerable.Range(0, 12_000).Select(i => (double)(i % 2))));
        var rows = new DomainRows(ReferenceProfile.Of(table), salt: 1);
        rows.Add(table);

        var drawn = rows.ToRows();

        Assert.Equal(DomainDrift.RowsMax, drawn.Length);
        Assert.InRange(drawn.Count(row => row[0] == 1), 2300, 2700);
    }

    private static Table Many(Random random, int n, double shift) =>
        new([
            .. Enumerable
                .Range(0, 12)
                .Select(i =>
                    Column.Of(
                        $"x{i}",
                        Enumerable.Range(0, n).Select(_ => shift + NormalLaw.QuantileOf(random.NextDouble())).ToArray()
                    )
                ),
        ]);

    private static Table Days(Random random, int n, string more) =>
        new(
            Column.Of("noise", Enumerable.Range(0, n).Select(_ => random.NextDouble())),
            Column.Of(
                "kind",
                Enumerable
                    .Range(0, n)
                    .Select(_ =>
                        random.NextDouble() < 0.4 ? more
                        : random.Next(2) == 0 ? "bus"
                        : "tram"
                    )
            )
        );

    private static ColumnDrift Measured(double[] before, double[] now) =>
        Drift.Compare(ReferenceProfile.Of(new Table(Column.Of("x", before))), new Table(Column.Of("x", now))).Columns[
            0
        ];

    private static ColumnDrift Texts((string?, int)[] before, (string?, int)[] now)
    {
        return Drift.Compare(ReferenceProfile.Of(Of(before)), Of(now)).Columns[0];

        static Table Of((string? Value, int Count)[] values) =>
            new(Column.Of("c", values.SelectMany(v => Enumerable.Repeat(v.Value, v.Count))));
    }
}
