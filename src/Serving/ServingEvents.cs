using Rondo.Sdk.Wire;

namespace Rondo.Serving;

/// <summary>Data of <c>endpoint.created</c>; the subject is the endpoint. <paramref name="Version"/> is set where one version is pinned.</summary>
public sealed record EndpointCreatedEvent(string Endpoint, string Model, string Environment, long? Version)
{
    public const string Type = "endpoint.created";

    /// <summary>What was declared; null where one version is pinned.</summary>
    public EndpointManifest? Manifest { get; init; }
}

/// <summary>
/// Data of <c>endpoint.updated</c>: a release, or a change of settings, made another declaration hold. <paramref name="Settings"/> are those that are
/// not as they were because of changes.
/// </summary>
public sealed record EndpointUpdatedEvent(
    string Endpoint,
    string Model,
    string Environment,
    EndpointManifest? Manifest,
    IReadOnlyList<SettingChange> Settings,
    string Reason
)
{
    public const string Type = "endpoint.updated";
}

/// <summary>A setting of an endpoint, before and after.</summary>
public sealed record SettingChange(string Setting, string Before, string After);

/// <summary>Data of <c>endpoint.refused</c>: a declaration that could not be taken, and why.</summary>
public sealed record EndpointRefusedEvent(string Endpoint, string Reason)
{
    public const string Type = "endpoint.refused";
}

/// <summary>
/// Data of <c>endpoint.fallback.missing</c>: the version that the endpoint answers with was rejected, and nothing can take its place.
/// </summary>
public sealed record FallbackMissingEvent(string Endpoint, long Version, string Reason)
{
    public const string Type = "endpoint.fallback.missing";
}

/// <summary>Data of <c>rollout.requested</c>: somebody asked for a version by hand.</summary>
public sealed record RolloutRequestedEvent(string Endpoint, string Model, long Version)
{
    public const string Type = "rollout.requested";
}

/// <summary>Data of <c>rollout.started</c>, <c>.advanced</c>, <c>.completed</c> and <c>.rolledback</c>; the subject is the endpoint.</summary>
public sealed record RolloutEvent(
    string Endpoint,
    string Model,
    long Version,
    long? Previous,
    int Percent,
    string Reason,
    IReadOnlyList<RolloutCheck> Checks
)
{
    public const string Started = "rollout.started";
    public const string Advanced = "rollout.advanced";
    public const string Completed = "rollout.completed";
    public const string RolledBack = "rollout.rolledback";
}

/// <summary>One thing that was looked at before traffic moved, with its figures.</summary>
public sealed record RolloutCheck(string Name, bool Passed, double? Observed, double? Limit, string? Detail = null);

/// <summary>What Serving and Monitoring read of <c>release.deployed</c>.</summary>
public sealed record ReleasedEndpoints(string Environment, IReadOnlyList<EndpointManifest>? Endpoints)
{
    public const string EventType = "release.deployed";

    /// <summary>The environment whose releases are served and watched.</summary>
    public const string Production = "production";
}
