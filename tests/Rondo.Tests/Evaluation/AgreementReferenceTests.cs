using System.Text.Json;
using CsCheck;
using Rondo.Evaluation;
using Rondo.Tests.Data;

namespace Rondo.Tests.Evaluation;

public sealed class AgreementReferenceTests
{
    internal static readonly ReferenceGroup Cases = new()
    {
        ["cohen_kappa"] = Cohen,
        ["fleiss_kappa"] = Fleiss,
        ["kappa_degenerate"] = Degenerate,
        ["krippendorff"] = Krippendorff,
    };

    public static TheoryData<string> Ids => Cases.Ids;

    [Theory]
    [MemberData(nameof(Ids))]
    public void Agreement_beyond_chance_agrees_with_published_values(string id) => Cases.Verify(id);

    [Fact]
    public void Alpha_does_not_depend_on_which_rater_comes_first() =>
        Gen.Int[0, 4]
            .Select(i => i == 0 ? (double?)null : i)
            .Array[8]
            .Array[2, 4]
            .Sample(ratings =>
            {
                foreach (var level in Enum.GetValues<MeasurementLevel>())
                {
                    var alpha = Agreement.Krippendorff(ratings, level);
                    var reversed = Agreement.Krippendorff(ratings.Reverse().ToArray(), level);
                    Assert.Equal(alpha.IsComputable, reversed.IsComputable);
                    Assert.Equal(alpha.Or(0), reversed.Or(0), 1e-9);
                    Assert.InRange(alpha.Or(0), double.NegativeInfinity, 1 + 1e-12);
                }
            });

    [Fact]
    public void Ratings_that_do_not_fit_together_are_refused()
    {
        Assert.Throws<RondoException>(() => Agreement.Fleiss([]));
        Assert.Throws<RondoException>(() =>
            Agreement.Fleiss([
                [1, 1],
                [2, 1],
            ])
        );
        Assert.Throws<RondoException>(() => Agreement.Cohen([1], [1, 2]));
        Assert.Throws<RondoException>(() =>
            Agreement.Krippendorff(
                [
                    [1.0],
                    [1.0, 2.0],
                ],
                MeasurementLevel.Nominal
            )
        );
        Assert.Throws<RondoException>(() =>
            Agreement.Krippendorff(
                [
                    [-1.0],
                    [1.0],
                ],
                MeasurementLevel.Ratio
            )
        );
        Assert.False(
            Agreement
                .Krippendorff(
                    [
                        [1.0],
                        [null],
                    ],
                    MeasurementLevel.Nominal
                )
                .IsComputable
        );
    }

    private static void Cohen(ReferenceCase reference)
    {
        var (a, b) = (reference.Numbers("rater1"), reference.Numbers("rater2"));
        reference.Is("kappa", Agreement.Cohen(a, b).Value);
        reference.Is("linear", Agreement.Cohen(a, b, KappaWeights.Linear).Value);
        reference.Is("quadratic", Agreement.Cohen(a, b, KappaWeights.Quadratic).Value);
    }

    private static void Fleiss(ReferenceCase reference)
    {
        var counts = reference
            .Rows("counts_items_x_categories")
            .Select(row => Array.ConvertAll(row, v => (int)v))
            .ToArray();
        var kappa = Agreement.Fleiss(counts).Or(double.NaN);
        reference.Is("fleiss", kappa);
        reference.Is("fleiss_published_rounded", Math.Round(kappa, 3));
        reference.Is("randolph", Agreement.Randolph(counts).Value);
    }

    private static void Degenerate(ReferenceCase reference)
    {
        var (a, b) = (reference.Numbers("rater1"), reference.Numbers("rater2"));
        double?[][] both = [a.Select(v => (double?)v).ToArray(), b.Select(v => (double?)v).ToArray()];
        var (cohen, alpha) = (Agreement.Cohen(a, b), Agreement.Krippendorff(both, MeasurementLevel.Nominal));
        reference.Is("cohen", cohen.Value);
        reference.Is("krippendorff_nominal", alpha.Value);
        Assert.Equal(("both have a single class", "there is a single category"), (cohen.Reason, alpha.Reason));
    }

    private static void Krippendorff(ReferenceCase reference)
    {
        var ratings = reference
            .Input.GetProperty("raters_x_units_null_missing")
            .EnumerateArray()
            .Select(rater =>
                rater
                    .EnumerateArray()
                    .Select(v => v.ValueKind == JsonValueKind.Null ? (double?)null : v.GetDouble())
                    .ToArray()
            )
            .ToArray();
        reference.Is("nominal", Agreement.Krippendorff(ratings, MeasurementLevel.Nominal).Value);
        reference.Is("ordinal", Agreement.Krippendorff(ratings, MeasurementLevel.Ordinal).Value);
        reference.Is("interval", Agreement.Krippendorff(ratings, MeasurementLevel.Interval).Value);
        reference.Is("ratio", Agreement.Krippendorff(ratings, MeasurementLevel.Ratio).Value);
    }
}
