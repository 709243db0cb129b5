namespace Rondo.Pipelines;

/// <summary>The states of a run. The last four are final.</summary>
public static class RunStates
{
    public const string Created = "created";
    public const string Running = "running";
    public const string Succeeded = "succeeded";
    public const string Failed = "failed";

    /// <summary>A step decided that the run must not go on: schema skew, for example.</summary>
    public const string Stopped = "stopped";
    public const string Cancelled = "cancelled";
}

/// <summary>The states of a node of a run.</summary>
public static class StepStates
{
    public const string Pending = "pending";
    public const string Ready = "ready";
    public const string Running = "running";
    public const string Succeeded = "succeeded";
    public const string Failed = "failed";
    public const string Stopped = "stopped";
    public const string Cancelled = "cancelled";

    /// <summary>Never begun, because the run ended before.</summary>
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
    public const string Drift = "drift";
    public const string Degraded = "degraded";
}
