using System.Text.Json;
using Rondo.Data;
using Rondo.Kernel.Db;
using Rondo.Pipelines.Runs;
using Rondo.Sdk.Wire;

namespace Rondo.Pipelines.Triggers;

/// <summary>An event that triggers have yet to look at.</summary>
internal sealed record Signal
{
    public long Position { get; init; }
    public string Project { get; init; } = "";
    public string Type { get; init; } = "";
    public string Data { get; init; } = "";
}

/// <summary>The tables of triggers: what waits, what is due, what went before.</summary>
internal sealed class TriggerStore(Database database)
{
    private const int TriggersMax = 1000;

    public Task<IReadOnlyList<Signal>> SignalsAsync(int limit) =>
        database.ReadAsync(async session =>
            await session.QueryAsync<Signal>(
                "select position, project, type, data from pipelines_signal order by position limit @limit",
                new { limit }
            )
        );

    public Task<long> WaitingAsync() =>
        database.ReadAsync(async session => await session.ScalarAsync<long>("select count(*) from pipelines_signal"));

    public Task<IReadOnlyList<TriggerRow>> TriggersAsync(string project) =>
        database.ReadAsync(async session =>
            await session.QueryAsync<TriggerRow>(
                TriggerRow.Select + " where project = @project order by pipeline, position limit @TriggersMax",
                new { project, TriggersMax }
            )
        );

    public Task<IReadOnlyList<TriggerRow>> DueAsync(DateTimeOffset now, int limit) =>
        database.ReadAsync(async session =>
            await session.QueryAsync<TriggerRow>(
                TriggerRow.Select + " where next_at <= @now order by next_at limit @limit",
                new { now = now.ToUnixTimeMilliseconds(), limit }
            )
        );

    /// <summary>The version of a dataset that the pipeline's last succeeded run was made from.</summary>
    public Task<RunSource?> LastUsedAsync(TriggerRow trigger, string dataset) =>
        database.ReadAsync(async session =>
        {
            var sources = await session.ScalarAsync<string>(
                """
                select sources from pipelines_run
                where project = @Project and pipeline = @Pipeline and environment = @Environment and state = 'succeeded'
                order by id desc limit 1
                """,
                trigger
            );
            return sources is null
                ? null
                : JsonSerializer
                    .Deserialize<Dictionary<string, RunSource>>(sources, RondoJson.Options)!
                    .Values.FirstOrDefault(source => source.Kind == NodeKind.Dataset && source.Name == dataset);
        });

    /// <summary>Removes a signal; false when somebody else has.</summary>
    public static async ValueTask<bool> TakeAsync(Transaction transaction, Signal signal) =>
        await transaction.ExecuteAsync("delete from pipelines_signal where position = @Position", signal) == 1;

    /// <summary>Sets a schedule's next time; false when somebody else has.</summary>
    public static async ValueTask<bool> MoveOnAsync(
        Transaction transaction,
        TriggerRow trigger,
        DateTimeOffset? next
    ) =>
        await transaction.ExecuteAsync(
            $"update pipelines_trigger set next_at = @next where {Key} and next_at = @NextAt",
            new
            {
                trigger.Project,
                trigger.Environment,
                trigger.Pipeline,
                trigger.Position,
                trigger.NextAt,
                next = next?.ToUnixTimeMilliseconds(),
            }
        ) == 1;

    /// <summary>The run under way, and the last one that a trigger started and that was not called off: nothing was trained by those.</summary>
    public static async Task<TriggerHistory> HistoryAsync(Session session, TriggerRow trigger)
    {
        var active = await session.ScalarAsync<string>(
            $"""
            select id from pipelines_run
            where project = @Project and pipeline = @Pipeline and environment = @Environment
                and (state = 'queued' or state in {RunStates.UnderWay})
            order by id limit 1
            """,
            trigger
        );
        var last = await session.FirstAsync<RunRow>(
            """
            select id, as_of, created_at from pipelines_run
            where project = @Project and pipeline = @Pipeline and environment = @Environment
                and trigger_kind <> 'manual' and state not in ('stopped', 'cancelled')
            order by id desc limit 1
            """,
            trigger
        );
        return new TriggerHistory(
            active,
            last is null ? null : new TriggeredRun(last.Id, RunRow.Time(last.CreatedAt)!.Value, RunRow.Time(last.AsOf))
        );
    }

    /// <summary>Remembers to look again when the run under way has finished.</summary>
    public static async ValueTask DeferAsync(Transaction transaction, TriggerRow trigger, bool deferred) =>
        await transaction.ExecuteAsync(
            $"update pipelines_trigger set deferred = @deferred where {Key}",
            new
            {
                trigger.Project,
                trigger.Environment,
                trigger.Pipeline,
                trigger.Position,
                deferred = deferred ? 1L : 0L,
            }
        );

    public static async ValueTask FiredAsync(Transaction transaction, TriggerRow trigger, long? datasetVersion) =>
        await transaction.ExecuteAsync(
            $"update pipelines_trigger set deferred = 0, last_version = @version where {Key}",
            new
            {
                trigger.Project,
                trigger.Environment,
                trigger.Pipeline,
                trigger.Position,
                version = datasetVersion ?? trigger.LastVersion,
            }
        );

    private const string Key =
        "project = @Project and environment = @Environment and pipeline = @Pipeline and position = @Position";
}
