using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Routing;
using Rondo.Kernel.Access;
using Rondo.Mlflow.Filters;
using Rondo.Mlflow.Wire;
using Rondo.Tracking.Access;
using Rondo.Tracking.Artifacts;
using Rondo.Tracking.Models;
using Rondo.Tracking.Rules;

namespace Rondo.Tracking.Mlflow;

/// <summary>The routes of logged models: which one is meant stands in the address.</summary>
internal static class LoggedModelRoutes
{
    private const string One = "/logged-models/{id}";

    public static void Map(RouteGroupBuilder routes)
    {
        routes
            .MapPost("/logged-models", MlflowHandler.Of<LoggedModelStore>(CreateAsync))
            .Needs(Permission.TrackingWrite, MlflowPlaces.NewModel);
        routes
            .MapPost("/logged-models/search", MlflowHandler.Of<LoggedModelSearch>(SearchAsync))
            .NeedsSomewhere(Permission.Read);
        routes
            .MapGet(
                One,
                MlflowHandler.Of<LoggedModelStore>(
                    async (store, call) => new Found(LoggedModelWire.Of(await store.GetAsync(call.Part("id"))))
                )
            )
            .Needs(Permission.Read, MlflowPlaces.Model);
        routes
            .MapPatch(One, MlflowHandler.Of<LoggedModelStore>(MoveAsync))
            .Needs(Permission.TrackingWrite, MlflowPlaces.Model);
        routes
            .MapDelete(
                One,
                MlflowHandler.Do<LoggedModelStore>((store, call) => store.DeleteAsync(call.Part("id"), call.Actor))
            )
            .Needs(Permission.TrackingWrite, MlflowPlaces.Model);
        routes
            .MapPost(
                One + "/params",
                MlflowHandler.Do<LoggedModelStore>(
                    (store, call) => store.AddParamsAsync(call.Part("id"), call.Fields.Pairs("params"))
                )
            )
            .Needs(Permission.TrackingWrite, MlflowPlaces.Model);
        routes
            .MapPatch(
                One + "/tags",
                MlflowHandler.Do<LoggedModelStore>(
                    (store, call) => store.SetTagsAsync(call.Part("id"), call.Fields.Pairs("tags"))
                )
            )
            .Needs(Permission.TrackingWrite, MlflowPlaces.Model);
        // The key of a tag may hold slashes, and clients write it into the address as it is, or as any part of one.
        routes
            .MapDelete(
                One + "/tags/{**key}",
                MlflowHandler.Do<LoggedModelStore>(
                    (store, call) =>
                        store.DeleteTagAsync(call.Part("id"), call.LastPart("key", $"/{call.Part("id")}/tags/"))
                )
            )
            .Needs(Permission.TrackingWrite, MlflowPlaces.Model);
        routes
            .MapGet(One + "/artifacts/directories", MlflowHandler.Of<LoggedArtifacts>(ListAsync))
            .Needs(Permission.Read, MlflowPlaces.Model);
    }

    private static async Task<object> CreateAsync(LoggedModelStore store, MlflowCall call)
    {
        var asked = new NewLoggedModel
        {
            Experiment = TrackingNames.ExperimentId(call.Fields.Required("experiment_id")),
            Name = call.Fields.Text("name"),
            ModelType = OrAbsent(call.Fields.Text("model_type")),
            SourceRun = OrAbsent(call.Fields.Text("source_run_id")),
            Params = call.Fields.Pairs("params"),
            Tags = call.Fields.Pairs("tags"),
        };
        return new Found(LoggedModelWire.Of(await store.CreateAsync(asked, call.Actor)));
    }

    private static async Task<object> MoveAsync(LoggedModelStore store, MlflowCall call)
    {
        var status =
            call.Fields.Choice<LoggedModelStatus>("status", LoggedModelStatusNames.Of)
            ?? throw call.Fields.Missing("status");
        var message = OrAbsent(call.Fields.Text("status_message"));
        return new Found(LoggedModelWire.Of(await store.MoveAsync(call.Part("id"), status, message, call.Actor)));
    }

