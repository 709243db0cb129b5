using System.Globalization;
using Rondo.Mlflow.Transfer;

namespace Rondo.Cli.Transfer.FileStore;

/// <summary>The registered models in MLflow's file store, their versions and aliases.</summary>
internal sealed class StoredRegistry(string folder, MovedVersions moved, SourceProblems problems, bool partly)
{
    private const string VersionPrefix = "version-";

    public IEnumerable<TransferRecord> Read(TransferPlaces places)
    {
        var models = problems.Try(RegisteredModelRecord.KindName, folder, () => StoredTexts.Folders(folder)) ?? [];
        var links = problems.Try(RegisteredModelRecord.KindName, folder, () => StoredTexts.Links(folder)) ?? [];
        problems.AddLinks(RegisteredModelRecord.KindName, partly ? [] : links, MetaFile.IsIn);
        foreach (var inside in models.Where(MetaFile.IsIn))
        {
            var name = Path.GetFileName(inside);
            if (problems.Try(RegisteredModelRecord.KindName, name, () => ModelOf(inside)) is not { } model)
            {
                continue;
            }

            var versions = Versions(model, inside);
            if (partly && !versions.Exists(moved.IsOfRoots))
            {
                continue;
            }

            yield return model;
            var lost = problems.Try(model, () => StoredTexts.Links(inside)) ?? [];
            problems.AddLinks(ModelVersionRecord.KindName, lost, MetaFile.IsIn);
            foreach (var version in versions)
            {
                yield return moved.Move(version, places);
            }

            if (problems.Try(model, () => StoredTexts.Read(Path.Combine(inside, "aliases"))) is { } aliases)
            {
                yield return new AliasesRecord { Model = model.Name, Aliases = aliases };
            }
        }
    }

    private static RegisteredModelRecord ModelOf(string inside)
    {
        var meta = MetaFile.Read(inside);
        return new RegisteredModelRecord
        {
            Name = meta.Text("name"),
            CreatedAt = meta.Number("creation_timestamp"),
            UpdatedAt = meta.Number("last_updated_timestamp"),
            Description = meta.OrNull("description"),
            Tags = StoredTexts.Read(Path.Combine(inside, "tags")),
        };
    }

    private List<ModelVersionRecord> Versions(RegisteredModelRecord model, string inside) =>
        [
            .. (problems.Try(model, () => StoredTexts.Folders(inside)) ?? [])
                .Where(version =>
                    Path.GetFileName(version).StartsWith(VersionPrefix, StringComparison.Ordinal)
                    && MetaFile.IsIn(version)
                )
                .Select(version =>
                    problems.Try(
                        ModelVersionRecord.KindName,
                        $"{model.Name} {Path.GetFileName(version)[VersionPrefix.Length..]}",
                        () => VersionOf(model.Name, version)
                    )
                )
                .OfType<ModelVersionRecord>()
                .OrderBy(version => version.Version),
        ];

    private static ModelVersionRecord VersionOf(string model, string inside)
    {
        var meta = MetaFile.Read(inside);
        var version = meta.Number("version");
        if (version.ToString(CultureInfo.InvariantCulture) != Path.GetFileName(inside)[VersionPrefix.Length..])
        {
            throw new FormatException(
                string.Create(
                    CultureInfo.InvariantCulture,
                    $"Its folder {inside} has the meta.yaml of version {version}."
                )
            );
        }

        var stage = meta.OrNull("current_stage") ?? "None";
        var source = meta.Text("source");
        return new ModelVersionRecord
        {
            Model = model,
            Version = version,
            CreatedAt = meta.Number("creation_timestamp"),
            UpdatedAt = meta.Number("last_updated_timestamp"),
            Description = meta.OrNull("description"),
            User = meta.OrNull("user_id"),
            Stage = stage == MlflowRegistry.DeletedStage ? "None" : stage,
            Deleted = stage == MlflowRegistry.DeletedStage,
            Source = source,
            Storage = meta.Text("storage_location"),
            RunId = meta.OrNull("run_id") is { Length: > 0 } run ? run : null,
            RunLink = meta.OrNull("run_link") is { Length: > 0 } link ? link : null,
            LoggedModel = meta.OrNull("model_id") is { Length: > 0 } logged
                ? logged
                : MovedVersions.LoggedModelOf(source),
            Tags = StoredTexts.Read(Path.Combine(inside, "tags")),
        };
    }
}
