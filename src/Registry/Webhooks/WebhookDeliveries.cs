using Rondo.Kernel;
using Rondo.Kernel.Db;
using Rondo.Kernel.Events;

namespace Rondo.Registry.Webhooks;

/// <summary>
/// What waits to be told to webhooks. One that has not taken something is left alone for a while, twice as long each time, and what waits for it
/// counts that as a failure too: it is given up after as many as <see cref="WebhookOptions.FailuresMax"/>, which the event <c>webhook.gaveup</c> says.
/// </summary>
internal sealed class WebhookDeliveries(Database database, WebhookOptions options, EventLog log, TimeProvider time)
{
    private const int WebhooksMax = 2000;
    private const int GivenUpMax = 1000;

    /// <summary>The webhooks that something waits for, and that are not left alone now.</summary>
    public Task<IReadOnlyList<string>> DueAsync(CancellationToken cancellation) =>
        database.ReadAsync<IReadOnlyList<string>>(
            async session =>
                await session.QueryAsync<string>(
                    """
                    select w.id from registry_webhook w where w.silent_until <= @now and exists (
                        select 1 from registry_webhook_delivery d where d.webhook = w.id and d.next_at <= @now)
                    order by w.id limit @WebhooksMax
                    """,
                    new { now = Now(), WebhooksMax }
                ),
            cancellation
        );

    /// <summary>
    /// A webhook, null where it was deleted, with what waits for it. What it has not taken before comes last: were that the reason, nothing else
    /// would ever be told.
    /// </summary>
    public Task<(Webhook? Webhook, IReadOnlyList<WebhookDelivery> Waiting)> OfAsync(
        string id,
        int limit,
        CancellationToken cancellation
    ) =>
        database.ReadAsync<(Webhook?, IReadOnlyList<WebhookDelivery>)>(
            async session =>
                (
                    await session.FirstAsync<Webhook>(
                        $"select {Webhook.Columns} from registry_webhook where id = @id and deleted_at is null",
                        new { id }
                    ),
                    await session.QueryAsync<WebhookDelivery>(
                        """
                        select id, webhook, payload, created_at, failures from registry_webhook_delivery
                        where webhook = @id and next_at <= @now
                        order by case when last_error is null then 0 else 1 end, position, id limit @limit
                        """,
                        new
                        {
                            id,
                            now = Now(),
                            limit,
                        }
                    )
                ),
            cancellation
        );

    /// <summary>Forgets all that waits for a webhook: it wants to hear nothing any more.</summary>
    public Task DropAsync(string webhook) =>
        database.WriteAsync(async transaction =>
        {
            await transaction.ExecuteAsync(
                """
                delete from registry_webhook_delivery where webhook = @webhook and not exists (
                    select 1 from registry_webhook w where w.id = @webhook and w.status = 'ACTIVE' and w.deleted_at is null)
                """,
                new { webhook }
            );
        });

    /// <summary>It was told.</summary>
    public Task DoneAsync(WebhookDelivery delivery) =>
        database.WriteAsync(async transaction =>
        {
            await transaction.ExecuteAsync(
                "update registry_webhook set silences = 0 where id = @Webhook and silences > 0",
                new { delivery.Webhook }
            );
            await transaction.ExecuteAsync("delete from registry_webhook_delivery where id = @Id", new { delivery.Id });
        });

    /// <summary>It was not taken. Where the webhook was changed since, that says nothing of it any more.</summary>
    public Task FailedAsync(Webhook webhook, WebhookDelivery delivery, string error) =>
        database.WriteAsync(async transaction =>
        {
            var now = Now();
            var wait = new
            {
                webhook.Id,
                webhook.Changes,
                delivery = delivery.Id,
                now,
                until = now + Pause(webhook.Silences),
                next = now + Pause(delivery.Failures),
                error,
                options.FailuresMax,
                GivenUpMax,
            };
            var same = await transaction.ExecuteAsync(
                """
                update registry_webhook set silences = silences + 1, silent_until = @until
                where id = @Id and changes = @Changes and deleted_at is null
                """,
                wait
            );
            if (same == 0)
            {
                return;
            }

            await transaction.ExecuteAsync(
                """
                update registry_webhook_delivery set failures = failures + 1,
                    next_at = case when id = @delivery then @next else @until end,
                    last_error = case when id = @delivery then @error else last_error end
                where webhook = @Id and next_at <= @now
                """,
                wait
            );
            var lost = await transaction.QueryAsync<WebhookDelivery>(
                """
                select id, webhook, payload, created_at, failures from registry_webhook_delivery
                where webhook = @Id and failures >= @FailuresMax order by position, id limit @GivenUpMax
                """,
                wait
            );
            foreach (var one in lost)
            {
                await GiveUpAsync(transaction, webhook, one, error);
            }
        });

    private async ValueTask GiveUpAsync(
        Transaction transaction,
        Webhook webhook,
        WebhookDelivery delivery,
        string error
    )
    {
        await transaction.ExecuteAsync("delete from registry_webhook_delivery where id = @Id", new { delivery.Id });
        await log.AppendAsync(
            transaction,
            new NewEvent(
                WebhookGaveUpEvent.Type,
                "",
                webhook.Id,
                Actor.System("webhooks"),
                new WebhookGaveUpEvent(webhook.Name, delivery.Id, delivery.Failures, error)
            )
        );
    }

    // In milliseconds.
    private long Pause(long failures) =>
        (long)(options.RetryDelay.TotalMilliseconds * Math.Pow(2, Math.Clamp(failures, 0, options.FailuresMax - 2)));

    private long Now() => time.GetUtcNow().ToUnixTimeMilliseconds();
}
