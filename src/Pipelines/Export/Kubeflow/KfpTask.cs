using Rondo.Pipelines.Export.Kubeflow.Ir;

namespace Rondo.Pipelines.Export.Kubeflow;

/// <summary>A task while it is built: what it takes and what it waits for.</summary>
internal sealed class KfpTask(string name, string component)
{
    public string Name => name;

    public IrMap<IrArtifactInput> Artifacts { get; } = [];

    public IrMap<IrParameterInput> Parameters { get; } = [];

    public SortedSet<string> Dependents { get; } = new(StringComparer.Ordinal);

    public string? Condition { get; set; }

    /// <summary>Whether it runs however the tasks before it have ended.</summary>
    public bool IsExit { get; set; }

    public IrParameterIterator? Iterator { get; set; }

    public int ParallelMax { get; set; }

    public IrRetryPolicy? Retry { get; set; }

    public IrCachingOptions? Caching { get; set; }

    /// <summary>Takes an artifact.</summary>
    public void Take(string key, KfpSource source)
    {
        Artifacts[key] = source.Task is { } task
            ? new IrArtifactInput(new IrTaskArtifact(task, source.Key), null)
            : new IrArtifactInput(null, source.Key);
        DependOn(source);
    }

    /// <summary>Takes a parameter.</summary>
    public void TakeParameter(string key, KfpSource source)
    {
        Parameters[key] = source switch
        {
            { IsStatus: true } => new() { TaskFinalStatus = new(source.Task!) },
            { Task: { } task } => new() { TaskOutputParameter = new(task, source.Key) },
            _ => new() { ComponentInputParameter = source.Key },
        };
        DependOn(source);
    }

    public IrTask ToIr() =>
        new(
            new IrTaskInfo(name),
            new IrComponentRef(component),
            Artifacts.Count + Parameters.Count == 0 ? null : new(Artifacts.OrNull(), Parameters.OrNull()),
            Dependents.Count == 0 ? null : [.. Dependents],
            Caching,
            Condition is null && !IsExit ? null : new(Condition, IsExit ? IrTriggerPolicy.AllCompleted : null),
            Iterator,
            ParallelMax > 0 ? new(ParallelMax) : null,
            Retry
        );

    private void DependOn(KfpSource source)
    {
        if (source.Task is { } task)
        {
            Dependents.Add(task);
        }
    }
}
