using Rondo.Sdk.Wire;

namespace Rondo.Tests.Simulation.Pipelines;

/// <summary>What the log has told of a run, in the order in which it was committed.</summary>
internal sealed class RunFacts(string id, PipelineManifest manifest)
{
    private readonly Dictionary<string, NodeFacts> _nodes = new(StringComparer.Ordinal);
    private readonly Dictionary<string, NodeManifest> _templates = manifest.Nodes.ToDictionary(
        node => node.Id,
        StringComparer.Ordinal
    );

    public string Id => id;

    public PipelineManifest Manifest => manifest;

    public long? FinishedAt { get; set; }

    public bool HasLoops { get; } = manifest.Nodes.Any(node => node.Kind == NodeKind.ForEach);

    public IReadOnlyDictionary<string, NodeFacts> Nodes => _nodes;

    public NodeManifest Template(string template) => _templates[template];

    public NodeFacts Node(string node)
    {
        if (!_nodes.TryGetValue(node, out var facts))
        {
            _nodes.Add(node, facts = new NodeFacts(node));
        }

        return facts;
    }
}

/// <summary>What the log has told of one node. Numbers are positions of events.</summary>
internal sealed class NodeFacts(string id)
{
    public string Id => id;

    /// <summary>It was started, reused, opened, asked or passed over for the first time.</summary>
    public long? BegunAt { get; set; }

    /// <summary>It was published, answered, passed over, or has failed or stopped for good.</summary>
    public long? EndedAt { get; set; }

    public long? PublishedAt { get; set; }

    public bool Reused { get; set; }

    public bool PassedOver { get; set; }

    public bool Opened { get; set; }

    public bool Asked { get; set; }

    public int Attempts { get; set; }

    /// <summary>Attempts that failed; those that were lost are not among them.</summary>
    public int Failures { get; set; }

    /// <summary>The simulated time at which the last attempt was claimed.</summary>
    public long StartedAtMs { get; set; }
}
