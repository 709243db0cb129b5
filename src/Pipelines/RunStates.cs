namespace Rondo.Pipelines;

/// <summary>The states of a run. The last four are final.</summary>
public static class RunStates
{
    /// <summary>Waits until the pipeline has fewer runs under way; none of its steps exist yet.</summary>
    public const string Queued = "queued";
    public const string Created = "created";
    public const string Running = "running";

    /// <summary>How it ends is decided; its exit handlers run.</summary>
    public const string Finishing = "finishing";
    public const string Succeeded = "succeeded";
    public const string Failed = "failed";

    /// <summary>A step decided that the run must not go on: schema skew, for example.</summary>
    public const string Stopped = "stopped";
    public const string Cancelled = "cancelled";

    /// <summary>For SQL: the states of runs that have begun and not ended.</summary>
    internal const string UnderWay = "('created', 'running', 'finishing')";
}

/// <summary>The states of a node of a run.</summary>
public static class StepStates
{
    public const string Pending = "pending";
    public const string Ready = "ready";
    public const string Running = "running";

    /// <summary>An approval that nobody has answered yet.</summary>
    public const string Waiting = "waiting";
    public const string Succeeded = "succeeded";
    public const string Failed = "failed";
    public const string Stopped = "stopped";
    public const string Cancelled = "cancelled";

    /// <summary>Never begun: the run ended before, a condition did not hold, or what it needs does not exist.</summary>
    public const string Skipped = "skipped";
}

/// <summary>The states of an attempt that are not states of a step.</summary>
public static class AttemptStates
{
    /// <summary>Whoever ran it was gone when its lease ran out.</summary>
    public const string Lost = "lost";
}

/// <summary>What starts a run.</summary>
public static class TriggerKinds
{
    public const string Manual = "manual";
    public const string Release = "release";
    public const string Schedule = "schedule";
    public const string NewRows = "new-rows";
    public const string NewVersions = "new-versions";
    public const string Drift = "drift";
    public const string Degraded = "degraded";
    public const string Pipeline = "pipeline";
    public const string Event = "event";
    public const string Backfill = "backfill";

    /// <summary>Goes on where an earlier run failed.</summary>
    public const string Resume = "resume";

    /// <summary>Does an earlier run again.</summary>
    public const string Rerun = "rerun";
}

/// <summary>Why a step was computed, or was not.</summary>
public static class StepDecisions
{
    /// <summary>An identical step was computed before.</summary>
    public const string Reused = "reused";

    /// <summary>The run that this one resumes had computed it.</summary>
    public const string Resumed = "resumed";

    /// <summary>No identical step was computed before.</summary>
    public const string New = "new";

    /// <summary>The step is not to be reused.</summary>
    public const string NotCached = "not-cached";

    /// <summary>The run was to compute every step.</summary>
    public const string Fresh = "fresh";

    /// <summary>An identical step was computed too long ago.</summary>
    public const string Expired = "expired";

    /// <summary>An identical step was computed before, but bytes of its outputs are gone.</summary>
    public const string BytesGone = "bytes-gone";

    /// <summary>A condition did not hold.</summary>
    public const string Condition = "condition";

    /// <summary>What it needs does not exist.</summary>
    public const string Missing = "missing";

    /// <summary>What it needs has failed.</summary>
    public const string NeedsFailed = "needs-failed";
}
