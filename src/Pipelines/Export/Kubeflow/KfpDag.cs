using Rondo.Pipelines.Export.Kubeflow.Ir;

namespace Rondo.Pipelines.Export.Kubeflow;

/// <summary>A graph of tasks while it is built. Every one but the root is the component of one task of the graph around it.</summary>
internal sealed class KfpDag(string component, KfpDag? parent)
{
    /// <summary>The name of its component.</summary>
    public string Component => component;

    /// <summary>The graph around it; null: it is the root.</summary>
    public KfpDag? Parent => parent;

    /// <summary>The task of the graph around it whose component it is.</summary>
    public KfpTask Task { get; private set; } = null!;

    /// <summary>Whether its task runs once for each item of a list.</summary>
    public bool IsLoop { get; init; }

    /// <summary>Whether it holds parts of which some are passed over, so that what they make is one of several.</summary>
    public bool IsChoice { get; init; }

    public KfpNames Names { get; } = new();

    public IrMap<KfpTask> Tasks { get; } = [];

    /// <summary>Its inputs: the value → its key.</summary>
    public Dictionary<KfpValue, KfpSource> Inputs { get; } = [];

    /// <summary>Its outputs: the value → its key, seen from the task.</summary>
    public Dictionary<KfpValue, KfpSource> Outputs { get; } = [];

    public IrMap<IrArtifact> InputArtifacts { get; } = [];

    public IrMap<IrParameter> InputParameters { get; } = [];

    public IrMap<IrArtifact> OutputArtifacts { get; } = [];

    public IrMap<IrParameter> OutputParameters { get; } = [];

    public IrMap<IrDagArtifact> ArtifactSelectors { get; } = [];

    public IrMap<IrDagParameter> ParameterSelectors { get; } = [];

    /// <summary>In a choice: a part → what stands for it where it is passed over.</summary>
    public Dictionary<KfpDag, KfpLeaf> Otherwise { get; } = [];

    public KfpTask AddTask(string name, string componentName)
    {
        var task = new KfpTask(Names.Claim(name), componentName);
        Tasks.Add(task.Name, task);
        return task;
    }

    /// <summary>A graph as the component of a new task of this one.</summary>
    public KfpDag AddDag(string name, KfpDag dag)
    {
        dag.Task = AddTask(name, dag.Component);
        return dag;
    }

    /// <summary>Whether a graph is this one or inside it.</summary>
    public bool Holds(KfpDag? dag)
    {
        while (dag is not null && dag != this)
        {
            dag = dag.Parent;
        }

        return dag is not null;
    }

    /// <summary>The graph of this one's own tasks that holds another, which is inside.</summary>
    public KfpDag ChildToward(KfpDag inner)
    {
        while (inner.Parent != this)
        {
            inner = inner.Parent!;
        }

        return inner;
    }

    public IrComponent ToIr()
    {
        var tasks = new IrMap<IrTask>();
        foreach (var (name, task) in Tasks)
        {
            tasks.Add(name, task.ToIr());
        }

        var outputs = ArtifactSelectors.Count + ParameterSelectors.Count > 0;
        return new IrComponent(
            InputArtifacts.Count + InputParameters.Count == 0
                ? null
                : new(InputArtifacts.OrNull(), InputParameters.OrNull()),
            outputs ? new(OutputArtifacts.OrNull(), OutputParameters.OrNull()) : null,
            new IrDag(tasks, outputs ? new(ArtifactSelectors.OrNull(), ParameterSelectors.OrNull()) : null),
            null
        );
    }
}
