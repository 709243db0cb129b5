using System.Globalization;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Routing;
using Rondo.Kernel.Access;
using Rondo.Mlflow.Wire;
using Rondo.Registry.Clients;

namespace Rondo.Registry.Mlflow;

/// <summary>The routes of model versions.</summary>
internal static class ModelVersionRoutes
{
    private const int SearchDefault = 10_000;
    private const int SearchMax = 200_000;

    public static void Map(RouteGroupBuilder routes)
    {
        routes
            .MapPost("/model-versions/create", MlflowHandler.Of<RegisteredVersionStore>(CreateAsync))
            .Needs(Permission.ModelsWrite, RegistryPlaces.Model)
            .Needs(Permission.Read, RegistryPlaces.Source);
        routes
            .MapGet(
                "/model-versions/get",
                MlflowHandler.Of<RegisteredVersionStore>(
                    async (store, call) => Of(await store.GetAsync(call.Fields.Required("name"), NumberOf(call.Fields)))
                )
            )
            .Needs(Permission.Read, RegistryPlaces.Model);
        routes
            .MapPatch(
                "/model-versions/update",
                MlflowHandler.Of<RegisteredVersionStore>(
                    async (store, call) =>
                        Of(
                            await store.DescribeAsync(
                                call.Fields.Required("name"),
                                NumberOf(call.Fields),
                                call.Fields.Text("description")
                            )
                        )
                )
            )
            .Needs(Permission.ModelsWrite, RegistryPlaces.Model);
        routes
            .MapPost("/model-versions/transition-stage", MlflowHandler.Of<RegisteredVersionStore>(MoveAsync))
            .Needs(Permission.ModelsDecide, RegistryPlaces.Model);
        routes
            .MapDelete(
                "/model-versions/delete",
                MlflowHandler.Do<RegisteredVersionStore>(
                    (store, call) => store.DeleteAsync(call.Fields.Required("name"), NumberOf(call.Fields), call.Actor)
                )
            )
            .Needs(Permission.ModelsWrite, RegistryPlaces.Model);
        routes
            .MapGet("/model-versions/search", MlflowHandler.Of<RegistrySearch>(SearchAsync))
            .NeedsSomewhere(Permission.Read);
        routes
            .MapGet(
                "/model-versions/get-download-uri",
                MlflowHandler.Of<RegisteredVersionStore>(
                    async (store, call) =>
                        new Download(
                            (await store.GetAsync(call.Fields.Required("name"), NumberOf(call.Fields))).Storage
                        )
                )
            )
            .Needs(Permission.Read, RegistryPlaces.Model);
        MapTags(routes);
    }

    /// <summary>The number of a version, which travels as a text.</summary>
    public static long NumberOf(MlflowFields fields)
    {
        var text = fields.TextOrNumber("version") is { Length: > 0 } given ? given : throw fields.Missing("version");
        return long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var number) && number > 0
            ? number
            : throw Refusal.Invalid($"Model version must be an integer, got '{text}'");
    }

    private static void MapTags(RouteGroupBuilder routes)
    {
        routes
            .MapPost(
                "/model-versions/set-tag",
                MlflowHandler.Do<RegisteredVersionStore>(
                    (store, call) =>
                        store.SetTagAsync(
                            call.Fields.Required("name"),
                            NumberOf(call.Fields),
                            new KeyValue(call.Fields.Required("key"), call.Fields.Text("value") ?? ""),
                            call.Actor
                        )
                )
            )
            .Needs(Permission.ModelsWrite, RegistryPlaces.Model);
        routes
            .MapDelete(
                "/model-versions/delete-tag",
                MlflowHandler.Do<RegisteredVersionStore>(
                    (store, call) =>
                        store.DeleteTagAsync(
                            call.Fields.Required("name"),
                            NumberOf(call.Fields),
                            call.Fields.Required("key"),
                            call.Actor
                        )
                )
            )
            .Needs(Permission.ModelsWrite, RegistryPlaces.Model);
    }

    /// <summary>The version that a call asks for.</summary>
    public static NewRegisteredVersion AskedBy(MlflowCall call) =>
        new(
            call.Fields.Required("name"),
            call.Fields.Required("source"),
            OrNull(call.Fields.Text("run_id")),
            OrNull(call.Fields.Text("model_id"))
        )
        {
            RunLink = OrNull(call.Fields.Text("run_link")),
            Description = call.Fields.Text("description"),
            Tags = call.Fields.Pairs("tags"),
        };

    private static async Task<object> CreateAsync(RegisteredVersionStore store, MlflowCall call) =>
        Of(await store.CreateAsync(AskedBy(call), call.Actor));

    private static async Task<object> MoveAsync(RegisteredVersionStore store, MlflowCall call)
    {
        var moved = await store.MoveAsync(
            call.Fields.Required("name"),
            NumberOf(call.Fields),
            call.Fields.Required("stage"),
            call.Fields.Flag("archive_existing_versions") ?? throw call.Fields.Missing("archive_existing_versions"),
            call.Caller
        );
        return Of(moved);
    }

    private static async Task<object> SearchAsync(RegistrySearch search, MlflowCall call)
    {
        var limit = SearchFields.Limit(call.Fields, SearchDefault, SearchMax);
        var (items, next) = await search.VersionsAsync(
            SearchFields.Query(call.Fields, "view_type", limit),
            call.Caller.ProjectsWith(Permission.Read)
        );
        return new FoundMany(WireLists.OrAbsent<VersionMessage>([.. items.Select(RegistryMessages.Of)]), next);
    }

    private static object Of(RegisteredVersion version) => new Found(RegistryMessages.Of(version));

    private static string? OrNull(string? text) => string.IsNullOrEmpty(text) ? null : text;

    internal sealed record Found(VersionMessage ModelVersion);

    internal sealed record FoundMany(IReadOnlyList<VersionMessage>? ModelVersions, string? NextPageToken);

    private sealed record Download(string ArtifactUri);
}
