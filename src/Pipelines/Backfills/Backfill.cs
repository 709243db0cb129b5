namespace Rondo.Pipelines.Backfills;

/// <summary>
/// The wish to run a pipeline for every partition of a range. <paramref name="Only"/> leaves out those for which there is nothing to do;
/// at most <paramref name="Parallel"/> of its runs are under way at once.
/// </summary>
internal sealed record NewBackfill(
    string Project,
    string Environment,
    string Pipeline,
    string From,
    string To,
    string Only,
    int Parallel
)
{
    /// <summary>Computes every step, also where an identical one was computed before.</summary>
    public bool Fresh { get; init; }

    /// <summary>Of its runs; null: lower than that of the pipeline's others.</summary>
    public int? Priority { get; init; }

    /// <summary>Parameters of its runs, by name.</summary>
    public IReadOnlyDictionary<string, System.Text.Json.JsonElement> Parameters { get; init; } =
        new Dictionary<string, System.Text.Json.JsonElement>(StringComparer.Ordinal);

    /// <summary>Why somebody wants it.</summary>
    public string? Reason { get; init; }
}

/// <summary>A backfill and how far it is: the number of its partitions in each state.</summary>
internal sealed record Backfill(
    string Id,
    string Project,
    string Environment,
    string Pipeline,
    string From,
    string To,
    string Only,
    long Parallel,
    bool Fresh,
    long Priority,
    string? Reason,
    string State,
    long Total,
    IReadOnlyDictionary<string, long> Partitions,
    string Actor,
    DateTimeOffset CreatedAt,
    DateTimeOffset? FinishedAt
);

/// <summary>A partition of a backfill: waiting, or as its run is. <paramref name="Message"/> says why none could be started.</summary>
internal sealed record BackfillPartition(string Key, string State, string? RunId, string? Message);

/// <summary>Which partitions of a range a backfill runs.</summary>
internal static class BackfillOnly
{
    /// <summary>Those that have no run, or whose newest run was cancelled.</summary>
    public const string Missing = "missing";

    /// <summary>Those whose newest run failed or was stopped.</summary>
    public const string Failed = "failed";

    /// <summary>All of them.</summary>
    public const string All = "all";

    /// <summary>Whether a partition belongs to it, from the state of its newest run.</summary>
    public static bool Takes(string only, string? newestState) =>
        only switch
        {
            All => true,
            Failed => newestState is RunStates.Failed or RunStates.Stopped,
            _ => newestState is null or RunStates.Cancelled,
        };
}

/// <summary>The states of a backfill.</summary>
internal static class BackfillStates
{
    public const string Running = "running";

    /// <summary>Called off, while its runs under way are ended.</summary>
    public const string Cancelling = "cancelling";
    public const string Cancelled = "cancelled";
    public const string Succeeded = "succeeded";

    /// <summary>All runs have ended, and not all of them have succeeded.</summary>
    public const string Failed = "failed";

    /// <summary>Of a partition that has no run yet.</summary>
    public const string Waiting = "waiting";

    /// <summary>Of a partition for which no run could be started.</summary>
    public const string Refused = "refused";
}
