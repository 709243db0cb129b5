using Rondo.Kernel.Db;

namespace Rondo.Lineage.OpenLineage;

/// <summary>How telling others goes. <paramref name="Dropped"/> came when too many waited; <paramref name="Refused"/> the other side would not take.</summary>
public sealed record OpenLineageStatus(
    string? Target,
    long Waiting,
    long Sent,
    long Dropped,
    long Refused,
    long Failures,
    string? LastError,
    DateTimeOffset? LastSentAt
);

/// <summary>What waits to be told, and the counters of what was.</summary>
internal sealed class OutboxStore(Database database, OpenLineageOptions options)
{
    public async ValueTask BeginAsync(Transaction transaction, long now) =>
        await transaction.ExecuteAsync(
            """
            insert into lineage_outbox_state (id, since, waiting, sent, dropped, refused, failures)
            values (1, @now, 0, 0, 0, 0, 0) on conflict do nothing
            """,
            new { now }
        );

    /// <summary>Whether something of that time is to be told: what happened before anybody wanted to know is not.</summary>
    public async ValueTask<bool> TellsAsync(Transaction transaction, long at) =>
        await transaction.ScalarAsync<long>("select count(*) from lineage_outbox_state where since <= @at", new { at })
        > 0;

    /// <summary>Puts events in the queue, or counts them as dropped where it is full.</summary>
    public async ValueTask AddAsync(Transaction transaction, IReadOnlyList<OutboxEvent> events)
    {
        var taken = await transaction.ExecuteAsync(
            "update lineage_outbox_state set waiting = waiting + @count where id = 1 and waiting + @count <= @WaitingMax",
            new { count = events.Count, options.WaitingMax }
        );
        if (taken == 0)
        {
            await transaction.ExecuteAsync(
                "update lineage_outbox_state set dropped = dropped + @count where id = 1",
                new { count = events.Count }
            );
            return;
        }

        await transaction.ExecuteAsync(
            """
            insert into lineage_outbox (position, part, event_type, run_id, node_id, attempt, at, message, failures)
            values (@Position, @Part, @EventType, @RunId, @NodeId, @Attempt, @At, @Message, 0)
            """,
            events
        );
    }

    public Task<IReadOnlyList<OutboxEvent>> NextAsync(int limit, CancellationToken cancellation) =>
        database.ReadAsync(
            async session =>
                await session.QueryAsync<OutboxEvent>(
                    """
                    select position, part, event_type, run_id, node_id, attempt, at, message, failures
                    from lineage_outbox order by position, part limit @limit
                    """,
                    new { limit }
                ),
            cancellation
        );

    /// <summary>These were taken by the other side, or (<paramref name="refused"/>) never will be.</summary>
    public Task DoneAsync(IReadOnlyList<OutboxEvent> events, bool refused, string? error, long now) =>
        database.WriteAsync(async transaction =>
        {
            var gone = 0;
            foreach (var e in events)
            {
                gone += await transaction.ExecuteAsync(
                    "delete from lineage_outbox where position = @Position and part = @Part",
                    e
                );
            }

            await transaction.ExecuteAsync(
                """
                update lineage_outbox_state
                set waiting = waiting - @gone, sent = sent + @sent, refused = refused + @refused,
                    last_error = case when @sent > 0 then null else @error end,
                    last_sent_at = case when @sent > 0 then @now else last_sent_at end
                where id = 1
                """,
                new
                {
                    gone,
                    sent = refused ? 0 : gone,
                    refused = refused ? gone : 0,
                    error,
                    now,
                }
            );
        });

    /// <summary>The other side did not answer, or could not: it is asked again later.</summary>
    public Task FailedAsync(OutboxEvent e, string error) =>
        database.WriteAsync(async transaction =>
        {
            await transaction.ExecuteAsync(
                "update lineage_outbox set failures = failures + 1 where position = @Position and part = @Part",
                e
            );
            await transaction.ExecuteAsync(
                "update lineage_outbox_state set failures = failures + 1, last_error = @error where id = 1",
                new { error }
            );
        });

    public Task<OpenLineageStatus> StatusAsync() =>
        database.ReadAsync(async session =>
        {
            var row =
                await session.FirstAsync<StateRow>(
                    "select waiting, sent, dropped, refused, failures, last_error, last_sent_at from lineage_outbox_state where id = 1"
                ) ?? new StateRow();
            return new OpenLineageStatus(
                options.Target?.ToString(),
                row.Waiting,
                row.Sent,
                row.Dropped,
                row.Refused,
                row.Failures,
                row.LastError,
                row.LastSentAt is { } at ? DateTimeOffset.FromUnixTimeMilliseconds(at) : null
            );
        });

    private sealed record StateRow
    {
        public long Waiting { get; init; }
        public long Sent { get; init; }
        public long Dropped { get; init; }
        public long Refused { get; init; }
        public long Failures { get; init; }
        public string? LastError { get; init; }
        public long? LastSentAt { get; init; }
    }
}
