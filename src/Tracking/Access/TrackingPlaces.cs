using System.Globalization;
using Rondo.Kernel.Access;
using Rondo.Kernel.Db;
using Rondo.Mlflow.Transfer;
using Rondo.Mlflow.Wire;
using Rondo.Tracking.Artifacts;
using Rondo.Tracking.Runs;

namespace Rondo.Tracking.Access;

/// <summary>
/// Where things of tracking stand: what belongs to an experiment is at its place. What is not there is told as such; of several the places of
/// those that are there are told.
/// </summary>
internal sealed class TrackingPlaces(Database database)
{
    private const int IdsPerStatement = 1000;
    private const int LocationsMax = 10_000;

    /// <summary>The places of experiments.</summary>
    public Task<IReadOnlyList<Place>> OfExperimentsAsync(IReadOnlyList<long> ids) =>
        FindAsync(
            "select path from tracking_experiment where lifecycle <> 'removed' and id in @chunk",
            ids,
            id => $"No Experiment with id={id} exists"
        );

    /// <summary>Refuses what may not be done at the places of experiments.</summary>
    public async Task RequireAsync(Caller caller, Permission permission, IReadOnlyList<long> experiments)
    {
        if (!caller.MayEverywhere(permission))
        {
            foreach (var place in await OfExperimentsAsync(experiments))
            {
                caller.Require(permission, place);
            }
        }
    }

    /// <summary>The places of the experiments that runs belong to.</summary>
    public Task<IReadOnlyList<Place>> OfRunsAsync(IReadOnlyList<string> ids) =>
        FindAsync(
            """
            select distinct e.path from tracking_run r join tracking_experiment e on e.id = r.experiment
            where r.id in @chunk
            """,
            ids,
            id => $"Run with id={id} not found"
        );

    /// <summary>The places of the experiments that logged models belong to.</summary>
    public Task<IReadOnlyList<Place>> OfModelsAsync(IReadOnlyList<string> ids) =>
        FindAsync(
            """
            select distinct e.path from tracking_logged_model m join tracking_experiment e on e.id = m.experiment
            where m.id in @chunk
            """,
            ids,
            id => $"Logged model with ID '{id}' not found."
        );

    /// <summary>The same where a name may be of none: what names no model touches none.</summary>
    public Task<IReadOnlyList<Place>> OfNamedModelsAsync(IReadOnlyList<string> ids) => OrNoneAsync(OfModelsAsync(ids));

    /// <summary>The same of runs.</summary>
    public Task<IReadOnlyList<Place>> OfNamedRunsAsync(IReadOnlyList<string> ids) => OrNoneAsync(OfRunsAsync(ids));

    /// <summary>The place of the run that people call so, by its own id or that of the pipeline's run that it is.</summary>
    public async Task<IReadOnlyList<Place>> OfCalledAsync(IReadOnlyList<string> called)
    {
        var ids = new List<string>(called.Count);
        await database.ReadAsync(async session =>
        {
            foreach (var name in called)
            {
                ids.Add((await RunStore.RequireCalledAsync(session, name)).Id);
            }

            return true;
        });
        return await OfRunsAsync(ids);
    }

    /// <summary>
    /// Whose a path of the artifact proxy is: the run's or logged model's whose files stand there, wherever it was moved; else the
    /// experiment's whose folder it is; else nobody's, and then it is everything that one needs.
    /// </summary>
    public async Task<IReadOnlyList<Place>> OfArtifactAsync(string path)
    {
        if (await OwnerAsync(path) is { } owner)
        {
            return [owner];
        }

        var ofExperiments = await database.ReadAsync(session => OfLocationsAsync(session, path));
        return ofExperiments.Count > 0 ? ofExperiments : [Place.Everything];
    }

    /// <summary>The place of the run or logged model that has logged what stands at a path; null where none has.</summary>
    public Task<Place?> OwnerAsync(string path) =>
        database.ReadAsync(async session =>
            await ArtifactOwner.FindAsync(session, path) is { } owner ? Place.FolderAt(owner.Place) : null
        );

