using CsCheck;
using Rondo.Data;

namespace Rondo.Tests.Data;

public sealed class PsiReferenceTests
{
    internal static readonly ReferenceGroup Cases = new()
    {
        ["psi_A_B_deciles"] = Deciles,
        ["psi_evidently_rule"] = Sturges,
        ["psi_constant_reference"] = Constant,
        ["psi_null_distribution"] = Null,
        ["psi_null_tail_at_0.1"] = Tail,
    };

    public static TheoryData<string> Ids => Cases.Ids;

    [Theory]
    [MemberData(nameof(Ids))]
    [Trait("Requirement", "R203")]
    [Trait("Requirement", "R204")]
    public void The_population_stability_index_follows_the_published_rules(string id) => Cases.Verify(id);

    [Fact]
    public void The_index_is_symmetric_and_does_not_depend_on_the_order_of_bins() =>
        Gen.Select(Gen.Long[0, 50].Array[2, 12], Gen.Int)
            .Sample(
                (reference, seed) =>
                {
                    var current = reference.ToArray();
                    new Random(seed).Shuffle(current);
                    var order = Enumerable.Range(0, reference.Length).ToArray();
                    new Random(seed + 1).Shuffle(order);
                    foreach (var fill in Enum.GetValues<ZeroFill>())
                    {
                        var index = Psi.OfCounts(reference, current, fill);
                        var again = Psi.OfCounts(current, reference, fill);
                        var shuffled = Psi.OfCounts(
                            order.Select(i => reference[i]).ToArray(),
                            order.Select(i => current[i]).ToArray(),
                            fill
                        );
                        Assert.Equal(index ?? -1, again ?? -1, 1e-12);
                        Assert.Equal(index ?? -1, shuffled ?? -1, 1e-12);
                    }
                }
            );

    [Fact]
    public void Every_value_is_in_one_bin() =>
        Gen.Select(Gen.Int[-5, 5].Select(i => (double)i).Array[1, 60], Gen.Int[2, 12])
            .Sample(
                (values, bins) =>
                {
                    var sorted = values.Order().ToArray();
                    var edges = Binning.QuantileEdges(sorted, bins);
                    Assert.Equal(values.Length, Binning.Count(edges, sorted).Sum());
                    Assert.Equal(values.Length, Binning.CountWithin(Binning.SturgesEdges(values), values).Sum());
                }
            );

    private static void Deciles(ReferenceCase reference)
    {
        var (a, b) = (reference.Sorted("reference"), reference.Sorted("current"));
        var edges = Binning.QuantileEdges(a, reference.Input.GetProperty("bins").GetInt32());
        var (before, after) = (Binning.Count(edges, a), Binning.Count(edges, b));
        reference.Is("inner_edges", edges);
        reference.Is("reference_counts", before.Select(c => (double)c));
        reference.Is("current_counts", after.Select(c => (double)c));
        reference.Is("psi_clip_1e-4", Psi.OfCounts(before, after, ZeroFill.Clip));
        reference.Is("psi_clip_1e-4", Psi.OfShares(Distance.Shares(before), Distance.Shares(after), 1e-4));
        reference.Is("psi_laplace_half", Psi.OfCounts(before, after));
        // A column that is compared with a profile has the same bins and fill.
        var profile = ReferenceProfile.Of(new Table(Column.Of("x", a)));
        var drift = Drift.Compare(profile, new Table(Column.Of("x", b))).Columns[0];
        reference.Is("inner_edges", profile.Columns[0].Numbers!.Edges);
        reference.Is("reference_counts", profile.Columns[0].Numbers!.Counts.Select(c => (double)c));
        reference.Is("psi_laplace_half", drift.Psi);
    }

    private static void Sturges(ReferenceCase reference)
    {
        var (a, b) = (reference.Numbers("reference"), reference.Numbers("current"));
        var edges = Binning.SturgesEdges([.. a, .. b]);
        var shares = (Distance.Shares(Binning.CountWithin(edges, a)), Distance.Shares(Binning.CountWithin(edges, b)));
        reference.Is("edges", edges);
        reference.Is("psi", Psi.OfShares(shares.Item1, shares.Item2, 1e-4));
    }

