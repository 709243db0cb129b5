using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Routing;
using Rondo.Kernel.Access;
using Rondo.Mlflow.Wire;
using Rondo.Registry.Clients;

namespace Rondo.Registry.Mlflow;

/// <summary>The routes of registered models.</summary>
internal static class RegisteredModelRoutes
{
    private const int SearchDefault = 100;
    private const int SearchMax = 1000;

    public static void Map(RouteGroupBuilder routes)
    {
        routes
            .MapPost("/registered-models/create", MlflowHandler.Of<RegisteredModelStore>(CreateAsync))
            .Needs(Permission.ModelsWrite, RegistryPlaces.Clients);
        routes
            .MapGet(
                "/registered-models/get",
                MlflowHandler.Of<RegisteredModelStore>(
                    async (store, call) =>
                        new Found(RegistryMessages.Of(await store.GetAsync(call.Fields.Required("name"))))
                )
            )
            .Needs(Permission.Read, RegistryPlaces.Model);
        routes
            .MapPost("/registered-models/rename", MlflowHandler.Of<RegisteredModelStore>(RenameAsync))
            .Needs(Permission.ModelsWrite, RegistryPlaces.Model);
        routes
            .MapPatch("/registered-models/update", MlflowHandler.Of<RegisteredModelStore>(UpdateAsync))
            .Needs(Permission.ModelsWrite, RegistryPlaces.Model);
        routes
            .MapDelete(
                "/registered-models/delete",
                MlflowHandler.Do<RegisteredModelStore>(
                    (store, call) => store.DeleteAsync(call.Fields.Required("name"), call.Actor)
                )
            )
            .Needs(Permission.ModelsWrite, RegistryPlaces.Model);
        routes
            .MapGet("/registered-models/search", MlflowHandler.Of<RegistrySearch>(SearchAsync))
            .NeedsSomewhere(Permission.Read);
        routes
            .MapGet("/registered-models/get-latest-versions", MlflowHandler.Of<RegisteredVersionStore>(LatestAsync))
            .Needs(Permission.Read, RegistryPlaces.Model);
        routes
            .MapPost("/registered-models/get-latest-versions", MlflowHandler.Of<RegisteredVersionStore>(LatestAsync))
            .Needs(Permission.Read, RegistryPlaces.Model);
        MapTags(routes);
        MapAliases(routes);
    }

    private static void MapTags(RouteGroupBuilder routes)
    {
        routes
            .MapPost(
                "/registered-models/set-tag",
                MlflowHandler.Do<RegisteredModelStore>(
                    (store, call) =>
                        store.SetTagAsync(
                            call.Fields.Required("name"),
                            new KeyValue(call.Fields.Required("key"), call.Fields.Text("value") ?? "")
                        )
                )
            )
            .Needs(Permission.ModelsWrite, RegistryPlaces.Model);
        routes
            .MapDelete(
                "/registered-models/delete-tag",
                MlflowHandler.Do<RegisteredModelStore>(
                    (store, call) => store.DeleteTagAsync(call.Fields.Required("name"), call.Fields.Required("key"))
                )
            )
            .Needs(Permission.ModelsWrite, RegistryPlaces.Model);
    }

    private static void MapAliases(RouteGroupBuilder routes)
    {
        const string alias = "/registered-models/alias";
        routes
            .MapPost(
                alias,
                MlflowHandler.Do<RegisteredModelStore>(
                    (store, call) =>
                        store.SetAliasAsync(
                            call.Fields.Required("name"),
                            call.Fields.Required("alias"),
                            ModelVersionRoutes.NumberOf(call.Fields),
                            call.Actor
                        )
                )
            )
            .Needs(Permission.ModelsWrite, RegistryPlaces.Model);
        routes
            .MapDelete(
                alias,
                MlflowHandler.Do<RegisteredModelStore>(
                    (store, call) =>
                        store.DeleteAliasAsync(call.Fields.Required("name"), call.Fields.Required("alias"), call.Actor)
                )
            )
            .Needs(Permission.ModelsWrite, RegistryPlaces.Model);
        routes
            .MapGet(
                alias,
                MlflowHandler.Of<RegisteredModelStore>(
                    async (store, call) =>
                        new ModelVersionRoutes.Found(
                            RegistryMessages.Of(
                                await store.ByAliasAsync(call.Fields.Required("name"), call.Fields.Required("alias"))
                            )
                        )
                )
            )
            .Needs(Permission.Read, RegistryPlaces.Model);
    }

    private static async Task<object> CreateAsync(RegisteredModelStore store, MlflowCall call)
    {
        var asked = new NewRegisteredModel(
            call.Fields.Required("name"),
            call.Fields.Text("description"),
            call.Fields.Pairs("tags")
        );
        return new Found(RegistryMessages.Of(await store.CreateAsync(asked, call.Actor)));
    }

    private static async Task<object> RenameAsync(RegisteredModelStore store, MlflowCall call)
    {
        var renamed = await store.RenameAsync(
            call.Fields.Required("name"),
            call.Fields.Required("new_name"),
            call.Actor
        );
        return new Found(RegistryMessages.Of(renamed));
    }

    private static async Task<object> UpdateAsync(RegisteredModelStore store, MlflowCall call)
    {
        var described = await store.DescribeAsync(
            call.Fields.Required("name"),
            call.Fields.Text("description"),
            call.Actor
        );
        return new Found(RegistryMessages.Of(described));
    }

    private static async Task<object> SearchAsync(RegistrySearch search, MlflowCall call)
    {
        var limit = SearchFields.Limit(call.Fields, SearchDefault, SearchMax);
        var (items, next) = await search.ModelsAsync(
            SearchFields.Query(call.Fields, "view_type", limit),
            call.Caller.ProjectsWith(Permission.Read)
        );
        return new FoundMany(WireLists.OrAbsent<ModelMessage>([.. items.Select(RegistryMessages.Of)]), next);
    }

    private static async Task<object> LatestAsync(RegisteredVersionStore store, MlflowCall call)
    {
        var latest = await store.LatestAsync(call.Fields.Required("name"), call.Fields.Texts("stages"));
        return new ModelVersionRoutes.FoundMany(
            WireLists.OrAbsent<VersionMessage>([.. latest.Select(RegistryMessages.Of)]),
            null
        );
    }

    private sealed record Found(ModelMessage RegisteredModel);

    private sealed record FoundMany(IReadOnlyList<ModelMessage>? RegisteredModels, string? NextPageToken);
}
