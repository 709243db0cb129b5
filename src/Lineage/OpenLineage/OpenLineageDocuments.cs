using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;
using Rondo.Data;
using Rondo.Kernel.Blobs;
using Rondo.Kernel.Db;
using Rondo.Lineage.Graph;
using Rondo.Sdk.Wire;

namespace Rondo.Lineage.OpenLineage;

/// <summary>Makes the RunEvent documents of OpenLineage 2-0-2 from what lineage has recorded.</summary>
internal sealed class OpenLineageDocuments(Database database, IBlobStore blobs, OpenLineageOptions options)
{
    private const string SchemaUrl = "https://openlineage.io/spec/2-0-2/OpenLineage.json#/$defs/RunEvent";
    private const int DatasetsMax = 1000;

    private readonly ColumnFacts _columns = new(blobs);

    /// <summary>The document; null where nothing is known of the run.</summary>
    public async Task<JsonObject?> OfAsync(OutboxEvent e, CancellationToken cancellation)
    {
        var (run, touched) = await database.ReadAsync(session => ReadAsync(session, e), cancellation);
        if (run is null)
        {
            return null;
        }

        var job = Job(run, e);
        var document = new JsonObject
        {
            ["eventType"] = e.EventType,
            ["eventTime"] = Time(DateTimeOffset.FromUnixTimeMilliseconds(e.At)),
            ["producer"] = Facets.Producer,
            ["schemaURL"] = SchemaUrl,
            ["run"] = new JsonObject { ["runId"] = OpenLineageNames.RunId(e), ["facets"] = RunFacets(run, e) },
            ["job"] = job,
        };
        var statistics = await StatisticsAsync(touched, cancellation);
        document["inputs"] = await DatasetsAsync(run, touched.Where(row => row.IsInput), statistics, cancellation);
        document["outputs"] = await DatasetsAsync(run, touched.Where(row => !row.IsInput), null, cancellation);
        return document;
    }

    private static async Task<(LineageRun? Run, IReadOnlyList<TouchedRow> Touched)> ReadAsync(
        Session session,
        OutboxEvent e
    )
    {
        var properties = await session.ScalarAsync<string>(
            "select properties from lineage_context where id = @RunId and kind = 'run'",
            e
        );
        if (properties is null)
        {
            return (null, []);
        }

        var run = JsonSerializer.Deserialize<LineageRun>(properties, RondoJson.Options);
        return e.EventType is OutboxEvent.Start or OutboxEvent.Abort ? (run, [])
            : e.IsStep ? (run, await OfStepAsync(session, e))
            : (run, await OfRunAsync(session, e));
    }

    // Of an input: who in this run made it, or what it is called.
    private static ValueTask<IReadOnlyList<TouchedRow>> OfStepAsync(Session session, OutboxEvent e) =>
        session.QueryAsync<TouchedRow>(
            """
            select e.direction, e.port, e.artifact_id, a.size, x.node_id,
                coalesce(
                    (select min(n.name) from lineage_name n where n.artifact_id = e.artifact_id and n.run_id = x.run_id),
                    (select min(n.name) from lineage_name n where n.artifact_id = e.artifact_id)
                ) as name,
                (select min(m.node_id || '|' || o.port) from lineage_event o join lineage_execution m on m.id = o.execution_id
                    where o.artifact_id = e.artifact_id and o.run_id = x.run_id and o.direction = 'output') as maker
            from lineage_execution x
            join lineage_event e on e.execution_id = x.id
            join lineage_artifact a on a.id = e.artifact_id
            where x.run_id = @RunId and x.node_id = @NodeId and x.attempt = @Attempt
            order by e.direction, e.port limit @DatasetsMax
            """,
            new
            {
                e.RunId,
                e.NodeId,
                e.Attempt,
                DatasetsMax,
            }
        );

    // A run as a whole took dataset versions, and made model versions.
    private static ValueTask<IReadOnlyList<TouchedRow>> OfRunAsync(Session session, OutboxEvent e) =>
        session.QueryAsync<TouchedRow>(
            """
            select case n.kind when 'dataset-version' then 'input' else 'output' end as direction, '' as port, n.artifact_id, a.size,
                '' as node_id, n.name
            from lineage_name n join lineage_artifact a on a.id = n.artifact_id
            where n.run_id = @RunId and n.artifact_id not like 'rondo/model-proposal:%' order by n.name limit @DatasetsMax
            """,
            new { e.RunId, DatasetsMax }
        );

