using Microsoft.Extensions.Logging;
using Rondo.Kernel.Db;
using Rondo.Kernel.Events;
using Rondo.Kernel.Leases;

namespace Rondo.Kernel.Reconcilers;

/// <summary>Feeds one subscriber from the log. An event that fails <see cref="FailuresMax"/> times is set aside, loudly, so that the rest may pass.</summary>
internal sealed class SubscriptionReconciler(
    EventSubscriber subscriber,
    Database database,
    EventLog log,
    ILogger<SubscriptionReconciler> logger
) : Reconciler
{
    private const int FailuresMax = 5;
    private const int BatchMax = 100;

    private volatile IReadOnlyCollection<string> _types = subscriber.Types;
    private bool _failed;

    public override string Name => "subscriber." + subscriber.Name;

    // Events wake it, those of other servers too; only a word that was lost waits for it to look by itself.
    public override TimeSpan Interval => TimeSpan.FromSeconds(_failed ? 1 : 5);

    public override bool Concerns(string kind) => _types.Contains(kind, StringComparer.Ordinal);

    public override async Task<bool> ReconcileAsync(Lease lease, CancellationToken cancellation)
    {
        var (cursor, types, events) = await database.ReadAsync(
            async session =>
            {
                var position = await CursorAsync(session);
                var wanted = await subscriber.TypesNowAsync(session);
                return (
                    position,
                    wanted,
                    await EventLog.ReadAsync(session, position, BatchMax, new EventFilter(Types: wanted))
                );
            },
            cancellation
        );
        // What it did not hear while it did not yet know the type is looked for once more.
        var widened = !types.ToHashSet(StringComparer.Ordinal).SetEquals(_types);
        _types = types;
        _failed = false;
        foreach (var e in events)
        {
            cancellation.ThrowIfCancellationRequested();
            try
            {
                if (!await HandleAsync(lease, cursor, e))
                {
                    return false;
                }
            }
            // That the database cannot be written says nothing about the event.
            catch (Exception error) when (error is not RondoException { Code: ErrorCode.Unavailable })
            {
                logger.LogError(error, "{Subscriber} failed on event {Position}", subscriber.Name, e.Position);
                _failed = true;
                await RecordFailureAsync(cursor, e, error);
                return false;
            }

            cursor = e.Position;
        }

        return widened || events.Count == BatchMax;
    }

    public override Task<long> PendingAsync() =>
        database.ReadAsync(async session =>
            await session.ScalarAsync<long>(
                "select count(*) from kernel_event where position > @position and type in @Types",
                new { position = await CursorAsync(session), Types = await subscriber.TypesNowAsync(session) }
            )
        );

    // False when another server feeds the subscriber now: this one leaves the event to it. The cursor moves first: of two servers that
    // both believe to be the one, the second waits here, and then changes nothing.
    private Task<bool> HandleAsync(Lease lease, long cursor, LoggedEvent e) =>
        database.WriteAsync(async transaction =>
        {
            if (
                !await LeaseStore.HoldsAsync(transaction, lease)
                || !await MoveCursorAsync(transaction, cursor, new CursorRow(e.Position, 0, null))
            )
            {
                return false;
            }

            await subscriber.HandleAsync(transaction, e);
            transaction.AfterCommit(() => log.Nudge(subscriber.Name));
            return true;
        });

    private Task RecordFailureAsync(long cursor, LoggedEvent e, Exception error) =>
        database.WriteAsync(async transaction =>
        {
            var failures =
                1
                + await transaction.ScalarAsync<long>(
                    "select failures from kernel_cursor where subscriber = @Name",
                    new { subscriber.Name }
                );
            var gaveUp = failures >= FailuresMax;
            var moved = await MoveCursorAsync(
                transaction,
                cursor,
                new CursorRow(gaveUp ? e.Position : cursor, gaveUp ? 0 : failures, error.Message)
            );
            if (!moved || !gaveUp)
            {
                return;
            }

            await log.AppendAsync(
                transaction,
                new NewEvent(
                    "subscriber.gaveup",
                    e.Project,
                    subscriber.Name,
                    Actor.System("log"),
                    new
                    {
                        e.Position,
                        e.Type,
                        Error = error.Message,
                    },
                    e.Position
                )
            );
        });

    private async ValueTask<long> CursorAsync(Session session) =>
        await session.ScalarAsync<long>(
            "select position from kernel_cursor where subscriber = @Name",
            new { subscriber.Name }
        );

    // False where the cursor is not where it was believed to be.
    private async ValueTask<bool> MoveCursorAsync(Transaction transaction, long from, CursorRow to) =>
        await transaction.ExecuteAsync(
            """
            insert into kernel_cursor (subscriber, position, failures, last_error) values (@Name, @Position, @Failures, @Error)
            on conflict (subscriber) do update set position = @Position, failures = @Failures, last_error = @Error
            where kernel_cursor.position = @from
            """,
            new
            {
                subscriber.Name,
                to.Position,
                to.Failures,
                to.Error,
                from,
            }
        ) == 1;

    private sealed record CursorRow(long Position, long Failures, string? Error);
}
