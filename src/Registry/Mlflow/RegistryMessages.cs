using System.Globalization;
using Rondo.Mlflow.Wire;
using Rondo.Registry.Clients;

namespace Rondo.Registry.Mlflow;

/// <summary>Models and versions as they travel: lists that are empty are absent, version numbers are texts.</summary>
internal static class RegistryMessages
{
    private const string Ready = "READY";

    public static ModelMessage Of(RegisteredModel model) =>
        new(
            model.Name,
            model.CreatedAt,
            model.UpdatedAt,
            model.Description,
            WireLists.OrAbsent<VersionMessage>([.. model.Latest.Select(Of)]),
            WireLists.OrAbsent(model.Tags),
            WireLists.OrAbsent<AliasMessage>([
                .. model.Aliases.Select(alias => new AliasMessage(alias.Alias, Text(alias.Version))),
            ])
        );

    public static VersionMessage Of(RegisteredVersion version) =>
        new(
            version.Name,
            Text(version.Version),
            version.CreatedAt,
            version.UpdatedAt,
            ModelStage.Of(version.State),
            version.Source,
            Ready
        )
        {
            UserId = version.UserId,
            Description = version.Description,
            RunId = version.RunId,
            RunLink = version.RunLink,
            ModelId = version.LoggedModel,
            Tags = WireLists.OrAbsent(version.Tags),
            Aliases = WireLists.OrAbsent(version.Aliases),
        };

    private static string Text(long version) => version.ToString(CultureInfo.InvariantCulture);
}

internal sealed record ModelMessage(
    string Name,
    long CreationTimestamp,
    long LastUpdatedTimestamp,
    string? Description,
    IReadOnlyList<VersionMessage>? LatestVersions,
    IReadOnlyList<KeyValue>? Tags,
    IReadOnlyList<AliasMessage>? Aliases
);

internal sealed record AliasMessage(string Alias, string Version);

internal sealed record VersionMessage(
    string Name,
    string Version,
    long CreationTimestamp,
    long LastUpdatedTimestamp,
    string CurrentStage,
    string Source,
    string Status
)
{
    public string? UserId { get; init; }
    public string? Description { get; init; }
    public string? RunId { get; init; }
    public string? RunLink { get; init; }
    public string? ModelId { get; init; }
    public IReadOnlyList<KeyValue>? Tags { get; init; }
    public IReadOnlyList<string>? Aliases { get; init; }
}
