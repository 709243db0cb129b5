using System.Text.Json;
using Rondo.Data;
using Rondo.Kernel.Db;
using Rondo.Registry;
using Rondo.Sdk.Wire;

namespace Rondo.Serving;

/// <summary>The endpoints of this server.</summary>
public sealed class EndpointStore(Database database)
{
    private const int ListMax = 1000;
    private const int EndpointsMax = 20_000;
    private const string Columns = "name, project, environment, model, manifest, declared, created_at, created_by";

    /// <summary>An endpoint by its name; null where there is none.</summary>
    public Task<ServedEndpoint?> FindAsync(string name) =>
        database.ReadAsync(session => FindAsync(session, name).AsTask());

    /// <summary>An endpoint by its name, or an error that says what to do.</summary>
    public async Task<ServedEndpoint> RequireAsync(string name) =>
        await FindAsync(name)
        ?? throw new RondoException(
            ErrorCode.NotFound,
            $"There is no endpoint '{name}'.",
            "List what there is: rondo endpoints."
        );

    /// <summary>All endpoints, by name; those of one project where it is given.</summary>
    public Task<IReadOnlyList<ServedEndpoint>> ListAsync(string? project = null) => ListAsync(project, null);

    /// <summary>The same, of these projects alone (null: of all).</summary>
    internal Task<IReadOnlyList<ServedEndpoint>> ListAsync(string? project, IReadOnlyCollection<string>? projects) =>
        database.ReadAsync(session => ListAsync(session, project, projects, ListMax).AsTask());

    internal static ValueTask<IReadOnlyList<ServedEndpoint>> ListAsync(Session session, string? project) =>
        ListAsync(session, project, null, EndpointsMax);

    private static async ValueTask<IReadOnlyList<ServedEndpoint>> ListAsync(
        Session session,
        string? project,
        IReadOnlyCollection<string>? projects,
        int limit
    ) =>
        [
            .. (
                await session.QueryAsync<EndpointRow>(
                    $"""
                    select {Columns} from serving_endpoint where 1 = 1
                    {(project is null ? "" : "and project = @project")} {(
                        projects is null ? "" : "and project in @projects"
                    )} order by name limit @limit
                    """,
                    new
                    {
                        project,
                        projects,
                        limit,
                    }
                )
            ).Select(row => row.ToEndpoint()),
        ];

    internal static async ValueTask<ServedEndpoint?> FindAsync(Session session, string name) =>
        (
            await session.FirstAsync<EndpointRow>(
                $"select {Columns} from serving_endpoint where name = @name",
                new { name }
            )
        )?.ToEndpoint();

    /// <summary>Endpoints that follow the newest good version of a model.</summary>
    internal static async ValueTask<IReadOnlyList<ServedEndpoint>> FollowingAsync(Session session, ModelKey model) =>
        [
            .. (
                await session.QueryAsync<EndpointRow>(
                    $"""
                    select {Columns} from serving_endpoint
                    where project = @Project and environment = @Environment and model = @Model and manifest is not null
                    order by name limit 1000
                    """,
                    model
                )
            ).Select(row => row.ToEndpoint()),
        ];

    /// <summary>Writes an endpoint. The name of one that serves another model is not taken over, whatever the caller has seen before.</summary>
    internal static async ValueTask SaveAsync(Transaction transaction, ServedEndpoint endpoint)
    {
        var saved = await transaction.ExecuteAsync(
            $"""
            insert into serving_endpoint ({Columns})
            values (@Name, @Project, @Environment, @Model, @manifest, @declared, @createdAt, @CreatedBy)
            on conflict (name) do update set manifest = @manifest, declared = @declared
            where serving_endpoint.project = @Project and serving_endpoint.environment = @Environment
                and serving_endpoint.model = @Model
            """,
            new
            {
                endpoint.Name,
                endpoint.Model.Project,
                endpoint.Model.Environment,
                endpoint.Model.Model,
                manifest = Text(endpoint.Manifest),
                declared = Text(endpoint.Declared),
                createdAt = endpoint.CreatedAt.ToUnixTimeMilliseconds(),
                endpoint.CreatedBy,
            }
        );
        if (saved == 0)
        {
            throw new RondoException(
                ErrorCode.Conflict,
                $"There is an endpoint '{endpoint.Name}' already, which serves another model.",
                $"Give the endpoint of '{endpoint.Model}' another name."
            );
        }
    }

    /// <summary>Waits until nobody else changes what is declared of an endpoint, and keeps others from it until the transaction ends.</summary>
    internal static ValueTask LockAsync(Transaction transaction, string name) =>
        transaction.LockAsync("serving.endpoint." + name);

    /// <summary>A declaration as the table keeps it: two are the same where these are.</summary>
    internal static string? Text(EndpointManifest? manifest) =>
        manifest is null ? null : JsonSerializer.Serialize(manifest, RondoJson.Options);

    private static EndpointManifest? Read(string? manifest) =>
        manifest is null ? null : JsonSerializer.Deserialize<EndpointManifest>(manifest, RondoJson.Options);

    private sealed record EndpointRow
    {
        public string Name { get; init; } = "";
        public string Project { get; init; } = "";
        public string Environment { get; init; } = "";
        public string Model { get; init; } = "";
        public string? Manifest { get; init; }
        public string? Declared { get; init; }
        public long CreatedAt { get; init; }
        public string CreatedBy { get; init; } = "";

        public ServedEndpoint ToEndpoint() =>
            new(
                Name,
                new ModelKey(Project, Environment, Model),
                Read(Manifest),
                DateTimeOffset.FromUnixTimeMilliseconds(CreatedAt),
                CreatedBy
            )
            {
                // A server of an earlier version, which runs beside this one until it is replaced, writes the declaration alone.
                Declared = Read(Declared ?? Manifest),
            };
    }
}
