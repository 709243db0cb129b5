namespace Rondo.Sdk;

/// <summary>What else there is to say about a program's sweep.</summary>
public sealed record SweepOptions
{
    /// <summary>When a trial is stopped early; null: never.</summary>
    public Stopping? Stopping { get; init; }

    /// <summary>
    /// Earlier sweeps of the same goal, from whose trials <see cref="Search.Tpe"/> learns. A trial whose parameters are not in the space is ignored,
    /// and the report says so.
    /// </summary>
    public IReadOnlyList<SweepReport> WarmStart { get; init; } = [];

    /// <summary>No trial begins after so long; those under way come to their end. Null: no limit.</summary>
    public TimeSpan? Within { get; init; }

    /// <summary>Called when a trial has ended, one call at a time.</summary>
    public Action<TrialRecord>? OnTrial { get; init; }

    /// <summary>The clock of <see cref="Within"/>.</summary>
    public TimeProvider Time { get; init; } = TimeProvider.System;
}
