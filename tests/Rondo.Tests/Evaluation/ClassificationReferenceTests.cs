using CsCheck;
using Rondo.Data;
using Rondo.Evaluation;
using Rondo.Tests.Data;

namespace Rondo.Tests.Evaluation;

public sealed class ClassificationReferenceTests
{
    internal static readonly ReferenceGroup Cases = new()
    {
        ["binary_scores"] = Scores,
        ["log_loss_clip"] = Clip,
        ["binary_degenerate"] = OneClass,
        ["multiclass_labels"] = Labels,
        ["multiclass_absent_class"] = Absent,
        ["multiclass_proba"] = Probabilities,
    };

    private static readonly Gen<(bool Truth, double Score)[]> s_rows = Gen.Select(
        Gen.Bool,
        Gen.Int[0, 8].Select(i => i / 8.0)
    ).Array[1, 40];

    public static TheoryData<string> Ids => Cases.Ids;

    [Theory]
    [MemberData(nameof(Ids))]
    public void Metrics_of_classes_agree_with_scikit_learn(string id) => Cases.Verify(id);

    [Fact]
    public void The_area_under_the_curve_is_the_share_of_pairs_in_the_right_order() =>
        s_rows.Sample(rows =>
        {
            var (truth, score) = (rows.Select(r => r.Truth).ToArray(), rows.Select(r => r.Score).ToArray());
            var pairs =
                from a in rows
                from b in rows
                where a.Truth && !b.Truth
                select a.Score > b.Score ? 1
                : a.Score == b.Score ? 0.5
                : 0;
            var auc = RocCurve.Of(truth, score).Auc;
            if (pairs.Any())
            {
                ReferenceCase.Near(pairs.Average(), auc.Value);
                var reversed = RocCurve.Of(truth.Reverse().ToArray(), score.Reverse().ToArray());
                ReferenceCase.Near(reversed.Auc.Or(-1), auc.Value);
            }
            else
            {
                Assert.False(auc.IsComputable);
                Assert.NotNull(auc.Reason);
            }
        });

    [Fact]
    public void A_weight_of_two_is_the_row_twice() =>
        Gen.Select(s_rows, Gen.Int[0, 2].Array[40])
            .Where((rows, weights) => weights.Take(rows.Length).Sum() > 0)
            .Sample(
                (rows, weights) =>
                {
                    var repeated = rows.SelectMany((r, i) => Enumerable.Repeat(r, weights[i])).ToArray();
                    var weighted = BinaryMetrics.Of(
                        rows.Select(r => r.Truth).ToArray(),
                        rows.Select(r => r.Score).ToArray(),
                        weights: weights.Take(rows.Length).Select(w => (double)w).ToArray()
                    );
                    var plain = BinaryMetrics.Of(
                        repeated.Select(r => r.Truth).ToArray(),
                        repeated.Select(r => r.Score).ToArray()
                    );
                    var (a, b) = (weighted.All(), plain.All());
                    foreach (var name in a.Keys.Except(["n", "positives"]))
                    {
                        Assert.Equal(b[name].IsComputable, a[name].IsComputable);
                        Assert.Equal(b[name].Or(0), a[name].Or(0), 1e-9);
                    }
                }
            );

    [Fact]
    public void Metrics_refuse_what_they_cannot_take()
    {
        foreach (
            var wrong in (Action[])
                [
                    () => BinaryMetrics.Of([], []),
                    () => BinaryMetrics.Of([true], [1, 2]),
                    () => BinaryMetrics.Of([true], [double.NaN]),
                    () => BinaryMetrics.Of([true, false], [0.1, 0.2], weights: [0, 0]),
                    () => ProbabilityScores.Brier([true], [1.5]),
                    () =>
                        MulticlassProbabilities.Of(
                            [0],
                            [
                                [0.5, 0.6],
                            ]
                        ),
                    () =>
                        MulticlassProbabilities.Of(
                            [2],
                            [
                                [0.5, 0.5],
                            ]
                        ),
                    () => ConfusionMatrix.Of([1], [1, 2]),
                ]
        )
        {
            Assert.Equal(ErrorCode.InvalidArgument, Assert.Throws<RondoException>(wrong).Code);
        }
    }

    [Fact]
    public void What_is_not_computable_says_why_and_survives_JSON()
    {
        var metrics = BinaryMetrics.Of([false, false], [2, 3]);
        Assert.Equal("there are no positive rows", metrics.Auc.Reason);
        Assert.Equal("the score is not a probability", metrics.LogLoss.Reason);
        Assert.False(metrics.ToDictionary().ContainsKey("auc"));
        var json = System.Text.Json.JsonSerializer.Serialize(metrics.Auc, RondoJson.Options);
        Assert.Equal(metrics.Auc, System.Text.Json.JsonSerializer.Deserialize<Metric>(json, RondoJson.Options));
    }

