using System.Text.Json;

namespace Rondo.Pipelines.Export.Kubeflow.Ir;

/// <summary>One use of a component in a graph.</summary>
internal sealed record IrTask(
    IrTaskInfo TaskInfo,
    IrComponentRef ComponentRef,
    IrTaskInputs? Inputs,
    IReadOnlyList<string>? DependentTasks,
    IrCachingOptions? CachingOptions,
    IrTriggerPolicy? TriggerPolicy,
    IrParameterIterator? ParameterIterator,
    IrIteratorPolicy? IteratorPolicy,
    IrRetryPolicy? RetryPolicy
);

internal sealed record IrTaskInfo(string Name);

internal sealed record IrComponentRef(string Name);

internal sealed record IrTaskInputs(IrMap<IrArtifactInput>? Artifacts, IrMap<IrParameterInput>? Parameters);

/// <summary>Where an artifact comes from. Exactly one of the two is set.</summary>
internal sealed record IrArtifactInput(IrTaskArtifact? TaskOutputArtifact, string? ComponentInputArtifact);

internal sealed record IrTaskArtifact(string ProducerTask, string OutputArtifactKey);

/// <summary>Where a parameter comes from. Exactly one of the members is set.</summary>
internal sealed record IrParameterInput
{
    public IrTaskParameter? TaskOutputParameter { get; init; }

    public IrRuntimeValue? RuntimeValue { get; init; }

    public string? ComponentInputParameter { get; init; }

    public IrFinalStatus? TaskFinalStatus { get; init; }
}

internal sealed record IrTaskParameter(string ProducerTask, string OutputParameterKey);

internal sealed record IrFinalStatus(string ProducerTask);

/// <summary>A constant, or the name of the component's own parameter. Exactly one of the two is set.</summary>
internal sealed record IrRuntimeValue(JsonElement? Constant, string? RuntimeParameter = null);

internal sealed record IrCachingOptions(bool? EnableCache);

/// <summary>When a task is begun.</summary>
internal sealed record IrTriggerPolicy(string? Condition, string? Strategy)
{
    /// <summary>However the tasks before it have ended.</summary>
    public const string AllCompleted = "ALL_UPSTREAM_TASKS_COMPLETED";
}

internal sealed record IrParameterIterator(IrItems Items, string ItemInput);

/// <summary>The list that is gone through: JSON, or the name of an input. Exactly one of the two is set.</summary>
internal sealed record IrItems(string? Raw, string? InputParameter);

internal sealed record IrIteratorPolicy(int ParallelismLimit);

/// <summary>Durations are seconds followed by an <c>s</c>.</summary>
internal sealed record IrRetryPolicy(
    int MaxRetryCount,
    string? BackoffDuration,
    double? BackoffFactor,
    string? BackoffMaxDuration
);
