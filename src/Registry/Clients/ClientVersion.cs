using Rondo.Mlflow.Wire;

namespace Rondo.Registry.Clients;

/// <summary>A version of clients as our own address tells it, in the words of the versions of pipelines.</summary>
internal sealed record ClientVersion(
    string Id,
    string Project,
    string Environment,
    string Model,
    long Version,
    string State,
    IReadOnlyList<string> Aliases,
    string Source,
    string Storage,
    string? RunId,
    string? Description,
    IReadOnlyDictionary<string, string> Tags,
    DateTimeOffset CreatedAt
)
{
    public static ClientVersion Of(RegisteredVersion version) =>
        new(
            version.Id,
            version.Project,
            version.Environment,
            version.Model,
            version.Version,
            version.State,
            version.Aliases,
            version.Source,
            version.Storage,
            version.RunId,
            version.Description,
            version.Tags.ToDictionary(tag => tag.Key, tag => tag.Value, StringComparer.Ordinal),
            DateTimeOffset.FromUnixTimeMilliseconds(version.CreatedAt)
        );
}
