namespace Rondo.Delivery.Builds;

/// <summary>Data of <c>build.queued</c> and <c>build.started</c>.</summary>
internal sealed record BuildProgressed(string BuildId, string Commit, string Branch);

/// <summary>Data of <c>build.succeeded</c>.</summary>
internal sealed record BuildSucceeded(
    string BuildId,
    string Commit,
    string Branch,
    string Package,
    string ManifestDigest,
    long TestsPassed,
    long DurationMs
);

/// <summary>Data of <c>build.failed</c>.</summary>
internal sealed record BuildFailed(string BuildId, string Commit, string Branch, string Reason, long? TestsFailed);

/// <summary>Data of <c>repository.pushed</c>. Without a build the branch is only stored.</summary>
internal sealed record RepositoryPushed(string Branch, string Commit, string? BuildId, string? Package);

/// <summary>Data of <c>repository.push.refused</c>.</summary>
internal sealed record RepositoryPushRefused(string Branch, string Commit, string Reason, string? BuildId);
