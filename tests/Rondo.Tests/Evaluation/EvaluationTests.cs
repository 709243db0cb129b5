using System.Text.Json;
using CsCheck;
using Rondo.Data;
using Rondo.Evaluation;
using Rondo.Tests.Data;

namespace Rondo.Tests.Evaluation;

public sealed class EvaluationTests
{
    [Fact]
    public void Metrics_have_names_and_leave_out_what_is_undefined()
    {
        var metrics = RegressionMetrics.Of([1.0, 2], [1.5, 2.5]);
        Assert.Equal(
            ["bias", "mae", "maxError", "medianError", "n", "r2", "rmse"],
            metrics.ToDictionary().Keys.Order(StringComparer.Ordinal)
        );
        Assert.False(RegressionMetrics.Of([1.0], [2.0]).ToDictionary().ContainsKey("r2"));
    }

    [Fact]
    public void Metrics_refuse_rows_that_do_not_pair_up()
    {
        Assert.Throws<RondoException>(() => RegressionMetrics.Of((double[])[], []));
        Assert.Throws<RondoException>(() => RegressionMetrics.Of([1.0, 2], [1.0]));
        var e = Assert.Throws<RondoException>(() => RegressionMetrics.Of([1.0, 2], [1.0, double.NaN]));
        Assert.StartsWith("Row 2 is not finite", e.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_paired_t_test_without_variation_is_undefined()
    {
        Assert.Null(PairedT.Of([1.0, 2], [1.0, 2]));
        Assert.Null(PairedT.Of([1.0], [2.0]));
    }

    [Fact]
    public void A_better_candidate_is_told_from_an_equal_one()
    {
        var (truth, good, bad) = Models(365, 1.0, 2.0);
        var better = PairedComparison.Of(truth, good, bad, seed: 1);
        Assert.True(better.CandidateIsBetter && better.P < 0.001);
        Assert.InRange(better.Difference, better.Low, better.High);
        var (again, same, alike) = Models(365, 1.0, 1.0);
        Assert.False(PairedComparison.Of(again, same, alike, seed: 1).CandidateIsBetter);
    }

    [Fact]
    public void The_same_seed_gives_the_same_interval_and_swapping_the_models_mirrors_it() =>
        Gen.Select(Gen.Double[-5, 5].Array[3, 40], Gen.Int)
            .Sample(
                (truth, seed) =>
                {
                    var a = truth.Select((t, i) => t + (i % 3)).ToArray();
                    var b = truth.Select((t, i) => t - (i % 5)).ToArray();
                    var comparison = PairedComparison.Of(truth, a, b, seed);
                    Assert.Equal(comparison, PairedComparison.Of(truth, a, b, seed));
                    var mirrored = PairedComparison.Of(truth, b, a, seed);
                    Assert.Equal(-comparison.Difference, mirrored.Difference, 1e-12);
                    Assert.Equal(-comparison.High, mirrored.Low, 1e-12);
                    Assert.Equal(-comparison.Low, mirrored.High, 1e-12);
                }
            );

    [Fact]
    public void The_interval_covers_an_absent_difference_in_about_95_of_100()
    {
        var random = new Random(7);
        var covered = Enumerable
            .Range(0, 200)
            .Count(i =>
            {
                var truth = new double[120];
                var a = truth.Select(_ => Normal(random)).ToArray();
                var b = truth.Select(_ => Normal(random)).ToArray();
                var comparison = PairedComparison.Of(truth, a, b, seed: i);
                return comparison.Low <= 0 && comparison.High >= 0;
            });
        Assert.InRange(covered, 176, 199);
    }

    [Fact]
    public void Identical_models_differ_by_nothing()
    {
        var comparison = PairedComparison.Of([1, 2, 3], [1, 2, 4], [1, 2, 4], seed: 1);
        Assert.Equal((0.0, 0.0, 0.0, null), (comparison.Difference, comparison.Low, comparison.High, comparison.T));
        Assert.False(comparison.CandidateIsBetter);
    }

    [Fact]
    public void A_limit_of_zero_is_written_without_a_sign()
    {
        var check = GateCheck.Better("beats serving", PairedComparison.Of([1, 2, 3], [1, 2, 4], [1, 2, 4], seed: 1));
        Assert.EndsWith("difference 0, 95 % interval 0 to 0, is not below 0", check.Reason, StringComparison.Ordinal);
        Assert.False(double.IsNegative(check.Limit!.Value));
    }

    [Fact]
    public void Slices_show_the_group_that_a_mean_hides()
    {
        (string? Day, double Truth, double Predicted)[] rows =
        [
            ("Mon", 1, 1),
            ("Sun", 5, 1),
            ("Mon", 2, 2),
            (null, 3, 3),
        ];
        var slices = Slices.Regression(rows, r => r.Truth, r => r.Predicted, ("weekday", r => r.Day));
        Assert.Equal(
            [("all", "all", 4), ("weekday", "Mon", 2), ("weekday", "Sun", 1)],
            slices.Select(s => (s.Slice, s.Value, s.N))
        );
        Assert.Equal([2.0, 0.0, 4.0], slices.Select(s => s.Metrics["rmse"]));
    }

    [Fact]
    public void A_gate_passes_if_every_check_does_and_never_without_one()
    {
        var (truth, good, bad) = Models(200, 1.0, 2.0);
        var comparison = PairedComparison.Of(truth, good, bad, seed: 1);
        Assert.True(GateVerdict.Of(GateCheck.AtMost("rmse", 1, 2), GateCheck.Better("champion", comparison)).Passed);
        var failed = GateVerdict.Of(GateCheck.AtMost("rmse", 1, 2), GateCheck.AtLeast("r2", 0.5, 0.75));
        Assert.Equal((false, "r2 0.5 is below 0.75"), (failed.Passed, failed.Reason));
        Assert.False(GateVerdict.Of().Passed);
        Assert.False(GateCheck.AtMost("rmse", double.NaN, 2).Passed);
        Assert.False(GateCheck.Better("champion", comparison, margin: 10).Passed);
    }

    [Fact]
    public void Verdicts_survive_JSON()
    {
        var verdict = GateVerdict.Of(GateCheck.AtMost("rmse", 3, 2));
        var json = JsonSerializer.Serialize(verdict, RondoJson.Options);
        var again = JsonSerializer.Deserialize<GateVerdict>(json, RondoJson.Options)!;
        Assert.Equal((verdict.Passed, verdict.Reason), (again.Passed, again.Reason));
    }

    private static (double[] Truth, double[] A, double[] B) Models(int n, double errorA, double errorB)
    {
        var random = new Random(3);
        var truth = Enumerable.Range(0, n).Select(i => Math.Sin(i)).ToArray();
        return (
            truth,
            truth.Select(t => t + (errorA * Normal(random))).ToArray(),
            truth.Select(t => t + (errorB * Normal(random))).ToArray()
        );
    }

    private static double Normal(Random random) =>
        Math.Sqrt(-2 * Math.Log(1 - random.NextDouble())) * Math.Cos(2 * Math.PI * random.NextDouble());
}
