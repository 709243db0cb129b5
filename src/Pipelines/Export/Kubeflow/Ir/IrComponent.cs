using System.Text.Json;

namespace Rondo.Pipelines.Export.Kubeflow.Ir;

/// <summary>What a task refers to: either a graph of tasks, or an executor.</summary>
internal sealed record IrComponent(
    IrComponentInputs? InputDefinitions,
    IrComponentOutputs? OutputDefinitions,
    IrDag? Dag,
    string? ExecutorLabel
);

internal sealed record IrComponentInputs(IrMap<IrArtifact>? Artifacts, IrMap<IrParameter>? Parameters);

internal sealed record IrComponentOutputs(IrMap<IrArtifact>? Artifacts, IrMap<IrParameter>? Parameters);

/// <summary>An artifact that a component takes or gives.</summary>
internal sealed record IrArtifact(IrArtifactType ArtifactType, bool? IsArtifactList = null);

internal sealed record IrArtifactType(string SchemaTitle, string SchemaVersion = "0.0.1");

/// <summary>A parameter that a component takes or gives. <paramref name="ParameterType"/> is one of <see cref="IrParameterTypes"/>.</summary>
internal sealed record IrParameter(
    string ParameterType,
    JsonElement? DefaultValue = null,
    bool? IsOptional = null,
    string? Description = null
);

internal static class IrParameterTypes
{
    public const string Double = "NUMBER_DOUBLE";
    public const string Integer = "NUMBER_INTEGER";
    public const string String = "STRING";
    public const string Boolean = "BOOLEAN";
    public const string List = "LIST";
    public const string Struct = "STRUCT";
    public const string TaskFinalStatus = "TASK_FINAL_STATUS";
}

/// <summary>A graph of tasks.</summary>
internal sealed record IrDag(IrMap<IrTask> Tasks, IrDagOutputs? Outputs);

internal sealed record IrDagOutputs(IrMap<IrDagArtifact>? Artifacts, IrMap<IrDagParameter>? Parameters);

/// <summary>Which task's artifact an output of the graph is; of several, the one that exists.</summary>
internal sealed record IrDagArtifact(IReadOnlyList<IrArtifactSelector> ArtifactSelectors);

internal sealed record IrArtifactSelector(string ProducerSubtask, string OutputArtifactKey);

/// <summary>Which task's parameter an output of the graph is. Exactly one of the two is set.</summary>
internal sealed record IrDagParameter(IrParameterSelector? ValueFromParameter, IrParameterSelectors? ValueFromOneof);

internal sealed record IrParameterSelectors(IReadOnlyList<IrParameterSelector> ParameterSelectors);

internal sealed record IrParameterSelector(string ProducerSubtask, string OutputParameterKey);
