using Rondo.Mlflow.Wire;
using Rondo.Tracking.Rules;

namespace Rondo.Tracking.Runs;

/// <summary>What is known of a run without what it logged.</summary>
internal record RunInfo
{
    public const string Columns =
        "r.number, r.id, r.experiment, r.name, r.user_id, r.status, r.started_at, r.ended_at, r.lifecycle, r.artifact_uri";

    public long Number { get; init; }
    public string Id { get; init; } = "";
    public long Experiment { get; init; }
    public string Name { get; init; } = "";
    public string UserId { get; init; } = "";
    public string Status { get; init; } = "";
    public long StartedAt { get; init; }
    public long? EndedAt { get; init; }
    public string Lifecycle { get; init; } = "";
    public string ArtifactUri { get; init; } = "";
    public RunKey Key => new(Number, Id, Experiment);
}

/// <summary>A run with what it logged; of each metric the latest point.</summary>
internal sealed record Run(RunInfo Info)
{
    public List<MetricPoint> Metrics { get; } = [];
    public List<KeyValue> Params { get; } = [];
    public List<KeyValue> Tags { get; } = [];
    public List<DatasetInput> Datasets { get; } = [];
    public List<ModelLink> InputModels { get; } = [];
    public List<ModelLink> OutputModels { get; } = [];
}

/// <summary>A run that is asked for.</summary>
internal sealed record NewRun(
    long Experiment,
    string UserId,
    long? StartedAt,
    string? Name,
    IReadOnlyList<KeyValue> Tags
);

/// <summary>One value of a metric at one step and time (unix milliseconds).</summary>
internal sealed record MetricPoint(string Key, double Value, long Timestamp, long Step);

/// <summary>A dataset that a run has read.</summary>
internal sealed record DatasetInput(RunDataset Dataset, IReadOnlyList<KeyValue> Tags);

/// <summary>A dataset as a client describes it.</summary>
internal sealed record RunDataset
{
    public string Name { get; init; } = "";
    public string Digest { get; init; } = "";
    public string SourceType { get; init; } = "";
    public string Source { get; init; } = "";
    public string? Schema { get; init; }
    public string? Profile { get; init; }
}

/// <summary>A logged model that a run has read, or made at a step.</summary>
internal sealed record ModelLink(string Model, long Step);
