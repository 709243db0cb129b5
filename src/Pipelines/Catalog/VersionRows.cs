using Rondo.Kernel.Db;
using Rondo.Pipelines.Runs;
using Rondo.Sdk.Graphs;
using Rondo.Sdk.Wire;

namespace Rondo.Pipelines.Catalog;

/// <summary>The nodes and edges of a version as rows, from which a run takes those of a group in one statement.</summary>
internal static class VersionRows
{
    public static async ValueTask InsertAsync(Transaction transaction, string versionId, PipelineShape shape)
    {
        var edges = shape.Edges().ToList();
        var waits = edges.CountBy(edge => edge.To.Id, StringComparer.Ordinal).ToDictionary(StringComparer.Ordinal);
        await RowInsert.IntoAsync(
            transaction,
            "pipelines_node",
            ["version_id", "parent", "template", "local", "position", "kind", "step", "pool", "waits", "always"],
            shape.Manifest.Nodes.Select(
                (node, position) =>
                    new object?[]
                    {
                        versionId,
                        node.Parent ?? "",
                        node.Id,
                        PipelineShape.Local(node),
                        (long)position,
                        KindName(node.Kind),
                        node.Step,
                        node.Pool ?? "",
                        (long)waits.GetValueOrDefault(node.Id),
                        node.Always ? 1L : 0L,
                    }
            )
        );
        await RowInsert.IntoAsync(
            transaction,
            "pipelines_version_edge",
            ["version_id", "from_template", "to_template"],
            edges.Select(edge => new object?[] { versionId, edge.From.Id, edge.To.Id })
        );
    }

    /// <summary>A kind as it stands in tables and answers.</summary>
    public static string KindName(NodeKind kind) =>
        kind switch
        {
            NodeKind.Step => "step",
            NodeKind.Dataset => "dataset",
            NodeKind.ServingModel => "serving-model",
            NodeKind.Group => "group",
            NodeKind.ForEach => "for-each",
            NodeKind.Merge => "merge",
            NodeKind.Approval => "approval",
            _ => "fail",
        };
}
