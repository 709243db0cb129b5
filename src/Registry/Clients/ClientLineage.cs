using Rondo.Kernel.Access;
using Rondo.Kernel.Db;
using Rondo.Lineage;
using Rondo.Tracking;

namespace Rondo.Registry.Clients;

/// <summary>
/// Where versions and runs of MLflow's clients come from, and what came of them: a run has read datasets and models, has logged models, and versions were
/// registered from those.
/// </summary>
internal sealed class ClientLineage(Database database) : ILineageSource
{
    public Task<LineageGraph?> FindAsync(LineageQuery query, Caller? caller) =>
        database.ReadAsync<LineageGraph?>(async session =>
        {
            var walk = new ClientWalk(session, caller, query);
            return await walk.BeginAsync() ? await walk.ToGraphAsync() : null;
        });
}

/// <summary>One walk through them. What the caller may not see is left out, with all that is reached through it alone.</summary>
internal sealed class ClientWalk(Session session, Caller? caller, LineageQuery query)
{
    private const int NodesMax = 2000;
    private const int VersionsMax = 1000;

    private const string Dataset = "dataset";
    private const string LoggedModel = "logged-model";
    private const string ModelVersionKind = "model-version";
    private const string Run = "run";

    private readonly Dictionary<string, LineageNode> _nodes = new(StringComparer.Ordinal);
    private readonly HashSet<LineageEdge> _edges = [];
    private readonly Queue<Func<Task>> _waiting = [];

    /// <summary>Finds what the walk begins with; false where clients have made nothing of that name. What the caller may not see is refused.</summary>
    public async Task<bool> BeginAsync()
    {
        if (
            await VersionAsync("e.id = @id and e.project = @Project", new { id = query.Id, ClientModels.Project }) is
            { } version
        )
        {
            Require(Place.Project(ClientModels.Project));
            Add(version);
            return true;
        }

        if (await RunOrigins.FindAsync(session, query.Id) is { } run)
        {
            Require(run.Place);
            Add(run);
            return true;
        }

        if (await RunOrigins.ModelAsync(session, query.Id) is { } model)
        {
            Require(model.Place);
            Add(model);
            return true;
        }

        return false;
    }

    /// <summary>Walks to the end.</summary>
    public async Task<LineageGraph> ToGraphAsync()
    {
        while (_nodes.Count < NodesMax && _waiting.TryDequeue(out var next))
        {
            await next();
        }

        var cut = _waiting.Count > 0;
        return new LineageGraph(
            query.Id,
            query.Direction,
            [.. _nodes.Values],
            [.. _edges],
            cut,
            cut ? $"after {NodesMax} things" : null
        );
    }

    private bool Up => query.Direction == LineageDirection.Up;
    private bool Down => query.Direction == LineageDirection.Down;

    private void Add(RegisteredVersion version)
    {
        var id = ModelVersion.IdOf(version.Key, version.Version);
        if (
            TryAdd(
                new LineageNode(
                    id,
                    ModelVersionKind,
                    id,
                    Properties(
                        ("state", version.State),
                        ("source", version.Source),
                        ("registeredBy", version.UserId),
                        ("createdAt", DateTimeOffset.FromUnixTimeMilliseconds(version.CreatedAt)),
                        ("deletedAt", At(version.DeletedAt))
                    )
                )
            ) && Up
        )
        {
            _waiting.Enqueue(() => BehindAsync(version, id));
        }
    }

    private void Add(RunOrigin run)
    {
        if (
            !TryAdd(
                new LineageNode(
                    run.Id,
                    Run,
                    run.Name.Length > 0 ? run.Name : run.Id,
                    Properties(
                        ("experiment", run.Experiment),
                        ("user", run.User),
                        ("status", run.Status),
                        ("createdAt", run.StartedAt)
                    )
                )
            )
        )
        {
            return;
        }

        if (Up)
        {
            _waiting.Enqueue(() => ReadByAsync(run));
        }

        if (Down)
        {
            _waiting.Enqueue(() => MadeByAsync(run));
        }
    }

    private void Add(LoggedOrigin model, bool walks = true)
    {
        if (TryAdd(new LineageNode(model.Id, LoggedModel, model.Name, Properties())) && walks)
        {
            if (Up && model.Run is { } run)
            {
                _waiting.Enqueue(() => LinkRunAsync(run, model.Id, "logged"));
            }

            if (Down)
            {
                _waiting.Enqueue(() => RegisteredAsync("logged_model", model.Id));
            }
        }
    }

