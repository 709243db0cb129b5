using Rondo.Evaluation;
using Rondo.Sdk.Wire;

namespace Rondo.Registry;

/// <summary>Data of <c>model.registered</c>; the subject is the version's id.</summary>
public sealed record ModelRegisteredEvent(
    string Model,
    string Environment,
    long Version,
    string RunId,
    ArtifactRef Artifact
)
{
    public const string Type = "model.registered";
}

/// <summary>Data of <c>model.rejected</c>; the subject is <c>project/environment/model</c>.</summary>
public sealed record ModelRejectedEvent(string Model, string Environment, string RunId, GateVerdict Verdict)
{
    public const string Type = "model.rejected";
}

/// <summary>Data of <c>model.alias.moved</c>; the subject is <c>project/environment/model</c>.</summary>
public sealed record ModelAliasMovedEvent(string Model, string Environment, string Alias, long? From, long To)
{
    public const string Type = "model.alias.moved";
}

/// <summary>Data of <c>model.deleted</c>; the subject is the version's id.</summary>
public sealed record ModelDeletedEvent(string Model, string Environment, long Version)
{
    public const string Type = "model.deleted";
}

/// <summary>What came of deleting a version.</summary>
public sealed record DeletedModelVersion(string Id, DateTimeOffset DeletedAt, string DeletedBy);
