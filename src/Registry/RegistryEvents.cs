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

/// <summary>Data of <c>model.alias.removed</c>; the subject is <c>project/environment/model</c>.</summary>
public sealed record ModelAliasRemovedEvent(string Model, string Environment, string Alias, long From)
{
    public const string Type = "model.alias.removed";
}

/// <summary>
/// Data of <c>model.changed</c>: a client has <paramref name="Change"/> (created, renamed, described, deleted) a model; the subject is
/// <c>project/environment/model</c>.
/// </summary>
public sealed record ModelChangedEvent(string Model, string Environment, string Change)
{
    public const string Type = "model.changed";
}

/// <summary>
/// Data of <c>model.name.taken</c>: a pipeline registers a model under <paramref name="Name"/>, which clients had given to one of theirs before the
/// pipeline was there; theirs is called <paramref name="MovedTo"/> from now on. The subject is the pipeline's <c>project/environment/model</c>.
/// </summary>
public sealed record ModelNameTakenEvent(string Model, string Environment, string Name, string MovedTo)
{
    public const string Type = "model.name.taken";
}

/// <summary>Data of <c>model.version.created</c>: a client has registered a version by the address of its files; the subject is its id.</summary>
public sealed record ModelVersionCreatedEvent(
    string Model,
    string Environment,
    long Version,
    string Source,
    string? RunId
)
{
    public const string Type = "model.version.created";
}

/// <summary>Data of <c>model.card.edited</c>; the subject is <c>project/environment/model</c>.</summary>
public sealed record ModelCardEditedEvent(string Model, string Environment, long Revision)
{
    public const string Type = "model.card.edited";
}

/// <summary>Data of <c>model.version.tagged</c>: a tag was set, or removed (the value is null); the subject is the version's id.</summary>
public sealed record ModelVersionTaggedEvent(string Model, string Environment, long Version, string Key, string? Value)
{
    public const string Type = "model.version.tagged";
}

/// <summary>Data of <c>webhook.gaveup</c>: something was not told, however often it was tried; the subject is the webhook.</summary>
public sealed record WebhookGaveUpEvent(string Name, string Delivery, long Failures, string Error)
{
    public const string Type = "webhook.gaveup";
}

/// <summary>Data of <c>model.version.moved</c>: from state to state, and why; <paramref name="From"/> is empty where it begins. The subject is the version's id.</summary>
public sealed record ModelVersionMovedEvent(
    string Model,
    string Environment,
    long Version,
    string From,
    string To,
    string Reason
)
{
    public const string Type = "model.version.moved";
}

/// <summary>Data of <c>model.deleted</c>; the subject is the version's id.</summary>
public sealed record ModelDeletedEvent(string Model, string Environment, long Version)
{
    public const string Type = "model.deleted";
}

/// <summary>What came of deleting a version.</summary>
public sealed record DeletedModelVersion(string Id, DateTimeOffset DeletedAt, string DeletedBy);
