using Rondo.Registry;
using Rondo.Serving;

namespace Rondo.Monitoring.Overview;

/// <summary>A model with all that one looks for first: what serves, what watches it, and what needs attention.</summary>
internal sealed record ModelStanding(
    string Project,
    string Environment,
    string Model,
    AttentionLevel Attention,
    IReadOnlyList<Concern> Concerns,
    CatalogedVersion? Newest,
    string? Risk,
    string? Owner,
    IReadOnlyList<ServingStanding> Serving,
    IReadOnlyList<OpenAlert> Alerts
)
{
    /// <summary>Where its keyset page begins: what needs more attention comes first.</summary>
    public string PageKey() => FormattableString.Invariant($"{(int)Attention}/{Project}/{Environment}/{Model}");
}

/// <summary>An endpoint that answers with the model: traffic, versions with their age in days, monitors, and the kinds of monitor that are missing.</summary>
internal sealed record ServingStanding(
    string Endpoint,
    bool Pinned,
    IReadOnlyList<ServedShare> Versions,
    RolloutStanding? Rollout,
    long Requests,
    long Errors,
    IReadOnlyList<MonitorStanding> Monitors,
    IReadOnlyList<string> Missing
);

/// <summary>A version's share of the traffic; its age is that of its registration.</summary>
internal sealed record ServedShare(
    long Version,
    int Percent,
    string? State,
    DateTimeOffset Since,
    int? AgeDays,
    string? Failure
);

/// <summary>How much attention something needs; of a model, the most that anything of it needs.</summary>
internal enum AttentionLevel
{
    /// <summary>Nothing to do.</summary>
    None,

    /// <summary>Worth knowing.</summary>
    Note,

    /// <summary>To be mended, before it goes wrong.</summary>
    Warning,

    /// <summary>Something is wrong now.</summary>
    Alert,
}

/// <summary>One thing that needs attention, in words.</summary>
internal sealed record Concern(AttentionLevel Level, string Text);

/// <summary>How many models need how much attention, among those that were asked for.</summary>
internal sealed record AttentionCounts(int Models, int Served, int Alerts, int Warnings, int Notes);

/// <summary>A page of models; what needs the most attention is on the first.</summary>
internal sealed record ModelOverviewPage(
    IReadOnlyList<ModelStanding> Items,
    string? Next,
    AttentionCounts Counts,
    DateTimeOffset At
);

/// <summary>Which models are asked for, and where the page begins.</summary>
internal sealed record OverviewQuery(
    string? Project,
    string? Environment,
    string? Attention,
    string? Risk,
    string? After,
    int? Limit,
    string? Format
);
