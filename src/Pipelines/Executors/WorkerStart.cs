using Rondo.Sdk.Processes;

namespace Rondo.Pipelines.Executors;

/// <summary>Whose attempts a warm worker may run: what one of them leaves in memory must not be seen by others.</summary>
internal sealed record WorkerKey(string Package, string Project, string Environment);

/// <summary>How to start a worker, and how long to wait for it: until it is ready, and for a word from it during an attempt.</summary>
internal sealed record WorkerStart(
    WorkerKey Key,
    string EntryFile,
    string PipeName,
    TimeSpan ReadyLimit,
    TimeSpan Silence
)
{
    /// <summary>Its whole environment.</summary>
    public required IReadOnlyDictionary<string, string> Environment { get; init; }

    /// <summary>What it may use, with all that it starts.</summary>
    public ProcessLimits Limits { get; init; } = new();
}
