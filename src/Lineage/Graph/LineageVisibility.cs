using Rondo.Kernel;
using Rondo.Kernel.Access;
using Rondo.Kernel.Db;

namespace Rondo.Lineage.Graph;

/// <summary>
/// Of what was walked, that which stands in projects that may be seen. Equal bytes are one artifact, whoever made them: a walk can lead into
/// a project that is none of the caller's.
/// </summary>
internal sealed class LineageVisibility(Session session, Caller caller)
{
    private const int IdsPerStatement = 500;
    private const int ProjectsMax = 1000;

    /// <summary>Refuses a beginning in projects of which none may be seen.</summary>
    public async Task RequireAsync(LineageRoot root)
    {
        var projects = root.Kind switch
        {
            LineageKinds.ModelVersion or LineageKinds.DatasetVersion => [ProjectIn(root.Id)],
            LineageKinds.Run => await QueryAsync("select project from lineage_context where id in @ids", [root.Id]),
            LineageKinds.Endpoint => await QueryAsync(
                "select project from lineage_endpoint where name in @ids",
                [root.Id]
            ),
            _ => await QueryAsync(
                """
                select distinct x.project from lineage_event e join lineage_execution x on x.id = e.execution_id
                where e.artifact_id in @ids
                """,
                [root.Id]
            ),
        };
        if (!projects.Any(CanSee))
        {
            throw caller.Refused(Permission.Read, Place.Project(projects.Count > 0 ? projects[0] : "of " + root.Id));
        }
    }

    /// <summary>The graph without what stands elsewhere, and without what is reached through it alone.</summary>
    public async Task<LineageGraph> OfAsync(LineageGraph graph)
    {
        var hidden = new HashSet<string>(StringComparer.Ordinal);
        hidden.UnionWith(await HiddenAsync(graph, LineageKinds.Execution, "lineage_execution", "id"));
        hidden.UnionWith(await HiddenAsync(graph, LineageKinds.Run, "lineage_context", "id"));
        hidden.UnionWith(
            (await HiddenAsync(graph, LineageKinds.Endpoint, "lineage_endpoint", "name")).Select(
                LineageRoot.NodeOfEndpoint
            )
        );
        hidden.UnionWith(
            graph
                .Nodes.Where(node => node.Kind is LineageKinds.ModelVersion or LineageKinds.DatasetVersion)
                .Select(node => node.Id)
                .Where(id => !CanSee(ProjectIn(id)))
        );
        var edges = graph.Edges.Where(edge => !hidden.Contains(edge.From) && !hidden.Contains(edge.To)).ToList();
        var reached = Reached(graph.Root, edges);
        return graph with
        {
            Nodes = [.. graph.Nodes.Where(node => reached.Contains(node.Id)).Select(WithoutOtherNames)],
            Edges = [.. edges.Where(edge => reached.Contains(edge.From))],
        };
    }

    /// <summary>The list without versions and runs that stand elsewhere.</summary>
    public async Task<LineageClosure> OfAsync(LineageClosure closure)
    {
        var runs = closure.Items.Where(item => item.Kind == LineageKinds.Run).Select(item => item.Id);
        var hidden = await HiddenAsync(runs, "lineage_context", "id");
        return closure with
        {
            Items =
            [
                .. closure.Items.Where(item =>
                    item.Kind switch
                    {
                        LineageKinds.Run => !hidden.Contains(item.Id),
                        LineageKinds.ModelVersion or LineageKinds.DatasetVersion => CanSee(ProjectIn(item.Id)),
                        _ => true,
                    }
                ),
            ],
        };
    }

    // An artifact tells what it is called, and names tell of projects.
    private LineageNode WithoutOtherNames(LineageNode node) =>
        node.Properties.GetValueOrDefault("names") is IReadOnlyList<string> names
        && !names.All(name => CanSee(ProjectIn(name)))
            ? node with
            {
                Properties = node.Properties.ToDictionary(
                    pair => pair.Key,
                    pair => pair.Key == "names" ? names.Where(name => CanSee(ProjectIn(name))).ToList() : pair.Value,
                    StringComparer.Ordinal
                ),
            }
            : node;

    private static HashSet<string> Reached(string root, IReadOnlyList<LineageEdge> edges)
    {
        var next = edges
            .SelectMany(edge => new[] { (edge.From, edge.To), (From: edge.To, To: edge.From) })
            .ToLookup(pair => pair.From, pair => pair.To, StringComparer.Ordinal);
        var reached = new HashSet<string>(StringComparer.Ordinal) { root };
        var queue = new Queue<string>([root]);
        while (queue.TryDequeue(out var node))
        {
            foreach (var other in next[node].Where(reached.Add))
            {
                queue.Enqueue(other);
            }
        }

        return reached;
    }

    private Task<HashSet<string>> HiddenAsync(LineageGraph graph, string kind, string table, string key) =>
        HiddenAsync(
            graph
                .Nodes.Where(node => node.Kind == kind)
                .Select(node => kind == LineageKinds.Endpoint ? node.Label : node.Id),
            table,
            key
        );

    private async Task<HashSet<string>> HiddenAsync(IEnumerable<string> ids, string table, string key)
    {
        var hidden = new HashSet<string>(StringComparer.Ordinal);
        foreach (var chunk in ids.Chunk(IdsPerStatement))
        {
            hidden.UnionWith(
                (
                    await session.QueryAsync<(string Id, string Project)>(
                        $"select {key}, project from {table} where {key} in @chunk",
                        new { chunk }
                    )
                )
                    .Where(found => !CanSee(found.Project))
                    .Select(found => found.Id)
            );
        }

        return hidden;
    }

    private ValueTask<IReadOnlyList<string>> QueryAsync(string sql, string[] ids) =>
        session.QueryAsync<string>($"{sql} limit @ProjectsMax", new { ids, ProjectsMax });

    private bool CanSee(string project) => caller.May(Permission.Read, Place.Project(project));

    // project/environment/name/version
    private static string ProjectIn(string name) => name.Split('/')[0];
}
