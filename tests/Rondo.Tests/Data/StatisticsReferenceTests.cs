using System.Globalization;
using Rondo.Data;

namespace Rondo.Tests.Data;

public sealed class StatisticsReferenceTests
{
    internal static readonly ReferenceGroup Cases = new()
    {
        ["desc_A"] = Describe,
        ["desc_single"] = Describe,
        ["desc_large_offset"] = Offset,
        ["merge_moments"] = Merge,
    };

    public static TheoryData<string> Ids => Cases.Ids;

    [Theory]
    [MemberData(nameof(Ids))]
    [Trait("Requirement", "R202")]
    public void Descriptions_agree_with_numpy_and_scipy(string id) => Cases.Verify(id);

    private static void Describe(ReferenceCase reference)
    {
        var sorted = reference.Sorted("x");
        var moments = Moments.Of(reference.Numbers("x"));
        var column = TableStatistics.Of(new Table(Column.Of("x", reference.Numbers("x")))).Columns[0];
        reference.Is("count", moments.Count);
        reference.Is("min", moments.Min);
        reference.Is("max", moments.Max);
        reference.Is("mean", moments.Mean);
        reference.Is("std_sample", moments.Deviation);
        reference.Is("std_population", Math.Sqrt(moments.PopulationVariance!.Value));
        reference.Is("skew_bias", moments.Skewness);
        reference.Is("skew_unbiased", moments.SampleSkewness);
        reference.Is("excess_kurtosis_bias", moments.ExcessKurtosis);
        reference.Is("excess_kurtosis_unbiased", moments.SampleExcessKurtosis);
        // The description of a column says the same.
        reference.Is("count", column.Count);
        reference.Is("min", column.Numbers!.Min);
        reference.Is("max", column.Numbers.Max);
        reference.Is("mean", column.Numbers.Mean);
        reference.Is("std_sample", column.Numbers.Deviation);
        Quantiles("q_type7", share => Quantile.Linear(sorted, share));
        Quantiles("q_type1_inverted_cdf", share => Quantile.Discrete(sorted, share));

        void Quantiles(string key, Func<double, double> at)
        {
            foreach (var name in reference.At(key).EnumerateObject().Select(p => p.Name))
            {
                reference.Is($"{key}.{name}", at(double.Parse(name, CultureInfo.InvariantCulture)));
            }
        }
    }

    private static void Offset(ReferenceCase reference)
    {
        var moments = Moments.Of(reference.Numbers("x"));
        reference.Is("mean", moments.Mean, 0);
        reference.Is("var_sample", moments.Variance);
        reference.Is("std_sample", moments.Deviation);
    }

    private static void Merge(ReferenceCase reference)
    {
        var merged = Moments.Of(reference.Numbers("part1")).Merge(Moments.Of(reference.Numbers("part2")));
        reference.Is("mean", merged.Mean);
        reference.Is("var_sample", merged.Variance);
        reference.Is("skew_bias", merged.Skewness);
        reference.Is("excess_kurtosis_bias", merged.ExcessKurtosis);
        reference.Is("min", merged.Min);
        reference.Is("max", merged.Max);
    }
}
