namespace Rondo.Pipelines.Runs;

internal sealed record RunRow
{
    public const string SummaryColumns = """
        id, project, environment, pipeline, state, reason, trigger_kind, actor, commit_id, package, as_of, created_at, started_at,
        finished_at, partition_key
        """;

    public const string DetailColumns = """
        version_id, cause, parameters, sources, evidence, priority, policy, failed_node, resumes, reruns, backfill
        """;

    public string Id { get; init; } = "";
    public string Project { get; init; } = "";
    public string Environment { get; init; } = "";
    public string Pipeline { get; init; } = "";
    public string VersionId { get; init; } = "";
    public string State { get; init; } = "";
    public string? Reason { get; init; }
    public string TriggerKind { get; init; } = "";
    public string Actor { get; init; } = "";
    public long? Cause { get; init; }
    public string CommitId { get; init; } = "";
    public string Package { get; init; } = "";
    public string Parameters { get; init; } = "";
    public string Sources { get; init; } = "";
    public string Evidence { get; init; } = "";
    public long? AsOf { get; init; }
    public long CreatedAt { get; init; }
    public long? StartedAt { get; init; }
    public long? FinishedAt { get; init; }
    public string? PartitionKey { get; init; }
    public long Priority { get; init; }
    public string Policy { get; init; } = "";
    public string? FailedNode { get; init; }
    public string? Resumes { get; init; }
    public string? Reruns { get; init; }
    public string? Backfill { get; init; }

    public RunSummary ToSummary() =>
        new(
            Id,
            Project,
            Environment,
            Pipeline,
            State,
            Reason,
            TriggerKind,
            Actor,
            CommitId,
            Package,
            Time(AsOf),
            Time(CreatedAt)!.Value,
            Time(StartedAt),
            Time(FinishedAt),
            PartitionKey
        );

    public static DateTimeOffset? Time(long? ms) => ms is { } at ? DateTimeOffset.FromUnixTimeMilliseconds(at) : null;
}

internal sealed record StepRow
{
    public const string Columns = """
        node_id, template, item, position, kind, step, state, attempt, reused_from, metrics, message, mend, started_at, finished_at,
        items, items_begun, items_done, decision
        """;

    public string NodeId { get; init; } = "";
    public string Template { get; init; } = "";
    public long Item { get; init; }
    public long Position { get; init; }
    public long Items { get; init; }
    public long ItemsBegun { get; init; }
    public long ItemsDone { get; init; }
    public string? Decision { get; init; }
    public string Kind { get; init; } = "";
    public string Step { get; init; } = "";
    public string State { get; init; } = "";
    public long Attempt { get; init; }
    public string? ReusedFrom { get; init; }
    public string? Metrics { get; init; }
    public string? Message { get; init; }
    public string? Mend { get; init; }
    public long? StartedAt { get; init; }
    public long? FinishedAt { get; init; }
}

internal sealed record OutputRow
{
    public string NodeId { get; init; } = "";
    public string Port { get; init; } = "";
    public string Type { get; init; } = "";
    public string Digest { get; init; } = "";
    public long Size { get; init; }
    public string? Summary { get; init; }
}

internal sealed record AttemptRow
{
    public string NodeId { get; init; } = "";
    public long Attempt { get; init; }
    public string State { get; init; } = "";
    public long StartedAt { get; init; }
    public long? FinishedAt { get; init; }
    public string? ErrorType { get; init; }
    public string? Message { get; init; }
    public string? Mend { get; init; }
}
