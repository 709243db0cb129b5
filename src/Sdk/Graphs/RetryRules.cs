using Rondo.Sdk.Wire;

namespace Rondo.Sdk.Graphs;

/// <summary>Decides whether a failed attempt is followed by another one, and when.</summary>
public static class RetryRules
{
    private static readonly UsualRetry s_atOnce = new(TimeSpan.Zero, TimeSpan.Zero);

    /// <summary>The wait before the next attempt; null: there is none.</summary>
    /// <param name="node">The node.</param>
    /// <param name="failure">How it failed, and what went before.</param>
    /// <param name="usual">The waits of failures that the node says nothing of.</param>
    public static TimeSpan? Wait(NodeManifest node, FailedAttempt failure, UsualRetry usual) =>
        Wait(node.Retries, node.MaxAttempts, failure, usual);

    /// <summary>Whether no attempt follows, however long others wait.</summary>
    internal static bool IsLast(StepNode node, FailedAttempt failure) =>
        Wait([.. node.Options.Retries, .. node.Options.StepRetries], node.MaxAttempts, failure, s_atOnce) is null;

    private static TimeSpan? Wait(
        IReadOnlyList<RetryManifest> rules,
        int attemptsMax,
        FailedAttempt failure,
        UsualRetry usual
    )
    {
        var rule = rules.FirstOrDefault(rule => FailureClasses.Fits(rule.On, failure.ErrorType));
        if (rule is null)
        {
            return failure.Failures < attemptsMax
                ? Grown(usual.Interval, 2, failure.Failures, usual.IntervalMax)
                : null;
        }
        var wait = Grown(
            TimeSpan.FromMilliseconds(rule.IntervalMs),
            rule.BackOff,
            failure.Failures,
            rule.IntervalMaxMs > 0 ? TimeSpan.FromMilliseconds(rule.IntervalMaxMs) : TimeSpan.FromDays(1)
        );
        var often = rule.MaxAttempts > 0 && failure.Failures >= rule.MaxAttempts;
        var late = rule.WithinMs > 0 && (failure.SinceBegun + wait).TotalMilliseconds > rule.WithinMs;
        return often || late ? null : wait;
    }

    private static TimeSpan Grown(TimeSpan first, double factor, int failures, TimeSpan most)
    {
        var ticks = first.Ticks * Math.Pow(factor, Math.Min(failures - 1, 60));
        return TimeSpan.FromTicks((long)Math.Min(ticks, most.Ticks));
    }
}

/// <summary>An attempt that failed: how, the how-manieth failure of the step it is, and how long ago its first attempt began.</summary>
public sealed record FailedAttempt(string? ErrorType, int Failures, TimeSpan SinceBegun);

/// <summary>The wait before the second attempt, doubled for each after it up to a limit.</summary>
public sealed record UsualRetry(TimeSpan Interval, TimeSpan IntervalMax);
