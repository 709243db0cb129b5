using System.Text.Json.Serialization;
using Rondo.Data;

namespace Rondo.Sdk.BuiltIn;

internal sealed record BestPlan(string Truth, IReadOnlyList<string> Slices, IReadOnlyList<string> Names, string Metric);

/// <summary>What a gate checks. <paramref name="Time"/> is the column that says when a row of the hold-out happened, if one does.</summary>
internal sealed record GatePlan(
    string Truth,
    string? Time,
    IReadOnlyList<string> Slices,
    IReadOnlyList<RivalPlan> Rivals,
    IReadOnlyList<LimitPlan> Limits,
    IReadOnlyList<SlicePlan> SliceLimits
);

/// <summary>
/// A rival to beat; <paramref name="Surely"/> asks that the whole interval of the difference says so. <paramref name="Served"/>
/// is the place, among the gate's models, of the one whose predictions these are, where it has served.
/// </summary>
internal sealed record RivalPlan(string Name, bool Surely, double Margin, int? Served = null);

internal sealed record LimitPlan(string Metric, double? AtMost, double? AtLeast);

/// <summary>In each slice of at least <paramref name="RowsMin"/> rows: a metric at most a limit, or, beside a rival, RMSE worse by at most the limit.</summary>
internal sealed record SlicePlan(string Metric, string? Rival, double Limit, int RowsMin);

internal sealed record ProfilePlan(string Truth, string? Time)
{
    /// <summary>Windows of so many days to learn limits of drift from, for false alarms in this share of windows; null: none are learned.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public DriftPlan? Drift { get; init; }
}

/// <summary>Under which name a model is proposed, and what its inputs should be like.</summary>
internal sealed record RegisterPlan(string Model, TableSchema Schema)
{
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)]
    public bool NeedsApproval { get; init; }
}

internal sealed record DriftPlan(int Days, double Alpha);
