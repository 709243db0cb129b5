using Rondo.Mlflow.Wire;
using Rondo.Tracking.Rules;
using Rondo.Tracking.Runs;

namespace Rondo.Tracking.Models;

/// <summary>A point of a run's metric that also tells of a logged model; without a dataset its name and digest are empty.</summary>
internal sealed record ModelPoint(string Model, MetricPoint Point, string DatasetName, string DatasetDigest)
{
    /// <summary>What it tells of: a model's metric on a dataset.</summary>
    public (string Model, string Key, string DatasetName, string DatasetDigest) Subject =>
        (Model, Point.Key, DatasetName, DatasetDigest);

    /// <summary>Refuses names of datasets that are too long.</summary>
    public void Check(string parameter)
    {
        Names.CheckLength(DatasetName, parameter + "dataset_name", Limits.DatasetNameMax);
        Names.CheckLength(DatasetDigest, parameter + "dataset_digest", Limits.DatasetDigestMax);
    }
}
