using System.Text.Json;
using Rondo.Data;
using Rondo.Kernel;
using Rondo.Kernel.Db;
using Rondo.Registry.Clients;

namespace Rondo.Registry;

/// <summary>Every model of this server with the little that a list of all of them says; the number of statements does not grow with the models.</summary>
public sealed class ModelCatalog
{
    private const int ModelsMax = 100_000;

    /// <summary>The models, by project, environment and name; those of one project or environment where it is given.</summary>
    public async ValueTask<IReadOnlyList<CatalogedModel>> ListAsync(
        Session session,
        string? project = null,
        string? environment = null
    )
    {
        var where =
            "1 = 1"
            + (project is null ? "" : " and m.project = @project")
            + (environment is null ? "" : " and m.environment = @environment");
        var arguments = new
        {
            project,
            environment,
            ModelsMax,
        };
        var cards = (await CardsAsync(session, where, arguments)).ToDictionary(card => card.Key);
        var rows = await session.QueryAsync<ModelRow>(
            $"""
            with known as (
                select m.project, m.environment, m.model,
                    (select max(e.version) from registry_entry e where {SameModel(
                "e"
            )} and e.deleted_at is null) as newest,
                    (select max(e.version) from registry_entry e
                        where {SameModel("e")} and e.state = 'approved' and e.deleted_at is null) as approved
                from registry_model m where {where}
            )
            select k.project, k.environment, k.model, k.newest, k.approved, n.state, n.created_at
            from known k left join registry_entry n on n.project = k.project and n.environment = k.environment
                and n.model = k.model and n.version = k.newest
            order by k.project, k.environment, k.model limit @ModelsMax
            """,
            arguments
        );
        return [.. rows.Select(row => row.ToModel(cards.GetValueOrDefault(row.Key)))];
    }

    /// <summary>Where some versions stand, by their ids (<see cref="ModelVersion.IdOf"/>), and when they were registered.</summary>
    public async ValueTask<IReadOnlyDictionary<string, CatalogedVersion>> VersionsAsync(
        Session session,
        IEnumerable<string> ids
    ) =>
        (
            await session.QueryAsync<VersionStateRow>(
                $"""
                select id, version, state, created_at from registry_entry
                where {session.Dialect.IsAmong("id", "@ids")} limit @ModelsMax
                """,
                new { ids = JsonSerializer.Serialize(ids), ModelsMax }
            )
        ).ToDictionary(row => row.Id, row => row.ToVersion(), StringComparer.Ordinal);

    private static ValueTask<IReadOnlyList<CardRow>> CardsAsync(Session session, string where, object arguments) =>
        session.QueryAsync<CardRow>(
            $"""
            select m.project, m.environment, m.model, c.body from registry_model m
            join registry_card c on {SameModel("c")}
                and c.revision = (select max(x.revision) from registry_card x where {SameModel("x")})
            where {where} limit @ModelsMax
            """,
            arguments
        );

    private static string SameModel(string table) =>
        $"{table}.project = m.project and {table}.environment = m.environment and {table}.model = m.model";

    private sealed record ModelRow
    {
        public string Project { get; init; } = "";
        public string Environment { get; init; } = "";
        public string Model { get; init; } = "";
        public long? Newest { get; init; }
        public long? Approved { get; init; }
        public string? State { get; init; }
        public long? CreatedAt { get; init; }

        public ModelKey Key => new(Project, Environment, Model);

        public CatalogedModel ToModel(CardRow? card) =>
            new(
                Key,
                Newest is null ? null : new CatalogedVersion(Newest.Value, State ?? "", UnixTime.At(CreatedAt ?? 0)),
                Approved,
                card?.Said.Risk,
                string.IsNullOrWhiteSpace(card?.Said.Owner) ? null : card.Said.Owner
            );
    }

    private sealed record VersionStateRow
    {
        public string Id { get; init; } = "";
        public long Version { get; init; }
        public string State { get; init; } = "";
        public long CreatedAt { get; init; }

        public CatalogedVersion ToVersion() => new(Version, State, UnixTime.At(CreatedAt));
    }

    private sealed record CardRow
    {
        public string Project { get; init; } = "";
        public string Environment { get; init; } = "";
        public string Model { get; init; } = "";
        public string Body { get; init; } = "";

        public ModelKey Key => new(Project, Environment, Model);

        public SaidOfModel Said => JsonSerializer.Deserialize<SaidOfModel>(Body, RondoJson.Options)!;
    }

    // The two lines of a card that a list needs: the rest is skipped.
    private sealed record SaidOfModel(string? Risk, string? Owner);
}

/// <summary>
/// A model as a list of all shows it. <paramref name="Newest"/> is null where every version was deleted; <paramref name="Approved"/> is the newest
/// version that may be served and does not; <paramref name="Risk"/> and <paramref name="Owner"/> are what its card says, null where that says nothing.
/// </summary>
public sealed record CatalogedModel(ModelKey Key, CatalogedVersion? Newest, long? Approved, string? Risk, string? Owner)
{
    /// <summary>Whether a client of MLflow registered it.</summary>
    public bool IsOfClients => Key.Project == ClientModels.Project;
}

/// <summary>A version: where it stands, and since when it is there.</summary>
public sealed record CatalogedVersion(long Version, string State, DateTimeOffset RegisteredAt);
