namespace Rondo.Sdk;

/// <summary>What else there is to say about a program's sweep.</summary>
public sealed record SweepOptions
{
    /// <summary>When a trial is stopped early; null: never.</summary>
    public Stopping? Stopping { get; init; }

    /// <summary>
    /// Earlier sweeps of the same goal, from whose trials <see cref="Search.Tpe"/> learns: of each point from what it gave on its largest budget. A
    /// trial whose parameters are not in the space is ignored, and so are all of them by another search; the report says so.
    /// </summary>
    public IReadOnlyList<SweepReport> WarmStart { get; init; } = [];

    /// <summary>No trial begins after so long; those under way come to their end. Null: no limit.</summary>
    public TimeSpan? Within { get; init; }

    /// <summary>Called when a trial has ended, one call at a time. What it throws ends the sweep: trials under way are cancelled and waited for.</summary>
    public Action<TrialRecord>? OnTrial { get; init; }

    /// <summary>The clock of <see cref="Within"/>.</summary>
    public TimeProvider Time { get; init; } = TimeProvider.System;
}
