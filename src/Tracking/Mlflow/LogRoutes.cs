using System.Text.Json;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Routing;
using Rondo.Kernel.Access;
using Rondo.Mlflow.Wire;
using Rondo.Tracking.Access;
using Rondo.Tracking.Metrics;
using Rondo.Tracking.Models;
using Rondo.Tracking.Rules;
using Rondo.Tracking.Runs;

namespace Rondo.Tracking.Mlflow;

/// <summary>The routes by which runs log, and by which their metrics are read.</summary>
internal static class LogRoutes
{
    private static readonly string[] s_modelFields = ["artifact_path", "flavors", "utc_time_created", "run_id"];

    public static void Map(RouteGroupBuilder routes)
    {
        routes
            .MapPost("/runs/log-metric", MlflowHandler.Do<RunLog>(LogMetricAsync))
            .Needs(Permission.TrackingWrite, MlflowPlaces.RunAndModels);
        routes
            .MapPost("/runs/log-parameter", MlflowHandler.Do<RunLog>(LogParamAsync))
            .Needs(Permission.TrackingWrite, MlflowPlaces.Run);
        routes
            .MapPost("/runs/log-batch", MlflowHandler.Do<RunLog>(LogBatchAsync))
            .Needs(Permission.TrackingWrite, MlflowPlaces.RunAndModels);
        routes
            .MapPost("/runs/set-tag", MlflowHandler.Do<RunLog>(SetTagAsync))
            .Needs(Permission.TrackingWrite, MlflowPlaces.Run);
        routes
            .MapPost(
                "/runs/delete-tag",
                MlflowHandler.Do<RunLog>(
                    (store, call) => store.DeleteTagAsync(call.Fields.RunId(), call.Fields.Required("key"))
                )
            )
            .Needs(Permission.TrackingWrite, MlflowPlaces.Run);
        routes
            .MapPost("/runs/log-inputs", MlflowHandler.Do<RunInputs>(LogInputsAsync))
            .Needs(Permission.TrackingWrite, MlflowPlaces.Run)
            .Needs(Permission.Read, MlflowPlaces.RunAndModels);
        routes
            .MapPost(
                "/runs/outputs",
                MlflowHandler.Do<RunInputs>(
                    (store, call) => store.AddOutputsAsync(call.Fields.RunId(), ModelsOf(call.Fields))
                )
            )
            .Needs(Permission.TrackingWrite, MlflowPlaces.Run)
            .Needs(Permission.Read, MlflowPlaces.RunAndModels);
        routes
            .MapPost("/runs/log-model", MlflowHandler.Do<RunLog>(LogModelAsync))
            .Needs(Permission.TrackingWrite, MlflowPlaces.Run);
        routes
            .MapGet("/metrics/get-history", MlflowHandler.Of<MetricHistory>(HistoryAsync))
            .Needs(Permission.Read, MlflowPlaces.Run);
    }

    private static Task LogMetricAsync(RunLog log, MlflowCall call)
    {
        var run = call.Fields.RunId();
        var (points, modelPoints) = LoggedPoints.Of([call.Fields]);
        Names.CheckKey(points[0].Key, "key");
        CheckTime(points[0].Timestamp);
        return log.WriteAsync(run, new RunBatch(points, [], []) { ModelPoints = modelPoints });
    }

    private static Task LogParamAsync(RunLog log, MlflowCall call)
    {
        var run = call.Fields.RunId();
        var param = new KeyValue(call.Fields.Required("key"), call.Fields.Text("value") ?? "");
        Names.CheckKey(param.Key, "key");
        return log.WriteAsync(run, new RunBatch([], [param], []), single: true);
    }

    private static Task LogBatchAsync(RunLog log, MlflowCall call)
    {
        var run = call.Fields.RunId();
        var (points, modelPoints) = LoggedPoints.Of(call.Fields.Messages("metrics"));
        return log.WriteAsync(
            run,
            new RunBatch(points, call.Fields.Pairs("params"), call.Fields.Pairs("tags")) { ModelPoints = modelPoints }
        );
    }

    private static Task SetTagAsync(RunLog log, MlflowCall call)
    {
        var run = call.Fields.RunId();
        var tag = new KeyValue(call.Fields.Required("key"), call.Fields.Text("value") ?? "");
        Names.CheckKey(tag.Key, "key");
        return log.WriteAsync(run, new RunBatch([], [], [tag]));
    }

    private static Task LogInputsAsync(RunInputs inputs, MlflowCall call)
    {
        var datasets = call
            .Fields.Messages("datasets")
            .Select(input => new DatasetInput(DatasetOf(input.Message("dataset")), input.Pairs("tags")))
            .ToList();
        return inputs.AddAsync(call.Fields.RunId(), datasets, ModelsOf(call.Fields));
    }

    private static Task LogModelAsync(RunLog log, MlflowCall call)
    {
        var run = call.Fields.RunId();
        var model = ModelOf(call.Fields.Required("model_json"));
        var missing = s_modelFields.Where(field => !model.TryGetProperty(field, out _)).ToList();
        return missing.Count == 0
            ? log.AddModelAsync(run, model)
            : throw Refusal.Invalid(
                $"The description of the model in 'model_json' lacks: {string.Join(", ", missing)}."
            );
    }

    private static async Task<object> HistoryAsync(MetricHistory history, MlflowCall call)
    {
        var run = call.Fields.RunId();
        var key = call.Fields.Required("metric_key");
        var token = PageToken.Read(call.Fields.Text("page_token"));
        if (call.Fields.Long("max_results") is not null)
        {
            var limit = SearchFields.Limit(call.Fields, 0, Limits.HistoryPageMax);
            var (points, next) = await history.ReadAsync(run, key, limit, token);
            return new History(WireLists.OrAbsent(points), next);
        }

        // Who names no limit wants everything.
        var all = new List<MetricPoint>();
        do
        {
            var (points, next) = await history.ReadAsync(run, key, Limits.HistoryPageMax, token);
            all.AddRange(points);
            token = PageToken.Read(next);
        } while (token is not null);
        return new History(WireLists.OrAbsent(all), null);
    }

    private static RunDataset DatasetOf(MlflowFields fields) =>
        new()
        {
            Name = fields.Required("name"),
            Digest = fields.Required("digest"),
            SourceType = fields.Required("source_type"),
            Source = fields.Required("source"),
            Schema = fields.Text("schema"),
            Profile = fields.Text("profile"),
        };

    private static List<ModelLink> ModelsOf(MlflowFields fields) =>
        [
            .. fields
                .Messages("models")
                .Select(model => new ModelLink(model.Required("model_id"), model.Long("step") ?? 0)),
        ];

    private static JsonElement ModelOf(string json)
    {
        try
        {
            var model = JsonElement.Parse(json);
            if (model.ValueKind == JsonValueKind.Object)
            {
                return model;
            }
        }
        catch (JsonException)
        {
            // Told below, together with JSON that is no object.
        }

        throw Refusal.Invalid("'model_json' is not an object of JSON.");
    }

    private static void CheckTime(long timestamp)
    {
        if (timestamp < 0)
        {
            throw Refusal.Value(
                timestamp.ToString(System.Globalization.CultureInfo.InvariantCulture),
                "timestamp",
                "A time is a whole number of milliseconds since 1970, 0 or more."
            );
        }
    }

    private sealed record History(IReadOnlyList<MetricPoint>? Metrics, string? NextPageToken);
}
