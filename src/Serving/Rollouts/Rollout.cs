using Rondo.Kernel;

namespace Rondo.Serving.Rollouts;

/// <summary>The move of an endpoint's traffic to a version: waiting, moving in steps, or ended in one of three ways.</summary>
internal sealed record Rollout(
    string Id,
    string Endpoint,
    long Version,
    long? Previous,
    RolloutState State,
    int Step,
    int Percent,
    bool ByHand,
    string? Reason,
    IReadOnlyList<RolloutCheck> Checks,
    DateTimeOffset CreatedAt,
    DateTimeOffset StepStartedAt,
    DateTimeOffset? FinishedAt,
    long? Cause,
    Actor Actor
);

internal enum RolloutState
{
    Waiting,
    Running,
    Completed,
    RolledBack,
    Superseded,
}
