using Rondo.Kernel.Leases;

namespace Rondo.Kernel.Reconcilers;

/// <summary>A loop that compares wanted state with observed state and takes one idempotent step at a time.</summary>
public abstract class Reconciler
{
    /// <summary>Names the lease; stable, such as <c>pipelines.scheduler</c>.</summary>
    public abstract string Name { get; }

    /// <summary>How long to wait for a reason when there is nothing to do. An event that concerns it wakes it at once.</summary>
    public virtual TimeSpan Interval => TimeSpan.FromSeconds(1);

    /// <summary>
    /// Whether what has happened can have given it work: the type of an event, or the name of a subscriber that has written something
    /// down. Whoever is woken for nothing asks the database for nothing, a hundred times a second on a busy server.
    /// </summary>
    public virtual bool Concerns(string kind) => true;

    /// <summary>
    /// Whether every server turns this loop, because it tends to what is the server's own (its processes, its attempts), or takes
    /// its work by compare-and-set. Else one server does, under the lease.
    /// </summary>
    public virtual bool OnEveryServer => false;

    /// <summary>Takes one step; true when there may be more to do at once.</summary>
    public abstract Task<bool> ReconcileAsync(Lease lease, CancellationToken cancellation);

    /// <summary>How much is waiting, for <c>status</c>: 0 when observed state is wanted state.</summary>
    public virtual Task<long> PendingAsync() => Task.FromResult(0L);
}
