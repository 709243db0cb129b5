using System.Text.Json;

namespace Rondo.Cli.Demo;

/// <summary>What happened, as <c>--output json</c> prints it.</summary>
internal sealed record DemoReport(
    IReadOnlyList<DemoClaim> Claims,
    IReadOnlyList<DemoPeriod> Periods,
    DemoSummary Summary,
    DemoRequests Requests,
    DemoPush RefusedPush,
    JsonElement? StoppedRun,
    IReadOnlyList<JsonElement> Runs,
    JsonElement Lineage,
    IReadOnlyList<JsonElement> Events,
    double Seconds
);

/// <summary>Something the demo sets out to show, and whether it did.</summary>
internal sealed record DemoClaim(string Claim, bool Holds, string Observed);

/// <summary>One year of the replay: the error of the model that was frozen at the start, of the one that was retrained, and of the naive baseline's.</summary>
internal sealed record DemoPeriod(
    string Period,
    long Predictions,
    DemoQuality Frozen,
    DemoQuality Continuous,
    int RunsStarted,
    int ModelsReleased
);

/// <summary>Root mean squared error and mean error, in thousands of entries a day.</summary>
internal sealed record DemoQuality(double? Rmse, double? Bias);

/// <summary>Over all replayed days.</summary>
internal sealed record DemoSummary(
    double? FrozenRmse,
    double? ContinuousRmse,
    long Predictions,
    int Alerts,
    int Retrainings
);

/// <summary>What the client counted.</summary>
internal sealed record DemoRequests(long Sent, long Failed, double? P50Ms, double? P99Ms);

/// <summary>A push that the server did not take.</summary>
internal sealed record DemoPush(string Commit, int ExitCode, string Reason, string MainBefore, string MainAfter);
