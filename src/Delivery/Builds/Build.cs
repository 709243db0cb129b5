namespace Rondo.Delivery.Builds;

/// <summary>One attempt to make a package of a commit: compiled, tested, tried on the sample, packed.</summary>
internal sealed record Build(
    string Id,
    string Project,
    string Branch,
    string Commit,
    string State,
    string Landing,
    string? Reason,
    string? Package,
    long? PackageBytes,
    string? ManifestDigest,
    string? Promotion,
    long? TestsPassed,
    long? TestsFailed,
    string Actor,
    DateTimeOffset CreatedAt,
    DateTimeOffset? StartedAt,
    DateTimeOffset? FinishedAt
);

/// <summary>A build that something must still happen to, and the server whose push waits for it.</summary>
internal sealed record OpenBuild(Build Build, string? Owner);

/// <summary>The states of a build; the last two are final.</summary>
internal static class BuildStates
{
    public const string Queued = "queued";
    public const string Running = "running";
    public const string Succeeded = "succeeded";
    public const string Failed = "failed";
}

/// <summary>Whether the branch moved to the commit that was built.</summary>
internal static class Landings
{
    public const string Waiting = "waiting";
    public const string Landed = "landed";
    public const string Lost = "lost";
}
