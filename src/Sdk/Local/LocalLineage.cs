using System.Globalization;
using System.Text;
using Rondo.Sdk.Wire;

namespace Rondo.Sdk;

/// <summary>What came from what in a local run, for people. Many items of a for-each are one line.</summary>
internal static class LocalLineage
{
    private const int EndsMax = 10;
    private const int RowsMax = 100;
    private const int DigestShown = 12;

    public static void Write(StringBuilder text, IReadOnlyList<LocalReportLine> lines)
    {
        var byKey = lines.ToDictionary(line => line.Key, StringComparer.Ordinal);
        var keys = lines
            .SelectMany(line => line.Nodes.Select(node => (node.Id, line.Key)))
            .ToDictionary(pair => pair.Id, pair => pair.Key, StringComparer.Ordinal);
        var used = lines
            .SelectMany(line => line.Nodes)
            .Where(node => node.State is not (LocalState.Skipped or LocalState.NotRun))
            .SelectMany(node => node.Inputs.Values)
            .Select(input => (keys.GetValueOrDefault(input.Node), input.Port))
            .ToHashSet();
        var ends = lines
            .Where(line =>
                line.Node.Outputs.Values.Any(output => output.Artifact.Type != ArtifactTypes.None)
                && !line.Node.Outputs.Keys.Any(port => used.Contains((line.Key, port)))
            )
            .ToList();
        // What a pipeline is for, if it is for models; else whatever nothing else uses.
        var proposals = ends.FindAll(line => line.Node.Outputs.Values.Any(LocalReport.IsProposal));
        ends = proposals.Count > 0 ? proposals : ends;
        foreach (var end in ends.Take(EndsMax))
        {
            text.AppendLine();
            text.AppendLine(CultureInfo.InvariantCulture, $"Lineage of {end.Key}");
            var rows = new List<string[]>();
            Walk(end, new(byKey, keys), [], rows);
            LocalReport.Table(text, null, [.. rows.Take(RowsMax)]);
            LocalReport.More(text, rows.Count - RowsMax);
        }
        LocalReport.More(text, ends.Count - EndsMax);
    }

    private static void Walk(LocalReportLine line, Lines lines, HashSet<string> seen, List<string[]> rows)
    {
        if (!seen.Add(line.Key))
        {
            return;
        }
        var inputs = line
            .Nodes.SelectMany(node => node.Inputs.Values)
            .Where(input => input.Artifact is not null)
            .ToList();
        var from = inputs.Select(input => Source(lines, input)).Distinct(StringComparer.Ordinal).ToList();
        var made = Made(line);
        rows.Add([line.Key, from.Count > 0 ? $"{made}  ← {string.Join(", ", from)}" : made]);
        foreach (var key in inputs.Select(input => lines.KeyOf(input.Node)).Distinct(StringComparer.Ordinal))
        {
            if (lines.ByKey.GetValueOrDefault(key) is { } source)
            {
                Walk(source, lines, seen, rows);
            }
        }
    }

    private static string Made(LocalReportLine line) =>
        line.Count > 1
            ? $"{line.Count} × {string.Join(", ", line.Node.Outputs.Values.Select(Type))}"
            : string.Join(
                ", ",
                line.Node.Outputs.Select(output => Name(line.Node.Outputs.Count, output.Key) + Short(output.Value))
            );

    private static string Source(Lines lines, LocalInput input)
    {
        var key = lines.KeyOf(input.Node);
        return lines.ByKey.GetValueOrDefault(key)?.Node.Outputs.Count > 1 ? $"{key}.{input.Port}" : key;
    }

    private static string Name(int outputs, string port) => outputs > 1 ? port + " " : "";

    private static string Short(LocalArtifact output) =>
        output.Artifact.Type == ArtifactTypes.None ? "none" : $"{Type(output)} {output.Artifact.Digest[..DigestShown]}";

    private static string Type(LocalArtifact output) => output.Artifact.Type[(output.Artifact.Type.IndexOf('/') + 1)..];

    private sealed record Lines(
        IReadOnlyDictionary<string, LocalReportLine> ByKey,
        IReadOnlyDictionary<string, string> Keys
    )
    {
        public string KeyOf(string node) => Keys.GetValueOrDefault(node, node);
    }
}
