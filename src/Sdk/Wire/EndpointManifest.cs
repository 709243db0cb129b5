using System.Text.Json.Serialization;

namespace Rondo.Sdk.Wire;

/// <summary>Where a model is served, how traffic moves to a new version, and what watches it.</summary>
public sealed record EndpointManifest(
    string Name,
    string Model,
    RolloutPolicy Rollout,
    IReadOnlyList<MonitorManifest> Monitors
)
{
    /// <summary>Whether a request whose values the schema of the training rows does not expect is refused; else its answer says so.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)]
    public bool RejectsUnexpected { get; init; }
}

/// <summary>
/// Traffic steps in percent (the last is 100). A step is passed after at least <paramref name="BakeMs"/> and
/// <paramref name="MinRequests"/> requests to the new version; the two limits roll it back (null: not watched).
/// </summary>
public sealed record RolloutPolicy(
    IReadOnlyList<int> Steps,
    long BakeMs,
    int MinRequests,
    double? MaxErrorRate,
    double? MaxP99Ms
);

/// <summary>
/// <paramref name="Kind"/> is <c>quality</c> (limit on <paramref name="Metric"/>, for example <c>rmse</c>), <c>drift</c>
/// (limit on <paramref name="Metric"/>, for example <c>psi</c>, in at least <paramref name="MinColumns"/> columns) or
/// <c>freshness</c> (limit in days on the age of the served model's data). <paramref name="WindowDays"/> is the length of a window in event
/// time and <paramref name="EveryDays"/> the distance from one window's end to the next.
/// </summary>
public sealed record MonitorManifest(
    string Name,
    string Kind,
    string Metric,
    double Limit,
    int WindowDays,
    int EveryDays,
    int MinColumns = 1
)
{
    /// <summary>
    /// Of <c>drift</c>: each column is held against the limit that the baseline of the version learned, and <see cref="Limit"/> is a multiple of
    /// these (1).
    /// </summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)]
    public bool Calibrated { get; init; }

    /// <summary>Of <c>quality</c>: what the errors of single answers are fed to, instead of a limit on a metric; null: there is a metric.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public Detector? Detector { get; init; }
}
