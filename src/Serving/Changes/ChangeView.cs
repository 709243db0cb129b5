using System.Text.Json.Serialization;

namespace Rondo.Serving.Changes;

/// <summary>A change as clients see it; a list leaves the endpoints out.</summary>
internal sealed record ChangeView(
    string? Id,
    string Project,
    ChangeState State,
    string Where,
    string? Risk,
    IReadOnlyDictionary<string, string> Set,
    string Waves,
    string Bake,
    string StopWhen,
    string Reason,
    string Actor,
    int Wave,
    int WaveCount,
    DateTimeOffset CreatedAt,
    DateTimeOffset WaveStartedAt,
    DateTimeOffset? FinishedAt,
    ChangeEvidence? Evidence,
    TargetCounts Counts
)
{
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public IReadOnlyList<TargetView>? Endpoints { get; init; }

    public static ChangeView Of(EndpointChange change, IEnumerable<(TargetState State, int Endpoints)> counts)
    {
        var byState = counts.ToLookup(count => count.State, count => count.Endpoints);
        var request = change.Request;
        return new ChangeView(
            change.Id,
            change.Project,
            change.State,
            request.Where,
            request.Risk,
            request.Set,
            request.Waves,
            request.Bake,
            request.StopWhen,
            request.Reason,
            change.Actor.Name,
            change.Wave,
            change.Waves,
            change.CreatedAt,
            change.WaveStartedAt,
            change.FinishedAt,
            change.Evidence,
            new TargetCounts(
                byState[TargetState.Waiting].Sum(),
                byState[TargetState.Changed].Sum(),
                byState[TargetState.Skipped].Sum(),
                byState[TargetState.Restored].Sum()
            )
        );
    }

    public static ChangeView Of(EndpointChange change, IReadOnlyList<ChangeTarget> targets) =>
        Of(change, targets.Select(target => (target.State, 1))) with
        {
            Endpoints = [.. targets.Select(TargetView.Of)],
        };
}

/// <summary>At how many endpoints a change is how far.</summary>
internal sealed record TargetCounts(int Waiting, int Changed, int Skipped, int Restored);

/// <summary>An endpoint that a change selects; wave 0: it was left out from the beginning.</summary>
internal sealed record TargetView(
    string Endpoint,
    int Wave,
    TargetState State,
    IReadOnlyList<SettingChange> Settings,
    string? Note,
    DateTimeOffset? ChangedAt
)
{
    public static TargetView Of(ChangeTarget target) =>
        new(target.Endpoint, target.Wave, target.State, target.Settings, target.Note, target.ChangedAt);
}
