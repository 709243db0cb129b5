using System.Globalization;
using Rondo.Sdk.Wire;
using Rondo.Serving.Routing;

namespace Rondo.Serving.Rollouts;

internal enum RolloutAction
{
    Wait,
    Advance,
    Complete,
    RollBack,
}

/// <summary>
/// Decides one moment of a running rollout from what was counted in the present step. <paramref name="IsReady"/> says that
/// requests suffice: a waiting rollout then goes on by itself, without more traffic.
/// </summary>
internal sealed record RolloutDecision(
    RolloutAction Action,
    string Reason,
    IReadOnlyList<RolloutCheck> Checks,
    bool IsReady
)
{
    public static RolloutDecision Of(RolloutPolicy policy, int step, TimeSpan baked, StepFigures figures)
    {
        var enough = figures.Requests >= policy.MinRequests;
        var checks = new List<RolloutCheck>
        {
            new("requests", enough, figures.Requests, policy.MinRequests),
            new("bake", baked.TotalMilliseconds >= policy.BakeMs, Math.Round(baked.TotalMilliseconds), policy.BakeMs),
        };
        var failed = CheckErrors(policy, figures, checks) ?? CheckLatency(policy, figures, enough, checks);
        if (failed is not null)
        {
            return new RolloutDecision(RolloutAction.RollBack, failed, checks, enough);
        }

        if (!checks.TrueForAll(check => check.Passed))
        {
            return new RolloutDecision(RolloutAction.Wait, "", checks, enough);
        }

        var last = step >= policy.Steps.Count - 1;
        var reason = string.Create(
            CultureInfo.InvariantCulture,
            $"{figures.Requests} requests, {figures.Errors} failed, p99 {figures.P99Ms:0.###} ms"
        );
        return new RolloutDecision(last ? RolloutAction.Complete : RolloutAction.Advance, reason, checks, enough);
    }

    // As soon as the failures are too many even for all the requests that the step asks for, waiting would only cost more of them.
    private static string? CheckErrors(RolloutPolicy policy, StepFigures figures, List<RolloutCheck> checks)
    {
        if (policy.MaxErrorRate is not { } limit)
        {
            return null;
        }

        var rate = figures.Requests == 0 ? 0 : (double)figures.Errors / figures.Requests;
        var passed = figures.Errors <= limit * Math.Max(figures.Requests, policy.MinRequests);
        checks.Add(new RolloutCheck("errorRate", passed, rate, limit));
        return passed
            ? null
            : string.Create(
                CultureInfo.InvariantCulture,
                $"{figures.Errors} of {figures.Requests} requests failed: the limit is {limit:0.####} of them."
            );
    }

    private static string? CheckLatency(
        RolloutPolicy policy,
        StepFigures figures,
        bool enough,
        List<RolloutCheck> checks
    )
    {
        if (policy.MaxP99Ms is not { } limit)
        {
            return null;
        }

        var passed = !enough || figures.P99Ms <= limit;
        checks.Add(new RolloutCheck("p99Ms", passed, figures.P99Ms, limit));
        return passed
            ? null
            : string.Create(
                CultureInfo.InvariantCulture,
                $"99 % of {figures.Requests} requests took up to {figures.P99Ms:0.###} ms: the limit is {limit:0.###} ms."
            );
    }
}

/// <summary>What the new version did since the step began.</summary>
internal sealed record StepFigures(long Requests, long Errors, double P99Ms)
{
    public static StepFigures Since(CounterSnapshot? before, CounterSnapshot now) =>
        new(
            now.Requests - (before?.Requests ?? 0),
            now.Errors - (before?.Errors ?? 0),
            LatencyHistogram.QuantileMs(now.Latency, before?.Latency, 0.99)
        );
}
