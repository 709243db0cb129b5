using Microsoft.AspNetCore.Http;
using Rondo.Kernel.Access;
using Rondo.Kernel.Db;
using Rondo.Mlflow.Wire;
using Rondo.Registry.Clients;
using Rondo.Tracking;

namespace Rondo.Registry.Mlflow;

/// <summary>The projects that calls of MLflow's clients are about: that of a model is where it was made, whatever clients call it.</summary>
internal static class RegistryPlaces
{
    /// <summary>The project of the models that clients make.</summary>
    public static PlaceFinder Clients { get; } = At.TheProject(ClientModels.Project);

    /// <summary>The project of the model that a call names.</summary>
    public static PlaceFinder Model { get; } =
        async context =>
        {
            var call = await MlflowCall.ReadAsync(context);
            var name = call.Fields.Required("name");
            var model = await call.Get<Database>()
                .ReadAsync(async session => await RegistryReader.RequireAsync(session, name));
            return [Place.Project(model.Project)];
        };

    /// <summary>Whose files become a version: a name of the registry's must not make readable what is not.</summary>
    public static PlaceFinder Source { get; } =
        async context =>
        {
            var call = await MlflowCall.ReadAsync(context);
            var asked = ModelVersionRoutes.AskedBy(call);
            var roots = call.Get<ArtifactRoots>();
            var sources = call.Get<VersionSources>();
            return
            [
                Place.Project((await sources.ModelOfAsync(asked.Source))?.Project ?? ClientModels.Project),
                .. await roots.PlacesOfAsync(asked.RunId, asked.LoggedModel),
                .. await roots.PlacesOfAsync(await sources.StorageOfAsync(asked)),
            ];
        };
}
