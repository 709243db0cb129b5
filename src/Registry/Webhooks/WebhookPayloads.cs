using System.Globalization;
using System.Text.Json;
using Rondo.Kernel.Db;
using Rondo.Kernel.Events;
using Rondo.Mlflow.Wire;
using Rondo.Registry.Clients;

namespace Rondo.Registry.Webhooks;

/// <summary>What webhooks are told, in the words of MLflow: of an event of the log, or of one that is made up to try.</summary>
internal static class WebhookPayloads
{
    /// <summary>The types of events that somebody may be told of.</summary>
    public static IReadOnlyCollection<string> Types { get; } =
    [
        ModelChangedEvent.Type,
        ModelVersionCreatedEvent.Type,
        ModelRegisteredEvent.Type,
        ModelVersionTaggedEvent.Type,
        ModelAliasMovedEvent.Type,
        ModelAliasRemovedEvent.Type,
    ];

    /// <summary>What is told of an event, and its data; null where it is none that anybody is told of.</summary>
    public static async Task<(WebhookEvent Event, object Data)?> OfAsync(Session session, LoggedEvent e)
    {
        switch (e.Type)
        {
            case ModelChangedEvent.Type when e.DataAs<ModelChangedEvent>() is { Change: "created" } created:
                var model = await RegistryReader.FindAsync(session, KeyOf(e, created.Model, created.Environment));
                return (
                    new("registered_model", "created"),
                    new ModelData(model?.Name ?? created.Model, Map(model?.Tags), model?.Description)
                );
            case ModelVersionCreatedEvent.Type:
                var version = e.DataAs<ModelVersionCreatedEvent>();
                return await CreatedAsync(
                    session,
                    KeyOf(e, version.Model, version.Environment),
                    version.Version,
                    version
                );
            case ModelRegisteredEvent.Type:
                var registered = e.DataAs<ModelRegisteredEvent>();
                return await CreatedAsync(
                    session,
                    KeyOf(e, registered.Model, registered.Environment),
                    registered.Version
                );
            case ModelVersionTaggedEvent.Type:
                var tagged = e.DataAs<ModelVersionTaggedEvent>();
                return (
                    new("model_version_tag", tagged.Value is null ? "deleted" : "set"),
                    new TagData(
                        NameOf(KeyOf(e, tagged.Model, tagged.Environment)),
                        Text(tagged.Version),
                        tagged.Key,
                        tagged.Value
                    )
                );
            case ModelAliasMovedEvent.Type:
                var moved = e.DataAs<ModelAliasMovedEvent>();
                return (
                    new("model_version_alias", "created"),
                    new AliasData(NameOf(KeyOf(e, moved.Model, moved.Environment)), moved.Alias, Text(moved.To))
                );
            case ModelAliasRemovedEvent.Type:
                var removed = e.DataAs<ModelAliasRemovedEvent>();
                return (
                    new("model_version_alias", "deleted"),
                    new AliasData(NameOf(KeyOf(e, removed.Model, removed.Environment)), removed.Alias, null)
                );
            default:
                return null;
        }
    }

    /// <summary>Data that are made up, to try whether a webhook listens.</summary>
    public static object Example(WebhookEvent e) =>
        e switch
        {
            { Entity: "registered_model" } => new ModelData(
                "example_model",
                Map([new KeyValue("key", "value")]),
                "An example"
            ),
            { Entity: "model_version" } => new VersionData(
                "example_model",
                "1",
                "models:/123",
                "abcd1234abcd5678",
                Map([new KeyValue("key", "value")]),
                "An example"
            ),
            { Entity: "model_version_tag", Action: "set" } => new TagData("example_model", "1", "key", "value"),
            { Entity: "model_version_tag" } => new TagData("example_model", "1", "key", null),
            { Action: "created" } => new AliasData("example_model", "champion", "1"),
            _ => new AliasData("example_model", "champion", null),
        };

    /// <summary>The body as it is sent and signed.</summary>
    public static string Write(WebhookEvent e, DateTimeOffset at, object data) =>
        JsonSerializer.Serialize(
            new Payload(
                e.Entity,
                e.Action,
                at.ToString("yyyy-MM-dd'T'HH:mm:ss.ffffffzzz", CultureInfo.InvariantCulture),
                data
            ),
            MlflowHandler.Json
        );

    private static async Task<(WebhookEvent Event, object Data)?> CreatedAsync(
        Session session,
        ModelKey key,
        long number,
        ModelVersionCreatedEvent? made = null
    )
    {
        var created = new WebhookEvent("model_version", "created");
        return await RegistryReader.FindVersionAsync(session, key, number) is { } version
                ? (
                    created,
                    new VersionData(
                        version.Name,
                        Text(version.Version),
                        version.Source,
                        version.RunId,
                        Map(version.Tags),
                        version.Description
                    )
                )
            // It was renamed or deleted since: it is told as it was made.
            : made is not null
                ? (created, new VersionData(NameOf(key), Text(number), made.Source, made.RunId, Map(null), null))
            : null;
    }

    private static ModelKey KeyOf(LoggedEvent e, string model, string environment) =>
        new(e.Project, environment, model);

    private static string NameOf(ModelKey key) => ClientModels.NameOf(key);

    private static Dictionary<string, string> Map(IReadOnlyList<KeyValue>? tags) =>
        (tags ?? []).ToDictionary(tag => tag.Key, tag => tag.Value, StringComparer.Ordinal);

    private static string Text(long version) => version.ToString(CultureInfo.InvariantCulture);

    private sealed record Payload(string Entity, string Action, string Timestamp, object Data);

    private sealed record ModelData(string Name, IReadOnlyDictionary<string, string> Tags, string? Description);

    private sealed record VersionData(
        string Name,
        string Version,
        string Source,
        string? RunId,
        IReadOnlyDictionary<string, string> Tags,
        string? Description
    );

    private sealed record TagData(string Name, string Version, string Key, string? Value);

    private sealed record AliasData(string Name, string Alias, string? Version);
}
