using System.Globalization;
using System.Text;
using System.Text.Json;
using Rondo.Sdk.Wire;

namespace Rondo.Sdk;

/// <summary>A local run for people: what ran, what it measured, and what came from what. Many items of a for-each are one line.</summary>
internal static class LocalReport
{
    private const int MetricsMax = 4;
    private const int RowsMax = 200;
    private const int FailuresMax = 10;

    public static string Of(LocalRun run)
    {
        var text = new StringBuilder();
        text.AppendLine();
        text.AppendLine(
            CultureInfo.InvariantCulture,
            $"{run.Project} · {run.Pipeline}{Of(run.Partition)} · {run.Id}: {Word(run.State)} in {Seconds(run.DurationMs)}"
        );
        text.AppendLine();
        var lines = LocalReportLine.Of(run);
        var shown = lines.Where(line => line.Node.Kind != NodeKind.Merge).ToList();
        Table(text, ["STEP", "STATE", "TIME", "METRICS AND FACTS"], [.. shown.Take(RowsMax).Select(Row)]);
        More(text, shown.Count - RowsMax);
        Failures(text, run);
        LocalEvaluation.Write(text, run);
        LocalLineage.Write(text, lines);
        return text.ToString().TrimEnd();
    }

    private static void Failures(StringBuilder text, LocalRun run)
    {
        // A group failed because of what it holds, which is told itself.
        var bad = run
            .Nodes.Where(node => node.State is LocalState.Failed or LocalState.Stopped && node.Message is not null)
            .ToList();
        foreach (var node in bad.Take(FailuresMax))
        {
            text.AppendLine();
            text.AppendLine(CultureInfo.InvariantCulture, $"{node.Id} {Word(node.State)}: {node.Message}");
            if (node.Mend is { } mend)
            {
                text.AppendLine("  " + mend);
            }
        }
        More(text, bad.Count - FailuresMax);
        if (bad.Count > 0 && bad.Exists(node => node.State == LocalState.Failed))
        {
            text.AppendLine();
            text.AppendLine(CultureInfo.InvariantCulture, $"Go on from here: --resume {run.Id}");
        }
    }

    private static string[] Row(LocalReportLine line) =>
        [
            line.Count > 1 ? $"{line.Node.Template} × {line.Count}" : line.Node.Id,
            line.States,
            line.DurationMs is { } duration ? Seconds(duration) : "",
            line.Count > 1 ? "" : string.Join("  ", Facts(line.Node)),
        ];

    private static IEnumerable<string> Facts(LocalNode node)
    {
        if (node is { Kind: NodeKind.ForEach, Items: { } items })
        {
            return [$"items {items}"];
        }
        if (node.State == LocalState.Skipped && node.Message is { } why)
        {
            return [why];
        }
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

    internal static bool IsProposal(LocalArtifact output) => output.Artifact.Type == ArtifactTypes.ModelProposal;

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

    internal static void More(StringBuilder text, int count)
    {
        if (count > 0)
        {
            text.AppendLine(CultureInfo.InvariantCulture, $"  and {count} more: --output json");
        }
    }

    internal static string Word(LocalState state) =>
        state switch
        {
            LocalState.Succeeded => "done",
            LocalState.Reused => "reused",
            LocalState.Stopped => "stopped",
            LocalState.Failed => "failed",
            LocalState.Skipped => "skipped",
            LocalState.Cancelled => "cancelled",
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

    private static string Of(string? partition) => partition is null ? "" : $" of {partition}";

    private static string Seconds(long milliseconds) =>
        (milliseconds / 1000.0).ToString("0.00", CultureInfo.InvariantCulture) + " s";

    internal static string Number(double value) => value.ToString("0.####", CultureInfo.InvariantCulture);
}