    private static void Scores(ReferenceCase reference)
    {
        var (truth, score, weights) = (reference.Flags("y"), reference.Numbers("score"), reference.Numbers("weights"));
        var (plain, weighted) = (BinaryMetrics.Of(truth, score), BinaryMetrics.Of(truth, score, weights: weights));
        var roc = RocCurve.Of(truth, score);
        reference.Is("roc_auc", plain.Auc.Value);
        reference.Is("roc_auc_weighted", weighted.Auc.Value);
        reference.Is("gini", roc.Gini.Value);
        reference.Is("ks_score_separation", roc.Separation.Value);
        reference.Is("youden_j_max", plain.Separation.Value);
        reference.Is("average_precision", plain.AveragePrecision.Value);
        reference.Is("average_precision_weighted", weighted.AveragePrecision.Value);
        var area = PrecisionRecallCurve.Of(truth, score).TrapezoidArea.Value;
        reference.Is("pr_auc_trapezoid", area);
        reference.Says("pr_auc_note", "trapezoid is optimistic");
        Assert.True(area > plain.AveragePrecision.Value);
        reference.Is("log_loss", plain.LogLoss.Value);
        reference.Is("log_loss_weighted", weighted.LogLoss.Value);
        reference.Is("brier", plain.Brier.Value);
        reference.Is("brier_weighted", weighted.Brier.Value);
        var confusion = plain.Confusion;
        reference.Is("accuracy", confusion.Accuracy.Value);
        reference.Is("balanced_accuracy", confusion.BalancedAccuracy.Value);
        reference.Is("precision", confusion.Precision.Value);
        reference.Is("recall", confusion.Recall.Value);
        reference.Is("f1", confusion.F1.Value);
        reference.Is("f2", confusion.F(2).Value);
        reference.Is("mcc", confusion.Mcc.Value);
        reference.Is("cohen_kappa", confusion.Kappa.Value);
        reference.Is(
            "confusion_tn_fp_fn_tp",
            [confusion.TrueNegatives, confusion.FalsePositives, confusion.FalseNegatives, confusion.TruePositives]
        );
        reference.Is("roc_points.fpr", roc.WithoutIntermediate().Select(p => p.FalsePositiveRate));
        reference.Is("roc_points.tpr", roc.WithoutIntermediate().Select(p => p.TruePositiveRate));
    }

    private static void Clip(ReferenceCase reference)
    {
        var (truth, p) = (reference.Flags("y"), reference.Numbers("p"));
        reference.Is("log_loss_eps_1e-15", ProbabilityScores.LogLoss(truth, p, clip: 1e-15), 1e-6);
        reference.Is("log_loss_eps_float64_2.2e-16", ProbabilityScores.LogLoss(truth, p), 1e-6);
        reference.Is("log_loss_noclip", ProbabilityScores.LogLoss(truth, p, clip: 0));
    }

    private static void OneClass(ReferenceCase reference)
    {
        var (truth, score) = (reference.Flags("y"), reference.Numbers("score"));
        var metrics = BinaryMetrics.Of(truth, score);
        reference.Is("roc_auc", metrics.Auc.Value);
        reference.Is("average_precision", metrics.AveragePrecision.Value);
        reference.Is("f1", metrics.Confusion.F1.Value);
        Assert.All(
            [metrics.Auc, metrics.Separation, metrics.AveragePrecision, metrics.Confusion.F1, metrics.Confusion.Mcc],
            metric => Assert.False(string.IsNullOrEmpty(metric.Reason))
        );
        // What scikit-learn reports in their place has to be asked for.
        reference.Is("mcc", metrics.Confusion.Mcc.Or(0));
        reference.Is("f1_zero_division_0", metrics.Confusion.F1.Or(0));
        reference.Is("log_loss_labels_0_1", metrics.LogLoss.Value);
        reference.Is("brier", metrics.Brier.Value);
    }

    private static void Labels(ReferenceCase reference)
    {
        var matrix = ConfusionMatrix.Of(reference.Numbers("y"), reference.Numbers("pred"));
        reference.Is("confusion", matrix.Counts);
        reference.Is("accuracy", matrix.Accuracy.Value);
        reference.Is("balanced_accuracy", matrix.BalancedAccuracy.Value);
        foreach (var averaging in (Averaging[])[Averaging.Micro, Averaging.Macro, Averaging.Weighted])
        {
            var (scores, name) = (matrix.Average(averaging), averaging.ToString().ToLowerInvariant());
            reference.Is($"precision_{name}", scores.Precision.Value);
            reference.Is($"recall_{name}", scores.Recall.Value);
            reference.Is($"f1_{name}", scores.F1.Value);
        }

        reference.Is("f1_per_class", matrix.Classes().Select(c => c.F1.Or(double.NaN)));
        reference.Is("mcc", matrix.Mcc.Value);
        reference.Is("cohen_kappa", matrix.Kappa().Value);
        reference.Is("kappa_linear", matrix.Kappa(KappaWeights.Linear).Value);
        reference.Is("kappa_quadratic", matrix.Kappa(KappaWeights.Quadratic).Value);
    }

    private static void Absent(ReferenceCase reference)
    {
        var matrix = ConfusionMatrix.Of(reference.Numbers("y"), reference.Numbers("pred"));
        var labels = matrix.Labels.Select(l => double.Parse(l, System.Globalization.CultureInfo.InvariantCulture));
        reference.Is("labels_union", labels);
        reference.Is("f1_macro_union_zero_division_0", matrix.Average(Averaging.Macro).F1.Value);
        reference.Is("f1_macro_true_labels_only", matrix.Average(Averaging.MacroOfTrue).F1.Value);
    }

    private static void Probabilities(ReferenceCase reference)
    {
        var truth = Array.ConvertAll(reference.Numbers("y"), v => (int)v);
        var metrics = MulticlassProbabilities.Of(truth, reference.Rows("p"));
        reference.Is("log_loss", metrics.LogLoss);
        reference.Is("auc_ovr_macro", metrics.AucOneVsRest.Value);
        reference.Is("auc_ovr_weighted", metrics.AucOneVsRestWeighted.Value);
        reference.Is("auc_ovo_macro", metrics.AucOneVsOne.Value);
        reference.Is("top2_accuracy", MulticlassProbabilities.TopAccuracy(truth, reference.Rows("p"), 2));
        reference.Is("brier_multiclass_sum", metrics.Brier);
    }
}
