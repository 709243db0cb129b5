using Rondo.Mlflow.Transfer;

namespace Rondo.Cli.Transfer.FileStore;

/// <summary>The runs of an experiment in MLflow's file store, with what they logged, in the order of their ids.</summary>
internal sealed class StoredRuns(StoredExperiment experiment, Dictionary<string, string> known, SourceProblems problems)
{
    private const int PointsMax = 5000;

    // What is no run in the folder of an experiment.
    private static readonly string[] s_others = ["tags", "datasets", "models", "traces"];

    public IEnumerable<TransferRecord> Read()
    {
        var folders = problems.Try(experiment.Record, () => StoredTexts.Folders(experiment.Folder)) ?? [];
        var links = problems.Try(experiment.Record, () => StoredTexts.Links(experiment.Folder)) ?? [];
        problems.AddLinks(RunRecord.KindName, links, IsOfRun);
        foreach (var folder in folders.Where(IsOfRun))
        {
            if (problems.Try(RunRecord.KindName, Path.GetFileName(folder), () => RunOf(folder)) is not { } run)
            {
                continue;
            }

            yield return run;
            foreach (var points in PointsOf(run, Path.Combine(folder, "metrics")))
            {
                yield return points;
            }

            foreach (var record in Links(run, folder))
            {
                yield return record;
            }
        }
    }

    private static bool IsOfRun(string folder) =>
        !s_others.Contains(Path.GetFileName(folder), StringComparer.Ordinal) && MetaFile.IsIn(folder);

    private RunRecord RunOf(string folder)
    {
        var meta = MetaFile.Read(folder);
        var id = meta.OrNull("run_id") ?? meta.Text("run_uuid");
        if (id != Path.GetFileName(folder))
        {
            throw new FormatException($"Its folder {folder} has the meta.yaml of run '{id}'.");
        }

        if (meta.Text("experiment_id") != experiment.Id)
        {
            throw new FormatException(
                $"Its meta.yaml says that it is of experiment '{meta.Text("experiment_id")}', but it lies in {experiment.Folder}; MLflow does not show it either."
            );
        }

        MetaFile.RequireOne(id, folder, known);
        var run = new RunRecord
        {
            Id = id,
            Experiment = experiment.Name,
            Name = meta.Text("run_name"),
            User = meta.Text("user_id"),
            Status = StatusOf(meta.Text("status")),
            StartedAt = meta.Number("start_time"),
            EndedAt = meta.NumberOrNull("end_time"),
            Lifecycle = meta.OrNull("lifecycle_stage") ?? "active",
            DeletedAt = meta.NumberOrNull("deleted_time"),
            ArtifactUri = meta.OrNull("artifact_uri"),
        };
        return MlflowRuns.Complete(
            run,
            StoredTexts.Read(Path.Combine(folder, "params")),
            StoredTexts.Read(Path.Combine(folder, "tags"))
        );
    }

    // The file has the protocol's numbers; MLflow takes a run without one for running.
    private static string StatusOf(string status) =>
        status switch
        {
            "" or "1" => "RUNNING",
            "2" => "SCHEDULED",
            "3" => "FINISHED",
            "4" => "FAILED",
            "5" => "KILLED",
            _ => status,
        };

    private IEnumerable<PointsRecord> PointsOf(RunRecord run, string folder) =>
        StoredPoints
            .Read(folder, run, problems)
            .Select(stored => stored.Point with { Dataset = null, Digest = null })
            .Chunk(PointsMax)
            .Select(points => new PointsRecord { Run = run.Id, Points = points });

    private IEnumerable<TransferRecord> Links(RunRecord run, string folder)
    {
        foreach (var input in FoldersOf(run, Path.Combine(folder, "inputs")))
        {
            if (problems.Try(run, () => InputOf(run, MetaFile.Read(input))) is { } record)
            {
                yield return record;
            }
        }

        foreach (var output in FoldersOf(run, Path.Combine(folder, "outputs")))
        {
            if (problems.Try(run, () => ModelOf(run, "output", MetaFile.Read(output))) is { } record)
            {
                yield return record;
            }
        }
    }

    private IEnumerable<string> FoldersOf(RunRecord run, string folder) =>
        (problems.Try(run, () => StoredTexts.Folders(folder)) ?? []).Where(MetaFile.IsIn);

    private TransferRecord InputOf(RunRecord run, MetaFile input)
    {
        if (input.Text("source_type") is "MODEL" or "RUN_INPUT")
        {
            return ModelOf(run, "input", input);
        }

        var id = input.Text("source_id");
        if (id is "" or "." or ".." || Path.GetFileName(id) != id)
        {
            throw new FormatException($"It has an input '{id}', which is no dataset's id.");
        }

        var folder = Path.Combine(experiment.Folder, "datasets", id);
        if (!MetaFile.IsIn(folder))
        {
            throw new FormatException($"It has read a dataset that is not in the store: {folder}.");
        }

        var dataset = MetaFile.Read(folder);
        return new InputRecord
        {
            Run = run.Id,
            Name = dataset.Text("name"),
            Digest = dataset.Text("digest"),
            SourceType = dataset.Text("source_type"),
            Source = dataset.Text("source"),
            Schema = dataset.OrNull("schema"),
            Profile = dataset.OrNull("profile"),
            Tags = input.Pairs("tags"),
        };
    }

    // The model's id stands as the source of both in some versions, and of an output as its destination.
    private static RunModelRecord ModelOf(RunRecord run, string direction, MetaFile link) =>
        new()
        {
            Run = run.Id,
            Direction = direction,
            Model = direction == "output" ? link.Text("destination_id") : link.Text("source_id"),
            Step = link.Number("step"),
        };
}
