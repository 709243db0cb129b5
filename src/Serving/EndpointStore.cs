using System.Text.Json;
using Rondo.Data;
using Rondo.Kernel.Db;
using Rondo.Registry;
using Rondo.Sdk.Wire;

namespace Rondo.Serving;

/// <summary>The endpoints of this server.</summary>
public sealed class EndpointStore(Database database)
{
    private const int EndpointsMax = 1000;
    private const string Columns = "name, project, environment, model, manifest, created_at, created_by";

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
    public Task<IReadOnlyList<ServedEndpoint>> ListAsync(string? project = null) =>
        database.ReadAsync<IReadOnlyList<ServedEndpoint>>(async session =>
            [
                .. (
                    await session.QueryAsync<EndpointRow>(
                        $"""
                        select {Columns} from serving_endpoint
                        {(project is null ? "" : "where project = @project")} order by name limit @EndpointsMax
                        """,
                        new { project, EndpointsMax }
                    )
                ).Select(row => row.ToEndpoint()),
            ]
        );

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

    internal static async ValueTask SaveAsync(Transaction transaction, ServedEndpoint endpoint) =>
        await transaction.ExecuteAsync(
            $"""
            insert into serving_endpoint ({Columns})
            values (@Name, @Project, @Environment, @Model, @manifest, @createdAt, @CreatedBy)
            on conflict (name) do update set model = @Model, manifest = @manifest
            """,
            new
            {
                endpoint.Name,
                endpoint.Model.Project,
                endpoint.Model.Environment,
                endpoint.Model.Model,
                manifest = endpoint.Manifest is null
                    ? null
                    : JsonSerializer.Serialize(endpoint.Manifest, RondoJson.Options),
                createdAt = endpoint.CreatedAt.ToUnixTimeMilliseconds(),
                endpoint.CreatedBy,
            }
        );

    private sealed record EndpointRow
    {
        public string Name { get; init; } = "";
        public string Project { get; init; } = "";
        public string Environment { get; init; } = "";
        public string Model { get; init; } = "";
        public string? Manifest { get; init; }
        public long CreatedAt { get; init; }
        public string CreatedBy { get; init; } = "";

        public ServedEndpoint ToEndpoint() =>
            new(
                Name,
                new ModelKey(Project, Environment, Model),
                Manifest is null ? null : JsonSerializer.Deserialize<EndpointManifest>(Manifest, RondoJson.Options),
                DateTimeOffset.FromUnixTimeMilliseconds(CreatedAt),
                CreatedBy
            );
    }
}
