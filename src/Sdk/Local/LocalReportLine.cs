using Rondo.Sdk.Wire;

namespace Rondo.Sdk;

/// <summary>One line of a report: a node, or all items of one where there are many. The node is then the first of them.</summary>
internal sealed record LocalReportLine(LocalNode Node, IReadOnlyList<LocalNode> Nodes)
{
    private const int ItemsMax = 12;

    public int Count => Nodes.Count;

    /// <summary>What the line stands for: the id of a node, or the id that all its items share.</summary>
    public string Key => Count > 1 ? Node.Template : Node.Id;

    /// <summary>How they ended: <c>done</c>, or <c>9998 done, 2 failed</c>.</summary>
    public string States =>
        Count == 1
            ? LocalReport.Word(Node.State)
            : string.Join(
                ", ",
                Nodes
                    .GroupBy(node => node.State)
                    .OrderByDescending(group => group.Count())
                    .Select(group => $"{group.Count()} {LocalReport.Word(group.Key)}")
            );

    /// <summary>The time of attempts, all together; null where there were none.</summary>
    public long? DurationMs => Nodes.Any(node => node.Attempts > 0) ? Nodes.Sum(node => node.DurationMs) : null;

    /// <summary>The lines of a run, in the order of its nodes. A group has none, since what it holds has, unless it was passed over with it.</summary>
    public static IReadOnlyList<LocalReportLine> Of(LocalRun run)
    {
        var many = run
            .Nodes.Where(node => node.Id != node.Template)
            .GroupBy(node => node.Template, StringComparer.Ordinal)
            .Where(group => group.Count() > ItemsMax)
            .ToDictionary(group => group.Key, group => group.ToList(), StringComparer.Ordinal);
        var lines = new List<LocalReportLine>();
        foreach (var node in run.Nodes.Where(IsShown))
        {
            if (!many.TryGetValue(node.Template, out var items))
            {
                lines.Add(new(node, [node]));
            }
            else if (items.Count > 0)
            {
                lines.Add(new(node, [.. items.Where(IsShown)]));
                items.Clear();
            }
        }
        return lines;
    }

    private static bool IsShown(LocalNode node) => node.Kind != NodeKind.Group || node.State == LocalState.Skipped;
}
