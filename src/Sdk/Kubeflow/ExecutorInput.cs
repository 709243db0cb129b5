using System.Text.Json;
using System.Text.Json.Serialization;

namespace Rondo.Sdk.Kubeflow;

/// <summary>What Kubeflow tells a container about its task, in place of <c>{{$}}</c>.</summary>
internal sealed record ExecutorInput(ExecutorInputs? Inputs, ExecutorOutputs? Outputs);

internal sealed record ExecutorInputs(
    Dictionary<string, JsonElement>? ParameterValues,
    Dictionary<string, RuntimeArtifacts>? Artifacts
);

/// <summary>Where outputs are to be written; <paramref name="OutputFile"/> takes the <see cref="ExecutorOutput"/>.</summary>
internal sealed record ExecutorOutputs(
    Dictionary<string, RuntimeParameter>? Parameters,
    Dictionary<string, RuntimeArtifacts>? Artifacts,
    string? OutputFile
);

internal sealed record RuntimeParameter(string OutputFile);

internal sealed record RuntimeArtifacts(List<RuntimeArtifact>? Artifacts);

/// <summary>An artifact by its address. What a step of ours made says so in its metadata.</summary>
internal sealed record RuntimeArtifact(
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] string? Name,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] string? Uri,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] Dictionary<string, JsonElement>? Metadata
);

/// <summary>What a container says about its outputs.</summary>
internal sealed record ExecutorOutput(
    Dictionary<string, JsonElement> ParameterValues,
    Dictionary<string, RuntimeArtifacts> Artifacts
);

/// <summary>How what an exit handler follows has ended.</summary>
internal sealed record FinalStatus(string? State, FinalError? Error, string? PipelineTaskName);

internal sealed record FinalError(string? Message);
