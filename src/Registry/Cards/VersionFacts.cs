using System.Text.Json.Serialization;
using Rondo.Evaluation;
using Rondo.Kernel;
using Rondo.Registry.Clients;
using Rondo.Registry.Clients.Formats;
using Rondo.Registry.Governance;
using Rondo.Sdk.Wire;

namespace Rondo.Registry.Cards;

/// <summary>What is known of a version without anybody writing it down.</summary>
[JsonDerivedType(typeof(PipelineFacts))]
[JsonDerivedType(typeof(ClientFacts))]
internal abstract record VersionFacts(
    long Version,
    string State,
    DateTimeOffset RegisteredAt,
    IReadOnlyList<VersionTransition> Decisions
);

/// <summary>A version that a pipeline has made: where it comes from, and its figures.</summary>
internal sealed record PipelineFacts(
    long Version,
    string State,
    DateTimeOffset RegisteredAt,
    IReadOnlyList<VersionTransition> Decisions
) : VersionFacts(Version, State, RegisteredAt, Decisions)
{
    public required string Algorithm { get; init; }

    public required ModelOrigin Origin { get; init; }

    public DateOnly? DataFrom { get; init; }

    public DateOnly? DataTo { get; init; }

    public required IReadOnlyDictionary<string, double> TrainMetrics { get; init; }

    public required IReadOnlyDictionary<string, double> TestMetrics { get; init; }

    public required IReadOnlyList<SliceMetrics> Slices { get; init; }

    public required GateVerdict Verdict { get; init; }

    /// <summary>What it was converted from, with size, latency and parity; null where it is as it was trained.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public ModelConversion? Conversion { get; init; }

    /// <summary>A recorded request of one row, and its answer.</summary>
    public ModelExample? Example { get; init; }

    /// <summary>What it was made with.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public ModelRuntime? Runtime { get; init; }

    public static PipelineFacts Of(ModelVersion version, IReadOnlyList<VersionTransition> decisions) =>
        new(version.Version, version.State, version.CreatedAt, decisions)
        {
            Algorithm = version.Proposal.Description.Algorithm,
            Origin = version.Origin,
            DataFrom = version.Proposal.DataFrom,
            DataTo = version.Proposal.DataTo,
            TrainMetrics = version.Proposal.TrainMetrics,
            TestMetrics = version.Proposal.TestMetrics,
            Slices = version.Proposal.Slices,
            Verdict = version.Proposal.Verdict,
            Conversion = version.Proposal.Conversion,
            Example = version.Proposal.Description.Example,
            Runtime = version.Proposal.Runtime,
        };
}

/// <summary>A version that a client has registered: what it said of it, and what its files say.</summary>
internal sealed record ClientFacts(
    long Version,
    string State,
    DateTimeOffset RegisteredAt,
    IReadOnlyList<VersionTransition> Decisions
) : VersionFacts(Version, State, RegisteredAt, Decisions)
{
    public required string Source { get; init; }

    public string? RunId { get; init; }

    public string? RegisteredBy { get; init; }

    public string? Description { get; init; }

    public required IReadOnlyList<string> Aliases { get; init; }

    public required IReadOnlyDictionary<string, string> Tags { get; init; }

    /// <summary>Null where they are kept elsewhere.</summary>
    public ModelFiles? Files { get; init; }

    public static ClientFacts Of(
        RegisteredVersion version,
        ModelFiles? files,
        IReadOnlyList<VersionTransition> decisions
    ) =>
        new(version.Version, version.State, UnixTime.At(version.CreatedAt), decisions)
        {
            Source = version.Source,
            RunId = version.RunId,
            RegisteredBy = version.UserId,
            Description = version.Description,
            Aliases = version.Aliases,
            Tags = version.Tags.ToDictionary(tag => tag.Key, tag => tag.Value, StringComparer.Ordinal),
            Files = files,
        };
}
