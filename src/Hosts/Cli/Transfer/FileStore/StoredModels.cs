using Rondo.Mlflow.Transfer;

namespace Rondo.Cli.Transfer.FileStore;

/// <summary>The logged models of an experiment in the file store of an MLflow 3, in the order of their ids.</summary>
internal sealed class StoredModels(
    StoredExperiment experiment,
    Dictionary<string, string> known,
    SourceProblems problems
)
{
    private const int PointsMax = 5000;

    public IEnumerable<TransferRecord> Read()
    {
        var below = Path.Combine(experiment.Folder, "models");
        var folders = problems.Try(experiment.Record, () => StoredTexts.Folders(below)) ?? [];
        var links = problems.Try(experiment.Record, () => StoredTexts.Links(below)) ?? [];
        problems.AddLinks(LoggedModelRecord.KindName, links, MetaFile.IsIn);
        foreach (var folder in folders.Where(MetaFile.IsIn))
        {
            var id = Path.GetFileName(folder);
            if (problems.Try(LoggedModelRecord.KindName, id, () => ModelOf(folder)) is not { } model)
            {
                continue;
            }

            yield return model;
            foreach (var points in PointsOf(model, Path.Combine(folder, "metrics")))
            {
                yield return points;
            }
        }
    }

    private LoggedModelRecord ModelOf(string folder)
    {
        var meta = MetaFile.Read(folder);
        var id = meta.Text("model_id");
        if (id != Path.GetFileName(folder))
        {
            throw new FormatException($"Its folder {folder} has the meta.yaml of model '{id}'.");
        }

        MetaFile.RequireOne(id, folder, known);
        return new LoggedModelRecord
        {
            Id = id,
            Experiment = experiment.Name,
            Name = meta.Text("name"),
            ModelType = meta.OrNull("model_type"),
            SourceRun = meta.OrNull("source_run_id"),
            Status = MlflowLoggedModels.StatusOf(meta.Text("status")),
            StatusMessage = meta.OrNull("status_message"),
            Lifecycle = meta.OrNull("lifecycle_stage") ?? "active",
            ArtifactUri = meta.OrNull("artifact_location"),
            CreatedAt = meta.Number("creation_timestamp"),
            UpdatedAt = meta.Number("last_updated_timestamp"),
            Params = StoredTexts.Read(Path.Combine(folder, "params")),
            Tags = StoredTexts.Read(Path.Combine(folder, "tags")),
        };
    }

    // In the order of the files, of one run in each record.
    private IEnumerable<ModelPointsRecord> PointsOf(LoggedModelRecord model, string folder)
    {
        var run = "";
        var points = new List<TransferPoint>();
        foreach (var stored in StoredPoints.Read(folder, model, problems))
        {
            if (points.Count > 0 && (stored.Run != run || points.Count == PointsMax))
            {
                yield return RecordOf(model, run, points);
                points = [];
            }

            run = stored.Run;
            points.Add(stored.Point);
        }

        if (points.Count > 0)
        {
            yield return RecordOf(model, run, points);
        }
    }

    private static ModelPointsRecord RecordOf(LoggedModelRecord model, string run, List<TransferPoint> points) =>
        new()
        {
            Model = model.Id,
            Run = run,
            Points = points,
        };
}
