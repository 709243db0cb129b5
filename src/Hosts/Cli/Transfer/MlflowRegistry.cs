using System.Runtime.CompilerServices;
using Rondo.Mlflow.Transfer;

namespace Rondo.Cli.Transfer;

/// <summary>
/// The registered models of an MLflow database, their versions and aliases. Addresses that led into the files of a run or logged model lead to the same
/// files where these have come to.
/// </summary>
internal sealed class MlflowRegistry(
    MlflowTables tables,
    IReadOnlyDictionary<string, string> roots,
    MlflowFiles files,
    bool partly
)
{
    private const string DeletedStage = "Deleted_Internal";
    private const string ModelScheme = "models:/";
    private const string RunScheme = "runs:/";

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
            if (partly && !versions.Exists(IsOfRoots))
            {
                continue;
            }

            yield return model;
            foreach (var version in versions)
            {
                yield return version.Deleted ? version : Moved(version, places);
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
                    LoggedModel = LoggedModelOf(source),
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

    private bool IsOfRoots(ModelVersionRecord version) =>
        (version.RunId is { } run && roots.ContainsKey(run))
        || (RunOf(version.Source) is { } named && roots.ContainsKey(named.Run))
        || (version.LoggedModel is { } model && roots.ContainsKey(model));

    private ModelVersionRecord Moved(ModelVersionRecord version, TransferPlaces places)
    {
        var storage =
            version.Storage.Length > 0 ? version.Storage
            : version.LoggedModel is { } model ? roots.GetValueOrDefault(model, "")
            : version.Source;
        return version with
        {
            Source = Moved(version, version.Source, places, told: false),
            Storage = Moved(version, storage, places, told: true),
        };
    }

    private string Moved(ModelVersionRecord version, string address, TransferPlaces places, bool told)
    {
        // A source of this kind is kept as it was written; the files are those of the run.
        if (told && RunOf(address) is { } named)
        {
            if (places.Of(named.Run) is not { } ofRun || !roots.TryGetValue(named.Run, out var ofRoot))
            {
                return address;
            }

            if (!TransferAddress.IsElsewhere(ofRoot))
            {
                Expect(version, ofRoot.TrimEnd('/') + named.Below, (named.Run, ofRoot), places);
            }

            return ofRun + named.Below;
        }

        if (TransferAddress.IsElsewhere(address))
        {
            return address;
        }

        foreach (var owner in OwnersOf(version, address))
        {
            if (
                roots.TryGetValue(owner, out var root)
                && places.Of(owner) is { } place
                && Rest(Path(address), Path(root)) is { } rest
            )
            {
                if (told)
                {
                    Expect(version, address, (owner, root), places);
                }

                return place + rest;
            }
        }

        return address;
    }

    private void Expect(
        ModelVersionRecord version,
        string address,
        (string Id, string Root) owner,
        TransferPlaces places
    )
    {
        if ((files.HasFolder || TransferAddress.IsLocal(owner.Root)) && files.Find(address, owner.Id) is null)
        {
            places.Refuse(version.Kind, version.Label, $"Its files are not where they should be: {address}.");
        }
    }

    // Its run, its logged model, or whoever's id stands in the address.
    private static IEnumerable<string> OwnersOf(ModelVersionRecord version, string address) =>
        new[] { version.RunId, version.LoggedModel }.OfType<string>().Concat(address.Split('/', '\\').Reverse());

    private static string? Rest(string address, string root) =>
        address == root ? ""
        : address.StartsWith(root + "/", StringComparison.Ordinal) ? address[root.Length..]
        : null;

    // The ways to write one path: file:///a, file:/a and /a.
    private static string Path(string address)
    {
        var path = address.StartsWith("file:", StringComparison.OrdinalIgnoreCase)
            ? "/" + Uri.UnescapeDataString(address[5..]).TrimStart('/')
            : address;
        return path.TrimEnd('/');
    }

    private static (string Run, string Below)? RunOf(string address)
    {
        if (!address.StartsWith(RunScheme, StringComparison.Ordinal))
        {
            return null;
        }

        var path = address[RunScheme.Length..].Trim('/');
        var at = path.IndexOf('/', StringComparison.Ordinal);
        return at < 0 ? (path, "") : (path[..at], path[at..]);
    }

    private static string? LoggedModelOf(string source) =>
        source.StartsWith(ModelScheme + "m-", StringComparison.Ordinal) && source.IndexOf('/', ModelScheme.Length) < 0
            ? source[ModelScheme.Length..]
            : null;
}
