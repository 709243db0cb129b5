using Rondo.Registry;
using Rondo.Sdk.Wire;

namespace Rondo.Serving;

/// <summary>A name under which a model answers. <paramref name="Manifest"/> is the declaration that a release brought; null: made by hand, pins one version.</summary>
public sealed record ServedEndpoint(
    string Name,
    ModelKey Model,
    EndpointManifest? Manifest,
    DateTimeOffset CreatedAt,
    string CreatedBy
);