    private static void Constant(ReferenceCase reference)
    {
        var (a, b) = (reference.Sorted("reference"), reference.Sorted("current"));
        var quantiles = Enumerable.Range(0, 11).Select(i => Quantile.Linear(a, i / 10.0)).Distinct();
        var edges = Binning.QuantileEdges(a, 10);
        var (before, after) = (Binning.Count(edges, a), Binning.Count(edges, b));
        reference.Is("distinct_edges_after_dedupe", quantiles.Count());
        reference.Says("note", "fall back to 3 bins (-inf,5),{5},(5,inf)");
        reference.Is("reference_shares", Distance.Shares(before));
        reference.Is("current_shares", Distance.Shares(after));
        reference.Is("psi_clip_1e-4", Psi.OfCounts(before, after, ZeroFill.Clip));
        Assert.Equal([0, 10, 0], ReferenceProfile.Of(new Table(Column.Of("x", a))).Columns[0].Numbers!.Counts);
    }

    private static void Null(ReferenceCase reference)
    {
        const int Repeats = 10_000;
        var random = new Random(1);
        for (var row = 0; row < reference.At("rows").GetArrayLength(); row++)
        {
            var at = $"rows[{row}]";
            var (n, m) = ((long)reference.Value($"{at}.n_ref"), (long)reference.Value($"{at}.n_cur"));
            var k = (int)reference.Value($"{at}.k");
            reference.Is($"{at}.n_ref", n);
            reference.Is($"{at}.n_cur", m);
            reference.Is($"{at}.k", k);
            reference.Is($"{at}.theory_mean", Psi.NullMean(n, m, k));
            reference.Is($"{at}.theory_q95", Psi.NullQuantile(n, m, k));
            reference.Is($"{at}.theory_q99", Psi.NullQuantile(n, m, k, 0.99));
            var indices = new double[Repeats];
            for (var i = 0; i < Repeats; i++)
            {
                indices[i] = Psi.OfCounts(Multinomial(random, n, k), Multinomial(random, m, k))!.Value;
            }

            Array.Sort(indices);
            reference.IsAbout($"{at}.sim_mean", indices.Average(), 0.05);
            reference.IsAbout($"{at}.sim_q95", Quantile.Linear(indices, 0.95), 0.05);
            reference.IsAbout($"{at}.sim_q99", Quantile.Linear(indices, 0.99), 0.05);
        }
    }

    private static void Tail(ReferenceCase reference)
    {
        var k = reference.Input.GetProperty("k").GetInt32();
        var n = reference.Input.GetProperty("n_ref").GetInt64();
        for (var row = 0; row < reference.At("rows").GetArrayLength(); row++)
        {
            var m = (long)reference.Value($"rows[{row}].n_cur");
            reference.Is($"rows[{row}].n_cur", m);
            reference.IsP($"rows[{row}].p_psi_gt_0.1", Psi.NullTail(0.1, n, m, k));
            reference.IsP($"rows[{row}].p_psi_gt_0.25", Psi.NullTail(0.25, n, m, k));
        }
    }

    private static long[] Multinomial(Random random, long n, int k)
    {
        var counts = new long[k];
        for (var i = 0; i < k; i++)
        {
            counts[i] = i == k - 1 ? n : Binomial(random, n, 1.0 / (k - i));
            n -= counts[i];
        }

        return counts;
    }

    /// <summary>By inversion outwards from the most probable number.</summary>
    private static long Binomial(Random random, long n, double p)
    {
        if (n == 0)
        {
            return 0;
        }

        var mode = (long)((n + 1) * p);
        var atMode = BinomialLaw.Pmf(Math.Min(mode, n), n, p);
        var (low, high) = (Math.Min(mode, n), Math.Min(mode, n));
        var (atLow, atHigh) = (atMode, atMode);
        for (var left = random.NextDouble() - atMode; left > 0 && (low > 0 || high < n); )
        {
            if (high < n)
            {
                atHigh *= (n - high) / (high + 1.0) * p / (1 - p);
                high++;
                left -= atHigh;
                if (left <= 0)
                {
                    return high;
                }
            }

            if (low > 0)
            {
                atLow *= low / (n - low + 1.0) * (1 - p) / p;
                low--;
                left -= atLow;
                if (left <= 0)
                {
                    return low;
                }
            }

            if (atLow + atHigh < 1e-18)
            {
                break;
            }
        }

        return Math.Min(mode, n);
    }
}
