using Rondo.Sdk.Wire;

namespace Rondo.Sdk.Testing;

/// <summary>Says what a declared graph looks like, for a test.</summary>
public static class GraphAssertions
{
    /// <summary>The nodes of a pipeline as <c>id(input ← node.port, …)</c>, one a line: good to compare as a whole.</summary>
    public static string Describe(this MlApp app, string pipeline) =>
        string.Join(
            "\n",
            app.Find(pipeline)
                .Graph.Nodes.Select(node =>
                    $"{node.Id}({string.Join(", ", node.InputPorts.Select(input => $"{input.Port} ← {input.From}"))})"
                )
        );

    /// <summary>Whether a node's output reaches another node, directly or through others.</summary>
    public static bool Reaches(this MlApp app, string pipeline, string from, string to)
    {
        var manifest = app.ToManifest().Pipelines.First(known => known.Name == pipeline);
        var reached = new HashSet<string>(StringComparer.Ordinal) { from };
        foreach (NodeManifest node in manifest.Nodes)
        {
            if (node.Inputs.Any(input => reached.Contains(input.FromNode)))
            {
                reached.Add(node.Id);
            }
        }
        return from != to && reached.Contains(to);
    }
}
