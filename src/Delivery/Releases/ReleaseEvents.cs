using Rondo.Sdk.Wire;

namespace Rondo.Delivery.Releases;

/// <summary>Data of <c>release.deployed</c>: from here on the environment works with this package.</summary>
internal sealed record ReleaseDeployed(
    string ReleaseId,
    string Environment,
    string Package,
    string Commit,
    string ManifestDigest,
    IReadOnlyList<EndpointManifest> Endpoints
);

/// <summary>Data of <c>release.promoted</c>: the decision that what works in one environment goes on to the next.</summary>
internal sealed record ReleasePromoted(
    string ReleaseId,
    string From,
    string To,
    string Package,
    string Commit,
    string Policy
);

/// <summary>Data of <c>release.failed</c> and <c>release.rehearsed</c>.</summary>
internal sealed record ReleaseRehearsed(
    string ReleaseId,
    string Environment,
    string Package,
    string Commit,
    IReadOnlyDictionary<string, string> Runs,
    string? Reason
);
