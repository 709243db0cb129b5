using Rondo.Kernel.Leases;
using Rondo.Kernel.Reconcilers;

namespace Rondo.Pipelines.Approvals;

/// <summary>Ends the questions that nobody has answered in time.</summary>
internal sealed class ApprovalReconciler(ApprovalStore approvals) : Reconciler
{
    private const int ExpiredPerRoundMax = 50;

    public override string Name => "pipelines.approvals";

    // Only time ends a question that nobody answers.
    public override bool Concerns(string kind) => false;

    public override TimeSpan Interval => TimeSpan.FromSeconds(2);

    public override Task<bool> ReconcileAsync(Lease lease, CancellationToken cancellation) =>
        approvals.ExpireAsync(ExpiredPerRoundMax, cancellation);
}
