using System.Text.Json;
using CsCheck;
using Rondo.Data;

namespace Rondo.Tests.Data;

public sealed class DriftTests
{
    [Fact]
    public void Rows_that_come_part_by_part_have_the_drift_of_the_whole() =>
        Gen.Select(Tables.Any, Tables.Any, Gen.Int[1, 9])
            .Sample(
                (before, now, size) =>
                {
                    var reference = ReferenceProfile.Of(before);
                    var comparison = new DriftComparison(reference);
                    for (var first = 0; first < now.RowCount; first += size)
                    {
                        comparison.Add(now.Slice(first, Math.Min(size, now.RowCount - first)));
                    }

                    comparison.Add(now.Slice(0, 0));
                    Assert.Equal(
                        JsonSerializer.Serialize(Drift.Compare(reference, now), RondoJson.Options),
                        JsonSerializer.Serialize(comparison.Report(), RondoJson.Options)
                    );
                }
            );

    [Fact]
    public void Values_that_are_not_sorted_stand_to_a_sample_as_sorted_ones_do() =>
        Gen.Select(Gen.Int[-9, 9].Array[1, 40], Gen.Int[-9, 9].Array[1, 60])
            .Sample(
                (reference, current) =>
                {
                    var sample = reference.Select(v => (double)v).Order().ToArray();
                    var standing = new SampleStanding(sample);
                    foreach (var value in current)
                    {
                        standing.Add(value);
                    }

                    var sorted = current.Select(v => (double)v).Order().ToArray();
                    Assert.Equal(KolmogorovSmirnov.Statistic(sample, sorted), standing.KolmogorovSmirnov(), 1e-12);
                }
            );

    [Fact]
    public void Without_drift_the_index_stays_below_its_null_quantile_in_about_95_of_100()
    {
        var random = new Random(1);
        var reference = ReferenceProfile.Of(Numbers(Draw(10_000)));
        var above = Enumerable
            .Range(0, 400)
            .Count(_ =>
            {
                var drift = Drift.Compare(reference, Numbers(Draw(500))).Columns[0];
                return drift.Psi > drift.PsiNull95;
            });
        Assert.InRange(above, 8, 34);

        double[] Draw(int n) => Enumerable.Range(0, n).Select(_ => random.NextDouble()).ToArray();
    }

    [Fact]
    public void A_table_has_not_drifted_from_itself() =>
        Tables
            .Any.Where(t => t.RowCount > 0)
            .Sample(table =>
            {
                foreach (var column in Drift.Compare(ReferenceProfile.Of(table), table).Columns)
                {
                    Assert.Equal((0.0, 0.0, 0.0), (column.Psi, column.JensenShannon, column.Effect));
                    Assert.False(column.IsSignificant);
                    Assert.True(column.P > 0.999);
                }
            });

    [Fact]
    public void Drift_does_not_depend_on_the_order_of_rows_and_survives_JSON() =>
        Gen.Select(Tables.Any, Tables.Any, Gen.Int)
            .Sample(
                (reference, current, seed) =>
                {
                    var order = Enumerable.Range(0, current.RowCount).ToArray();
                    new Random(seed).Shuffle(order);
                    var profile = ReferenceProfile.Of(reference);
                    var kept = JsonSerializer.Deserialize<ReferenceProfile>(Json(profile), RondoJson.Options)!;
                    return Json(Drift.Compare(profile, current)) == Json(Drift.Compare(kept, current.Select(order)));
                }
            );

    [Fact]
    public void A_shifted_column_stands_out_and_an_unchanged_one_does_not()
    {
        var random = new Random(1);
        var reference = Two(random, 1461, 0);
        var drift = Drift.Compare(ReferenceProfile.Of(reference), Two(random, 365, 1));
        Assert.Equal(["shifted"], drift.Significant.Select(c => c.Column));
        Assert.Equal(["shifted"], drift.Above(psi: 0.2).Select(c => c.Column));
        Assert.InRange(drift.Find("shifted")!.Ks!.Value, 0.3, 0.5);

        static Table Two(Random random, int n, double shift) =>
            new(Column.Of("same", Normal(random, n, 0)), Column.Of("shifted", Normal(random, n, shift)));
    }

    private sealed record Single(float X);

