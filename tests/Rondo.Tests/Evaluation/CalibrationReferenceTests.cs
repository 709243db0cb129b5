using System.Globalization;
using CsCheck;
using Rondo.Evaluation;
using Rondo.Tests.Data;

namespace Rondo.Tests.Evaluation;

public sealed class CalibrationReferenceTests
{
    internal static readonly ReferenceGroup Cases = new()
    {
        ["calibration_ece"] = Bins,
        ["calibration_slope_intercept"] = Line,
        ["isotonic"] = Isotonic,
        ["cbpe_expected_metrics"] = Expected,
    };

    public static TheoryData<string> Ids => Cases.Ids;

    [Theory]
    [MemberData(nameof(Ids))]
    [Trait("Requirement", "R126")]
    public void Calibration_agrees_with_independent_software(string id) => Cases.Verify(id);

    [Fact]
    public void Isotonic_regression_never_falls_and_keeps_the_mean() =>
        Gen.Select(Gen.Int[0, 6], Gen.Double[-3, 3])
            .Array[1, 40]
            .Sample(rows =>
            {
                var fit = IsotonicCalibration.Fit(
                    rows.Select(r => (double)r.Item1).ToArray(),
                    rows.Select(r => r.Item2).ToArray()
                );
                Assert.All(fit.Values.Zip(fit.Values.Skip(1)), p => Assert.True(p.First <= p.Second));
                Assert.Equal(rows.Average(r => r.Item2), rows.Average(r => fit.Predict(r.Item1)), 1e-9);
            });

    [Fact]
    public void Every_row_is_in_one_bin() =>
        Gen.Select(Gen.Select(Gen.Bool, Gen.Double[0, 1]).Array[1, 30], Gen.Int[1, 12])
            .Sample(
                (rows, bins) =>
                {
                    var (truth, p) = (rows.Select(r => r.Item1).ToArray(), rows.Select(r => r.Item2).ToArray());
                    foreach (
                        var curve in (ReliabilityCurve[])
                            [
                                ReliabilityCurve.EqualWidth(truth, p, bins),
                                ReliabilityCurve.EqualWidth(truth, p, bins, BinEnd.Left),
                                ReliabilityCurve.EqualMass(truth, p, bins),
                            ]
                    )
                    {
                        Assert.Equal(rows.Length, curve.Bins.Sum(b => b.Count));
                        Assert.InRange(curve.ExpectedError, 0, curve.MaxError + 1e-12);
                    }
                }
            );

    [Fact]
    public void A_line_that_does_not_exist_says_why()
    {
        Assert.Equal("there are no positive rows", CalibrationLine.Of([false, false], [0.2, 0.3]).Slope.Reason);
        Assert.Equal("all probabilities are the same", CalibrationLine.Of([false, true], [0.2, 0.2]).Slope.Reason);
        Assert.Equal("a threshold separates the classes", CalibrationLine.Of([false, true], [0.2, 0.3]).Slope.Reason);
        Assert.Throws<RondoException>(() => CalibrationLine.Of([false, true], [0, 0.2]));
        Assert.False(ExpectedQuality.Of([1, 1]).Auc.IsComputable);
        Assert.Throws<RondoException>(() => ExpectedQuality.Of([]));
    }

    private static void Bins(ReferenceCase reference)
    {
        var (truth, p) = (reference.Flags("y"), reference.Numbers("p"));
        var right = ReliabilityCurve.EqualWidth(truth, p);
        reference.Is("ece_10_equal_width_right_closed", right.ExpectedError);
        reference.Is("mce_10", right.MaxError);
        reference.Is("bins_10", right.Bins.Select(b => (double[])[b.Count, b.MeanProbability, b.ShareTrue]));
        reference.Is(
            "ece_10_equal_width_left_closed",
            ReliabilityCurve.EqualWidth(truth, p, closed: BinEnd.Left).ExpectedError
        );
        reference.Is("ece_5_equal_width_right_closed", ReliabilityCurve.EqualWidth(truth, p, 5).ExpectedError);
        reference.Is("ece_5_equal_mass_stable_sort_array_split", ReliabilityCurve.EqualMass(truth, p, 5).ExpectedError);
    }

    private static void Line(ReferenceCase reference)
    {
        var line = CalibrationLine.Of(reference.Flags("y"), reference.Numbers("p"));
        reference.Is("intercept", line.Intercept.Value, 1e-6);
        reference.Is("slope", line.Slope.Value, 1e-6);
    }

    private static void Isotonic(ReferenceCase reference)
    {
        var fit = IsotonicCalibration.Fit(reference.Numbers("p"), reference.Numbers("y"));
        reference.Is("x_thresholds", fit.Scores);
        reference.Is("y_thresholds", fit.Values);
        reference.Is("fitted", reference.Numbers("p").Select(fit.Predict));
        foreach (var at in reference.At("predict_at").EnumerateObject())
        {
            var score = double.Parse(at.Name, CultureInfo.InvariantCulture);
            reference.Is($"predict_at.{at.Name}", fit.Predict(score));
        }
    }

    private static void Expected(ReferenceCase reference)
    {
        var expected = ExpectedQuality.Of(reference.Numbers("calibrated_p"));
        reference.Is("expected_accuracy", expected.Confusion.Accuracy.Value);
        reference.Is("expected_TP", expected.Confusion.TruePositives);
        reference.Is("expected_FP", expected.Confusion.FalsePositives);
        reference.Is("expected_FN", expected.Confusion.FalseNegatives);
        reference.Is("expected_TN", expected.Confusion.TrueNegatives);
        reference.Is("expected_precision", expected.Confusion.Precision.Value);
        reference.Is("expected_recall", expected.Confusion.Recall.Value);
        reference.Is("expected_f1", expected.Confusion.F1.Value);
        reference.Is("expected_brier", expected.Brier);
        reference.Is("expected_log_loss", expected.LogLoss);
        reference.Is("expected_auc_pairwise_tie_aware", expected.Auc.Value);
        reference.Is("accuracy_sampling_sd_one_window", expected.AccuracyDeviation);
    }
}
