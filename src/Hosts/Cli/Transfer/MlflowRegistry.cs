using System.Runtime.CompilerServices;
using Rondo.Mlflow.Transfer;

namespace Rondo.Cli.Transfer;

/// <summary>The registered models of an MLflow database, their versions and aliases.</summary>
internal sealed class MlflowRegistry(MlflowTables tables, MovedVersions moved, SourceProblems problems, bool partly)
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

            yield return new AliasesRecord { Model = model.Name, Aliases = await AliasesAsync(model, cancellation) };
        }

        // Who asks for some experiments has not asked what is wrong beside them.
        await (partly ? Task.CompletedTask : TellLostAsync(cancellation));
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
            if (problems.Try(RegisteredModelRecord.KindName, row.Text(0), () => ModelOf(row)) is { } model)
            {
                models.Add(model with { Tags = tags.Of(model.Name, model, problems) });
            }
        }

        return models;
    }

    private static RegisteredModelRecord ModelOf(MlflowRow row) =>
        new()
        {
            Name = row.Text(0),
            CreatedAt = row.Number(1),
            UpdatedAt = row.Number(2),
            Description = row.OrNull(3),
        };

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
            var label = $"{model} {row.Text(0)}";
            if (problems.Try(ModelVersionRecord.KindName, label, () => VersionOf(model, row)) is { } version)
            {
                versions.Add(version with { Tags = tags.Of(row.Text(0), version, problems) });
            }
        }

        return versions;
    }

    private static ModelVersionRecord VersionOf(string model, MlflowRow row)
    {
        var stage = row.OrNull(5) ?? "None";
        var source = row.Text(6);
        return new ModelVersionRecord
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
        };
    }

    private async Task TellLostAsync(CancellationToken cancellation)
    {
        await foreach (
            var row in tables.RowsAsync(
                $"""
                select v.name, v.version from model_versions v where {tables.IsOfDefault("model_versions", "v.")}
                    and not exists (select 1 from registered_models m where m.name = v.name and {tables.IsOfDefault(
                    "registered_models",
                    "m."
                )})
                order by v.name, v.version
                """,
                [],
                cancellation
            )
        )
        {
            problems.Add(
                ModelVersionRecord.KindName,
                $"{row.Text(0)} {row.Text(1)}",
                $"Its registered model '{row.Text(0)}' is not in the database; MLflow does not show it either."
            );
        }
    }

    private async Task<IReadOnlyDictionary<string, string>> AliasesAsync(
        RegisteredModelRecord model,
        CancellationToken cancellation
    ) =>
        tables.Has("registered_model_aliases")
            ? (
                await MlflowPairs.ReadAsync(
                    tables,
                    $"select name, alias, version from registered_model_aliases where name = @model and {tables.IsOfDefault("registered_model_aliases")}",
                    [("@model", model.Name)],
                    cancellation
                )
            ).Of(model.Name, model, problems)
            : TransferJson.None;
}
