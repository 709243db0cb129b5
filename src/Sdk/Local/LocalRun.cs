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

    /// <summary>An earlier node did not give its outputs.</summary>
    NotRun,
}

/// <summary>A run without a server, with its lineage.</summary>
public sealed record LocalRun(
    string Id,
    string Project,
    string Pipeline,
    LocalState State,
    long DurationMs,
    IReadOnlyList<LocalNode> Nodes
);

/// <summary>What happened at one node. The key is the step's identity; equal keys share their outputs.</summary>
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
);

/// <summary>Where an input came from.</summary>
public sealed record LocalInput(string Node, string Port, ArtifactRef? Artifact);

/// <summary>An output in the content store, with a few facts about it.</summary>
public sealed record LocalArtifact(ArtifactRef Artifact, JsonElement? Summary);