    private static async Task<object> SearchAsync(LoggedModelSearch search, MlflowCall call)
    {
        var query = new LoggedModelQuery
        {
            Experiments = await call.Get<TrackingPlaces>().ReadableAsync(ExperimentsOf(call.Fields), call.Caller),
            Filter = call.Fields.Text("filter"),
            Datasets = DatasetsOf(call.Fields),
            OrderBy = OrderOf(call.Fields.Messages("order_by")),
            Limit = SearchFields.Limit(call.Fields, Limits.SearchModelsDefault, Limits.SearchMax),
            Token = PageToken.Read(call.Fields.Text("page_token")),
        };
        var (items, next) = await search.FindAsync(query);
        return new FoundMany(WireLists.OrAbsent([.. items.Select(LoggedModelWire.Of)]), next);
    }

    private static async Task<object> ListAsync(LoggedArtifacts artifacts, MlflowCall call)
    {
        var (root, files) = await artifacts.ListOfModelAsync(
            call.Part("id"),
            call.Fields.Text("artifact_directory_path") ?? "",
            call.Fields.Text("page_token")
        );
        return new ArtifactListing(root, WireLists.OrAbsent(files));
    }

    private static List<long> ExperimentsOf(MlflowFields fields)
    {
        var experiments = fields.Texts("experiment_ids").Select(TrackingNames.ExperimentId).Distinct().ToList();
        return experiments.Count <= Limits.SearchExperimentsMax
            ? experiments
            : throw Refusal.Invalid($"A search is in at most {Limits.SearchExperimentsMax} experiments.");
    }

    private static List<DatasetChoice> DatasetsOf(MlflowFields fields)
    {
        var datasets = fields
            .Messages("datasets")
            .Select(dataset => new DatasetChoice(
                dataset.Required("dataset_name"),
                OrAbsent(dataset.Text("dataset_digest"))
            ))
            .ToList();
        return datasets.Count <= Limits.SearchModelsDatasetsMax
            ? datasets
            : throw Refusal.Invalid($"A search names at most {Limits.SearchModelsDatasetsMax} datasets.");
    }

    private static List<LoggedModelOrder> OrderOf(IReadOnlyList<MlflowFields> items)
    {
        if (items.Count > Limits.OrderItemsMax)
        {
            throw Refusal.Invalid($"An order has at most {Limits.OrderItemsMax} items; this one has {items.Count}.");
        }

        var order = items.Select(OrderOf).ToList();
        var twice = order.GroupBy(item => (item.Field, item.Dataset)).FirstOrDefault(same => same.Count() > 1);
        return twice is null
            ? order
            : throw Refusal.Invalid($"`order_by` names '{twice.Key.Field.Key}' twice; name each field once.");
    }

    private static LoggedModelOrder OrderOf(MlflowFields item)
    {
        var name = item.Required("field_name");
        var parsed = FilterParser.ParseOrder([name], TrackingVocabulary.LoggedModels)[0];
        var dataset = OrAbsent(item.Text("dataset_name"));
        var digest = OrAbsent(item.Text("dataset_digest"));
        if (!parsed.Ascending)
        {
            throw Refusal.Value(Names.Json(name), "field_name", "The direction is told by 'ascending'.");
        }

        if (dataset is null && digest is not null)
        {
            throw item.Missing("dataset_name");
        }

        if (dataset is not null && parsed.Field.Entity != FilterEntity.Metric)
        {
            throw Refusal.Value(Names.Json(dataset), "dataset_name", "Only metrics are those of a dataset.");
        }

        return new LoggedModelOrder(
            parsed.Field,
            item.Flag("ascending") ?? true,
            dataset is null ? null : new DatasetChoice(dataset, digest)
        );
    }

    private static string? OrAbsent(string? text) => string.IsNullOrEmpty(text) ? null : text;

    private sealed record Found(LoggedModelMessage Model);

    private sealed record FoundMany(IReadOnlyList<LoggedModelMessage>? Models, string? NextPageToken);
}
