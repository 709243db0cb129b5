using System.Globalization;
using System.Reflection;
using System.Text.Json.Nodes;
using Rondo.Data;

namespace Rondo.Lineage.OpenLineage;

/// <summary>The facets of OpenLineage that Rondo fills, each with the version of its schema.</summary>
internal static class Facets
{
    private const string Schemas = "https://openlineage.io/spec/facets/";

    private static readonly string s_version =
        typeof(Facets)
            .Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()
            ?.InformationalVersion.Split('+')[0]
        ?? "0";

    /// <summary>Who says all this.</summary>
    public static string Producer { get; } = "urn:rondo:server:" + s_version;

    public static JsonObject Parent(JsonObject run, JsonObject job) =>
        Facet("1-0-1/ParentRunFacet", ("run", run), ("job", job));

    public static JsonObject NominalTime(string start) =>
        Facet("1-0-1/NominalTimeRunFacet", ("nominalStartTime", start));

    public static JsonObject ErrorMessage(string message) =>
        Facet("1-0-0/ErrorMessageRunFacet", ("message", message), ("programmingLanguage", "C#"));

    public static JsonObject Engine() =>
        Facet(
            "1-1-0/ProcessingEngineRunFacet",
            ("version", s_version),
            ("name", "Rondo"),
            ("openlineageAdapterVersion", s_version)
        );

    public static JsonObject SourceCode(string project, string commit) =>
        Facet(
            "1-0-1/SourceCodeLocationJobFacet",
            ("type", "git"),
            ("url", $"rondo:/git/{Uri.EscapeDataString(project)}.git?commit={Uri.EscapeDataString(commit)}"),
            ("repoUrl", $"rondo:/git/{Uri.EscapeDataString(project)}.git"),
            ("version", commit)
        );

    public static JsonObject JobType(string type) =>
        Facet("2-0-3/JobTypeJobFacet", ("processingType", "BATCH"), ("integration", "RONDO"), ("jobType", type));

    public static JsonObject DatasetVersion(string version) =>
        Facet("1-0-0/DatasetVersionDatasetFacet", ("datasetVersion", version));

    public static JsonObject Schema(IEnumerable<(string Name, ColumnType Type)> columns) =>
        Facet(
            "1-0-0/SchemaDatasetFacet",
            (
                "fields",
                new JsonArray([
                    .. columns.Select(column => new JsonObject
                    {
                        ["name"] = column.Name,
                        ["type"] = column.Type.ToString().ToLowerInvariant(),
                    }),
                ])
            )
        );

    public static JsonObject OutputStatistics(long rows, long bytes) =>
        Facet("1-0-1/OutputStatisticsOutputDatasetFacet", ("rowCount", rows), ("size", bytes));

    public static JsonObject DataQuality(TableStatistics statistics, long bytes)
    {
        var columns = new JsonObject();
        foreach (var column in statistics.Columns)
        {
            columns[column.Name] = Quality(column);
        }

        return Facet(
            "1-0-2/DataQualityMetricsInputDatasetFacet",
            ("rowCount", statistics.Rows),
            ("bytes", bytes),
            ("columnMetrics", columns)
        );
    }

    /// <summary>Rondo's own names of the run, and why it ran.</summary>
    public static JsonObject Rondo(LineageRun run, OutboxEvent e)
    {
        var facet = new JsonObject
        {
            ["_producer"] = Producer,
            ["_schemaURL"] = "urn:rondo:facet:run:1",
            ["run"] = run.Id,
            ["environment"] = run.Environment,
            ["trigger"] = run.Trigger,
            ["actor"] = run.Actor,
            ["package"] = run.Package,
        };
        if (e.IsStep)
        {
            facet["node"] = e.NodeId;
            facet["attempt"] = e.Attempt;
        }

        return facet;
    }

    private static JsonObject Quality(ColumnStatistics column)
    {
        var metrics = new JsonObject
        {
            ["nullCount"] = column.Missing,
            ["distinctCount"] = column.Distinct,
            ["count"] = column.Count,
        };
        if (column.Numbers is { } numbers && double.IsFinite(numbers.Min) && double.IsFinite(numbers.Max))
        {
            metrics["min"] = numbers.Min;
            metrics["max"] = numbers.Max;
            var quantiles = new JsonObject();
            foreach (var quantile in numbers.Quantiles.Where(q => double.IsFinite(q.Value)))
            {
                quantiles[quantile.Share.ToString(CultureInfo.InvariantCulture)] = quantile.Value;
            }

            metrics["quantiles"] = quantiles;
        }

        return metrics;
    }

    private static JsonObject Facet(string schema, params ReadOnlySpan<(string Name, JsonNode? Value)> members)
    {
        var name = schema[(schema.IndexOf('/', StringComparison.Ordinal) + 1)..];
        var facet = new JsonObject
        {
            ["_producer"] = Producer,
            ["_schemaURL"] = $"{Schemas}{schema}.json#/$defs/{name}",
        };
        foreach (var (member, value) in members)
        {
            facet[member] = value;
        }

        return facet;
    }
}
