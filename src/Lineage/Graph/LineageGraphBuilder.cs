using Rondo.Kernel.Events;
using Rondo.Sdk.Wire;

namespace Rondo.Lineage.Graph;

/// <summary>Turns the rows of a walk into nodes and edges.</summary>
internal sealed class LineageGraphBuilder
{
    private readonly LineageWalk _walk;
    private readonly Dictionary<string, LineageNode> _nodes = new(StringComparer.Ordinal);
    private readonly HashSet<LineageEdge> _edges = [];
    private readonly Dictionary<string, LineageRun> _runs;
    private readonly Dictionary<string, string> _runOf;
    private readonly ILookup<string, NameRow> _namesOf;
    private readonly HashSet<string> _roots;
    private readonly RunNodes _runNodes;

    public LineageGraphBuilder(LineageWalk walk, IReadOnlyDictionary<long, LoggedEvent> causes)
    {
        _walk = walk;
        _runs = walk.Runs.ToDictionary(run => run.Id, StringComparer.Ordinal);
        _runOf = walk.Executions.ToDictionary(x => x.Id, x => x.RunId, StringComparer.Ordinal);
        _namesOf = walk.Names.ToLookup(name => name.ArtifactId, StringComparer.Ordinal);
        _roots = walk.RootArtifacts.ToHashSet(StringComparer.Ordinal);
        _runNodes = new RunNodes(Add, AddEdge, causes);
    }

    public LineageGraph Build()
    {
        AddRoot();
        AddExecutions();
        AddNames();
        AddDeployments();
        if (_walk.Direction == LineageDirection.Up)
        {
            foreach (var run in _walk.Runs)
            {
                _runNodes.Add(run);
            }

            AddEntries();
        }

        return new LineageGraph(
            _walk.Root.Node,
            _walk.Direction,
            [.. _nodes.Values],
            [.. _edges],
            _walk.Cut is not null,
            _walk.Cut
        );
    }

    private void AddRoot()
    {
        foreach (var artifact in _roots)
        {
            AddArtifact(artifact, null);
        }

        if (_walk.Root.Kind == LineageKinds.Endpoint)
        {
            Add(_walk.Root.Node, LineageKinds.Endpoint, _walk.Root.Id, Properties());
        }

        // What comes of a run comes of it as a whole.
        if (_walk is { Root.Kind: LineageKinds.Run, Direction: LineageDirection.Down })
        {
            foreach (var run in _walk.Runs.Where(run => run.Id == _walk.Root.Id))
            {
                _runNodes.AddAlone(run);
            }

            foreach (var execution in _walk.Executions.Where(x => x.RunId == _walk.Root.Id))
            {
                AddEdge(_walk.Root.Id, execution.Id, "ran");
            }
        }
    }

    private void AddExecutions()
    {
        foreach (var execution in _walk.Executions)
        {
            AddExecution(execution);
        }

        foreach (var e in _walk.Events.Where(e => _runOf.ContainsKey(e.ExecutionId)))
        {
            AddArtifact(e.ArtifactId, e.Size);
            AddEdge(e.IsInput ? e.ArtifactId : e.ExecutionId, e.IsInput ? e.ExecutionId : e.ArtifactId, e.Port);
        }

        foreach (var execution in _walk.Executions.Where(x => x.ReusedFrom is { } from && _runOf.ContainsKey(from)))
        {
            AddEdge(execution.ReusedFrom!, execution.Id, "reused");
        }
    }

    private void AddExecution(ExecutionRow row) =>
        Add(
            row.Id,
            LineageKinds.Execution,
            row.NodeId,
            Properties(
                ("run", row.RunId),
                ("pipeline", _runs.GetValueOrDefault(row.RunId)?.Pipeline),
                ("step", row.Step),
                ("state", row.State),
                ("attempt", row.Attempt),
                ("codeDigest", row.CodeDigest),
                ("cacheKey", row.CacheKey),
                ("startedAt", row.StartedAt),
                ("endedAt", row.EndedAt)
            )
        );

    private void AddArtifact(string id, long? size)
    {
        if (_nodes.TryGetValue(id, out var known) && (size is null || known.Properties["size"] is not null))
        {
            return;
        }

        var colon = id.LastIndexOf(':');
        _nodes[id] = new LineageNode(
            id,
            LineageKinds.Artifact,
            $"{id[..colon]} {id[(colon + 1)..].AsSpan(0, Math.Min(12, id.Length - colon - 1))}",
            Properties(
                ("type", id[..colon]),
                ("digest", id[(colon + 1)..]),
                ("size", size),
                ("names", _namesOf[id].Select(name => name.Name).Distinct(StringComparer.Ordinal).ToList())
            )
        );
    }

