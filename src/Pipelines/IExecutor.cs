using Rondo.Sdk.Wire;

namespace Rondo.Pipelines;

/// <summary>One try at a node, ready to be started. The code is the package with this digest.</summary>
public sealed record StepAttempt(StepRequest Request, string Package)
{
    private static readonly Dictionary<string, string> s_none = new(StringComparer.Ordinal);

    /// <summary>Whether the attempt has a process of its own: see <see cref="NeedsOwnProcess"/>.</summary>
    public bool Isolated { get; init; }

    /// <summary>
    /// Environment variable → value of the secret that it gets. An executor passes them to the attempt's process and nowhere else:
    /// never a file, an argument or a log.
    /// </summary>
    public IReadOnlyDictionary<string, string> Secrets { get; init; } = s_none;

    /// <summary>
    /// Whether attempts at a node need a process of their own: the author said so, or limits what it may use. A command is a process
    /// of its own in any case, and limits hold for it alone.
    /// </summary>
    public static bool NeedsOwnProcess(NodeManifest node) =>
        node.Isolated
        || (
            node.Resources is { MemoryBytes: > 0 } or { ProcessesMax: > 0 } or { DiskBytes: > 0 }
            && node.Step != NodeManifest.CommandStep
        );
}

/// <summary>Takes what an attempt prints, line by line. Never blocks, never fails: what is too much is counted.</summary>
public interface IAttemptLog
{
    /// <summary>Keeps one line. The stream is <c>out</c>, <c>err</c> or <c>rondo</c>.</summary>
    void Write(string stream, string line);
}

/// <summary>Where attempts run. An executor only starts and watches; what an attempt made is published by the orchestrator.</summary>
public interface IExecutor
{
    /// <summary>How many attempts may run at once, whatever they need.</summary>
    int Capacity { get; }

    /// <summary>
    /// Takes room for one attempt that needs this; null: there is none now. Taken before a claim, and given back by disposing when the
    /// attempt has ended or was not claimed. Room that was taken is there when <see cref="RunAsync"/> is called.
    /// </summary>
    IDisposable? TryReserve(ResourcesManifest? resources);

    /// <summary>Fails with words for the author where an attempt that needs this could never run here, however idle the executor is.</summary>
    void Require(ResourcesManifest? resources);

    /// <summary>
    /// Runs the attempt to its end. The staging folder of the request exists. A crash or a time-out is a result of outcome
    /// <see cref="StepOutcome.Failed"/> whose error type is one of <see cref="FailureClasses"/>. When cancelled it ends whatever it
    /// started, and throws.
    /// </summary>
    Task<StepResult> RunAsync(StepAttempt attempt, IAttemptLog log, CancellationToken cancellation);
}
