using Rondo.Sdk.Wire;

namespace Rondo.Lineage;

/// <summary>An artifact at a port of an execution.</summary>
public sealed record PortArtifact(string Port, ArtifactRef Artifact);

/// <summary>
/// One step as it was computed, or reused: then <paramref name="ReusedFrom"/> is the execution whose outputs were taken.
/// </summary>
public sealed record LineageExecution(
    string Id,
    string Project,
    string RunId,
    string NodeId,
    long Attempt,
    string Step,
    string CodeDigest,
    string? CacheKey,
    DateTimeOffset Start,
    DateTimeOffset End,
    string State,
    IReadOnlyList<PortArtifact> Inputs,
    IReadOnlyList<PortArtifact> Outputs,
    string? ReusedFrom = null
);
