using System.Collections.Concurrent;
using Rondo.Kernel.Db;
using Rondo.Kernel.Events;
using Rondo.Kernel.Leases;
using Rondo.Kernel.Reconcilers;
using Rondo.Registry;
using Rondo.Registry.Governance;
using Rondo.Sdk.Wire;
using Rondo.Serving.Routing;

namespace Rondo.Serving.Rollouts;

/// <summary>Moves traffic to new versions, one checked step at a time, and back where a limit is passed.</summary>
internal sealed class RolloutReconciler(
    RolloutStore rollouts,
    EndpointStore endpoints,
    RolloutSteps steps,
    EndpointLoader loader,
    RoutingTable routes,
    ModelRegistry registry,
    ModelGovernance governance,
    TimeProvider time
) : Reconciler
{
    private readonly ConcurrentDictionary<string, (int Step, CounterSnapshot Counters)> _stepStart = new(
        StringComparer.Ordinal
    );

    private volatile bool _underWay;

    public override string Name => "serving.rollouts.reconciler";

    public override bool Concerns(string kind) => !kind.StartsWith("step.", StringComparison.Ordinal);

    // Traffic and time raise no events: only a rollout under way needs a look at short intervals.
    public override TimeSpan Interval => TimeSpan.FromMilliseconds(_underWay ? 100 : 2000);

    public override async Task<bool> ReconcileAsync(Lease lease, CancellationToken cancellation)
    {
        await loader.RefreshAsync();
        var changed = false;
        var active = await rollouts.ListActiveAsync();
        _underWay = active.Count > 0;
        foreach (var group in active.GroupBy(rollout => rollout.Endpoint, StringComparer.Ordinal))
        {
            cancellation.ThrowIfCancellationRequested();
            var newest = group.Last();
            foreach (var older in group.Where(older => older != newest))
            {
                changed |= await SupersedeAsync(lease, older, newest);
            }

            changed |= await StepAsync(lease, newest);
        }

        return changed;
    }

    /// <summary>Rollouts that go on without more traffic: those that wait to start, and those that only bake.</summary>
    public override async Task<long> PendingAsync()
    {
        var pending = 0L;
        foreach (var rollout in await rollouts.ListActiveAsync())
        {
            if (rollout.State == RolloutState.Waiting)
            {
                pending++;
                continue;
            }

            var endpoint = await endpoints.FindAsync(rollout.Endpoint);
            if (
                endpoint is null
                || await IsRejectedAsync(endpoint.Model, rollout.Version)
                || Decide(endpoint, rollout) is { IsReady: true } or { Action: not RolloutAction.Wait }
            )
            {
                pending++;
            }
        }

        return pending;
    }

    private async Task<bool> StepAsync(Lease lease, Rollout rollout)
    {
        var endpoint = await endpoints.FindAsync(rollout.Endpoint);
        if (endpoint is null)
        {
            return false;
        }

        if (rollout.State == RolloutState.Waiting)
        {
            return await StartAsync(lease, endpoint, rollout);
        }

        if (await IsRejectedAsync(endpoint.Model, rollout.Version))
        {
            return await RollBackAsync(lease, endpoint, rollout, (RejectedWords(rollout.Version), rollout.Checks));
        }

        var decision = Decide(endpoint, rollout);
        switch (decision?.Action)
        {
            case RolloutAction.Advance:
                return await AdvanceAsync(lease, endpoint, rollout, decision);
            case RolloutAction.Complete:
                return await FinishAsync(lease, endpoint, rollout, decision);
            case RolloutAction.RollBack:
                return await RollBackAsync(lease, endpoint, rollout, (decision.Reason, decision.Checks));
            default:
                return false;
        }
    }

    private async Task<bool> StartAsync(Lease lease, ServedEndpoint endpoint, Rollout rollout)
    {
        var previous = await steps.ServingAsync(endpoint.Name);
        if (previous == rollout.Version)
        {
            return await steps.ApplyAsync(
                lease,
                new RolloutChange(endpoint, rollout, Ended(rollout, RolloutState.Superseded, "It is served already."))
            );
        }

        var (version, checks, failure) = await CheckAsync(endpoint, rollout, previous);
        var seen = rollout with { Previous = previous, Checks = checks };
        if (version is null || failure is not null)
        {
            return await RollBackAsync(lease, endpoint, seen, (failure!, checks));
        }

        var now = time.GetUtcNow();
        var policy = PolicyOf(endpoint);
        var atOnce = previous is null || await IsRejectedAsync(endpoint.Model, previous.Value);
        var reason =
            previous is null ? "The first version."
            : atOnce ? RejectedWords(previous.Value)
            : $"Version {previous} is served.";
        var percent = atOnce ? 100 : policy.Steps[0];
        var started = seen with
        {
            State = RolloutState.Running,
            Percent = percent,
            Step = atOnce ? policy.Steps.Count - 1 : 0,
            StepStartedAt = now,
            Reason = reason,
        };
        var change = new RolloutChange(endpoint, rollout, started, RolloutEvent.Started, [.. checks]);
        if (!atOnce)
        {
            return await ApplyAsync(lease, change);
        }

        // Nobody answers yet, or what must not: there is nothing to compare with, and nothing to lose.
        var completed = started with
        {
            State = RolloutState.Completed,
            FinishedAt = now,
        };
        return await ApplyAsync(
            lease,
            change,
            new RolloutChange(endpoint, started, completed, RolloutEvent.Completed, [.. checks])
        );
    }

    private static string RejectedWords(long version) => $"Version {version} was rejected.";

    private async Task<bool> IsRejectedAsync(ModelKey model, long version) =>
        await governance.StateAsync(model, version) == VersionState.Rejected;

    private async Task<(ModelVersion? Version, IReadOnlyList<RolloutCheck> Checks, string? Failure)> CheckAsync(
        ServedEndpoint endpoint,
        Rollout rollout,
        long? previous
    )
    {
        var checks = new List<RolloutCheck>();
        var key = endpoint.Model;
        try
        {
            var version = await registry.GetAsync(key, rollout.Version);
            await governance.RequireServableAsync(key, rollout.Version);
            var from = time.GetTimestamp();
            var prepared = await loader.PrepareAsync(endpoint.Name, version);
            checks.Add(new RolloutCheck("loadMs", true, Math.Round(time.GetElapsedTime(from).TotalMilliseconds), null));
            checks.Add(new RolloutCheck("example", true, prepared.ExampleDifference, Models.ExampleCheck.Tolerance));
            var serving = previous is null
                ? null
                : await registry.FindAsync(key.Project, key.Environment, key.Model, previous.Value);
            if (serving is not null && !rollout.ByHand)
            {
                checks.Add(
                    SignatureCheck.Of(serving.Proposal.Description.Signature, version.Proposal.Description.Signature)
                );
            }

            return checks[^1].Passed
                ? (version, checks, null)
                : (
                    version,
                    checks,
                    $"Clients of version {previous} would be refused: version {rollout.Version} {checks[^1].Detail}."
                        + $" Move it by hand when they are ready: rondo endpoints move {endpoint.Name} --pin VERSION."
                );
        }
        catch (RondoException e)
        {
            checks.Add(new RolloutCheck(checks.Count == 0 ? "load" : "example", false, null, null, e.Message));
            return (null, checks, e.Message);
        }
    }

    private async Task<bool> AdvanceAsync(
        Lease lease,
        ServedEndpoint endpoint,
        Rollout rollout,
        RolloutDecision decision
    )
    {
        var step = rollout.Step + 1;
        var advanced = rollout with
        {
            Step = step,
            Percent = PolicyOf(endpoint).Steps[step],
            StepStartedAt = time.GetUtcNow(),
            Reason = decision.Reason,
            Checks = decision.Checks,
        };
        return await ApplyAsync(
            lease,
            new RolloutChange(endpoint, rollout, advanced, RolloutEvent.Advanced, decision.Checks)
        );
    }

    private async Task<bool> FinishAsync(
        Lease lease,
        ServedEndpoint endpoint,
        Rollout rollout,
        RolloutDecision decision
    )
    {
        var completed = Ended(rollout, RolloutState.Completed, decision.Reason) with
        {
            Percent = 100,
            Checks = decision.Checks,
        };
        return await ApplyAsync(
            lease,
            new RolloutChange(endpoint, rollout, completed, RolloutEvent.Completed, decision.Checks)
        );
    }

    private async Task<bool> RollBackAsync(
        Lease lease,
        ServedEndpoint endpoint,
        Rollout rollout,
        (string Reason, IReadOnlyList<RolloutCheck> Checks) why
    )
    {
        var ended = Ended(rollout, RolloutState.RolledBack, why.Reason) with { Percent = 0, Checks = why.Checks };
        var applied = await ApplyAsync(
            lease,
            new RolloutChange(endpoint, rollout, ended, RolloutEvent.RolledBack, why.Checks)
        );
        await loader.ForgetAsync(endpoint.Name, rollout.Version);
        return applied;
    }

    private async Task<bool> SupersedeAsync(Lease lease, Rollout older, Rollout newest)
    {
        var endpoint = await endpoints.FindAsync(older.Endpoint);
        if (endpoint is null)
        {
            return false;
        }

        var reason = $"Version {newest.Version} came before it was done.";
        return older.State == RolloutState.Running
            ? await RollBackAsync(lease, endpoint, older, (reason, older.Checks))
            : await steps.ApplyAsync(
                lease,
                new RolloutChange(endpoint, older, Ended(older, RolloutState.Superseded, reason))
            );
    }

    private async Task<bool> ApplyAsync(Lease lease, params RolloutChange[] changes)
    {
        var applied = await steps.ApplyAsync(lease, changes);
        await loader.RefreshAsync();
        return applied;
    }

    // Counters are this server's own and start with it: a step that it did not see begin is counted from when it first looks.
    private RolloutDecision? Decide(ServedEndpoint endpoint, Rollout rollout)
    {
        var deployment = routes
            .Find(endpoint.Name)
            ?.Deployments.FirstOrDefault(deployment => deployment.Version.Version == rollout.Version);
        if (deployment is null)
        {
            return null;
        }

        var counters = deployment.Counters.Snapshot();
        var start = _stepStart.GetOrAdd(rollout.Id, _ => (rollout.Step, Before(rollout, counters)));
        if (start.Step != rollout.Step)
        {
            start = (rollout.Step, counters);
            _stepStart[rollout.Id] = start;
        }

        var figures = StepFigures.Since(start.Counters, counters);
        return RolloutDecision.Of(PolicyOf(endpoint), rollout.Step, time.GetUtcNow() - rollout.StepStartedAt, figures);
    }

    // The first step begins with the deployment itself.
    private static CounterSnapshot Before(Rollout rollout, CounterSnapshot now) =>
        rollout.Step == 0 ? new CounterSnapshot(0, 0, 0, 0, 0, new long[now.Latency.Length]) : now;

    private Rollout Ended(Rollout rollout, RolloutState state, string reason) =>
        rollout with
        {
            State = state,
            Reason = reason,
            FinishedAt = time.GetUtcNow(),
        };

    // A pinned endpoint whose version is changed by hand moves at once.
    private static RolloutPolicy PolicyOf(ServedEndpoint endpoint) =>
        endpoint.Manifest?.Rollout is { Steps.Count: > 0 } policy ? policy : new RolloutPolicy([100], 0, 0, null, null);
}
