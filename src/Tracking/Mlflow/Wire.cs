using System.Globalization;
using Rondo.Mlflow.Wire;
using Rondo.Tracking.Experiments;
using Rondo.Tracking.Rules;
using Rondo.Tracking.Runs;

namespace Rondo.Tracking.Mlflow;

/// <summary>Things as they travel: lists that are empty are absent.</summary>
internal static class Wire
{
    public static ExperimentMessage Of(Experiment experiment) =>
        new(
            Id(experiment.Id),
            experiment.Name,
            experiment.ArtifactLocation,
            experiment.Lifecycle,
            experiment.UpdatedAt,
            experiment.CreatedAt,
            WireLists.OrAbsent(experiment.Tags)
        );

    public static RunInfoMessage Of(RunInfo info) =>
        new(
            info.Id,
            info.Id,
            info.Name,
            Id(info.Experiment),
            info.UserId,
            info.Status,
            info.StartedAt,
            info.EndedAt,
            info.ArtifactUri,
            info.Lifecycle
        );

    public static RunInputsMessage InputsOf(Run run) =>
        new(
            WireLists.OrAbsent([
                .. run.Datasets.Select(input => new DatasetInputMessage(WireLists.OrAbsent(input.Tags), input.Dataset)),
            ]),
            WireLists.OrAbsent([.. run.InputModels.Select(model => new ModelInputMessage(model.Model))])
        );

    public static RunOutputsMessage OutputsOf(Run run) =>
        new(WireLists.OrAbsent([.. run.OutputModels.Select(model => new ModelOutputMessage(model.Model, model.Step))]));

    public static string Id(long experiment) => experiment.ToString(CultureInfo.InvariantCulture);
}

internal sealed record ExperimentMessage(
    string ExperimentId,
    string Name,
    string ArtifactLocation,
    string LifecycleStage,
    long LastUpdateTime,
    long CreationTime,
    IReadOnlyList<KeyValue>? Tags
);

internal sealed record RunInfoMessage(
    string RunUuid,
    string RunId,
    string RunName,
    string ExperimentId,
    string UserId,
    string Status,
    long StartTime,
    long? EndTime,
    string ArtifactUri,
    string LifecycleStage
);

internal sealed record DatasetInputMessage(IReadOnlyList<KeyValue>? Tags, RunDataset Dataset);

internal sealed record ModelInputMessage(string ModelId);

internal sealed record ModelOutputMessage(string ModelId, long Step);

internal sealed record RunInputsMessage(
    IReadOnlyList<DatasetInputMessage>? DatasetInputs,
    IReadOnlyList<ModelInputMessage>? ModelInputs
);

internal sealed record RunOutputsMessage(IReadOnlyList<ModelOutputMessage>? ModelOutputs);
