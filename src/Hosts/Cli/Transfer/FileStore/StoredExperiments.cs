using Rondo.Mlflow.Transfer;

namespace Rondo.Cli.Transfer.FileStore;

/// <summary>An experiment of MLflow's file store: its folder, its id there, and the name that it has here.</summary>
internal sealed record StoredExperiment(string Folder, string Id, string Name, ExperimentRecord Record);

/// <summary>Finds the experiments of MLflow's file store, deleted ones too.</summary>
internal sealed class StoredExperiments(string store, SourceProblems problems)
{
    /// <summary>The folder that deleted experiments are moved to.</summary>
    public const string Trash = ".trash";

    /// <summary>The folder of the registry, beside those of the experiments.</summary>
    public const string Models = "models";

    private const string Deleted = "deleted";

    /// <summary>All of them, those that are not deleted first. No two have one name: a deleted one gives way.</summary>
    public IReadOnlyList<StoredExperiment> Read(List<string> notes)
    {
        var found = new Dictionary<string, StoredExperiment>(StringComparer.Ordinal);
        problems.AddLinks(
            ExperimentRecord.KindName,
            StoredTexts.Links(store).Concat(StoredTexts.Links(Path.Combine(store, Trash))),
            MetaFile.IsIn
        );
        foreach (var (folder, deleted) in Folders(store))
        {
            var kept = problems.Try(
                ExperimentRecord.KindName,
                Path.GetFileName(folder),
                () => ExperimentOf(folder, deleted)
            );
            if (kept is null)
            {
                continue;
            }

            // A later one with the name of a deleted one was allowed for years.
            if (found.ContainsKey(kept.Name))
            {
                var name = $"{kept.Name} ({kept.Id})";
                notes.Add($"Two experiments are named '{kept.Name}': the one of id {kept.Id} is brought as '{name}'.");
                kept = kept with { Name = name, Record = kept.Record with { Name = name } };
            }

            found.TryAdd(kept.Name, kept);
        }

        return [.. found.Values];
    }

    /// <summary>The folders of experiments in one that may be a store; none if it is no store.</summary>
    public static IReadOnlyList<(string Folder, bool Deleted)> Folders(string store) =>
        [
            .. StoredTexts
                .Folders(store)
                .Where(folder => Path.GetFileName(folder) is not (Trash or Models) && MetaFile.IsIn(folder))
                .Select(folder => (folder, false)),
            .. StoredTexts.Folders(Path.Combine(store, Trash)).Where(MetaFile.IsIn).Select(folder => (folder, true)),
        ];

    private static StoredExperiment ExperimentOf(string folder, bool deleted)
    {
        var meta = MetaFile.Read(folder);
        var id = meta.Text("experiment_id");
        if (id != Path.GetFileName(folder))
        {
            throw new FormatException(
                $"Its folder {folder} has the meta.yaml of experiment '{id}'; MLflow does not show it either."
            );
        }

        if (string.IsNullOrWhiteSpace(meta.Text("name")))
        {
            throw new FormatException($"The meta.yaml in {folder} has no name.");
        }

        var record = new ExperimentRecord
        {
            Name = meta.Text("name"),
            ArtifactLocation =
                meta.OrNull("artifact_location") is { } location && TransferAddress.IsElsewhere(location)
                    ? location
                    : null,
            Lifecycle = deleted ? Deleted : meta.OrNull("lifecycle_stage") ?? "active",
            CreatedAt = meta.Number("creation_time"),
            UpdatedAt = meta.Number("last_update_time"),
            Tags = StoredTexts.Read(Path.Combine(folder, "tags")),
        };
        return new StoredExperiment(folder, id, record.Name, record);
    }
}
