using System.Text.Json;
using Rondo.Sdk.Wire;

namespace Rondo.Pipelines;

/// <summary>A run was created, and waits for its first step.</summary>
public sealed record RunCreatedEvent(
    string RunId,
    string Pipeline,
    string Environment,
    string Trigger,
    JsonElement Evidence,
    string? Partition = null
)
{
    public const string Type = "run.created";
}

/// <summary>A run has come to its end. <paramref name="Report"/> is what a stopping step said in detail.</summary>
public sealed record RunFinishedEvent(
    string RunId,
    string Pipeline,
    string Environment,
    string State,
    string? Reason,
    string Trigger,
    string? NodeId = null,
    ArtifactRef? Report = null
)
{
    public const string Type = "run.finished";
}

/// <summary>An attempt was claimed.</summary>
public sealed record StepStartedEvent(string RunId, string Pipeline, string NodeId, long Attempt)
{
    public const string Type = "step.started";
}

/// <summary>A step's outputs were published.</summary>
public sealed record StepPublishedEvent(
    string RunId,
    string Pipeline,
    string NodeId,
    long Attempt,
    long DurationMs,
    IReadOnlyDictionary<string, ArtifactRef> Outputs
)
{
    public const string Type = "step.published";
}

/// <summary>A step was not run: an earlier, identical one had the outputs.</summary>
public sealed record StepReusedEvent(string RunId, string Pipeline, string NodeId, string From)
{
    public const string Type = "step.reused";
}

/// <summary>A step was not begun: its condition did not hold, or what it needs does not exist.</summary>
public sealed record StepPassedOverEvent(string RunId, string Pipeline, string NodeId, string Why)
{
    public const string Type = "step.passed-over";
}

/// <summary>A group was begun. <paramref name="Items"/> is how often a for-each repeats it; null for other groups.</summary>
public sealed record GroupOpenedEvent(string RunId, string Pipeline, string NodeId, long? Items)
{
    public const string Type = "group.opened";
}

/// <summary>A run waits for a person's answer.</summary>
public sealed record ApprovalRequestedEvent(
    string RunId,
    string Pipeline,
    string Environment,
    string NodeId,
    string Question,
    IReadOnlyList<string> Approvers,
    DateTimeOffset? ExpiresAt
)
{
    public const string Type = "approval.requested";
}

/// <summary>A person has answered, or nobody has in time.</summary>
public sealed record ApprovalAnsweredEvent(
    string RunId,
    string Pipeline,
    string Environment,
    string NodeId,
    JsonElement Answer,
    string? Comment,
    bool Expired
)
{
    public const string Type = "approval.answered";
}

/// <summary>An attempt failed, or was lost. With <paramref name="Retry"/> another one follows.</summary>
public sealed record StepFailedEvent(
    string RunId,
    string Pipeline,
    string NodeId,
    long Attempt,
    bool Retry,
    string? ErrorType,
    string? Message,
    string? Mend
)
{
    public const string Type = "step.failed";
}

/// <summary>A step decided that the run must not go on.</summary>
public sealed record StepStoppedEvent(
    string RunId,
    string Pipeline,
    string NodeId,
    long Attempt,
    string? Message,
    string? Mend,
    IReadOnlyDictionary<string, ArtifactRef> Outputs
)
{
    public const string Type = "step.stopped";
}

/// <summary>A trigger started a run.</summary>
public sealed record TriggerFiredEvent(
    string Pipeline,
    string Environment,
    string Trigger,
    string Reason,
    string RunId,
    JsonElement Evidence
)
{
    public const string Type = "trigger.fired";
}

/// <summary>A trigger had a reason to start a run and did not, because of <paramref name="Reason"/>.</summary>
public sealed record TriggerSkippedEvent(
    string Pipeline,
    string Environment,
    string Trigger,
    string Reason,
    JsonElement Evidence
)
{
    public const string Type = "trigger.skipped";
}

/// <summary>Somebody stopped a trigger, or with no <paramref name="Number"/> all triggers of a pipeline.</summary>
public sealed record TriggerPausedEvent(
    string Pipeline,
    string Environment,
    string? Trigger,
    long? Number,
    string? Reason
)
{
    public const string Type = "trigger.paused";
}

/// <summary>Somebody let a trigger act again, or with no <paramref name="Number"/> all triggers of a pipeline.</summary>
public sealed record TriggerResumedEvent(string Pipeline, string Environment, string? Trigger, long? Number)
{
    public const string Type = "trigger.resumed";
}

/// <summary>Somebody asked for runs of a range of partitions.</summary>
public sealed record BackfillCreatedEvent(
    string BackfillId,
    string Pipeline,
    string Environment,
    string From,
    string To,
    string Only,
    long Partitions,
    string? Reason
)
{
    public const string Type = "backfill.created";
}

/// <summary>All runs of a backfill have ended. <paramref name="Partitions"/> says how many in each state.</summary>
public sealed record BackfillFinishedEvent(
    string BackfillId,
    string Pipeline,
    string Environment,
    string State,
    IReadOnlyDictionary<string, long> Partitions
)
{
    public const string Type = "backfill.finished";
}

/// <summary>Somebody called a backfill off: it starts no more runs, and those under way are cancelled.</summary>
public sealed record BackfillCancelledEvent(string BackfillId, string Pipeline, string Environment)
{
    public const string Type = "backfill.cancelled";
}