    [Fact]
    public void Numbers_that_have_passed_through_a_float_have_not_drifted()
    {
        // Few different values, as weather has: were they not equal to themselves, whole groups would seem to move.
        var values = Enumerable.Range(0, 480).Select(i => (double)(i % 24) / 24).ToArray();
        var floats = Table.From(values.Select(v => new Single((float)v))).Untyped;
        foreach (var (reference, current) in ((Table, Table)[])[(floats, Numbers(values)), (Numbers(values), floats)])
        {
            var drift = Drift.Compare(ReferenceProfile.Of(reference), current).Columns[0];
            Assert.Equal((0.0, 0.0), (drift.Psi, drift.Ks));
        }

        var offset = Numbers(values.Select(v => 1e9 + v).ToArray());
        Assert.True(
            Drift
                .Compare(ReferenceProfile.Of(offset), Numbers(values.Select(v => 1e9 + 0.5 + v).ToArray()))
                .Columns[0]
                .IsSignificant
        );
    }

    [Fact]
    public void Values_that_go_missing_are_drift()
    {
        var reference = new Table(Column.Of("x", Enumerable.Range(0, 200).Select(i => (double?)i)));
        var current = new Table(Column.Of("x", Enumerable.Range(0, 200).Select(i => i % 2 == 0 ? (double?)i : null)));
        var drift = Drift.Compare(ReferenceProfile.Of(reference), current).Columns[0];
        Assert.Equal((0.0, 0.5, 0.5), (drift.ReferenceMissing, drift.CurrentMissing, drift.Effect));
        Assert.True(drift.IsSignificant && drift.Psi > 0.2);
        var none = new Table(Column.Of("x", Enumerable.Repeat((double?)null, 50)));
        var gone = Drift.Compare(ReferenceProfile.Of(reference), none).Columns[0];
        Assert.True(gone.IsSignificant);
        Assert.Equal("no values are left", gone.Reason);
    }

    [Fact]
    public void A_new_category_is_drift()
    {
        var reference = ReferenceProfile.Of(new Table(Column.Of("c", Enumerable.Repeat("a", 100).Append("b"))));
        var drift = Drift.Compare(
            reference,
            new Table(Column.Of("c", Enumerable.Repeat("a", 50).Concat(Enumerable.Repeat("new", 50))))
        );
        Assert.True(drift.Columns[0].IsSignificant);
        ReferenceCase.Near(0.5, drift.Columns[0].LInfinity);
    }

    [Fact]
    public void What_cannot_be_compared_says_why()
    {
        var reference = ReferenceProfile.Of(
            new Table(
                Column.Of("x", [1.0, 2]),
                Column.Of("gone", [1.0, 2]),
                Column.Of("day", new DateOnly?[] { new(2001, 1, 1), null })
            )
        );
        var drift = Drift.Compare(reference, new Table(Column.Of("x", new[] { "a", "b" })));
        Assert.Equal(["it was Number, and is Text", "the column is not there"], drift.Columns.Select(c => c.Reason));
        Assert.Equal(
            "there are no rows",
            Drift.Compare(reference, new Table(Column.Of("x", Array.Empty<double>()))).Columns[0].Reason
        );
    }

    [Fact]
    public void A_column_that_is_nearly_always_its_greatest_value_still_has_bins()
    {
        var reference = ReferenceProfile.Of(Numbers([.. Enumerable.Repeat(1.0, 99), 0]));
        Assert.Equal([1, 99], reference.Columns[0].Numbers!.Counts);
        Assert.True(Drift.Compare(reference, Numbers([.. Enumerable.Repeat(0.0, 100)])).Columns[0].IsSignificant);
    }

    [Fact]
    public void A_large_sample_is_thinned_without_changing_the_statistic_much()
    {
        var random = new Random(1);
        var large = Normal(random, 50_000, 0);
        var current = Normal(random, 2_000, 0.3);
        var profile = ReferenceProfile.Of(Numbers(large));
        Assert.Equal(NumberProfile.SampleMax, profile.Columns[0].Numbers!.Sample.Count);
        var exact = KolmogorovSmirnov.Statistic(large.Order().ToArray(), current.Order().ToArray());
        ReferenceCase.Near(
            exact,
            Drift.Compare(profile, Numbers(current)).Columns[0].Ks,
            1.0 / NumberProfile.SampleMax
        );
    }

    private static Table Numbers(double[] values) => new(Column.Of("x", values));

    private static double[] Normal(Random random, int n, double mean) =>
        Enumerable
            .Range(0, n)
            .Select(_ =>
                mean + (Math.Sqrt(-2 * Math.Log(1 - random.NextDouble())) * Math.Cos(2 * Math.PI * random.NextDouble()))
            )
            .ToArray();

    private static string Json<T>(T value) => JsonSerializer.Serialize(value, RondoJson.Options);
}
