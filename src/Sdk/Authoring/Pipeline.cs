using Rondo.Sdk.Wire;

namespace Rondo.Sdk;

/// <summary>A declared pipeline: what starts it, how often at most, and what a run of it is.</summary>
public sealed class Pipeline
{
    private readonly List<Trigger> _triggers = [];
    private TimeSpan _coolDown = TimeSpan.Zero;
    private string _failurePolicy = FailurePolicies.Fast;
    private int _priority;
    private int _runsMax;
    private BudgetManifest? _budget;
    private Partitions? _partitions;

    internal Pipeline(Graph graph, Action<Graph> build)
    {
        Graph = graph;
        Build = build;
    }

    /// <summary>The name in the project.</summary>
    public string Name => Graph.Pipeline;

    internal Graph Graph { get; }

    internal Action<Graph> Build { get; }

    internal bool HasPartitions => _partitions is not null;

    internal IEnumerable<TriggerManifest> Triggers => _triggers.Select(trigger => trigger.Manifest);

    /// <summary>Starts the pipeline by itself on any of these.</summary>
    public Pipeline On(params IReadOnlyList<Trigger> triggers)
    {
        _triggers.AddRange(triggers);
        return this;
    }

    /// <summary>The least time between two runs that a trigger starts; what happens in it is recorded as skipped.</summary>
    public Pipeline CoolDown(TimeSpan time)
    {
        if (time < TimeSpan.Zero)
        {
            throw Graph.Invalid($"the cool-down is {time}", "Give zero or more");
        }
        _coolDown = time;
        return this;
    }

    /// <summary>Lets everything go on that does not need a failed step; the run fails in the end. Otherwise it ends at once.</summary>
    public Pipeline FailSlow()
    {
        _failurePolicy = FailurePolicies.Slow;
        return this;
    }

    /// <summary>Ready steps of runs with a higher priority begin first. Default: 0.</summary>
    public Pipeline Priority(int priority)
    {
        _priority = Names.InRange(priority, -1000, 1000, $"The priority of pipeline '{Name}'");
        return this;
    }

    /// <summary>How many runs may be under way at once; more wait in a queue.</summary>
    public Pipeline RunsMax(int runs)
    {
        _runsMax = Names.InRange(runs, 1, 100_000, $"The runs at once of pipeline '{Name}'");
        return this;
    }

    /// <summary>How many runs triggers may start in a length of time: <c>.Budget(runs: 10, per: Days(1))</c>.</summary>
    public Pipeline Budget(int runs, TimeSpan per)
    {
        if (per <= TimeSpan.Zero)
        {
            throw Graph.Invalid($"the budget is per {per}", "Give a time above zero, for example Days(1)");
        }
        _budget = new(
            Names.InRange(runs, 1, 1_000_000, $"The budget of pipeline '{Name}'"),
            (long)per.TotalMilliseconds
        );
        return this;
    }

    /// <summary>Makes each run one of a partition: <c>.Partitioned(Partitions.Daily("2024-01-01"))</c>.</summary>
    public Pipeline Partitioned(Partitions partitions)
    {
        _partitions = partitions;
        return this;
    }

    internal PipelineManifest ToManifest(CodeClosure code) =>
        new(
            Name,
            Graph.Parameters,
            [.. Graph.Nodes.Select(node => NodeManifests.Of(node, code))],
            [.. Triggers],
            (long)_coolDown.TotalMilliseconds
        )
        {
            FailurePolicy = _failurePolicy,
            Priority = _priority,
            RunsMax = _runsMax,
            Budget = _budget,
            Partitions = _partitions?.Manifest,
        };
}
