namespace Rondo.Sdk.Wire;

/// <summary>
/// What starts a pipeline. <paramref name="Kind"/> is one of <c>schedule new-rows new-versions drift degraded release pipeline event</c>; the
/// other members are set as the kind needs them: cron line and IANA time zone; dataset and rows; the watched endpoint.
/// </summary>
public sealed record TriggerManifest(
    string Kind,
    string? Cron = null,
    string? TimeZone = null,
    string? Dataset = null,
    long? Rows = null,
    string? Endpoint = null
)
{
    /// <summary>How many new versions of the dataset (kind <c>new-versions</c>).</summary>
    public long? Versions { get; init; }

    /// <summary>The pipeline whose runs start this one (kind <c>pipeline</c>), and the states of theirs that do.</summary>
    public string? Pipeline { get; init; }

    /// <summary>The final states of the other pipeline's runs that count.</summary>
    public IReadOnlyList<string>? States { get; init; }

    /// <summary>The type of the event (kind <c>event</c>), and members of its data that must have these values.</summary>
    public string? Event { get; init; }

    /// <summary>Members of the event's data, with dots, and the values that they must have.</summary>
    public IReadOnlyDictionary<string, string>? Where { get; init; }

    /// <summary>A schedule does not fire before this instant.</summary>
    public DateTimeOffset? StartAt { get; init; }

    /// <summary>A schedule does not fire after this instant.</summary>
    public DateTimeOffset? EndAt { get; init; }

    /// <summary>What a schedule does about times that passed while nobody looked: <c>none</c>, <c>latest</c> (one run for all) or <c>all</c> (bounded). Null: latest.</summary>
    public string? CatchUp { get; init; }

    /// <summary>What happens when a run is under way: <c>skip</c>, <c>queue</c> or <c>cancel-previous</c>. Null: skip.</summary>
    public string? Overlap { get; init; }
}

/// <summary>At most so many runs that triggers start in so many milliseconds.</summary>
public sealed record BudgetManifest(int Runs, long PerMs);
