using Rondo.Mlflow.Wire;
using Rondo.Tracking.Runs;

namespace Rondo.Tracking.Models;

/// <summary>What is known of a logged model without what belongs to it.</summary>
internal sealed record LoggedModelInfo
{
    public const string Columns =
        "m.id, m.experiment, m.name, m.model_type, m.source_run, m.status, m.status_message, m.artifact_uri, "
        + "m.lifecycle, m.with_experiment, m.created_at, m.updated_at";

    public string Id { get; init; } = "";
    public long Experiment { get; init; }
    public string Name { get; init; } = "";
    public string? ModelType { get; init; }
    public string? SourceRun { get; init; }
    public string Status { get; init; } = "";
    public string? StatusMessage { get; init; }
    public string ArtifactUri { get; init; } = "";
    public string Lifecycle { get; init; } = "";

    /// <summary>1 where it was deleted with its experiment.</summary>
    public long WithExperiment { get; init; }

    public long CreatedAt { get; init; }
    public long UpdatedAt { get; init; }
}

/// <summary>A logged model with what belongs to it; of each metric and dataset the latest point.</summary>
internal sealed record LoggedModel(LoggedModelInfo Info)
{
    public List<LoggedModelPoint> Metrics { get; } = [];
    public List<KeyValue> Params { get; } = [];
    public List<KeyValue> Tags { get; } = [];
}

/// <summary>A logged model that is asked for.</summary>
internal sealed record NewLoggedModel
{
    public long Experiment { get; init; }
    public string? Name { get; init; }
    public string? ModelType { get; init; }
    public string? SourceRun { get; init; }
    public IReadOnlyList<KeyValue> Params { get; init; } = [];
    public IReadOnlyList<KeyValue> Tags { get; init; } = [];
}

/// <summary>A point of a metric that tells of a logged model, on a dataset perhaps, and the run that logged it.</summary>
internal sealed record LoggedModelPoint(string Run, MetricPoint Point, string? DatasetName, string? DatasetDigest);

/// <summary>A dataset by its name, and by its digest where that is asked for.</summary>
internal sealed record DatasetChoice(string Name, string? Digest);
