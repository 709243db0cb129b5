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

    private bool _failed;

    public override string Name => "subscriber." + subscriber.Name;

    // This server's events wake it; only those of another server wait for it to look by itself.
    public override TimeSpan Interval => TimeSpan.FromSeconds(_failed ? 1 : 5);

    public override async Task<bool> ReconcileAsync(Lease lease, CancellationToken cancellation)
    {
        var (cursor, events) = await database.ReadAsync(
            async session =>
            {
                var position = await CursorAsync(session);
                var filter = new EventFilter(Types: await subscriber.TypesNowAsync(session));
                return (position, await EventLog.ReadAsync(session, position, BatchMax, filter));
            },
            cancellation
        );
        _failed = false;
        foreach (var e in events)
        {
            cancellation.ThrowIfCancellationRequested();
            try
            {
                await HandleAsync(lease, cursor, e);
            }
            catch (Exception error)
            {
                logger.LogError(error, "{Subscriber} failed on event {Position}", subscriber.Name, e.Position);
                _failed = true;
                await RecordFailureAsync(cursor, e, error);
                return false;
            }

            cursor = e.Position;
        }

        return events.Count == BatchMax;
    }

    public override Task<long> PendingAsync() =>
        database.ReadAsync(async session =>
            await session.ScalarAsync<long>(
                "select count(*) from kernel_event where position > @position and type in @Types",
                new { position = await CursorAsync(session), Types = await subscriber.TypesNowAsync(session) }
            )
        );

    private Task HandleAsync(Lease lease, long cursor, LoggedEvent e) =>
        database.WriteAsync(async transaction =>
        {
            if (!await LeaseStore.HoldsAsync(transaction, lease) || await CursorAsync(transaction) != cursor)
            {
                throw new RondoException(ErrorCode.Conflict, $"Another server feeds {subscriber.Name}.");
            }

            await subscriber.HandleAsync(transaction, e);
            await MoveCursorAsync(transaction, e.Position, failures: 0, error: null);
            transaction.AfterCommit(log.Nudge);
        });

    private Task RecordFailureAsync(long cursor, LoggedEvent e, Exception error) =>
        database.WriteAsync(async transaction =>
        {
            if (await CursorAsync(transaction) != cursor)
            {
                return;
            }

            var failures =
                1
                + await transaction.ScalarAsync<long>(
                    "select failures from kernel_cursor where subscriber = @Name",
                    new { subscriber.Name }
                );
            if (failures < FailuresMax)
            {
                await MoveCursorAsync(transaction, cursor, failures, error.Message);
                return;
            }

            await MoveCursorAsync(transaction, e.Position, failures: 0, error.Message);
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

    private async ValueTask MoveCursorAsync(Transaction transaction, long position, long failures, string? error) =>
        await transaction.ExecuteAsync(
            """
            insert into kernel_cursor (subscriber, position, failures, last_error) values (@Name, @position, @failures, @error)
            on conflict (subscriber) do update set position = @position, failures = @failures, last_error = @error
            """,
            new
            {
                subscriber.Name,
                position,
                failures,
                error,
            }
        );
}
