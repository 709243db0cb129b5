using CsCheck;
using Rondo.Evaluation;
using Rondo.Tests.Data;

namespace Rondo.Tests.Evaluation;

public sealed class RegressionReferenceTests
{
    internal static readonly ReferenceGroup Cases = new()
    {
        ["regression"] = Errors,
        ["r2_constant_truth"] = Constant,
        ["mape_positive"] = Percentages,
        ["r2_n1"] = Single,
    };

    public static TheoryData<string> Ids => Cases.Ids;

    [Theory]
    [MemberData(nameof(Ids))]
    public void Errors_of_numbers_agree_with_scikit_learn_and_scipy(string id) => Cases.Verify(id);

    [Fact]
    public void Kendalls_correlation_counts_pairs() =>
        Gen.Select(Gen.Int[0, 6], Gen.Int[0, 6])
            .Array[1, 30]
            .Sample(rows =>
            {
                var (sum, a, b) = (0.0, 0.0, 0.0);
                foreach (var (x, y) in rows)
                {
                    foreach (var (u, v) in rows)
                    {
                        sum += Math.Sign(x - u) * Math.Sign(y - v);
                        a += Math.Abs(Math.Sign(x - u));
                        b += Math.Abs(Math.Sign(y - v));
                    }
                }

                var tau = Correlation.KendallTauB(
                    rows.Select(r => (double)r.Item1).ToArray(),
                    rows.Select(r => (double)r.Item2).ToArray()
                );
                Assert.Equal(a * b > 0, tau.IsComputable);
                Assert.Equal(a * b > 0 ? sum / Math.Sqrt(a * b) : 0, tau.Or(0), 1e-12);
            });

    [Fact]
    public void What_is_not_computable_says_why()
    {
        Assert.Equal("one of the series does not vary", Correlation.Pearson([1, 2], [3, 3]).Reason);
        Assert.Equal("one of the series does not vary", Correlation.Spearman([1], [3]).Reason);
        Assert.Equal("one of the series does not vary", Correlation.KendallTauB([1, 1], [3, 4]).Reason);
        Assert.Equal("the truth is constant", RegressionErrors.ExplainedVariance([1, 1], [3, 4]).Reason);
        Assert.Equal("every true value is 0", RegressionErrors.WeightedPercentage([0, 0], [3, 4]).Reason);
        Assert.Equal("a value is −1 or less", RegressionErrors.RootMeanSquaredLogarithmic([1, 1], [-1, 4]).Reason);
        Assert.Throws<RondoException>(() => RegressionErrors.Pinball([1], [1], 2));
        Assert.Throws<RondoException>(() => RegressionErrors.Huber([1], [1], 0));
        Assert.Throws<RondoException>(() => RegressionErrors.MeanSquared([], []));
    }

    private static void Errors(ReferenceCase reference)
    {
        var (truth, predicted) = (reference.Numbers("y"), reference.Numbers("pred"));
        var metrics = RegressionMetrics.Of(truth, predicted);
        reference.Is("rmse", metrics.Rmse);
        reference.Is("mse", RegressionErrors.MeanSquared(truth, predicted));
        reference.Is("mae", metrics.Mae);
        reference.Is("medae", metrics.MedianError);
        reference.Is("r2", metrics.R2);
        reference.Is("r2", metrics.R2ForcedFinite);
        reference.Is("explained_variance", RegressionErrors.ExplainedVariance(truth, predicted).Value);
        reference.Is("max_error", metrics.MaxError);
        reference.Is("mean_error_bias", metrics.Bias);
        reference.Is("pinball_0.1", RegressionErrors.Pinball(truth, predicted, 0.1));
        reference.Is("pinball_0.5", RegressionErrors.Pinball(truth, predicted, 0.5));
        reference.Is("pinball_0.9", RegressionErrors.Pinball(truth, predicted, 0.9));
        reference.Is("pearson", Correlation.Pearson(truth, predicted).Value);
        reference.Is("spearman", Correlation.Spearman(truth, predicted).Value);
        reference.Is("kendall_tau_b", Correlation.KendallTauB(truth, predicted).Value);
        reference.Says("mape_with_zero_truth", "undefined (y contains 0)");
        Assert.Equal(Metric.NotComputable("a true value is 0"), RegressionErrors.AbsolutePercentage(truth, predicted));
        reference.Is("smape_0_200", RegressionErrors.SymmetricPercentage(truth, predicted));
        reference.Is("huber_delta1", RegressionErrors.Huber(truth, predicted));
    }

    private static void Constant(ReferenceCase reference)
    {
        var truth = reference.Numbers("y");
        foreach (var (key, predicted) in ((string, string)[])[("r2_perfect", "pred"), ("r2_bad", "pred_bad")])
        {
            // Undefined, with a reason; what scikit-learn reports in its place has to be asked for.
            var metrics = RegressionMetrics.Of(truth, reference.Numbers(predicted));
            Assert.Equal((null, "the truth is constant"), (metrics.R2, metrics.R2Reason));
            Assert.False(metrics.ToDictionary().ContainsKey("r2"));
            reference.Is(key, metrics.R2ForcedFinite);
        }
    }

    private static void Percentages(ReferenceCase reference)
    {
        var (truth, predicted) = (reference.Numbers("y"), reference.Numbers("pred"));
        reference.Is("mape", RegressionErrors.AbsolutePercentage(truth, predicted).Value);
        reference.Is("wape", RegressionErrors.WeightedPercentage(truth, predicted).Value);
        reference.Is("rmsle", RegressionErrors.RootMeanSquaredLogarithmic(truth, predicted).Value);
    }

    private static void Single(ReferenceCase reference)
    {
        var metrics = RegressionMetrics.Of(reference.Numbers("y"), reference.Numbers("pred"));
        reference.Is("r2", metrics.R2);
        reference.Is("r2", metrics.R2ForcedFinite);
        Assert.Equal("a single row has no variance to explain", metrics.R2Reason);
        reference.Is("mae", metrics.Mae);
    }
}
