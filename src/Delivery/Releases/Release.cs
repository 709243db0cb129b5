namespace Rondo.Delivery.Releases;

/// <summary>A package in an environment, or on its way there. In <c>test</c> it is released when its pipelines have run there.</summary>
internal sealed record Release(
    string Id,
    string Project,
    string Environment,
    string BuildId,
    string Commit,
    string Package,
    string ManifestDigest,
    string Promotion,
    string State,
    string? Reason,
    IReadOnlyDictionary<string, string> Runs,
    string Actor,
    long? Cause,
    DateTimeOffset CreatedAt,
    DateTimeOffset? FinishedAt
);

/// <summary>The states of a release; the last three are final.</summary>
internal static class ReleaseStates
{
    /// <summary>Nothing was changed in the environment yet.</summary>
    public const string Pending = "pending";

    /// <summary>Deployed to test; its pipelines run on the sample there.</summary>
    public const string Rehearsing = "rehearsing";

    public const string Released = "released";
    public const string Failed = "failed";

    /// <summary>A newer release of the project overtook it in its environment before it was done.</summary>
    public const string Superseded = "superseded";
}

/// <summary>Where packages are released to, in the order in which they get there.</summary>
internal static class Environments
{
    public const string Test = "test";
    public const string Staging = "staging";
    public const string Production = "production";

    public static IReadOnlyList<string> All { get; } = [Test, Staging, Production];
}
