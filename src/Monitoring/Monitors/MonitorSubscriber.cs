using Rondo.Kernel.Db;
using Rondo.Kernel.Events;
using Rondo.Kernel.Reconcilers;
using Rondo.Sdk.Wire;
using Rondo.Serving;

namespace Rondo.Monitoring.Monitors;

/// <summary>Takes over the monitors of what holds at an endpoint: as a release declares them, or as a change of settings has made them.</summary>
internal sealed class MonitorSubscriber(MonitorSignal signal) : EventSubscriber
{
    public override string Name => "monitoring.monitors";

    public override IReadOnlyCollection<string> Types => [EndpointCreatedEvent.Type, EndpointUpdatedEvent.Type];

    public override async Task HandleAsync(Transaction transaction, LoggedEvent e)
    {
        if (e.DataAs<Declared>().Manifest is not { } manifest)
        {
            return;
        }

        await MonitorStore.DeclareAsync(transaction, e.Project, manifest);
        transaction.AfterCommit(signal.Raise);
    }

    // What the events of both types have; one that pins a version declares nothing.
    private sealed record Declared(EndpointManifest? Manifest);
}
