using Rondo.Mlflow.Wire;
using Rondo.Tracking.Models;

namespace Rondo.Tracking.Mlflow;

/// <summary>Logged models as they travel.</summary>
internal static class LoggedModelWire
{
    public static LoggedModelMessage Of(LoggedModel model)
    {
        var info = model.Info;
        return new LoggedModelMessage(
            new LoggedModelInfoMessage(
                info.Id,
                Wire.Id(info.Experiment),
                info.Name,
                info.CreatedAt,
                info.UpdatedAt,
                info.ArtifactUri,
                info.Status,
                info.ModelType,
                info.SourceRun,
                info.StatusMessage,
                WireLists.OrAbsent(model.Tags)
            ),
            new LoggedModelDataMessage(
                WireLists.OrAbsent(model.Params),
                WireLists.OrAbsent([.. model.Metrics.Select(point => Of(info.Id, point))])
            )
        );
    }

    private static LoggedModelMetricMessage Of(string model, LoggedModelPoint point) =>
        new(
            point.Point.Key,
            point.Point.Value,
            point.Point.Timestamp,
            point.Point.Step,
            point.DatasetName,
            point.DatasetDigest,
            model,
            point.Run
        );
}

internal sealed record LoggedModelInfoMessage(
    string ModelId,
    string ExperimentId,
    string Name,
    long CreationTimestampMs,
    long LastUpdatedTimestampMs,
    string ArtifactUri,
    string Status,
    string? ModelType,
    string? SourceRunId,
    string? StatusMessage,
    IReadOnlyList<KeyValue>? Tags
);

internal sealed record LoggedModelMetricMessage(
    string Key,
    double Value,
    long Timestamp,
    long Step,
    string? DatasetName,
    string? DatasetDigest,
    string ModelId,
    string RunId
);

internal sealed record LoggedModelDataMessage(
    IReadOnlyList<KeyValue>? Params,
    IReadOnlyList<LoggedModelMetricMessage>? Metrics
);

internal sealed record LoggedModelMessage(LoggedModelInfoMessage Info, LoggedModelDataMessage Data);
