using System.Text.Json;
using CsCheck;
using Rondo.Data;

namespace Rondo.Tests.Data;

public sealed class DriftTests
{
    [Theory]
    [InlineData("ks_ties")]
    [InlineData("ks_noties")]
    [InlineData("ks_identical")]
    [InlineData("ks_disjoint")]
    [InlineData("ks_single")]
    public void Kolmogorov_Smirnov_agrees_with_scipy(string id)
    {
        var reference = ReferenceCase.Of(id);
        var a = reference.Numbers("reference").Order().ToArray();
        var b = reference.Numbers("current").Order().ToArray();
        var statistic = KolmogorovSmirnov.Statistic(a, b);
        ReferenceCase.Near(reference.Value("statistic"), statistic);
        ReferenceCase.NearP(reference.Value("p_stephens"), KolmogorovSmirnov.P(statistic, a.Length, b.Length));
        var root = Math.Sqrt((double)a.Length * b.Length / (a.Length + b.Length));
        ReferenceCase.NearP(reference.Value("p_kolmogorov_sqrt_en_D"), KolmogorovSmirnov.Law(root * statistic));
    }

    [Fact]
    public void Both_series_of_the_Kolmogorov_law_agree_where_they_meet() =>
        ReferenceCase.Near(KolmogorovSmirnov.Law(1.0), KolmogorovSmirnov.Law(Math.BitDecrement(1.0)), 1e-14);

    [Fact]
    public void Chi_square_homogeneity_agrees_with_scipy()
    {
        var reference = ReferenceCase.Of("chi2_homogeneity");
        var (a, b) = reference.Counts();
        var test = ChiSquare.Homogeneity(a, b)!;
        ReferenceCase.Near(reference.Value("statistic"), test.Statistic);
        ReferenceCase.NearP(reference.Value("p"), test.P);
        Assert.Equal(reference.Value("dof"), test.DegreesOfFreedom);
        ReferenceCase.Near(reference.Value("cramers_v"), test.CramersV);
    }

    [Fact]
    public void Chi_square_stays_finite_for_an_unseen_category()
    {
        var reference = ReferenceCase.Of("chi2_unseen_category");
        var (a, b) = reference.Counts();
        var test = ChiSquare.Homogeneity(a, b)!;
        ReferenceCase.Near(reference.Value("homogeneity_statistic"), test.Statistic);
        ReferenceCase.NearP(reference.Value("homogeneity_p"), test.P);
    }

    [Fact]
    public void Chi_square_of_two_by_two_is_without_the_correction_of_Yates()
    {
        var reference = ReferenceCase.Of("chi2_2x2_yates");
        var test = ChiSquare.Homogeneity([45, 55], [60, 40])!;
        ReferenceCase.Near(reference.Value("plain_statistic"), test.Statistic);
        ReferenceCase.NearP(reference.Value("plain_p"), test.P);
    }

    [Fact]
    public void Distances_of_categories_agree_with_scipy()
    {
        var reference = ReferenceCase.Of("dist_categorical");
        var (a, b) = reference.Counts();
        ReferenceCase.Near(reference.Value("psi_nat"), Psi.OfCounts(a, b, ZeroFill.Clip));
        ReferenceCase.Near(reference.Value("js_divergence_bits"), Distance.JensenShannon(a, b));
        ReferenceCase.Near(reference.Value("l_infinity"), Distance.LInfinity(a, b));
    }

    [Fact]
    public void An_unseen_category_counts_by_the_stated_fill()
    {
        var reference = ReferenceCase.Of("dist_unseen_category");
        long[] a = [50, 50, 0];
        long[] b = [48, 47, 5];
        ReferenceCase.Near(reference.Value("psi_laplace_half_n100"), Psi.OfCounts(a, b));
        ReferenceCase.Near(reference.Value("psi_clip_1e-4"), Psi.OfCounts(a, b, ZeroFill.Clip));
        ReferenceCase.Near(reference.Value("js_divergence_bits"), Distance.JensenShannon(a, b));
        ReferenceCase.Near(reference.Value("l_infinity"), Distance.LInfinity(a, b));
    }

