using Rondo.Kernel;
using Rondo.Mlflow.Wire;
using Rondo.Registry.Clients.Formats;

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
    /// <summary>What the version's files say; null where they are kept elsewhere, or it was not asked for.</summary>
    public ModelFiles? Files { get; init; }

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
            UnixTime.At(version.CreatedAt)
        );
}
