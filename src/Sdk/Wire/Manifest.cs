using System.Text.Json;
using Rondo.Data;

namespace Rondo.Sdk.Wire;

/// <summary>What a project declares, as <c>manifest</c> prints it: known without running a step.</summary>
public sealed record Manifest(
    int FormatVersion,
    string Project,
    string SdkVersion,
    IReadOnlyList<DatasetManifest> Datasets,
    IReadOnlyList<PipelineManifest> Pipelines,
    IReadOnlyList<EndpointManifest> Endpoints
)
{
    /// <summary>The format that this version of the Sdk writes.</summary>
    public const int CurrentFormatVersion = 1;
}

/// <summary>A named dataset, the shape of its rows, and the file in the package that stands in for it in tests.</summary>
public sealed record DatasetManifest(string Name, TableSchema Schema, string? EventTime, string? Sample);

/// <summary>A graph of nodes, its parameters, and what starts it.</summary>
public sealed record PipelineManifest(
    string Name,
    IReadOnlyList<ParameterManifest> Parameters,
    IReadOnlyList<NodeManifest> Nodes,
    IReadOnlyList<TriggerManifest> Triggers,
    long CoolDownMs
);

/// <summary>A run parameter. <paramref name="Type"/> is one of <c>integer number text boolean</c>.</summary>
public sealed record ParameterManifest(string Name, string Type, JsonElement? Default);

/// <summary>Whether a node is computed by a step or resolved by the server when a run is created.</summary>
public enum NodeKind
{
    /// <summary>A step of the project, or a built-in one: a worker computes it.</summary>
    Step,

    /// <summary>The newest version of a dataset when the run is created.</summary>
    Dataset,

    /// <summary>The version of a model that serves when the run is created; an artifact of type <see cref="ArtifactTypes.None"/> if none does.</summary>
    ServingModel,
}

/// <summary>
/// One node. For <see cref="NodeKind.Dataset"/> and <see cref="NodeKind.ServingModel"/> the server resolves the one output
/// port <c>value</c> when a run is created; <paramref name="Source"/> then names the dataset or the model.
/// <paramref name="CodeDigest"/> identifies the code closure of the step.
/// </summary>
public sealed record NodeManifest(
    string Id,
    NodeKind Kind,
    string Step,
    string? Source,
    string CodeDigest,
    IReadOnlyList<InputManifest> Inputs,
    IReadOnlyList<ArgumentManifest> Arguments,
    IReadOnlyList<PortManifest> Outputs,
    bool Cache,
    int MaxAttempts,
    long TimeoutMs
);

/// <summary>Input port <paramref name="Port"/> takes output <paramref name="FromPort"/> of node <paramref name="FromNode"/>.</summary>
public sealed record InputManifest(string Port, string Type, string FromNode, string FromPort);

/// <summary>A scalar argument: a constant, or the run parameter that it takes. Exactly one of the two is set.</summary>
public sealed record ArgumentManifest(string Name, JsonElement? Value, string? Parameter);

/// <summary>An output port and its artifact type, for example <c>rondo/table</c>.</summary>
public sealed record PortManifest(string Port, string Type);

/// <summary>
/// What starts a pipeline. <paramref name="Kind"/> is one of <c>schedule new-rows drift degraded release</c>; the other
/// members are set as the kind needs them: cron line and IANA time zone; dataset and rows; the watched endpoint.
/// </summary>
public sealed record TriggerManifest(
    string Kind,
    string? Cron = null,
    string? TimeZone = null,
    string? Dataset = null,
    long? Rows = null,
    string? Endpoint = null
);

/// <summary>Where a model is served, how traffic moves to a new version, and what watches it.</summary>
public sealed record EndpointManifest(
    string Name,
    string Model,
    RolloutPolicy Rollout,
    IReadOnlyList<MonitorManifest> Monitors
);

/// <summary>
/// Traffic steps in percent (the last is 100). A step is passed after at least <paramref name="BakeMs"/> and
/// <paramref name="MinRequests"/> requests to the new version; the two limits roll it back (null: not watched).
/// </summary>
public sealed record RolloutPolicy(
    IReadOnlyList<int> Steps,
    long BakeMs,
    int MinRequests,
    double? MaxErrorRate,
    double? MaxP99Ms
);

/// <summary>
/// <paramref name="Kind"/> is <c>quality</c> (limit on <paramref name="Metric"/>, for example <c>rmse</c>), <c>drift</c>
/// (limit on <paramref name="Metric"/>, for example <c>psi</c>, in at least <paramref name="MinColumns"/> columns) or
/// <c>freshness</c> (limit in days on the age of the served model's data). <paramref name="WindowDays"/> is the length of a window in event
/// time and <paramref name="EveryDays"/> the distance from one window's end to the next.
/// </summary>
public sealed record MonitorManifest(
    string Name,
    string Kind,
    string Metric,
    double Limit,
    int WindowDays,
    int EveryDays,
    int MinColumns = 1
);
