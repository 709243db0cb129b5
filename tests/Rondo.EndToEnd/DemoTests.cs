using System.Text.Json;

namespace Rondo.EndToEnd;

/// <summary>The main job, as a newcomer starts it.</summary>
public sealed class DemoTests
{
    [Fact]
    [Trait("Requirement", "R74")]
    [Trait("Requirement", "R82")]
    [Trait("Requirement", "R86")]
    [Trait("Requirement", "R89")]
    [Trait("Requirement", "R118")]
    [Trait("Requirement", "R119")]
    [Trait("Requirement", "R145")]
    [Trait("Requirement", "R158")]
    [Trait("Requirement", "R159")]
    [Trait("Requirement", "R173")]
    [Trait("Requirement", "R200")]
    public async Task The_loop_turns_on_real_data_with_nobody_present()
    {
        var demo = await Shell.RondoAsync(Checkout.Root, "demo", "--output", "json");
        Assert.True(demo.ExitCode == 0, demo.ToString());
        var report = JsonDocument.Parse(demo.Out).RootElement;

        Assert.All(
            report.GetProperty("claims").EnumerateArray(),
            claim => Assert.True(claim.GetProperty("holds").GetBoolean(), claim.GetRawText())
        );
        var runs = report.GetProperty("runs").EnumerateArray().ToList();
        Assert.All(
            runs,
            run =>
            {
                Assert.NotEqual(JsonValueKind.Null, run.GetProperty("trigger").ValueKind);
                Assert.NotEmpty(run.GetProperty("evidence").EnumerateObject());
                Assert.Equal(40, run.GetProperty("commit").GetString()!.Length);
            }
        );
        Assert.Contains(runs, run => run.GetProperty("trigger").GetString() == "degraded");
        var requests = report.GetProperty("requests");
        Assert.Equal(0, requests.GetProperty("failed").GetInt64());
        Assert.Equal(8_516, requests.GetProperty("sent").GetInt64());
        var periods = report.GetProperty("periods").EnumerateArray().ToList();
        Assert.Equal(12, periods.Count);
        Assert.All(periods, period => Assert.InRange(Rmse(period, "continuous"), 0.3, 2.6));
        Assert.True(Rmse(periods[^1], "frozen") > 2 * Rmse(periods[^1], "continuous"));
        Assert.Equal("stopped", report.GetProperty("stoppedRun").GetProperty("state").GetString());
        Assert.Contains("temp", report.GetProperty("stoppedRun").GetProperty("reason").GetString());
        Assert.Contains("A_week_has_eight_days", report.GetProperty("refusedPush").GetProperty("reason").GetString());
        Assert.NotEmpty(report.GetProperty("events").EnumerateArray());
        Assert.NotEmpty(report.GetProperty("lineage").GetProperty("nodes").EnumerateArray());
    }

    private static double Rmse(JsonElement period, string side) =>
        period.GetProperty(side).GetProperty("rmse").GetDouble();
}
