using System.Text.Json;
using Rondo.Data;
using Rondo.Kernel.Db;
using Rondo.Registry;
using Rondo.Sdk.Wire;

namespace Rondo.Serving.Routing;

/// <summary>A version behind an endpoint and its share of the traffic, as the table has it.</summary>
internal sealed record DeploymentState(string Endpoint, ModelKey Model, long Version, int Percent, string State)
{
    /// <summary>Whether requests with unexpected values are refused.</summary>
    public bool Rejects { get; init; }

    public const string Serving = "serving";
    public const string Canary = "canary";
    public const string Retired = "retired";
    public const string RolledBack = "rolledback";
}

/// <summary>The wanted traffic of every endpoint.</summary>
internal sealed class DeploymentStore(Database database, TimeProvider time)
{
    private const int DeploymentsMax = 10_000;

    /// <summary>Every deployment that takes traffic, or only those of one endpoint, with all that it ever had.</summary>
    public Task<IReadOnlyList<DeploymentState>> ListAsync(string? endpoint = null) =>
        database.ReadAsync<IReadOnlyList<DeploymentState>>(async session =>
            [
                .. (
                    await session.QueryAsync<Row>(
                        $"""
                        select d.endpoint, e.project, e.environment, e.model, d.version, d.percent, d.state, e.manifest
                        from serving_deployment d join serving_endpoint e on e.name = d.endpoint
                        where {(endpoint is null ? "d.percent > 0" : "d.endpoint = @endpoint")}
                        order by d.endpoint, d.version desc limit @DeploymentsMax
                        """,
                        new { endpoint, DeploymentsMax }
                    )
                ).Select(row => new DeploymentState(
                    row.Endpoint,
                    new ModelKey(row.Project, row.Environment, row.Model),
                    row.Version,
                    (int)row.Percent,
                    row.State
                )
                {
                    Rejects = RejectsOf(row.Manifest),
                }),
            ]
        );

    /// <summary>The version that the endpoint serves in full; null where none was ever completed.</summary>
    public static async ValueTask<long?> ServingAsync(Session session, string endpoint) =>
        await session.ScalarAsync<long?>(
            "select version from serving_deployment where endpoint = @endpoint and state = @Serving",
            new { endpoint, DeploymentState.Serving }
        );

    /// <summary>The endpoints that answer with a version, in part or in full.</summary>
    public static ValueTask<IReadOnlyList<string>> AnsweringAsync(Session session, ModelKey model, long version) =>
        session.QueryAsync<string>(
            """
            select d.endpoint from serving_deployment d join serving_endpoint e on e.name = d.endpoint
            where e.project = @Project and e.environment = @Environment and e.model = @Model and d.version = @version
                and d.percent > 0
            order by d.endpoint limit 1000
            """,
            new
            {
                model.Project,
                model.Environment,
                model.Model,
                version,
            }
        );

    /// <summary>The endpoints of a model, with the version that each serves: one that is only tried there is not it.</summary>
    public static ValueTask<IReadOnlyList<(string Endpoint, long Version)>> ServingAsync(
        Session session,
        ModelKey model
    ) =>
        session.QueryAsync<(string Endpoint, long Version)>(
            """
            select d.endpoint, d.version from serving_deployment d join serving_endpoint e on e.name = d.endpoint
            where e.project = @Project and e.environment = @Environment and e.model = @Model and d.state = @Serving
            order by d.endpoint limit 1000
            """,
            new
            {
                model.Project,
                model.Environment,
                model.Model,
                DeploymentState.Serving,
            }
        );

    /// <summary>Sets the share and the state of one version.</summary>
    public async ValueTask SetAsync(
        Transaction transaction,
        string endpoint,
        long version,
        int percent,
        string state
    ) =>
        await transaction.ExecuteAsync(
            """
            insert into serving_deployment (endpoint, version, percent, state, changed_at)
            values (@endpoint, @version, @percent, @state, @at)
            on conflict (endpoint, version) do update set percent = @percent, state = @state, changed_at = @at
            """,
            new
            {
                endpoint,
                version,
                percent,
                state,
                at = time.GetUtcNow().ToUnixTimeMilliseconds(),
            }
        );

    private static bool RejectsOf(string? manifest) =>
        manifest is not null
        && JsonSerializer.Deserialize<EndpointManifest>(manifest, RondoJson.Options)!.RejectsUnexpected;

    private sealed record Row
    {
        public string? Manifest { get; init; }
        public string Endpoint { get; init; } = "";
        public string Project { get; init; } = "";
        public string Environment { get; init; } = "";
        public string Model { get; init; } = "";
        public long Version { get; init; }
        public long Percent { get; init; }
        public string State { get; init; } = "";
    }
}
