using System.Text.Json;
using Rondo.Data;
using Rondo.Kernel.Db;
using Rondo.Kernel.Events;
using Rondo.Kernel.Reconcilers;
using Rondo.Lineage.Graph;
using Rondo.Sdk.Wire;

namespace Rondo.Lineage.Events;

/// <summary>
/// Learns from the log what modules above do not record here: which dataset versions there are before a run takes them, and which
/// model version stands behind which endpoint.
/// </summary>
internal sealed class LineageSubscriber : EventSubscriber
{
    public const string DatasetVersionCreated = "dataset.version.created";
    public const string EndpointCreated = "endpoint.created";
    public const string RolloutStarted = "rollout.started";
    public const string RolloutAdvanced = "rollout.advanced";
    public const string RolloutCompleted = "rollout.completed";
    public const string RolloutRolledBack = "rollout.rolledback";

    public override string Name => "lineage";

    public override IReadOnlyCollection<string> Types =>
        [DatasetVersionCreated, EndpointCreated, RolloutStarted, RolloutAdvanced, RolloutCompleted, RolloutRolledBack];

    public override Task HandleAsync(Transaction transaction, LoggedEvent e) =>
        e.Type switch
        {
            DatasetVersionCreated => PushedAsync(transaction, e),
            EndpointCreated => CreatedAsync(transaction, e),
            _ => RolledAsync(transaction, e),
        };

    // No run has taken it yet: the run stays empty, and the size of the list of files is not known.
    private static async Task PushedAsync(Transaction transaction, LoggedEvent e)
    {
        if (Text(e, "contentDigest") is { } digest)
        {
            var artifact = new ArtifactRef(ArtifactTypes.DatasetVersion, digest, 0);
            await LineageNames.RecordAsync(transaction, LineageKinds.DatasetVersion, e.Subject, artifact, "");
            await MadeAsync(transaction, e, artifact);
        }
    }

    // What a version was made from stands beside it as if a step had made it: so every walk finds its way through.
    private static async Task MadeAsync(Transaction transaction, LoggedEvent e, ArtifactRef version)
    {
        var run = Text(e, "runId") ?? "";
        var inputs =
            e.Data.TryGetProperty("artifact", out var rows) && rows.ValueKind == JsonValueKind.Object
                ? [new PortArtifact("rows", rows.Deserialize<ArtifactRef>(RondoJson.Options)!)]
                : await ParentsAsync(transaction, e);
        if (inputs.Count == 0)
        {
            return;
        }

        await LineageStore.RecordAsync(
            transaction,
            new LineageExecution(
                "added." + e.Subject,
                e.Project,
                run,
                "added to " + Text(e, "dataset"),
                1,
                "dataset",
                "",
                null,
                e.At,
                e.At,
                "succeeded",
                inputs,
                [new PortArtifact("version", version)]
            )
        );
    }

    private static async Task<List<PortArtifact>> ParentsAsync(Transaction transaction, LoggedEvent e)
    {
        var inputs = new List<PortArtifact>();
        if (e.Data.TryGetProperty("parents", out var parents) && parents.ValueKind == JsonValueKind.Array)
        {
            foreach (var parent in parents.EnumerateArray().Select(parent => parent.GetString()!))
            {
                var digests = await transaction.QueryAsync<string>(
                    """
                    select distinct a.digest from lineage_name n join lineage_artifact a on a.id = n.artifact_id
                    where n.name = @parent and n.kind = 'dataset-version'
                    """,
                    new { parent }
                );
                inputs.AddRange(
                    digests.Select(digest => new PortArtifact(
                        parent,
                        new ArtifactRef(ArtifactTypes.DatasetVersion, digest, 0)
                    ))
                );
            }
        }

        return inputs;
    }

    private static async Task CreatedAsync(Transaction transaction, LoggedEvent e)
    {
        var endpoint = new
        {
            name = Text(e, "endpoint"),
            e.Project,
            environment = Text(e, "environment"),
            model = Text(e, "model"),
        };
        await transaction.ExecuteAsync(
            """
            insert into lineage_endpoint (name, project, environment, model) values (@name, @Project, @environment, @model)
            on conflict (name) do nothing
            """,
            endpoint
        );
        if (Number(e, "version") is { } version)
        {
            await SetAsync(
                transaction,
                new DeploymentRow
                {
                    Endpoint = endpoint.name ?? "",
                    Version = IdOf(endpoint.Project, endpoint.environment, endpoint.model, version),
                    State = "serving",
                    Percent = 100,
                    Since = e.At.ToUnixTimeMilliseconds(),
                }
            );
        }
    }

    private static async Task RolledAsync(Transaction transaction, LoggedEvent e)
    {
        var name = Text(e, "endpoint") ?? "";
        var endpoint = await transaction.FirstAsync<EndpointRow>(
            "select project, environment, model from lineage_endpoint where name = @name",
            new { name }
        );
        if (endpoint is null || Number(e, "version") is not { } version)
        {
            return;
        }

        var at = e.At.ToUnixTimeMilliseconds();
        var percent = Number(e, "percent") ?? 0;
        var (state, until) = e.Type switch
        {
            RolloutCompleted => ("serving", (long?)null),
            RolloutRolledBack => ("rolledback", at),
            _ => ("canary", null),
        };
        await SetAsync(transaction, Row(version, state, e.Type == RolloutCompleted ? 100 : percent, until));
        if (Number(e, "previous") is { } previous)
        {
            var completed = e.Type == RolloutCompleted;
            var share = e.Type == RolloutRolledBack ? 100 : 100 - percent;
            await SetAsync(
                transaction,
                Row(previous, completed ? "retired" : "serving", completed ? 0 : share, completed ? at : null)
            );
        }

        DeploymentRow Row(long number, string newState, long newPercent, long? end) =>
            new()
            {
                Endpoint = name,
                Version = IdOf(endpoint.Project, endpoint.Environment, endpoint.Model, number),
                State = newState,
                Percent = newPercent,
                Since = at,
                Until = end,
            };
    }

    private static async Task SetAsync(Transaction transaction, DeploymentRow row) =>
        await transaction.ExecuteAsync(
            """
            insert into lineage_deployment (endpoint, version, state, percent, since, until)
            values (@Endpoint, @Version, @State, @Percent, @Since, @Until)
            on conflict (endpoint, version) do update set
                since = case when lineage_deployment.until is null then lineage_deployment.since else excluded.since end,
                state = excluded.state, percent = excluded.percent, until = excluded.until
            """,
            row
        );

    private static string IdOf(string? project, string? environment, string? model, long version) =>
        FormattableString.Invariant($"{project}/{environment}/{model}/{version}");

    private static string? Text(LoggedEvent e, string name) =>
        e.Data.TryGetProperty(name, out var value) && value.ValueKind == JsonValueKind.String
            ? value.GetString()
            : null;

    private static long? Number(LoggedEvent e, string name) =>
        e.Data.TryGetProperty(name, out var value) && value.ValueKind == JsonValueKind.Number ? value.GetInt64() : null;

    private sealed record EndpointRow
    {
        public string Project { get; init; } = "";
        public string Environment { get; init; } = "";
        public string Model { get; init; } = "";
    }
}
