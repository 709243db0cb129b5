using Rondo.Kernel.Db;
using Rondo.Kernel.Events;
using Rondo.Kernel.Ids;
using Rondo.Kernel.Reconcilers;

namespace Rondo.Registry.Webhooks;

/// <summary>Writes down, once for each webhook, what it is to be told; <see cref="WebhookReconciler"/> tells it.</summary>
internal sealed class WebhookSubscriber(IdSource ids, TimeProvider time) : EventSubscriber
{
    public const string CursorName = "registry.webhooks";

    public override string Name => CursorName;

    public override IReadOnlyCollection<string> Types => WebhookPayloads.Types;

    public override async Task HandleAsync(Transaction transaction, LoggedEvent e)
    {
        if (await WebhookPayloads.OfAsync(transaction, e) is not { } told)
        {
            return;
        }

        foreach (var webhook in await WebhookStore.ToldOfAsync(transaction, told.Event))
        {
            await transaction.ExecuteAsync(
                """
                insert into registry_webhook_delivery (id, webhook, position, payload, created_at, failures, next_at)
                values (@delivery, @Id, @Position, @payload, @at, 0, @now)
                """,
                new
                {
                    delivery = ids.NewUuid(),
                    webhook.Id,
                    e.Position,
                    payload = WebhookPayloads.Write(told.Event, e.At, told.Data),
                    at = e.At.ToUnixTimeMilliseconds(),
                    now = time.GetUtcNow().ToUnixTimeMilliseconds(),
                }
            );
        }
    }
}
