using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Routing;
using Rondo.Kernel.Access;
using Rondo.Mlflow.Wire;
using Rondo.Tracking.Access;
using Rondo.Tracking.Rules;
using Rondo.Tracking.Runs;

namespace Rondo.Tracking.Mlflow;

/// <summary>The routes of runs, save what runs log.</summary>
internal static class RunRoutes
{
    public static void Map(RouteGroupBuilder routes)
    {
        routes
            .MapPost("/runs/create", MlflowHandler.Of<RunStore>(CreateAsync))
            .Needs(Permission.TrackingWrite, MlflowPlaces.Experiment);
        routes
            .MapGet(
                "/runs/get",
                MlflowHandler.Of<RunStore>(
                    async (store, call) => new RunAnswer(await store.ReadAsync(call.Fields.RunId(), RunsWire.ReadAsync))
                )
            )
            .Needs(Permission.Read, MlflowPlaces.Run);
        routes
            .MapPost("/runs/update", MlflowHandler.Of<RunStore>(UpdateAsync))
            .Needs(Permission.TrackingWrite, MlflowPlaces.Run);
        routes
            .MapPost(
                "/runs/delete",
                MlflowHandler.Do<RunStore>((store, call) => store.DeleteAsync(call.Fields.RunId(), call.Actor))
            )
            .Needs(Permission.TrackingWrite, MlflowPlaces.Run);
        routes
            .MapPost(
                "/runs/restore",
                MlflowHandler.Do<RunStore>((store, call) => store.RestoreAsync(call.Fields.RunId(), call.Actor))
            )
            .Needs(Permission.TrackingWrite, MlflowPlaces.Run);
        routes.MapPost("/runs/search", MlflowHandler.Of<RunSearch>(SearchAsync)).NeedsSomewhere(Permission.Read);
    }

    private static async Task<object> CreateAsync(RunStore store, MlflowCall call)
    {
        var asked = new NewRun(
            TrackingNames.ExperimentId(call.Fields.Required("experiment_id")),
            call.Fields.Text("user_id") ?? "",
            call.Fields.Long("start_time"),
            call.Fields.Text("run_name"),
            call.Fields.Pairs("tags")
        );
        var made = await store.CreateAsync(asked, call.Actor);
        return new RunAnswer(await store.ReadAsync(made.Id, RunsWire.ReadAsync));
    }

    private static async Task<object> UpdateAsync(RunStore store, MlflowCall call)
    {
        var info = await store.UpdateAsync(
            call.Fields.RunId(),
            call.Fields.Choice<RunStatus>("status", status => status.ToString()),
            call.Fields.Long("end_time"),
            call.Fields.Text("run_name"),
            call.Actor
        );
        return new Updated(Wire.Of(info));
    }

    private static async Task<object> SearchAsync(RunSearch search, MlflowCall call)
    {
        var limit = SearchFields.Limit(call.Fields, Limits.SearchRunsDefault, Limits.SearchMax);
        var experiments = call.Fields.Texts("experiment_ids").Select(TrackingNames.ExperimentId).Distinct().ToList();
        if (experiments.Count > Limits.SearchExperimentsMax)
        {
            throw Refusal.Invalid($"A search is in at most {Limits.SearchExperimentsMax} experiments.");
        }

        var readable = await call.Get<TrackingPlaces>().ReadableAsync(experiments, call.Caller);
        var (runs, next) = await search.FindAsync(
            readable,
            SearchFields.Query(call.Fields, "run_view_type", limit),
            RunsWire.ReadAsync
        );
        return new RunsAnswer(runs, next);
    }

    private sealed record Updated(RunInfoMessage RunInfo);
}
