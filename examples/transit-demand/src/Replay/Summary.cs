using System.Globalization;

namespace TransitDemand.Replay;

/// <summary>What the replay did and saw.</summary>
internal sealed record Summary(
    DateOnly From,
    DateOnly To,
    int Days,
    int Sent,
    int Failed,
    double P50Ms,
    double P99Ms,
    double MaxMs,
    int Truths,
    double Seconds,
    double WaitedSeconds,
    IReadOnlyList<EndpointSummary> Endpoints,
    IReadOnlyList<PeriodSummary> Periods,
    BrokenPeriod? Broken
)
{
    public string Text()
    {
        var lines = Endpoints.SelectMany(endpoint =>
            endpoint.Years.Select(year =>
                Line($"{endpoint.Name} {year.Year}: RMSE {year.Rmse:0.00} over {year.Days} days")
            )
        );
        return string.Join('\n', lines)
            + Line($"\n{Sent} requests, {Failed} failed; p50 {P50Ms:0.00} ms, p99 {P99Ms:0.00} ms, ")
            + Line($"in {Seconds:0.0} s, of which {WaitedSeconds:0.0} s waiting for the server");
    }

    private static string Line(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}

/// <summary>The answers of an endpoint beside the truth, as the client itself reckons it.</summary>
internal sealed record EndpointSummary(string Name, double? Rmse, IReadOnlyList<YearSummary> Years);

internal sealed record YearSummary(int Year, int Days, double Rmse);

/// <summary>A period whose rows were pushed.</summary>
internal sealed record PeriodSummary(string Period, string File, DateOnly From, DateOnly To, int Rows);

/// <summary>The period that was pushed without a column first, and the run that this stopped.</summary>
internal sealed record BrokenPeriod(
    string File,
    string Column,
    string? StoppedRun,
    string? Trigger,
    bool RunAgainByHand
);
