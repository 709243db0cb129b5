using System.Text.Json;
using Rondo.Sdk.Wire;

namespace Rondo.Sdk;

/// <summary>How a local run, or a node of it, ended.</summary>
public enum LocalState
{
    /// <summary>It ran to its end.</summary>
    Succeeded,

    /// <summary>The outputs of an equal earlier attempt were used.</summary>
    Reused,

    /// <summary>A step stopped the run by decision.</summary>
    Stopped,

    /// <summary>A step failed.</summary>
    Failed,

    /// <summary>The run ended before it, or something that it needs failed.</summary>
    NotRun,

    /// <summary>Passed over: its condition did not hold, or what it needs does not exist.</summary>
    Skipped,

    /// <summary>It was called off while it ran.</summary>
    Cancelled,
}

/// <summary>A run without a server, with its lineage.</summary>
public sealed record LocalRun(
    string Id,
    string Project,
    string Pipeline,
    LocalState State,
    long DurationMs,
    IReadOnlyList<LocalNode> Nodes
)
{
    /// <summary>When it began.</summary>
    public DateTimeOffset StartedAt { get; init; }

    /// <summary>Why it ended as it did, where it did not succeed.</summary>
    public string? Reason { get; init; }

    /// <summary>The node that failed first, or that decided the end; null: none.</summary>
    public string? FailedNode { get; init; }

    /// <summary>The values of its parameters.</summary>
    public IReadOnlyDictionary<string, JsonElement> Parameters { get; init; } =
        new Dictionary<string, JsonElement>(StringComparer.Ordinal);

    /// <summary>The partition that it is for; null: none.</summary>
    public string? Partition { get; init; }

    /// <summary>The earlier run that it goes on from; null: none.</summary>
    public string? Resumes { get; init; }
}

/// <summary>
/// What happened at one node; within a for-each there is one for each item, whose id names it (<c>per-station.17.train</c>). The key is
/// the digest of the step's identity; equal keys share their outputs.
/// </summary>
public sealed record LocalNode(
    string Id,
    string Step,
    LocalState State,
    long DurationMs,
    string? Key,
    IReadOnlyDictionary<string, LocalInput> Inputs,
    IReadOnlyDictionary<string, JsonElement> Arguments,
    IReadOnlyDictionary<string, LocalArtifact> Outputs,
    IReadOnlyDictionary<string, double> Metrics,
    string? Message,
    string? Mend
)
{
    /// <summary>The node of the pipeline that it is an instance of.</summary>
    public string Template { get; init; } = Id;

    /// <summary>What it is.</summary>
    public NodeKind Kind { get; init; }

    /// <summary>When it began; null where it did not.</summary>
    public DateTimeOffset? StartedAt { get; init; }

    /// <summary>When its outputs were made, in this run or an earlier one.</summary>
    public DateTimeOffset? MadeAt { get; init; }

    /// <summary>How many attempts there were; 0: none.</summary>
    public int Attempts { get; init; }

    /// <summary>Why it was computed, or was not: one of the <see cref="LocalDecisions"/>; null where there was nothing to decide.</summary>
    public string? Decision { get; init; }

    /// <summary>The run whose outputs these are, where it computed nothing itself.</summary>
    public string? ReusedFrom { get; init; }

    /// <summary>Everything that decides what it makes; null where it is no step, or did not get so far.</summary>
    public StepIdentity? Identity { get; init; }

    /// <summary>How many items a for-each has.</summary>
    public int? Items { get; init; }

    /// <summary>How the last attempt failed.</summary>
    public string? ErrorType { get; init; }
}

/// <summary>Where an input came from; no artifact if there was none.</summary>
public sealed record LocalInput(string Node, string Port, ArtifactRef? Artifact);

/// <summary>An output in the content store, with a few facts about it.</summary>
public sealed record LocalArtifact(ArtifactRef Artifact, JsonElement? Summary);
