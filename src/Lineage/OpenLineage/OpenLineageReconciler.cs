using Rondo.Kernel.Leases;
using Rondo.Kernel.Reconcilers;

namespace Rondo.Lineage.OpenLineage;

/// <summary>
/// Tells what waits, oldest first, one after the other. Where the other side does not answer it waits, longer each time; nothing here
/// holds up or fails a run. Told again after a crash, an event has the same ids, and says the same.
/// </summary>
internal sealed class OpenLineageReconciler(
    OutboxStore outbox,
    OpenLineageDocuments documents,
    OpenLineageSender sender,
    OpenLineageOptions options,
    TimeProvider time
) : Reconciler
{
    private const int EventsPerRoundMax = 50;

    private DateTimeOffset _notBefore = DateTimeOffset.MinValue;
    private int _failures;

    public override string Name => "lineage.openlineage.sender";

    public override bool Concerns(string kind) => kind == OpenLineageSubscriber.CursorName;

    public override async Task<bool> ReconcileAsync(Lease lease, CancellationToken cancellation)
    {
        if (time.GetUtcNow() < _notBefore)
        {
            return false;
        }

        var waiting = await outbox.NextAsync(EventsPerRoundMax, cancellation);
        var taken = new List<OutboxEvent>();
        try
        {
            foreach (var e in waiting)
            {
                cancellation.ThrowIfCancellationRequested();
                if (!await TellAsync(e, taken, cancellation))
                {
                    return false;
                }
            }
        }
        finally
        {
            // What was told must not be told again because something after it failed.
            if (taken.Count > 0)
            {
                await outbox.DoneAsync(taken, refused: false, null, time.GetUtcNow().ToUnixTimeMilliseconds());
            }
        }

        return waiting.Count == EventsPerRoundMax;
    }

    // False: the other side cannot be reached now.
    private async Task<bool> TellAsync(OutboxEvent e, List<OutboxEvent> taken, CancellationToken cancellation)
    {
        var document = await documents.OfAsync(e, cancellation);
        var (delivery, error) = document is null
            ? (Delivery.Refused, $"Nothing is known of run {e.RunId}.")
            : await sender.SendAsync(document.ToJsonString(), cancellation);
        switch (delivery)
        {
            case Delivery.Taken:
                _failures = 0;
                taken.Add(e);
                return true;
            case Delivery.Refused:
                await outbox.DoneAsync([e], refused: true, error, time.GetUtcNow().ToUnixTimeMilliseconds());
                return true;
            default:
                var delay = options.RetryDelay * Math.Pow(2, Math.Min(_failures++, 20));
                _notBefore = time.GetUtcNow() + (delay < options.RetryDelayMax ? delay : options.RetryDelayMax);
                await outbox.FailedAsync(e, error ?? "");
                return false;
        }
    }
}
