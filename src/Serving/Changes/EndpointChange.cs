using System.Text.Json;
using System.Text.Json.Serialization;
using Rondo.Kernel;

namespace Rondo.Serving.Changes;

/// <summary>One change of settings at many endpoints: as it was asked for, and how far it is.</summary>
internal sealed record EndpointChange(
    string Id,
    string Project,
    ChangeState State,
    ChangeRequest Request,
    Actor Actor,
    long Position,
    int Wave,
    int Waves,
    DateTimeOffset WaveStartedAt,
    DateTimeOffset CreatedAt,
    DateTimeOffset? FinishedAt,
    ChangeEvidence? Evidence
)
{
    /// <summary>How long each wave is watched before the next one.</summary>
    [JsonIgnore]
    public TimeSpan Bake => TimeSpan.FromMilliseconds(SettingValues.TimeMs(Request.Bake) ?? 0);
}

/// <summary>How far a change is.</summary>
internal enum ChangeState
{
    /// <summary>It goes on wave by wave.</summary>
    Running,

    /// <summary>Every endpoint that it changed is being put back.</summary>
    RollingBack,

    /// <summary>It stands at every endpoint that it could change.</summary>
    Completed,

    /// <summary>Nothing of it stands; the evidence says why.</summary>
    RolledBack,
}

/// <summary>
/// What somebody asks for: at which endpoints (patterns with * and ?, separated by commas; the risk of the model's card), which settings, in
/// which waves, how long each is watched and for what, and why.
/// </summary>
internal sealed record ChangeRequest(
    string Where,
    string? Risk,
    IReadOnlyDictionary<string, string> Set,
    string Waves,
    string Bake,
    string StopWhen,
    string Reason
);

/// <summary>An endpoint that a change selects: in which wave, how far, and what of it changes.</summary>
internal sealed record ChangeTarget(
    string Change,
    string Endpoint,
    int Wave,
    TargetState State,
    IReadOnlyList<SettingChange> Settings,
    string? Note,
    long? Position,
    DateTimeOffset? ChangedAt
);

/// <summary>How far a change is at one endpoint.</summary>
internal enum TargetState
{
    /// <summary>Its turn has not come, or a rollout is under way there.</summary>
    Waiting,

    /// <summary>It has the new values.</summary>
    Changed,

    /// <summary>It was left as it was; the note says why.</summary>
    Skipped,

    /// <summary>It was changed, and was put back.</summary>
    Restored,
}

/// <summary>Why a change was stopped: an alert, a rollout that was turned back, requests that failed, or somebody who undid it.</summary>
internal sealed record ChangeEvidence(
    string Kind,
    string? Endpoint,
    string Text,
    string Actor,
    DateTimeOffset At,
    long? Event = null,
    JsonElement? Data = null
);
