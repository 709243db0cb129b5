using Rondo.Sdk;

namespace Rondo.Testing;

/// <summary>Says what a declared graph looks like, for a test.</summary>
public static class GraphAssertions
{
    /// <summary>The graph of a pipeline.</summary>
    public static TestGraph Graph(this MlApp app, string pipeline) =>
        new(app.Find(pipeline).ToManifest(new CodeClosure()));

    /// <summary>The graph of a pipeline as text; see <see cref="TestGraph.Describe"/>.</summary>
    public static string Describe(this MlApp app, string pipeline) => app.Graph(pipeline).Describe();

    /// <summary>Whether a node has a say in what another one does; see <see cref="TestGraph.Reaches"/>.</summary>
    public static bool Reaches(this MlApp app, string pipeline, string from, string to) =>
        app.Graph(pipeline).Reaches(from, to);
}
