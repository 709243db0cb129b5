using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Routing;
using Rondo.Kernel.Access;
using Rondo.Mlflow.Wire;
using Rondo.Tracking.Access;
using Rondo.Tracking.Experiments;
using Rondo.Tracking.Rules;

namespace Rondo.Tracking.Mlflow;

/// <summary>The routes of experiments.</summary>
internal static class ExperimentRoutes
{
    public static void Map(RouteGroupBuilder routes)
    {
        routes
            .MapPost("/experiments/create", MlflowHandler.Of<ExperimentStore>(CreateAsync))
            .Needs(Permission.TrackingWrite, MlflowPlaces.NewExperiment);
        routes
            .MapGet(
                "/experiments/get",
                MlflowHandler.Of<ExperimentStore>(
                    async (store, call) => new Found(Wire.Of(await store.GetAsync(IdOf(call.Fields))))
                )
            )
            .Needs(Permission.Read, MlflowPlaces.Experiment);
        routes
            .MapGet(
                "/experiments/get-by-name",
                MlflowHandler.Of<ExperimentStore>(
                    async (store, call) =>
                        new Found(Wire.Of(await store.GetByNameAsync(call.Fields.Required("experiment_name"))))
                )
            )
            .Needs(Permission.Read, MlflowPlaces.ExperimentName);
        routes
            .MapGet("/experiments/search", MlflowHandler.Of<ExperimentSearch>(SearchAsync))
            .NeedsSomewhere(Permission.Read);
        routes
            .MapPost("/experiments/search", MlflowHandler.Of<ExperimentSearch>(SearchAsync))
            .NeedsSomewhere(Permission.Read);
        MapChanges(routes);
    }

    /// <summary>What only pages ask for.</summary>
    public static void MapPages(RouteGroupBuilder routes) =>
        routes
            .MapPost("/experiments/search-datasets", MlflowHandler.Of<ExperimentDatasets>(DatasetsAsync))
            .Needs(Permission.Read, MlflowPlaces.Experiments);

    private static void MapChanges(RouteGroupBuilder routes)
    {
        routes
            .MapPost(
                "/experiments/update",
                MlflowHandler.Do<ExperimentStore>(
                    (store, call) => store.RenameAsync(IdOf(call.Fields), call.Fields.Required("new_name"), call.Actor)
                )
            )
            .Needs(Permission.TrackingWrite, MlflowPlaces.Renamed);
        routes
            .MapPost(
                "/experiments/delete",
                MlflowHandler.Do<ExperimentStore>((store, call) => store.DeleteAsync(IdOf(call.Fields), call.Actor))
            )
            .Needs(Permission.TrackingWrite, MlflowPlaces.Experiment);
        routes
            .MapPost(
                "/experiments/restore",
                MlflowHandler.Do<ExperimentStore>((store, call) => store.RestoreAsync(IdOf(call.Fields), call.Actor))
            )
            .Needs(Permission.TrackingWrite, MlflowPlaces.Experiment);
        routes
            .MapPost(
                "/experiments/set-experiment-tag",
                MlflowHandler.Do<ExperimentStore>(
                    (store, call) =>
                        store.SetTagAsync(
                            IdOf(call.Fields),
                            new KeyValue(call.Fields.Required("key"), call.Fields.Text("value") ?? "")
                        )
                )
            )
            .Needs(Permission.TrackingWrite, MlflowPlaces.Experiment);
        routes
            .MapPost(
                "/experiments/delete-experiment-tag",
                MlflowHandler.Do<ExperimentStore>(
                    (store, call) => store.DeleteTagAsync(IdOf(call.Fields), call.Fields.Required("key"))
                )
            )
            .Needs(Permission.TrackingWrite, MlflowPlaces.Experiment);
    }

    private static async Task<object> DatasetsAsync(ExperimentDatasets datasets, MlflowCall call)
    {
        var experiments = call.Fields.Texts("experiment_ids").Select(TrackingNames.ExperimentId).Distinct().ToList();
        var summaries = experiments.Count switch
        {
            0 => throw call.Fields.Missing("experiment_ids"),
            <= Limits.DatasetsExperimentsMax => await datasets.ListAsync(experiments),
            _ => throw Refusal.Invalid(
                $"Datasets of at most {Limits.DatasetsExperimentsMax} experiments are listed at once; {experiments.Count} were named."
            ),
        };
        return new Summaries(WireLists.OrAbsent([.. summaries.Select(DatasetSummaryMessage.Of)]));
    }

    private static async Task<object> CreateAsync(ExperimentStore store, MlflowCall call)
    {
        var location = call.Fields.Text("artifact_location");
        var asked = new NewExperiment(
            call.Fields.Required("name"),
            string.IsNullOrEmpty(location) ? null : location,
            call.Fields.Pairs("tags")
        );
        return new Created(Wire.Id(await store.CreateAsync(asked, call.Actor)));
    }

    private static async Task<object> SearchAsync(ExperimentSearch search, MlflowCall call)
    {
        var limit = SearchFields.Limit(call.Fields, absent: 0, Limits.SearchMax);
        var (items, next) = await search.FindAsync(
            SearchFields.Query(call.Fields, "view_type", limit),
            call.Caller.FoldersWith(Permission.Read)
        );
        return new FoundMany(WireLists.OrAbsent([.. items.Select(Wire.Of)]), next);
    }

    private static long IdOf(MlflowFields fields) => TrackingNames.ExperimentId(fields.Required("experiment_id"));

    private sealed record Created(string ExperimentId);

    private sealed record Found(ExperimentMessage Experiment);

    private sealed record FoundMany(IReadOnlyList<ExperimentMessage>? Experiments, string? NextPageToken);

    private sealed record Summaries(IReadOnlyList<DatasetSummaryMessage>? DatasetSummaries);
}

internal sealed record DatasetSummaryMessage(string ExperimentId, string Name, string Digest, string? Context)
{
    public static DatasetSummaryMessage Of(DatasetSummary summary) =>
        new(Wire.Id(summary.Experiment), summary.Name, summary.Digest, summary.Context is "" ? null : summary.Context);
}
