using System.Runtime.CompilerServices;
using Rondo.Mlflow.Transfer;

namespace Rondo.Cli.Transfer;

/// <summary>The registered models of an MLflow database, their versions and aliases.</summary>
internal sealed class MlflowRegistry(MlflowTables tables, MovedVersions moved, bool partly)
{
    /// <summary>The stage of a version that was deleted.</summary>
    public const string DeletedStage = "Deleted_Internal";

    public async IAsyncEnumerable<TransferRecord> ReadAsync(
        TransferPlaces places,
        [EnumeratorCancellation] CancellationToken cancellation
    )
    {
        if (!tables.Has("registered_models") || !tables.Has("model_versions"))
        {
            yield break;
        }

        foreach (var model in await ModelsAsync(cancellation))
        {
            var versions = await VersionsAsync(model.Name, cancellation);
            if (partly && !versions.Exists(moved.IsOfRoots))
            {
                continue;
            }

            yield return model;
            foreach (var version in versions)
            {
                yield return moved.Move(version, places);
            }

            yield return new AliasesRecord
            {
                Model = model.Name,
                Aliases = await AliasesAsync(model.Name, cancellation),
            };
        }
    }

    private async Task<List<RegisteredModelRecord>> ModelsAsync(CancellationToken cancellation)
    {
        var tags = tables.Has("registered_model_tags")
            ? await MlflowPairs.ReadAsync(
                tables,
                $"select name, key, value from registered_model_tags where {tables.IsOfDefault("registered_model_tags")}",
                [],
                cancellation
            )
            : new MlflowPairs();
        var models = new List<RegisteredModelRecord>();
        await foreach (
            var row in tables.RowsAsync(
                $"""
                select name, creation_time, last_updated_time, description from registered_models
                where {tables.IsOfDefault("registered_models")} order by name
                """,
                [],
                cancellation
            )
        )
        {
            models.Add(
                new RegisteredModelRecord
                {
                    Name = row.Text(0),
                    CreatedAt = row.Number(1),
                    UpdatedAt = row.Number(2),
                    Description = row.OrNull(3),
                    Tags = tags.Of(row.Text(0)),
                }
            );
        }

        return models;
    }

    private async Task<List<ModelVersionRecord>> VersionsAsync(string model, CancellationToken cancellation)
    {
        IReadOnlyList<(string, object)> named = [("@model", model)];
        var tags = tables.Has("model_version_tags")
            ? await MlflowPairs.ReadAsync(
                tables,
                $"select version, key, value from model_version_tags where name = @model and {tables.IsOfDefault("model_version_tags")}",
                named,
                cancellation
            )
            : new MlflowPairs();
        var versions = new List<ModelVersionRecord>();
        await foreach (
            var row in tables.RowsAsync(
                $"""
                select version, creation_time, last_updated_time, description, user_id, current_stage, source, run_id,
                    {tables.Optional("model_versions", "run_link")}, {tables.Optional(
                    "model_versions",
                    "storage_location"
                )}
                from model_versions where name = @model and {tables.IsOfDefault("model_versions")} order by version
                """,
                named,
                cancellation
            )
        )
        {
            var stage = row.OrNull(5) ?? "None";
            var source = row.Text(6);
            versions.Add(
                new ModelVersionRecord
                {
                    Model = model,
                    Version = row.Number(0),
                    CreatedAt = row.Number(1),
                    UpdatedAt = row.Number(2),
                    Description = row.OrNull(3),
                    User = row.OrNull(4),
                    Stage = stage == DeletedStage ? "None" : stage,
                    Deleted = stage == DeletedStage,
                    Source = source,
                    Storage = row.Text(9),
                    RunId = row.OrNull(7) is { Length: > 0 } run ? run : null,
                    RunLink = row.OrNull(8) is { Length: > 0 } link ? link : null,
                    LoggedModel = MovedVersions.LoggedModelOf(source),
                    Tags = tags.Of(row.Text(0)),
                }
            );
        }

        return versions;
    }

    private async Task<IReadOnlyDictionary<string, string>> AliasesAsync(
        string model,
        CancellationToken cancellation
    ) =>
        tables.Has("registered_model_aliases")
            ? (
                await MlflowPairs.ReadAsync(
                    tables,
                    $"select name, alias, version from registered_model_aliases where name = @model and {tables.IsOfDefault("registered_model_aliases")}",
                    [("@model", model)],
                    cancellation
                )
            ).Of(model)
            : TransferJson.None;
}
