using System.Text.Json;
using Rondo.Data;
using Rondo.Kernel.Db;
using Rondo.Kernel.Events;
using Rondo.Pipelines.Runs;
using Rondo.Sdk.Wire;

namespace Rondo.Pipelines.Triggers;

/// <summary>The tables of triggers, read: what waits, what is due, what went before.</summary>
internal sealed class TriggerStore(Database database)
{
    private const int TriggersMax = 1000;
    private const int CausesMax = 64;

    public Task<IReadOnlyList<Signal>> SignalsAsync(long after, int limit) =>
        database.ReadAsync(async session =>
            await session.QueryAsync<Signal>(
                "select position, project, type, data from pipelines_signal where position > @after order by position limit @limit",
                new { after, limit }
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

    public Task<IReadOnlyList<PauseRow>> PausesAsync(string project) =>
        database.ReadAsync(async session =>
            await session.QueryAsync<PauseRow>(
                PauseRow.Select + " where project = @project order by pipeline, trigger_id limit @TriggersMax",
                new { project, TriggersMax }
            )
        );

    /// <summary>The schedules whose time has come, longest ago first, and those that were looked at when the clock showed a later time.</summary>
    public Task<IReadOnlyList<TriggerRow>> DueAsync(DateTimeOffset now, int limit) =>
        database.ReadAsync(async session =>
            await session.QueryAsync<TriggerRow>(
                TriggerRow.Select
                    + " where kind = 'schedule' and (next_at <= @now or marked_at > @now) order by next_at limit @limit",
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

    /// <summary>The run of the pipeline that an event comes from, at whatever remove; null where none has led to it.</summary>
    public Task<string?> CausedByOwnRunAsync(TriggerRow trigger, long position) =>
        database.ReadAsync(async session =>
            (await EventLog.CausesAsync(session, position, CausesMax))
                .Where(e => e.Type == RunCreatedEvent.Type)
                .Where(e =>
                    e.Project == trigger.Project
                    && TriggerRules.Text(e.Data, "pipeline") == trigger.Pipeline
                    && TriggerRules.Text(e.Data, "environment") == trigger.Environment
                )
                .Select(e => e.Subject)
                .FirstOrDefault()
        );

    /// <summary>Whether the pipeline has as many runs under way as it may.</summary>
    public Task<bool> IsBusyAsync(TriggerRow trigger, PipelineManifest pipeline) =>
        database.ReadAsync(async session =>
            (await TriggerHistories.UnderWayAsync(session, trigger, TriggerPolicy.RunsMaxOf(pipeline))).Count
            >= TriggerPolicy.RunsMaxOf(pipeline)
        );

    /// <summary>What a run passes on to one that it starts.</summary>
    public Task<FinishedRun?> FinishedAsync(string id) =>
        database.ReadAsync(async session =>
            await session.FirstAsync<FinishedRun>(
                "select as_of, partition_key, backfill from pipelines_run where id = @id",
                new { id }
            )
        );
}

/// <summary>A run whose end starts another one.</summary>
internal sealed record FinishedRun
{
    public long? AsOf { get; init; }
    public string? PartitionKey { get; init; }
    public string? Backfill { get; init; }
}
