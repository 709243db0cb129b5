using Rondo.Evaluation;
using Rondo.Tests.Data;

namespace Rondo.Tests.Evaluation;

public sealed class FairnessReferenceTests
{
    internal static readonly ReferenceGroup Cases = new() { ["fairness"] = Groups };

    public static TheoryData<string> Ids => Cases.Ids;

    [Theory]
    [MemberData(nameof(Ids))]
    [Trait("Requirement", "R124")]
    [Trait("Requirement", "R206")]
    public void Treatment_of_groups_follows_the_definitions_of_Fairlearn(string id) => Cases.Verify(id);

    [Fact]
    [Trait("Requirement", "R124")]
    public void Predictions_that_change_with_the_sensitive_attribute_are_counted()
    {
        Assert.Equal(0.25, FairnessReport.CounterfactualFlips([1, 0, 1, 0], [1, 0, 1, 1]));
        Assert.Throws<RondoException>(() => FairnessReport.CounterfactualFlips([1], [1, 2]));
    }

    [Fact]
    public void What_cannot_be_compared_names_the_group()
    {
        var single = FairnessReport.Of([true, false], [true, false], ["A", "A"]);
        Assert.Equal("there is a single group", single.DemographicParityDifference.Reason);
        Assert.Null(single.PassesFourFifths);

        var noPositives = FairnessReport.Of([true, false, false], [true, false, false], ["A", "A", "B"]);
        Assert.Equal("in group B there are no positive rows", noPositives.EqualizedOddsDifference.Reason);
        Assert.Equal(0.5, noPositives.DemographicParityDifference.Value);

        var noneSelected = FairnessReport.Of([true, true], [false, false], ["A", "B"]);
        Assert.Equal((0.0, null), (noneSelected.DemographicParityDifference.Value, noneSelected.PassesFourFifths));
        Assert.Equal("the rate is 0 in every group", noneSelected.DemographicParityRatio.Reason);
    }

    [Fact]
    [Trait("Requirement", "R124")]
    public void Labels_that_differ_between_groups_are_seen_before_training()
    {
        // Six rows of which three are positive, beside two of which none is.
        bool[] truth = [true, true, true, false, false, false, false, false];
        var bias = LabelBias.Of(truth, ["A", "A", "A", "A", "A", "A", "B", "B"], "B");
        Assert.Equal((0.5, 0.5), (bias.ClassImbalance, bias.LabelProportionDifference));
        Assert.Equal(0.5, bias.LInfinity);
        ReferenceCase.Near(Rondo.Data.Distance.JensenShannon([0.5, 0.5], [1, 0]), bias.JensenShannon);
        Assert.Throws<RondoException>(() => LabelBias.Of(truth, ["A", "A", "A", "A", "A", "A", "B", "B"], "C"));
        Assert.Throws<RondoException>(() => LabelBias.Of([true], ["A"], "A"));
    }

    [Fact]
    [Trait("Requirement", "R124")]
    public void Accuracy_is_compared_between_groups_too() =>
        Assert.Equal(
            0.5,
            FairnessReport
                .Of([true, false, true, false], [true, false, true, true], ["A", "A", "B", "B"])
                .AccuracyDifference.Value
        );

    private static void Groups(ReferenceCase reference)
    {
        var group = reference.Input.GetProperty("group").EnumerateArray().Select(g => g.GetString()!).ToArray();
        var report = FairnessReport.Of(reference.Flags("y"), reference.Flags("pred"), group);
        foreach (var rates in report.Groups)
        {
            reference.Is($"selection_rate.{rates.Group}", rates.SelectionRate.Value);
            reference.Is($"tpr.{rates.Group}", rates.TruePositiveRate.Value);
            reference.Is($"fpr.{rates.Group}", rates.FalsePositiveRate.Value);
        }

        reference.Is("demographic_parity_difference", report.DemographicParityDifference.Value);
        reference.Is("demographic_parity_ratio", report.DemographicParityRatio.Value);
        reference.Is("equal_opportunity_difference", report.EqualOpportunityDifference.Value);
        reference.Is("equalized_odds_difference_worst_case", report.EqualizedOddsDifference.Value);
        reference.Is("equalized_odds_ratio_worst_case", report.EqualizedOddsRatio.Value);
        reference.Is("disparate_impact_80_rule_pass", report.PassesFourFifths!.Value);
    }
}
