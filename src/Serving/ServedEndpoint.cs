using Rondo.Registry;
using Rondo.Sdk.Wire;

namespace Rondo.Serving;

/// <summary>
/// A name under which a model answers. <paramref name="Manifest"/> is what holds: the declaration that a release brought, with the settings that
/// changes have put over it; null: made by hand, pins one version.
/// </summary>
public sealed record ServedEndpoint(
    string Name,
    ModelKey Model,
    EndpointManifest? Manifest,
    DateTimeOffset CreatedAt,
    string CreatedBy
)
{
    /// <summary>The declaration as the release brought it.</summary>
    public EndpointManifest? Declared { get; init; } = Manifest;
}
