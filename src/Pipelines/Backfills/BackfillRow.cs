using System.Text.Json;
using Rondo.Data;
using Rondo.Kernel;

namespace Rondo.Pipelines.Backfills;

internal sealed record BackfillRow
{
    public const string Select = """
        select id, project, environment, pipeline, from_key, to_key, only_those, parallel, fresh, priority, parameters, reason, state,
            total, actor, created_position, created_at, finished_at
        from pipelines_backfill
        """;

    public string Id { get; init; } = "";
    public string Project { get; init; } = "";
    public string Environment { get; init; } = "";
    public string Pipeline { get; init; } = "";
    public string FromKey { get; init; } = "";
    public string ToKey { get; init; } = "";
    public string OnlyThose { get; init; } = "";
    public long Parallel { get; init; }
    public long Fresh { get; init; }
    public long Priority { get; init; }
    public string Parameters { get; init; } = "";
    public string? Reason { get; init; }
    public string State { get; init; } = "";
    public long Total { get; init; }
    public string Actor { get; init; } = "";
    public long CreatedPosition { get; init; }
    public long CreatedAt { get; init; }
    public long? FinishedAt { get; init; }

    public IReadOnlyDictionary<string, JsonElement> ParametersOf =>
        JsonSerializer.Deserialize<Dictionary<string, JsonElement>>(Parameters, RondoJson.Options)!;

    public Actor ActorOf => new(Actor);

    public Backfill ToBackfill(IReadOnlyDictionary<string, long> partitions) =>
        new(
            Id,
            Project,
            Environment,
            Pipeline,
            FromKey,
            ToKey,
            OnlyThose,
            Parallel,
            Fresh == 1,
            Priority,
            Reason,
            State,
            Total,
            partitions,
            Actor,
            DateTimeOffset.FromUnixTimeMilliseconds(CreatedAt),
            FinishedAt is { } at ? DateTimeOffset.FromUnixTimeMilliseconds(at) : null
        );
}

/// <summary>One partition of a backfill.</summary>
internal sealed record BackfillPartitionRow
{
    public const string Select =
        "select backfill_id, position, partition_key, state, run_id, message from pipelines_backfill_partition";

    public string BackfillId { get; init; } = "";
    public long Position { get; init; }
    public string PartitionKey { get; init; } = "";
    public string State { get; init; } = "";
    public string? RunId { get; init; }
    public string? Message { get; init; }
}
