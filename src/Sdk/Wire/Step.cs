using System.Text.Json;

namespace Rondo.Sdk.Wire;

/// <summary>Bytes in the content store, by SHA-256 (lower-case hex), with their artifact type.</summary>
public sealed record ArtifactRef(string Type, string Digest, long Size);

/// <summary>
/// One attempt at one node, as <c>step.json</c> tells it to the package's own executable. Inputs are read from the content
/// store below <paramref name="StoreRoot"/> and verified; outputs are written below <paramref name="StagingFolder"/>, one
/// file per port, and nowhere else.
/// </summary>
public sealed record StepRequest(
    string RunId,
    string Project,
    string Environment,
    string Pipeline,
    string NodeId,
    int Attempt,
    long Fence,
    string StoreRoot,
    string StagingFolder,
    IReadOnlyDictionary<string, ArtifactRef> Inputs,
    IReadOnlyDictionary<string, JsonElement> Arguments,
    int Seed,
    int Threads,
    long TimeoutMs
)
{
    /// <summary>
    /// The node of the manifest that this is an instance of; null: <see cref="NodeId"/>. Within a for-each the instance's id also names the
    /// item: <c>per-station.17.train</c> is an instance of <c>per-station.train</c>.
    /// </summary>
    public string? Template { get; init; }

    /// <summary>Environment variables of the attempt. Secrets are not among them: they are never written to a file.</summary>
    public IReadOnlyDictionary<string, string> Variables { get; init; } =
        new Dictionary<string, string>(StringComparer.Ordinal);

    /// <summary>What the attempt may use; null: not said.</summary>
    public ResourcesManifest? Resources { get; init; }

    /// <summary>What went before the attempt; null: each attempt before it failed, and how long ago the first one began is not known.</summary>
    public AttemptsBefore? Before { get; init; }
}

/// <summary>
/// What went before an attempt, as the rules of retries count it. An attempt that was lost with its server is none of the failures.
/// </summary>
/// <param name="Failures">How many attempts have failed.</param>
/// <param name="SinceBegunMs">How long ago the first attempt began; 0: this is the first one.</param>
public sealed record AttemptsBefore(int Failures, long SinceBegunMs);

/// <summary>How an attempt ended. <see cref="Stopped"/> is a decision, not a fault: schema skew, for example; it is never retried.</summary>
public enum StepOutcome
{
    /// <summary>It made all its outputs.</summary>
    Succeeded,

    /// <summary>It threw, was too slow, or left an output out; it is tried again while attempts remain.</summary>
    Failed,

    /// <summary>It decided that the run must not go on; it may have kept a report.</summary>
    Stopped,
}

/// <summary>An output as staged: <paramref name="File"/> is relative to the staging folder; the summary is small JSON for people and gates.</summary>
public sealed record ProducedArtifact(string Type, string Digest, long Size, string File, JsonElement? Summary);

/// <summary>
/// What an attempt reports, written as <c>result.json</c> into the staging folder. A stopped step may still produce
/// outputs (the validation report that stopped it).
/// </summary>
public sealed record StepResult(
    StepOutcome Outcome,
    IReadOnlyDictionary<string, ProducedArtifact> Outputs,
    IReadOnlyDictionary<string, double> Metrics,
    string? Message,
    string? Mend,
    string? ErrorType
)
{
    /// <summary>
    /// Of a failure: how long ago the first attempt had begun then. Whether another attempt follows is asked of this moment, so that the attempt and
    /// whoever runs it have the same answer. Null: not known.
    /// </summary>
    public long? SinceBegunMs { get; init; }
}

/// <summary>
/// One line of JSON on the pipe between a server and its warm worker. Server to worker: <c>run</c>, with the request, the secrets and a
/// mark. Worker to server: <c>ready</c>, then for each run <c>alive</c> every few seconds, and <c>done</c> with the result, or <c>error</c>.
/// Before <c>done</c> the worker prints the mark, as a line of its own behind a line feed, on both of its outputs: what stands before it
/// belongs to the attempt. A worker runs one attempt at a time, and ends when the pipe closes.
/// </summary>
public sealed record WorkerMessage(string Kind, string? Detail = null)
{
    /// <summary>The attempt to run.</summary>
    public StepRequest? Request { get; init; }

    /// <summary>Environment variable → value of a secret. It is passed on this pipe only.</summary>
    public IReadOnlyDictionary<string, string>? Secrets { get; init; }

    /// <summary>What the worker prints when the attempt has ended; null: nothing.</summary>
    public string? Mark { get; init; }

    /// <summary>How the attempt ended.</summary>
    public StepResult? Result { get; init; }
}
