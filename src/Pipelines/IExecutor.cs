using Rondo.Sdk.Wire;

namespace Rondo.Pipelines;

/// <summary>
/// One try at a node, ready to be started: its request is written in <paramref name="RequestFile"/> in the staging folder, and
/// the code is the package with this digest.
/// </summary>
public sealed record StepAttempt(StepRequest Request, string Package, string RequestFile);

/// <summary>Takes what an attempt prints, line by line. Never blocks, never fails: what is too much is counted.</summary>
public interface IAttemptLog
{
    /// <summary>Keeps one line. The stream is <c>out</c>, <c>err</c> or <c>rondo</c>.</summary>
    void Write(string stream, string line);
}

/// <summary>Where attempts run. An executor only starts and watches; what an attempt made is published by the orchestrator.</summary>
public interface IExecutor
{
    /// <summary>How many attempts may run at once.</summary>
    int Capacity { get; }

    /// <summary>
    /// Runs the attempt to its end. A crash or a time-out is a result of outcome <see cref="StepOutcome.Failed"/>. When cancelled
    /// it ends whatever it started, and throws.
    /// </summary>
    Task<StepResult> RunAsync(StepAttempt attempt, IAttemptLog log, CancellationToken cancellation);
}