    // A version comes of the logged model that it names, else of its run, else of the version that it was copied from.
    private async Task BehindAsync(RegisteredVersion version, string id)
    {
        if (
            (version.LoggedModel ?? VersionSources.LoggedModelOf(version.Source)) is { } logged
            && await RunOrigins.ModelAsync(session, logged) is { } model
            && Sees(model.Place)
        )
        {
            Add(model);
            _edges.Add(new LineageEdge(model.Id, id, "registered"));
        }
        else if (version.RunId is { Length: > 0 } run)
        {
            await LinkRunAsync(run, id, "registered");
        }

        if (
            VersionSources.VersionOf(version.Source) is var (name, number)
            && await VersionAsync("e.name = @name and e.version = @number", new { name, number }) is { } original
            && Sees(Place.Project(original.Project))
        )
        {
            Add(original);
            _edges.Add(new LineageEdge(ModelVersion.IdOf(original.Key, original.Version), id, "copied"));
        }
    }

    private async Task ReadByAsync(RunOrigin run)
    {
        foreach (var dataset in await RunOrigins.DatasetsAsync(session, run.Id))
        {
            var id = $"{Dataset}:{dataset.Name}:{dataset.Digest}";
            TryAdd(
                new LineageNode(
                    id,
                    Dataset,
                    dataset.Name,
                    Properties(
                        ("digest", dataset.Digest),
                        ("sourceType", dataset.SourceType),
                        ("source", dataset.Source)
                    )
                )
            );
            _edges.Add(new LineageEdge(id, run.Id, dataset.Context ?? ""));
        }

        foreach (var model in (await RunOrigins.ModelsReadAsync(session, run.Id)).Where(model => Sees(model.Place)))
        {
            Add(model, walks: query.Through);
            _edges.Add(new LineageEdge(model.Id, run.Id, "read"));
        }
    }

    private async Task MadeByAsync(RunOrigin run)
    {
        foreach (var model in (await RunOrigins.ModelsMadeAsync(session, run.Id)).Where(model => Sees(model.Place)))
        {
            Add(model);
            _edges.Add(new LineageEdge(run.Id, model.Id, "logged"));
        }

        await RegisteredAsync("run_id", run.Id);
    }

    // A version that names both is linked to the model, which came of the run.
    private async Task RegisteredAsync(string column, string maker)
    {
        if (!Sees(Place.Project(ClientModels.Project)))
        {
            return;
        }

        var versions = await session.QueryAsync<RegisteredVersion>(
            $"""
            select {RegisteredVersion.Columns} from registry_entry e
            where e.{column} = @maker and e.project = @Project order by e.name, e.version limit @VersionsMax
            """,
            new
            {
                maker,
                ClientModels.Project,
                VersionsMax,
            }
        );
        foreach (var version in versions)
        {
            var id = ModelVersion.IdOf(version.Key, version.Version);
            if (column == "run_id" && version.LoggedModel is { } model && _nodes.ContainsKey(model))
            {
                continue;
            }

            Add(version);
            _edges.Add(new LineageEdge(maker, id, "registered"));
        }
    }

    private async Task LinkRunAsync(string run, string made, string label)
    {
        if (await RunOrigins.FindAsync(session, run) is { } origin && Sees(origin.Place))
        {
            Add(origin);
            _edges.Add(new LineageEdge(origin.Id, made, label));
        }
    }

    // Of several of one name, such as a pipeline's beside a client's, it is the client's.
    private async Task<RegisteredVersion?> VersionAsync(string condition, object arguments) =>
        await session.FirstAsync<RegisteredVersion>(
            $"""
            select {RegisteredVersion.Columns} from registry_entry e where {condition}
            order by case when e.project = '{ClientModels.Project}' then 0 else 1 end, e.id limit 1
            """,
            arguments
        );

    private bool TryAdd(LineageNode node) => _nodes.TryAdd(node.Id, node);

    private bool Sees(Place place) => caller?.May(Permission.Read, place) is not false;

    private void Require(Place place) => caller?.Require(Permission.Read, place);

    private static DateTimeOffset? At(long? milliseconds) =>
        milliseconds is { } at ? DateTimeOffset.FromUnixTimeMilliseconds(at) : null;

    private static Dictionary<string, object?> Properties(params (string Name, object? Value)[] properties) =>
        properties.Where(p => p.Value is not null).ToDictionary(p => p.Name, p => p.Value, StringComparer.Ordinal);
}
