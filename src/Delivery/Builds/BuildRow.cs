namespace Rondo.Delivery.Builds;

internal sealed record BuildRow
{
    public string Id { get; init; } = "";
    public string Project { get; init; } = "";
    public string Branch { get; init; } = "";
    public string CommitId { get; init; } = "";
    public string State { get; init; } = "";
    public string Landing { get; init; } = "";
    public string? Reason { get; init; }
    public string? PackageDigest { get; init; }
    public long? PackageBytes { get; init; }
    public string? ManifestDigest { get; init; }
    public string? Promotion { get; init; }
    public long? TestsPassed { get; init; }
    public long? TestsFailed { get; init; }
    public string Actor { get; init; } = "";
    public long CreatedAt { get; init; }
    public long? StartedAt { get; init; }
    public long? FinishedAt { get; init; }
    public string? Owner { get; init; }

    public Build ToBuild() =>
        new(
            Id,
            Project,
            Branch,
            CommitId,
            State,
            Landing,
            Reason,
            PackageDigest,
            PackageBytes,
            ManifestDigest,
            Promotion,
            TestsPassed,
            TestsFailed,
            Actor,
            DateTimeOffset.FromUnixTimeMilliseconds(CreatedAt),
            StartedAt is { } started ? DateTimeOffset.FromUnixTimeMilliseconds(started) : null,
            FinishedAt is { } finished ? DateTimeOffset.FromUnixTimeMilliseconds(finished) : null
        );
}