    [Fact]
    public void Bins_are_the_tenths_of_the_reference()
    {
        var reference = ReferenceCase.Of("psi_A_B_deciles");
        var profile = ReferenceProfile.Of(Numbers(reference.Numbers("reference")));
        var numbers = profile.Columns[0].Numbers!;
        var edges = ReferenceCase.NumbersOf(reference.Expected.GetProperty("inner_edges"));
        Assert.Equal(edges.Length, numbers.Edges.Count);
        Assert.All(edges.Zip(numbers.Edges), e => ReferenceCase.Near(e.First, e.Second));
        Assert.Equal(
            ReferenceCase.NumbersOf(reference.Expected.GetProperty("reference_counts")),
            numbers.Counts.Select(c => (double)c)
        );
        var counts = Profiling.CountsOf(numbers.Edges, reference.Numbers("current").Order().ToArray());
        Assert.Equal(
            ReferenceCase.NumbersOf(reference.Expected.GetProperty("current_counts")),
            counts.Select(c => (double)c)
        );
        ReferenceCase.Near(reference.Value("psi_clip_1e-4"), Psi.OfCounts(numbers.Counts, counts, ZeroFill.Clip));
        var drift = Drift.Compare(profile, Numbers(reference.Numbers("current"))).Columns[0];
        ReferenceCase.Near(reference.Value("psi_laplace_half"), drift.Psi);
    }

    [Fact]
    public void A_constant_reference_has_the_bins_below_itself_and_above()
    {
        var reference = ReferenceCase.Of("psi_constant_reference");
        var numbers = ReferenceProfile.Of(Numbers(reference.Numbers("reference"))).Columns[0].Numbers!;
        var counts = Profiling.CountsOf(numbers.Edges, reference.Numbers("current").Order().ToArray());
        Assert.Equal([0, 10, 0], numbers.Counts);
        Assert.Equal([1, 8, 1], counts);
        ReferenceCase.Near(reference.Value("psi_clip_1e-4"), Psi.OfCounts(numbers.Counts, counts, ZeroFill.Clip));
    }

    [Fact]
    public void The_null_quantile_of_the_index_agrees_with_the_law()
    {
        foreach (var row in ReferenceCase.Of("psi_null_distribution").Expected.GetProperty("rows").EnumerateArray())
        {
            var (n, m, k) = (Of(row, "n_ref"), Of(row, "n_cur"), Of(row, "k"));
            ReferenceCase.Near(row.GetProperty("theory_q95").GetDouble(), Psi.NullQuantile(n, m, (int)k));
            ReferenceCase.Near(row.GetProperty("theory_q99").GetDouble(), Psi.NullQuantile(n, m, (int)k, 0.99));
        }

        static long Of(JsonElement row, string name) => row.GetProperty(name).GetInt64();
    }

    [Fact]
    public void The_tail_of_the_index_agrees_with_the_law()
    {
        foreach (var row in ReferenceCase.Of("psi_null_tail_at_0.1").Expected.GetProperty("rows").EnumerateArray())
        {
            var scale = 1e-4 + (1.0 / row.GetProperty("n_cur").GetInt64());
            ReferenceCase.NearP(row.GetProperty("p_psi_gt_0.1").GetDouble(), ChiSquare.Survival(0.1 / scale, 9));
            ReferenceCase.NearP(row.GetProperty("p_psi_gt_0.25").GetDouble(), ChiSquare.Survival(0.25 / scale, 9));
        }
    }

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
    public void Many_columns_are_adjusted_as_statsmodels_does()
    {
        var reference = ReferenceCase.Of("multiple_testing");
        var expected = ReferenceCase.NumbersOf(reference.Expected.GetProperty("fdr_bh").GetProperty("adjusted"));
        var actual = BenjaminiHochberg.Adjust(reference.Numbers("p").Reverse().ToArray()).Reverse();
        Assert.All(expected.Zip(actual), p => ReferenceCase.Near(p.First, p.Second));
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
