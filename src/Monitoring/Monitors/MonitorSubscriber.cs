using Rondo.Kernel.Db;
using Rondo.Kernel.Events;
using Rondo.Kernel.Reconcilers;
using Rondo.Serving;

namespace Rondo.Monitoring.Monitors;

/// <summary>Takes over the monitors that a release to production declares.</summary>
internal sealed class MonitorSubscriber(MonitorSignal signal) : EventSubscriber
{
    public override string Name => "monitoring.monitors";

    public override IReadOnlyCollection<string> Types => [ReleasedEndpoints.EventType];

    public override async Task HandleAsync(Transaction transaction, LoggedEvent e)
    {
        var release = e.DataAs<ReleasedEndpoints>();
        if (release.Environment != ReleasedEndpoints.Production)
        {
            return;
        }

        foreach (var endpoint in release.Endpoints ?? [])
        {
            await MonitorStore.DeclareAsync(transaction, e.Project, endpoint);
        }

        transaction.AfterCommit(signal.Raise);
    }
}