    private JsonObject RunFacets(LineageRun run, OutboxEvent e)
    {
        var facets = new JsonObject { ["processing_engine"] = Facets.Engine(), ["rondo_run"] = Facets.Rondo(run, e) };
        if (e.IsStep)
        {
            facets["parent"] = Facets.Parent(
                new JsonObject { ["runId"] = OpenLineageNames.RunId(e.RunId) },
                new JsonObject { ["namespace"] = options.Namespace, ["name"] = OpenLineageNames.Job(run) }
            );
        }

        if (run.Trigger == "schedule" && DueOf(run) is { } due)
        {
            facets["nominalTime"] = Facets.NominalTime(due);
        }

        if (e.EventType is OutboxEvent.Fail or OutboxEvent.Abort && e.Message is { Length: > 0 } message)
        {
            facets["errorMessage"] = Facets.ErrorMessage(message);
        }

        return facets;
    }

    private JsonObject Job(LineageRun run, OutboxEvent e) =>
        new()
        {
            ["namespace"] = options.Namespace,
            ["name"] = OpenLineageNames.Job(run, e.NodeId),
            ["facets"] = new JsonObject
            {
                ["jobType"] = Facets.JobType(e.IsStep ? "STEP" : "PIPELINE"),
                ["sourceCodeLocation"] = Facets.SourceCode(run.Project, run.Commit),
            },
        };

    private async Task<JsonArray> DatasetsAsync(
        LineageRun run,
        IEnumerable<TouchedRow> touched,
        (TableStatistics Statistics, long Bytes)? statistics,
        CancellationToken cancellation
    )
    {
        var datasets = new JsonArray();
        var seen = new HashSet<(string, string)>();
        foreach (var row in touched)
        {
            var (name, version) = NameOf(run, row);
            if (seen.Add((name, version)))
            {
                datasets.Add(await DatasetAsync(row, name, version, statistics, cancellation));
            }
        }

        return datasets;
    }

    private async Task<JsonNode> DatasetAsync(
        TouchedRow row,
        string name,
        string version,
        (TableStatistics Statistics, long Bytes)? statistics,
        CancellationToken cancellation
    )
    {
        var facets = new JsonObject { ["version"] = Facets.DatasetVersion(version) };
        var dataset = new JsonObject
        {
            ["namespace"] = options.Namespace,
            ["name"] = name,
            ["facets"] = facets,
        };
        if (await _columns.OfAsync(row.Type, row.Digest, row.Size, cancellation) is { } table)
        {
            facets["schema"] = Facets.Schema(table.Columns);
            if (!row.IsInput)
            {
                dataset["outputFacets"] = new JsonObject
                {
                    ["outputStatistics"] = Facets.OutputStatistics(table.Rows, row.Size),
                };
            }
        }

        if (row is { IsInput: true, Type: ArtifactTypes.RawTable or ArtifactTypes.Table } && statistics is { } known)
        {
            dataset["inputFacets"] = new JsonObject
            {
                ["dataQualityMetrics"] = Facets.DataQuality(known.Statistics, row.Size),
            };
        }

        return dataset;
    }

    // A step that describes its table says so in an output of its own.
    private async Task<(TableStatistics Statistics, long Bytes)?> StatisticsAsync(
        IReadOnlyList<TouchedRow> touched,
        CancellationToken cancellation
    )
    {
        var made = touched.FirstOrDefault(row => row is { IsInput: false, Type: ArtifactTypes.Statistics });
        return made is null || await _columns.StatisticsAsync(made.Digest, cancellation) is not { } statistics
            ? null
            : (statistics, made.Size);
    }

    private static (string Name, string Version) NameOf(LineageRun run, TouchedRow row)
    {
        if (row.Name is { } named && (row.IsInput || row.Port.Length == 0) && row.Maker is null)
        {
            return OpenLineageNames.Versioned(named);
        }

        var (node, port) = (row.NodeId, row.Port);
        if (row.IsInput)
        {
            var bar = row.Maker?.IndexOf('|', StringComparison.Ordinal) ?? -1;
            if (bar < 0)
            {
                return (row.Type, row.Digest);
            }

            (node, port) = (row.Maker![..bar], row.Maker[(bar + 1)..]);
        }

        return (OpenLineageNames.Output(run, node, port), row.Digest);
    }

    private static string? DueOf(LineageRun run) =>
        run.Evidence is { ValueKind: JsonValueKind.Object } evidence
        && evidence.TryGetProperty("due", out var due)
        && due.TryGetDateTimeOffset(out var at)
            ? Time(at)
            : null;

    private static string Time(DateTimeOffset at) =>
        at.UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss.fff'Z'", CultureInfo.InvariantCulture);

    private sealed record TouchedRow
    {
        public string Direction { get; init; } = "";
        public string Port { get; init; } = "";
        public string ArtifactId { get; init; } = "";
        public long Size { get; init; }
        public string NodeId { get; init; } = "";
        public string? Name { get; init; }
        public string? Maker { get; init; }

        public bool IsInput => Direction == "input";

        public string Type => ArtifactId[..ArtifactId.LastIndexOf(':')];

        public string Digest => ArtifactId[(ArtifactId.LastIndexOf(':') + 1)..];
    }
}
