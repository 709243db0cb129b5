using System.Text.Json;
using Rondo.Data;
using Rondo.Sdk;

namespace Rondo.Tests.Sdk.Tuning;

/// <summary>What a report looks like, to people and as JSON.</summary>
[Trait("Requirement", "R9")]
public sealed class SweepReportTests
{
    [Theory]
    [InlineData(1.25e-9, "1.25E-09")]
    [InlineData(-0.00123456789, "-0.00123457")]
    [InlineData(0.038112, "0.038112")]
    [InlineData(0, "0")]
    [InlineData(1234567.25, "1234567.25")]
    [InlineData(1e12, "1E+12")]
    public void Small_values_and_large_ones_are_shown_with_the_digits_that_matter(double value, string shown)
    {
        var line = Of(value).ToText();

        Assert.StartsWith("   1  " + shown.PadLeft(12) + "  trial 0", line);
    }

    public static TheoryData<string> Options => new("default", "web", "rondo");

    [Theory]
    [MemberData(nameof(Options))]
    public void A_report_is_JSON_under_any_options_also_where_a_trial_reported_no_number(string options)
    {
        var json = options switch
        {
            "default" => JsonSerializerOptions.Default,
            "web" => JsonSerializerOptions.Web,
            _ => RondoJson.Options,
        };
        var report = Of(0.5, new(1, double.NaN), new(2, double.PositiveInfinity), new(3, 0.25));

        var read = JsonSerializer.Deserialize<SweepReport>(JsonSerializer.Serialize(report, json), json)!;

        var (trial, other) = (report.Trials[0], read.Trials[0]);
        Assert.Equal(trial.Reported, other.Reported);
        Assert.Equal(trial with { Reported = [] }, other with { Reported = [] });
    }

    private static SweepReport Of(double value, params IReadOnlyList<ReportedValue> reported) =>
        new(
            SearchGoal.Minimize,
            [
                new(
                    0,
                    0,
                    new(
                        new Dictionary<string, JsonElement>(StringComparer.Ordinal)
                        {
                            ["x"] = JsonSerializer.SerializeToElement(0.5),
                        }
                    ),
                    value,
                    TrialState.Completed
                )
                {
                    Reported = reported,
                },
            ],
            [],
            []
        );
}
