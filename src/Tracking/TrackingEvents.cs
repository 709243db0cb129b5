namespace Rondo.Tracking;

/// <summary>An experiment was created, renamed, tagged, deleted or restored; <paramref name="Change"/> says which.</summary>
public sealed record ExperimentChangedEvent(string ExperimentId, string Name, string Change)
{
    /// <summary>The type in the event log.</summary>
    public const string Type = "experiment.changed";
}

/// <summary>A tracking run was created, has ended, was renamed, deleted or restored; <paramref name="Change"/> says which.</summary>
public sealed record TrackingRunChangedEvent(string RunId, string ExperimentId, string Change, string? Status)
{
    /// <summary>The type in the event log.</summary>
    public const string Type = "tracking.run.changed";
}

/// <summary>A logged model was created, has its files (or not), or was deleted; <paramref name="Change"/> says which.</summary>
public sealed record LoggedModelChangedEvent(string ModelId, string ExperimentId, string Change, string Status)
{
    /// <summary>The type in the event log.</summary>
    public const string Type = "tracking.model.changed";
}

/// <summary>
/// Data of <c>tracking.removed</c>: so much of what was deleted a while ago is gone for good. One removal appends several where there is much of it,
/// each in the transaction that removes what it counts.
/// </summary>
public sealed record TrackingRemovedEvent(long Runs, long Models, long Experiments)
{
    public const string Type = "tracking.removed";
}
