using Rondo.Pipelines;
using Rondo.Pipelines.Executors;
using Rondo.Sdk.Wire;
using Rondo.Tests.Simulation.Scheduling;
using Rondo.Tests.Simulation.Store;

namespace Rondo.Tests.Simulation.Pipelines;

/// <summary>
/// Runs attempts in simulated time. What an attempt makes depends on its request alone; how long it takes, whether it listens when it is
/// called off, and what else goes wrong is the seed's.
/// </summary>
internal sealed class SimulatedExecutor(
    SimulatedProcess process,
    SimulatedFolders folders,
    Excuses excuses,
    ExecutorTaste taste
) : IExecutor
{
    private readonly ExecutorRoom _room = new(taste.Options);
    private readonly HashSet<(string, string, int)> _begun = [];
    private int _underWay;

    public int Capacity => taste.Options.LocalAttemptsMax;

    public IDisposable? TryReserve(ResourcesManifest? resources) => _room.TryReserve(resources);

    public void Require(ResourcesManifest? resources) => _room.Require(resources);

    public async Task<StepResult> RunAsync(StepAttempt attempt, IAttemptLog log, CancellationToken cancellation)
    {
        var request = attempt.Request;
        if (process.Dead)
        {
            await SimulatedProcess.Never;
        }

        if (!_begun.Add((request.RunId, request.NodeId, request.Attempt)))
        {
            throw process.Scheduler.Violate($"Attempt {request.Attempt} of {request.NodeId} is begun twice.");
        }

        if (++_underWay > Capacity)
        {
            throw process.Scheduler.Violate($"{_underWay} attempts are under way where {Capacity} may be.");
        }

        process.Scheduler.Trace.Add(process, Happening.Attempt, request.Attempt);
        process.Scheduler.Trace.Say(process, $"begins attempt {request.Attempt} of {request.NodeId}");
        try
        {
            return await WorkAsync(request, log, cancellation);
        }
        finally
        {
            _underWay--;
        }
    }

    private async Task<StepResult> WorkAsync(StepRequest request, IAttemptLog log, CancellationToken cancellation)
    {
        var random = taste.Random;
        var deaf = random.Next(1000) < taste.Deaf;
        var ms =
            random.Next(100) < taste.Long ? random.Next(taste.LongMsMax)
            : random.Next(10) < 4 ? 0
            : random.Next(taste.ShortMsMax);
        if (taste.Logs)
        {
            log.Write("out", "begun");
        }

        await Task.Delay(TimeSpan.FromMilliseconds(ms), process.Clock, deaf ? CancellationToken.None : cancellation);
        process.Scheduler.Trace.Say(process, $"ends attempt {request.Attempt} of {request.NodeId}");
        if (taste.Faults.Happens(taste.Breaks))
        {
            throw new NotSupportedException("The executor has a bug.");
        }

        var script = StepScript.Of(request.Arguments);
        if (script.Failures < 0 || request.Attempt <= script.Failures)
        {
            return Result(StepOutcome.Failed, [], script.ErrorType);
        }

        var (type, bytes) = StepFunction.Output(
            request.Template is null ? "" : StepName(request),
            request.Inputs.ToDictionary(input => input.Key, input => input.Value.Digest),
            request.Arguments
        );
        return Result(
            script.Stops ? StepOutcome.Stopped : StepOutcome.Succeeded,
            new() { ["value"] = Stage(request, type, bytes) },
            null
        );
    }

    private string StepName(StepRequest request) => taste.StepNames(request.RunId, request.Template!);

    private ProducedArtifact Stage(StepRequest request, string type, byte[] bytes)
    {
        var torn = taste.Faults.Happens(taste.Torn);
        if (torn)
        {
            excuses.Add(request.RunId, request.NodeId);
        }

        folders.Write(request, "value", torn ? bytes[..^1] : bytes);
        return new ProducedArtifact(type, StepFunction.DigestOf(bytes), bytes.Length, "value", null);
    }

    private static StepResult Result(
        StepOutcome outcome,
        Dictionary<string, ProducedArtifact> outputs,
        string? errorType
    ) =>
        new(outcome, outputs, new Dictionary<string, double>(), errorType is null ? null : "it broke", null, errorType);
}

/// <summary>How a server's attempts go. The chances are of a thousand.</summary>
internal sealed record ExecutorTaste(
    Random Random,
    FaultSource Faults,
    PipelinesOptions Options,
    Func<string, string, string> StepNames
)
{
    public int ShortMsMax { get; init; } = 2_000;
    public int LongMsMax { get; init; } = 2_000;

    /// <summary>How many of a hundred take long.</summary>
    public int Long { get; init; }

    /// <summary>It does not listen when it is called off.</summary>
    public int Deaf { get; init; }

    /// <summary>It throws what nobody expects.</summary>
    public int Breaks { get; init; }

    /// <summary>Its output is not what it says.</summary>
    public int Torn { get; init; }

    public bool Logs { get; init; }
}
