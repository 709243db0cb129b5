using System.Text.Json.Serialization;
using Rondo.Evaluation;
using Rondo.Sdk.Wire;

namespace Rondo.Registry;

/// <summary>A version as lists show it: without slices, example and baseline.</summary>
public sealed record ModelVersionSummary(
    string Id,
    string Project,
    string Environment,
    string Model,
    long Version,
    string Algorithm,
    IReadOnlyList<string> Aliases,
    ArtifactRef Artifact,
    IReadOnlyDictionary<string, double> TrainMetrics,
    IReadOnlyDictionary<string, double> TestMetrics,
    GateVerdict Verdict,
    DateOnly? DataFrom,
    DateOnly? DataTo,
    ModelOrigin Origin,
    DateTimeOffset CreatedAt
)
{
    /// <summary>The versions that were there when it was proposed.</summary>
    public ModelsBefore Before { get; init; } = new(null, null);

    /// <summary>Where it stands on its way: pending, approved, production, rejected, archived.</summary>
    public string State { get; init; } = "";

    /// <summary>When it was deleted; null where it was not.</summary>
    public DateTimeOffset? DeletedAt { get; init; }

    /// <summary>Who deleted it.</summary>
    public string? DeletedBy { get; init; }

    /// <summary>What it was converted from, with size, latency and parity; null where it is as it was trained.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public ModelConversion? Conversion { get; init; }
}

/// <summary>A proposal that the gate did not let through.</summary>
public sealed record ModelRejection(
    string Project,
    string Environment,
    string Model,
    string Algorithm,
    IReadOnlyDictionary<string, double> TestMetrics,
    GateVerdict Verdict,
    ModelOrigin Origin,
    DateTimeOffset CreatedAt
)
{
    /// <summary>The metrics on the rows that it was trained on; empty where they were not scored.</summary>
    public IReadOnlyDictionary<string, double> TrainMetrics { get; init; } =
        new Dictionary<string, double>(StringComparer.Ordinal);

    /// <summary>The model's bytes, as long as they are kept.</summary>
    public ArtifactRef? Artifact { get; init; }

    /// <summary>The versions that were there when it was proposed.</summary>
    public ModelsBefore Before { get; init; } = new(null, null);
}

/// <summary>A model of one environment: its newest version, and where its aliases point.</summary>
public sealed record ModelOverview(
    string Project,
    string Environment,
    string Model,
    long Newest,
    IReadOnlyDictionary<string, long> Aliases
);
