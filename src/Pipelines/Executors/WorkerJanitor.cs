using Rondo.Kernel.Leases;
using Rondo.Kernel.Reconcilers;

namespace Rondo.Pipelines.Executors;

/// <summary>Ends workers of this server that nobody has needed for a while.</summary>
internal sealed class WorkerJanitor(LocalExecutor executor) : Reconciler
{
    public override string Name => "pipelines.workers";

    public override bool Concerns(string kind) => false;

    public override bool OnEveryServer => true;

    public override TimeSpan Interval => TimeSpan.FromSeconds(15);

    public override async Task<bool> ReconcileAsync(Lease lease, CancellationToken cancellation)
    {
        await executor.EndIdleAsync();
        return false;
    }
}
