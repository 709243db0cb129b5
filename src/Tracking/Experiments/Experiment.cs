using Rondo.Mlflow.Wire;
using Rondo.Tracking.Rules;

namespace Rondo.Tracking.Experiments;

/// <summary>A named group of runs.</summary>
internal sealed record Experiment
{
    public const string Columns = "id, name, artifact_location, lifecycle, created_at, updated_at";

    public long Id { get; init; }
    public string Name { get; init; } = "";
    public string ArtifactLocation { get; init; } = "";
    public string Lifecycle { get; init; } = "";
    public long CreatedAt { get; init; }
    public long UpdatedAt { get; init; }
    public IReadOnlyList<KeyValue> Tags { get; init; } = [];
}

/// <summary>An experiment that is asked for.</summary>
internal sealed record NewExperiment(string Name, string? ArtifactLocation, IReadOnlyList<KeyValue> Tags);