    /// <summary>Whose files at an address are; none where this server does not keep them.</summary>
    public async Task<IReadOnlyList<Place>> OfAddressAsync(string address)
    {
        if (TransferAddress.IsProxied(address))
        {
            return await OfArtifactAsync(PathOf(address));
        }

        if (ArtifactAddress.RunOf(address) is { } run)
        {
            return await OfNamedRunsAsync([run]);
        }

        // Other servers have such addresses, too: what a run or model of this one has logged is known by its id.
        return ArtifactAddress.PathBehindProxy(address) is { } path && await OwnerAsync(path) is { } owner
            ? [owner]
            : [];
    }

    /// <summary>Those of the experiments that a caller may see.</summary>
    public async Task<IReadOnlyList<long>> ReadableAsync(IReadOnlyList<long> experiments, Caller caller)
    {
        if (caller.FoldersWith(Permission.Read) is not { } folders)
        {
            return experiments;
        }

        var arguments = new Dictionary<string, object?>(StringComparer.Ordinal);
        var below = PathSql.Below(
            "path",
            folders,
            value =>
            {
                var name = string.Create(CultureInfo.InvariantCulture, $"p{arguments.Count}");
                arguments.Add(name, value);
                return "@" + name;
            }
        );
        var readable = new HashSet<long>();
        foreach (var chunk in experiments.Chunk(IdsPerStatement))
        {
            arguments["chunk"] = chunk;
            readable.UnionWith(
                await database.ReadAsync(async session =>
                    await session.QueryAsync<long>(
                        $"select id from tracking_experiment where id in @chunk and {below};",
                        arguments
                    )
                )
            );
            arguments.Remove("chunk");
        }

        return [.. experiments.Where(readable.Contains)];
    }

    private static async Task<IReadOnlyList<Place>> OrNoneAsync(Task<IReadOnlyList<Place>> places)
    {
        try
        {
            return await places;
        }
        catch (Refusal)
        {
            return [];
        }
    }

    private async Task<IReadOnlyList<Place>> FindAsync<T>(string sql, IReadOnlyList<T> ids, Func<T, string> missing)
    {
        var found = new HashSet<string>(StringComparer.Ordinal);
        foreach (var chunk in ids.Chunk(IdsPerStatement))
        {
            found.UnionWith(
                await database.ReadAsync(async session => await session.QueryAsync<string>(sql, new { chunk }))
            );
        }

        return found.Count > 0 || ids.Count == 0
            ? [.. found.Select(Place.FolderAt)]
            : throw Refusal.Missing(missing(ids[0]));
    }

    // Experiments whose folder holds the path, and those whose folders it holds. Nearly all have the place that is named by their number;
    // the others are looked through.
    private static async Task<IReadOnlyList<Place>> OfLocationsAsync(Session session, string path)
    {
        var experiments = await session.QueryAsync<(string Path, string Location)>(
            """
            select path, artifact_location from tracking_experiment
            where lifecycle <> 'removed' and (
                id = @first
                or (lower(substr(artifact_location, 1, 17)) = @Proxy
                    and artifact_location <> 'mlflow-artifacts:/' || cast(id as text))
            ) limit @LocationsMax
            """,
            new
            {
                first = long.TryParse(path.Split('/')[0], NumberStyles.None, null, out var id) ? id : -1,
                TransferAddress.Proxy,
                LocationsMax,
            }
        );
        if (experiments.Count == LocationsMax)
        {
            return [];
        }

        var below = path + "/";
        return
        [
            .. experiments
                .Select(found => (found.Path, Root: PathOf(found.Location).Trim('/') + "/"))
                .Where(found =>
                    found.Root == "/"
                    || below.StartsWith(found.Root, StringComparison.Ordinal)
                    || found.Root.StartsWith(below, StringComparison.Ordinal)
                )
                .Select(found => Place.FolderAt(found.Path))
                .Distinct(),
        ];
    }

    // What leads to another server keeps nothing here; a name that no path has stands for it.
    private static string PathOf(string address)
    {
        try
        {
            return ArtifactAddress.PathOf(address);
        }
        catch (Refusal)
        {
            return "\0elsewhere";
        }
    }
}