    // Going up, a name is where data came from: a dataset version, or a model version of another run. Going down, it is what came of it.
    private void AddNames()
    {
        var made = _walk.Events.Where(e => !e.IsInput).Select(e => (e.ArtifactId, e.RunId)).ToHashSet();
        var makers = made.Select(pair => pair.ArtifactId).ToHashSet(StringComparer.Ordinal);
        foreach (var name in _walk.Names.Where(name => IsServed(name) || _nodes.ContainsKey(name.ArtifactId)))
        {
            var isRoot = name.Name == _walk.Root.Id || IsServed(name);
            var isSource = name.Kind == LineageKinds.DatasetVersion || !makers.Contains(name.ArtifactId);
            if (
                _walk.Direction == LineageDirection.Up
                    ? isRoot || isSource
                    : isRoot || made.Contains((name.ArtifactId, name.RunId))
            )
            {
                AddArtifact(name.ArtifactId, null);
                AddName(name);
                var before =
                    (_walk.Direction == LineageDirection.Up) != isRoot || name.Kind == LineageKinds.DatasetVersion;
                AddEdge(before ? name.Name : name.ArtifactId, before ? name.ArtifactId : name.Name, LabelOf(name));
            }
        }
    }

    private bool IsServed(NameRow name) =>
        _walk.Root.Kind == LineageKinds.Endpoint
        && name.Kind == LineageKinds.ModelVersion
        && _walk.Deployments.Any(d => d.Version == name.Name && d.Until is null);

    // A model version is an artifact, and came of the proposal that holds its evaluation and its gate's verdict.
    private static string LabelOf(NameRow name) =>
        name.ArtifactId.StartsWith(ArtifactTypes.ModelProposal, StringComparison.Ordinal) ? "proposed" : "is";

    private void AddName(NameRow name) =>
        Add(
            name.Name,
            name.Kind,
            name.Name,
            Properties(("run", name.RunId), ("deletedAt", name.DeletedAt), ("deletedBy", name.DeletedBy))
        );

    private void AddDeployments()
    {
        foreach (var deployment in _walk.Deployments.Where(d => _nodes.ContainsKey(d.Version)))
        {
            var node = LineageRoot.NodeOfEndpoint(deployment.Endpoint);
            Add(node, LineageKinds.Endpoint, deployment.Endpoint, Properties());
            AddEdge(deployment.Version, node, deployment.State);
        }
    }

    // A run is shown where the walk enters it: at the root, or where another run took what it made.
    private void AddEntries()
    {
        foreach (var name in _walk.Names.Where(name => name.Kind == LineageKinds.ModelVersion))
        {
            if ((name.Name == _walk.Root.Id || IsServed(name)) && _runs.ContainsKey(name.RunId))
            {
                AddEdge(name.RunId, name.Name, "registered");
            }
        }

        var takenBy = _walk
            .Events.Where(e => e.IsInput)
            .ToLookup(e => e.ArtifactId, e => e.RunId, StringComparer.Ordinal);
        var roots = _walk.Root.Kind == LineageKinds.Artifact ? _roots : [];
        foreach (var e in _walk.Events.Where(e => !e.IsInput))
        {
            if (roots.Contains(e.ArtifactId) || takenBy[e.ArtifactId].Any(run => run != e.RunId))
            {
                AddEdge(e.RunId, e.ExecutionId, "ran");
            }
        }

        foreach (var reused in _walk.Executions.Select(x => x.ReusedFrom).OfType<string>().Where(_runOf.ContainsKey))
        {
            AddEdge(_runOf[reused], reused, "ran");
        }

        foreach (var execution in _walk.Executions.Where(x => x.RunId == _walk.Root.Id))
        {
            AddEdge(execution.Id, _walk.Root.Id, "part");
        }
    }

    private static Dictionary<string, object?> Properties(params ReadOnlySpan<(string Name, object? Value)> properties)
    {
        var map = new Dictionary<string, object?>(properties.Length, StringComparer.Ordinal);
        foreach (var (name, value) in properties)
        {
            map[name] = value;
        }

        return map;
    }

    private void Add(string id, string kind, string label, IReadOnlyDictionary<string, object?> properties) =>
        _nodes.TryAdd(id, new LineageNode(id, kind, label, properties));

    private void AddEdge(string from, string to, string label) => _edges.Add(new LineageEdge(from, to, label));
}
