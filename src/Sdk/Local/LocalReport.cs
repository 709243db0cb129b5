using System.Globalization;
using System.Text;
using System.Text.Json;

namespace Rondo.Sdk;

/// <summary>A local run for people: what ran, what it measured, and what came from what.</summary>
internal static class LocalReport
{
    private const int MetricsMax = 4;

    public static string Of(LocalRun run)
    {
        var text = new StringBuilder();
        text.AppendLine();
        text.AppendLine(
            CultureInfo.InvariantCulture,
            $"{run.Project} · {run.Pipeline} · {run.Id}: {Word(run.State)} in {Seconds(run.DurationMs)}"
        );
        text.AppendLine();
        Table(text, ["STEP", "STATE", "TIME", "METRICS AND FACTS"], [.. run.Nodes.Select(Row)]);
        foreach (var node in run.Nodes.Where(node => node.State is LocalState.Failed or LocalState.Stopped))
        {
            text.AppendLine();
            text.AppendLine(CultureInfo.InvariantCulture, $"{node.Id} {Word(node.State)}: {node.Message}");
            if (node.Mend is { } mend)
            {
                text.AppendLine("  " + mend);
            }
        }
        LocalEvaluation.Write(text, run);
        Lineage(text, run);
        return text.ToString().TrimEnd();
    }

    private static string[] Row(LocalNode node) =>
        [
            node.Id,
            Word(node.State),
            node.State is LocalState.Succeeded && node.Key is not null ? Seconds(node.DurationMs) : "",
            string.Join("  ", Facts(node)),
        ];

    private static IEnumerable<string> Facts(LocalNode node)
    {
        var metrics = node.Metrics.Take(MetricsMax).Select(metric => $"{metric.Key} {Number(metric.Value)}").ToList();
        return metrics.Count > 0
            ? metrics
            : node.Outputs.SelectMany(output => OutputFacts(node, output.Key, output.Value)).Take(MetricsMax);
    }

    private static IEnumerable<string> OutputFacts(LocalNode node, string port, LocalArtifact output)
    {
        if (output.Summary is not { ValueKind: JsonValueKind.Object } summary)
        {
            yield break;
        }
        var before = node.Outputs.Count > 1 ? port + " " : "";
        foreach (var fact in summary.EnumerateObject())
        {
            if (fact.Value.ValueKind is JsonValueKind.Number)
            {
                yield return $"{before}{fact.Name} {Number(fact.Value.GetDouble())}";
            }
            else if (Word(fact.Value).Length > 0)
            {
                yield return $"{before}{fact.Name} {Word(fact.Value)}";
            }
        }
    }

    private static void Lineage(StringBuilder text, LocalRun run)
    {
        var used = run
            .Nodes.SelectMany(node => node.Inputs.Values)
            .Select(input => (input.Node, input.Port))
            .ToHashSet();
        var nodes = run.Nodes.ToDictionary(node => node.Id, StringComparer.Ordinal);
        var ends = run
            .Nodes.Where(node =>
                node.Outputs.Count > 0 && !node.Outputs.Keys.Any(port => used.Contains((node.Id, port)))
            )
            .ToList();
        // What a pipeline is for, if it is for models; else whatever nothing else uses.
        var proposals = ends.FindAll(node => node.Outputs.Values.Any(IsProposal));
        ends = proposals.Count > 0 ? proposals : ends;
        foreach (var end in ends)
        {
            text.AppendLine();
            text.AppendLine(CultureInfo.InvariantCulture, $"Lineage of {end.Id}");
            var rows = new List<string[]>();
            Walk(end, nodes, [], rows);
            Table(text, null, rows);
        }
    }

    private static void Walk(
        LocalNode node,
        Dictionary<string, LocalNode> nodes,
        HashSet<string> seen,
        List<string[]> rows
    )
    {
        if (!seen.Add(node.Id))
        {
            return;
        }
        var made = string.Join(
            ", ",
            node.Outputs.Select(output => Name(node.Outputs.Count, output.Key) + Short(output.Value))
        );
        var from = string.Join(
            ", ",
            node.Inputs.Values.Select(input => Source(nodes, input)).Distinct(StringComparer.Ordinal)
        );
        rows.Add([node.Id, from.Length > 0 ? $"{made}  ← {from}" : made]);
        foreach (var source in node.Inputs.Values.Select(input => input.Node).Distinct(StringComparer.Ordinal))
        {
            Walk(nodes[source], nodes, seen, rows);
        }
    }

    internal static bool IsProposal(LocalArtifact output) => output.Artifact.Type == Wire.ArtifactTypes.ModelProposal;

    private static string Source(Dictionary<string, LocalNode> nodes, LocalInput input) =>
        nodes[input.Node].Outputs.Count > 1 ? $"{input.Node}.{input.Port}" : input.Node;

    private static string Name(int outputs, string port) => outputs > 1 ? port + " " : "";

    private static string Short(LocalArtifact output) =>
        output.Artifact.Type == Wire.ArtifactTypes.None
            ? "none"
            : $"{output.Artifact.Type["rondo/".Length..]} {output.Artifact.Digest[..12]}";

    internal static void Table(StringBuilder text, string[]? heads, IReadOnlyList<string[]> rows)
    {
        IReadOnlyList<string[]> all = heads is null ? rows : [heads, .. rows];
        var widths = Enumerable.Range(0, all[0].Length).Select(column => all.Max(row => row[column].Length)).ToList();
        foreach (var row in all)
        {
            text.Append("  ");
            text.AppendLine(string.Join("  ", row.Select((cell, column) => cell.PadRight(widths[column]))).TrimEnd());
        }
    }

    private static string Word(LocalState state) =>
        state switch
        {
            LocalState.Succeeded => "done",
            LocalState.Reused => "reused",
            LocalState.Stopped => "stopped",
            LocalState.Failed => "failed",
            _ => "not run",
        };

    private static string Word(JsonElement value) =>
        value.ValueKind switch
        {
            JsonValueKind.True => "yes",
            JsonValueKind.False => "no",
            JsonValueKind.String => value.GetString()!,
            _ => "",
        };

    private static string Seconds(long milliseconds) =>
        (milliseconds / 1000.0).ToString("0.00", CultureInfo.InvariantCulture) + " s";

    internal static string Number(double value) => value.ToString("0.####", CultureInfo.InvariantCulture);
}
