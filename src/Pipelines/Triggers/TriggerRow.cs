using System.Text.Json;
using Rondo.Data;
using Rondo.Sdk.Wire;

namespace Rondo.Pipelines.Triggers;

/// <summary>
/// A trigger of a deployed pipeline, with what it has seen. <see cref="NextAt"/> is the first time of a schedule that has not been looked
/// at (null: none, or paused), <see cref="MarkedAt"/> what the clock showed when that was decided. <see cref="LastVersion"/> is the
/// newest dataset version that it fired for; <see cref="Deferred"/> says that it must look again: it found a run under way, or was
/// paused. Events up to <see cref="Since"/> came before the trigger.
/// </summary>
internal sealed record TriggerRow
{
    public const string Select = """
        select project, environment, pipeline, position, kind, body, next_at, marked_at, last_version, deferred, since,
            fired_at, fired_run, skipped_at, skipped_reason
        from pipelines_trigger
        """;

    /// <summary>For SQL: one trigger.</summary>
    public const string Key =
        "project = @Project and environment = @Environment and pipeline = @Pipeline and position = @Position";

    public string Project { get; init; } = "";
    public string Environment { get; init; } = "";
    public string Pipeline { get; init; } = "";
    public long Position { get; init; }
    public string Kind { get; init; } = "";
    public string Body { get; init; } = "";
    public long? NextAt { get; init; }
    public long MarkedAt { get; init; }
    public long LastVersion { get; init; }
    public long Deferred { get; init; }
    public long Since { get; init; }
    public long? FiredAt { get; init; }
    public string? FiredRun { get; init; }
    public long? SkippedAt { get; init; }
    public string? SkippedReason { get; init; }

    public TriggerManifest Manifest => JsonSerializer.Deserialize<TriggerManifest>(Body, RondoJson.Options)!;

    /// <summary>The number by which people name it: they count from one.</summary>
    public long Number => Position + 1;

    public DateTimeOffset? Next => NextAt is { } at ? DateTimeOffset.FromUnixTimeMilliseconds(at) : null;
}

/// <summary>Somebody has stopped a trigger, or with an empty <see cref="TriggerId"/> all of a pipeline, until further notice.</summary>
internal sealed record PauseRow
{
    public const string Select =
        "select project, environment, pipeline, trigger_id, paused_at, paused_by, reason from pipelines_pause";

    public string Project { get; init; } = "";
    public string Environment { get; init; } = "";
    public string Pipeline { get; init; } = "";
    public string TriggerId { get; init; } = "";
    public long PausedAt { get; init; }
    public string PausedBy { get; init; } = "";
    public string? Reason { get; init; }

    /// <summary>Whether it holds for a trigger.</summary>
    public bool Holds(TriggerRow trigger) =>
        Pipeline == trigger.Pipeline
        && Environment == trigger.Environment
        && Project == trigger.Project
        && (TriggerId.Length == 0 || TriggerId == Triggers.TriggerId.Of(trigger.Manifest));
}
