using System.Text.Json;
using Rondo.Data;
using Rondo.Kernel.Db;
using Rondo.Pipelines.Runs;
using Rondo.Sdk;
using Rondo.Sdk.Graphs;
using Rondo.Sdk.Wire;

namespace Rondo.Pipelines.Rows;

/// <summary>Counts the rows that a run has moved, from the facts of its outputs: no table is read again.</summary>
internal sealed class RowCounting(PipelineShape shape, RunInfo run)
{
    /// <summary>The artifact types that say how many rows they have.</summary>
    public static readonly string[] Tables = [ArtifactTypes.Table, ArtifactTypes.RawTable, ArtifactTypes.NewRows];

    private const int OutputsMax = 200_000;

    private readonly Dictionary<(string Node, string Port), long> _made = [];
    private readonly Dictionary<string, HashSet<string>> _instances = new(StringComparer.Ordinal);

    public async Task<IReadOnlyList<RowFlow>> CountAsync(Session session)
    {
        await ReadAsync(session);
        var reasons = await ReasonsAsync(session);
        return
        [
            .. shape
                .Manifest.Nodes.Where(node => node.Kind == NodeKind.Step && _instances.ContainsKey(node.Id))
                .Select(node => Flow(node, reasons.GetValueOrDefault(node.Id)))
                .OfType<RowFlow>(),
        ];
    }

    private async Task ReadAsync(Session session)
    {
        var rows = await session.QueryAsync<OutputRow>(
            """
            select template, node_id, port, summary from pipelines_output
            where run_id = @Id and type in @types and summary is not null limit @limit
            """,
            new
            {
                run.Id,
                types = Tables,
                limit = OutputsMax,
            }
        );
        foreach (var row in rows)
        {
            using var facts = JsonDocument.Parse(row.Summary);
            if (facts.RootElement.TryGetProperty("rows", out var count) && count.TryGetInt64(out var number))
            {
                var key = (row.Template, row.Port);
                _made[key] = _made.GetValueOrDefault(key) + number;
                Instances(row.Template).Add(row.NodeId);
            }
        }

        var sources = JsonSerializer.Deserialize<Dictionary<string, RunSource>>(run.Sources, RondoJson.Options)!;
        foreach (var (node, source) in sources.Where(source => source.Value.Rows is not null))
        {
            _made[(node, "value")] = source.Rows!.Value;
        }
    }

    private async Task<Dictionary<string, Dictionary<string, long>>> ReasonsAsync(Session session)
    {
        var rows = await session.QueryAsync<StepRow>(
            """
            select template, metrics from pipelines_step
            where run_id = @Id and state = 'succeeded' and metrics like @dropped limit @limit
            """,
            new
            {
                run.Id,
                dropped = $"%\"{StepContext.DroppedPrefix}%",
                limit = OutputsMax,
            }
        );
        var found = new Dictionary<string, Dictionary<string, long>>(StringComparer.Ordinal);
        foreach (var row in rows)
        {
            if (!found.TryGetValue(row.Template, out var reasons))
            {
                found[row.Template] = reasons = new Dictionary<string, long>(StringComparer.Ordinal);
            }

            var metrics = JsonSerializer.Deserialize<Dictionary<string, double>>(row.Metrics, RondoJson.Options)!;
            foreach (var (name, value) in metrics)
            {
                if (name.StartsWith(StepContext.DroppedPrefix, StringComparison.Ordinal))
                {
                    var reason = name[StepContext.DroppedPrefix.Length..];
                    reasons[reason] = reasons.GetValueOrDefault(reason) + (long)value;
                }
            }
        }

        return found;
    }

    private RowFlow? Flow(NodeManifest node, Dictionary<string, long>? reasons)
    {
        long? taken = null;
        foreach (var input in node.Inputs)
        {
            if (Taken(node, input) is { } rows)
            {
                taken = (taken ?? 0) + rows;
            }
        }

        return taken is not { } rowsIn
            ? null
            : new RowFlow(
                node.Id,
                rowsIn,
                node.Outputs.Sum(output => _made.GetValueOrDefault((node.Id, output.Port))),
                reasons?.Values.Sum() ?? 0,
                reasons ?? new Dictionary<string, long>(StringComparer.Ordinal)
            );
    }

    // Each item of a for-each takes what is outside of it whole.
    private long? Taken(NodeManifest node, InputManifest input)
    {
        if (!_made.TryGetValue((input.FromNode, input.FromPort), out var rows))
        {
            return null;
        }

        var own = shape.Loops(node.Id).Count;
        var other = shape.Loops(input.FromNode).Count;
        return own <= other ? rows
            : other == 0 ? rows * Instances(node.Id).Count
            : null;
    }

    private HashSet<string> Instances(string template)
    {
        if (!_instances.TryGetValue(template, out var instances))
        {
            _instances[template] = instances = new HashSet<string>(StringComparer.Ordinal);
        }

        return instances;
    }

    private sealed record OutputRow
    {
        public string Template { get; init; } = "";
        public string NodeId { get; init; } = "";
        public string Port { get; init; } = "";
        public string Summary { get; init; } = "";
    }

    private sealed record StepRow
    {
        public string Template { get; init; } = "";
        public string Metrics { get; init; } = "{}";
    }
}
