using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Rondo.Kernel.Access;
using Rondo.Mlflow.Wire;
using Rondo.Tracking.Rules;

namespace Rondo.Tracking.Access;

/// <summary>The places that calls of MLflow's clients are about.</summary>
internal static class MlflowPlaces
{
    /// <summary>Of the experiment that <c>experiment_id</c> names.</summary>
    public static PlaceFinder Experiment { get; } = Of((places, call) => places.OfExperimentsAsync([IdOf(call)]));

    /// <summary>Of those that <c>experiment_ids</c> names.</summary>
    public static PlaceFinder Experiments { get; } =
        Of(
            (places, call) =>
                places.OfExperimentsAsync([
                    .. call.Fields.Texts("experiment_ids").Select(TrackingNames.ExperimentId).Distinct(),
                ])
        );

    /// <summary>Of a name, whether there is an experiment of it or not.</summary>
    public static PlaceFinder ExperimentName { get; } =
        Of((_, call) => At(Place.Experiment(call.Fields.Required("experiment_name"))));

    /// <summary>Of an experiment that is to be made; a place for its files that is already somebody's is theirs, too.</summary>
    public static PlaceFinder NewExperiment { get; } =
        Of(
            async (places, call) =>
                [
                    Place.Experiment(call.Fields.Required("name")),
                    .. await places.OfAddressAsync(call.Fields.Text("artifact_location") ?? ""),
                ]
        );

    /// <summary>Where an experiment stands, and where it is to stand.</summary>
    public static PlaceFinder Renamed { get; } =
        Of(
            async (places, call) =>
                [.. await places.OfExperimentsAsync([IdOf(call)]), Place.Experiment(call.Fields.Required("new_name"))]
        );

    /// <summary>Of a run.</summary>
    public static PlaceFinder Run { get; } = Of((places, call) => places.OfRunsAsync([call.Fields.RunId()]));

    /// <summary>Of a run and the logged models that are named beside it.</summary>
    public static PlaceFinder RunAndModels { get; } =
        Of(
            async (places, call) =>
                [
                    .. await places.OfRunsAsync([call.Fields.RunId()]),
                    .. await places.OfNamedModelsAsync(ModelsIn(call.Fields)),
                ]
        );

    /// <summary>Of the experiment that a logged model is made in, and of the run that it says to come of.</summary>
    public static PlaceFinder NewModel { get; } =
        Of(
            async (places, call) =>
                [
                    .. await places.OfExperimentsAsync([IdOf(call)]),
                    .. await places.OfNamedRunsAsync([call.Fields.Text("source_run_id") ?? ""]),
                ]
        );

    /// <summary>Of several runs.</summary>
    public static PlaceFinder Runs { get; } =
        Of(
            (places, call) =>
                places.OfRunsAsync([
                    .. call.Repeated("run_ids").Concat(call.Repeated("run_id")).Distinct(StringComparer.Ordinal),
                ])
        );

    /// <summary>Of the logged model in the address.</summary>
    public static PlaceFinder Model { get; } = Of((places, call) => places.OfModelsAsync([call.Part("id")]));

    /// <summary>Of a run where the body is a file.</summary>
    public static PlaceFinder RunInQuery { get; } =
        async context => await PlacesOf(context).OfRunsAsync([MlflowCall.Query(context.Request).RunId()]);

    /// <summary>Of a file behind the artifact proxy, in the address.</summary>
    public static PlaceFinder Artifact { get; } =
        async context => await PlacesOf(context).OfArtifactAsync(PathOf(context));

    /// <summary>Of a folder behind the artifact proxy, in the query.</summary>
    public static PlaceFinder ArtifactFolder { get; } =
        Of((places, call) => places.OfArtifactAsync((call.Fields.Text("path") ?? "").Trim('/')));

    /// <summary>Of what is removed behind the artifact proxy: whoever removes more than one run has logged removes what may be anybody's.</summary>
    public static PlaceFinder RemovedArtifact { get; } =
        async context => [await PlacesOf(context).OwnerAsync(PathOf(context)) ?? Place.Everything];

    private static PlaceFinder Of(Func<TrackingPlaces, MlflowCall, Task<IReadOnlyList<Place>>> find) =>
        async context => await find(PlacesOf(context), await MlflowCall.ReadAsync(context));

    private static Task<IReadOnlyList<Place>> At(Place place) => Task.FromResult<IReadOnlyList<Place>>([place]);

    private static string PathOf(HttpContext context) => ((string?)context.Request.RouteValues["path"] ?? "").Trim('/');

    private static TrackingPlaces PlacesOf(HttpContext context) =>
        context.RequestServices.GetRequiredService<TrackingPlaces>();

    private static long IdOf(MlflowCall call) => TrackingNames.ExperimentId(call.Fields.Required("experiment_id"));

    private static IReadOnlyList<string> ModelsIn(MlflowFields fields) =>
        [
            .. fields
                .Messages("metrics")
                .Concat(fields.Messages("models"))
                .Append(fields)
                .Select(one => one.Text("model_id"))
                .Where(id => !string.IsNullOrEmpty(id))
                .OfType<string>()
                .Distinct(StringComparer.Ordinal),
        ];
}
