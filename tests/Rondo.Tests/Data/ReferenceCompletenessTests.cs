using Rondo.Tests.Evaluation;

namespace Rondo.Tests.Data;

public sealed class ReferenceCompletenessTests
{
    private static readonly ReferenceGroup[] s_groups =
    [
        StatisticsReferenceTests.Cases,
        KolmogorovSmirnovReferenceTests.Cases,
        ChiSquareReferenceTests.Cases,
        PsiReferenceTests.Cases,
        DistanceReferenceTests.Cases,
        DetectorReferenceTests.Cases,
        ClassificationReferenceTests.Cases,
        CalibrationReferenceTests.Cases,
        RegressionReferenceTests.Cases,
        RankingReferenceTests.Cases,
        AgreementReferenceTests.Cases,
        UncertaintyReferenceTests.Cases,
        FairnessReferenceTests.Cases,
    ];

    [Fact]
    public void Every_reference_case_is_asserted_by_one_group_and_within_it_every_value()
    {
        // That no value of a case is left out is asserted where the case is: see ReferenceGroup.Verify.
        var asserted = s_groups.SelectMany(group => group.Keys).Order(StringComparer.Ordinal);
        Assert.Equal(ReferenceCase.Ids.Order(StringComparer.Ordinal), asserted);
    }

    [Fact]
    public void A_value_that_is_not_asserted_is_noticed()
    {
        var reference = ReferenceCase.Of("ks_ties");
        reference.Is("statistic", 0.31666666666666665);
        Assert.DoesNotContain("statistic", reference.Missing);
        Assert.Contains("p_stephens", reference.Missing);
        Assert.Contains("rows[4].D", ReferenceCase.Of("ks_large_n_meaningless").Missing);
    }
}
