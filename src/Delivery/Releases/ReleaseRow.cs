using System.Text.Json;
using Rondo.Data;

namespace Rondo.Delivery.Releases;

internal sealed record ReleaseRow
{
    public string Id { get; init; } = "";
    public string Project { get; init; } = "";
    public string Environment { get; init; } = "";
    public string BuildId { get; init; } = "";
    public string CommitId { get; init; } = "";
    public string PackageDigest { get; init; } = "";
    public string ManifestDigest { get; init; } = "";
    public string Promotion { get; init; } = "";
    public string State { get; init; } = "";
    public string? Reason { get; init; }
    public string RunIds { get; init; } = "";
    public string Actor { get; init; } = "";
    public long? Cause { get; init; }
    public long CreatedAt { get; init; }
    public long? FinishedAt { get; init; }

    public Release ToRelease() =>
        new(
            Id,
            Project,
            Environment,
            BuildId,
            CommitId,
            PackageDigest,
            ManifestDigest,
            Promotion,
            State,
            Reason,
            JsonSerializer.Deserialize<Dictionary<string, string>>(RunIds, RondoJson.Options)!,
            Actor,
            Cause,
            DateTimeOffset.FromUnixTimeMilliseconds(CreatedAt),
            FinishedAt is { } finished ? DateTimeOffset.FromUnixTimeMilliseconds(finished) : null
        );
}
