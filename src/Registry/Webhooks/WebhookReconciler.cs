using Rondo.Kernel;
using Rondo.Kernel.Db;
using Rondo.Kernel.Events;
using Rondo.Kernel.Leases;
using Rondo.Kernel.Reconcilers;
using Rondo.Mlflow.Wire;

namespace Rondo.Registry.Webhooks;

/// <summary>
/// Tells webhooks what waits. One that does not answer holds up no other; it is told again later, under the same id, and given up in the
/// end, which the event <c>webhook.gaveup</c> says.
/// </summary>
internal sealed class WebhookReconciler(
    Database database,
    WebhookSender sender,
    WebhookOptions options,
    EventLog log,
    TimeProvider time
) : Reconciler
{
    private const int PerRoundMax = 64;
    private const int AtOnceMax = 8;

    public override string Name => "registry.webhooks.sender";

    public override bool Concerns(string kind) => kind == WebhookSubscriber.CursorName;

    public override async Task<bool> ReconcileAsync(Lease lease, CancellationToken cancellation)
    {
        var waiting = await database.ReadAsync(
            async session =>
                await session.QueryAsync<WebhookDelivery>(
                    """
                    select id, webhook, payload, created_at, failures from registry_webhook_delivery
                    where next_at <= @now order by next_at, position, id limit @PerRoundMax
                    """,
                    new { now = Now(), PerRoundMax }
                ),
            cancellation
        );
        // Each webhook hears things in their order, as far as it listens; several are told at once.
        await Parallel.ForEachAsync(
            waiting.GroupBy(delivery => delivery.Webhook, StringComparer.Ordinal),
            new ParallelOptions { MaxDegreeOfParallelism = AtOnceMax, CancellationToken = cancellation },
            async (group, stop) => await TellAsync(group.Key, [.. group], stop)
        );
        return waiting.Count == PerRoundMax;
    }

    private async Task TellAsync(string id, IReadOnlyList<WebhookDelivery> deliveries, CancellationToken cancellation)
    {
        var webhook = await database.ReadAsync(
            async session =>
                await session.FirstAsync<Webhook>(
                    $"select {Webhook.Columns} from registry_webhook where id = @id and deleted_at is null",
                    new { id }
                ),
            cancellation
        );
        foreach (var delivery in deliveries)
        {
            if (webhook is not { Status: Webhook.Active })
            {
                await DoneAsync(delivery);
                continue;
            }

            var outcome = await OutcomeAsync(webhook, delivery, cancellation);
            if (!outcome.Success)
            {
                await FailedAsync(webhook, delivery, outcome.Error ?? "");
                return;
            }

            await DoneAsync(delivery);
        }
    }

    // The rules may have become stricter since the webhook was made.
    private async Task<WebhookOutcome> OutcomeAsync(
        Webhook webhook,
        WebhookDelivery delivery,
        CancellationToken cancellation
    )
    {
        try
        {
            return await sender.SendAsync(webhook, delivery.Id, delivery.Payload, cancellation);
        }
        catch (Refusal e)
        {
            return new WebhookOutcome(false, null, null, e.Message);
        }
    }

    private Task DoneAsync(WebhookDelivery delivery) =>
        database.WriteAsync(async transaction =>
        {
            await transaction.ExecuteAsync("delete from registry_webhook_delivery where id = @Id", new { delivery.Id });
        });

    private Task FailedAsync(Webhook webhook, WebhookDelivery delivery, string error) =>
        database.WriteAsync(async transaction =>
        {
            var failures = delivery.Failures + 1;
            if (failures < options.FailuresMax)
            {
                var delay = options.RetryDelay * Math.Pow(2, delivery.Failures);
                await transaction.ExecuteAsync(
                    """
                    update registry_webhook_delivery set failures = @failures, next_at = @next, last_error = @error where id = @Id
                    """,
                    new
                    {
                        delivery.Id,
                        failures,
                        next = Now() + (long)delay.TotalMilliseconds,
                        error,
                    }
                );
                return;
            }

            await transaction.ExecuteAsync("delete from registry_webhook_delivery where id = @Id", new { delivery.Id });
            await log.AppendAsync(
                transaction,
                new NewEvent(
                    WebhookGaveUpEvent.Type,
                    "",
                    webhook.Id,
                    Actor.System("webhooks"),
                    new WebhookGaveUpEvent(webhook.Name, delivery.Id, failures, error)
                )
            );
        });

    private long Now() => time.GetUtcNow().ToUnixTimeMilliseconds();
}
