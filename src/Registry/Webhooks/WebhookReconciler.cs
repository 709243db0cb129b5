using Rondo.Kernel.Leases;
using Rondo.Kernel.Reconcilers;
using Rondo.Mlflow.Wire;

namespace Rondo.Registry.Webhooks;

/// <summary>
/// Tells webhooks what waits, several at once, and each in the order of what happened as far as it listens. One that takes its time holds up no
/// other: the next rounds go on beside it.
/// </summary>
internal sealed class WebhookReconciler(WebhookSender sender, WebhookDeliveries deliveries, TimeProvider time)
    : Reconciler
{
    private const int AtOnceMax = 16;
    private const int ToldMax = 64;

    private static readonly TimeSpan s_round = TimeSpan.FromMilliseconds(200);

    // Nothing new is begun after it: a server that has lost its lease meanwhile has few things told twice.
    private static readonly TimeSpan s_turn = TimeSpan.FromSeconds(5);

    // Those that are being told, and whether they have more waiting.
    private readonly Dictionary<string, Task<bool>> _telling = new(StringComparer.Ordinal);
    private string _last = "";

    public override string Name => "registry.webhooks.sender";

    public override bool Concerns(string kind) => kind == WebhookSubscriber.CursorName;

    public override async Task<bool> ReconcileAsync(Lease lease, CancellationToken cancellation)
    {
        var due = await deliveries.DueAsync(cancellation);
        // One after the other: who has much waiting comes again after all others.
        var begun = due.Where(id => !_telling.ContainsKey(id))
            .OrderBy(id => string.CompareOrdinal(id, _last) <= 0)
            .ThenBy(id => id, StringComparer.Ordinal)
            .Take(AtOnceMax - _telling.Count)
            .ToList();
        foreach (var id in begun)
        {
            _telling[id] = TellAsync(id, cancellation);
            _last = id;
        }

        Task all = Task.WhenAll(_telling.Values);
        await Task.WhenAny(all, Task.Delay(s_round, time, cancellation));
        if (cancellation.IsCancellationRequested)
        {
            await all.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }

        return await FinishAsync();
    }

    private async Task<bool> FinishAsync()
    {
        var more = false;
        var finished = _telling.Where(one => one.Value.IsCompleted).ToList();
        finished.ForEach(one => _telling.Remove(one.Key));
        foreach (var (_, told) in finished)
        {
            more |= await told;
        }

        return more;
    }

    private async Task<bool> TellAsync(string id, CancellationToken cancellation)
    {
        var (webhook, waiting) = await deliveries.OfAsync(id, ToldMax, cancellation);
        if (webhook is not { Status: Webhook.Active })
        {
            await deliveries.DropAsync(id);
            return false;
        }

        var begun = time.GetTimestamp();
        foreach (var delivery in waiting)
        {
            if (time.GetElapsedTime(begun) > s_turn)
            {
                return true;
            }

            var outcome = await OutcomeAsync(webhook, delivery, cancellation);
            if (!outcome.Success)
            {
                await deliveries.FailedAsync(webhook, delivery, outcome.Error ?? "");
                return false;
            }

            await deliveries.DoneAsync(delivery);
            webhook = webhook with { Silences = 0 };
        }

        return waiting.Count == ToldMax;
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
}
