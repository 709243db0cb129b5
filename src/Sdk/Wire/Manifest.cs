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
    public const int CurrentFormatVersion = 2;

    /// <summary>Limits on attempts that run at once.</summary>
    public IReadOnlyList<PoolManifest> Pools { get; init; } = [];
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
)
{
    /// <summary>What a step's failure does: <c>fast</c> ends the run at once, <c>slow</c> lets everything go on that does not need the step.</summary>
    public string FailurePolicy { get; init; } = FailurePolicies.Fast;

    /// <summary>Ready steps of runs with a higher priority are begun first. Default: 0.</summary>
    public int Priority { get; init; }

    /// <summary>How many runs may be under way at once; more wait in a queue. 0: any number.</summary>
    public int RunsMax { get; init; }

    /// <summary>How many runs triggers may start in a length of time; null: any number.</summary>
    public BudgetManifest? Budget { get; init; }

    /// <summary>What a run is one of: a day, a region; null where runs have no partition.</summary>
    public PartitionsManifest? Partitions { get; init; }
}

/// <summary>What a failed step does to its run.</summary>
public static class FailurePolicies
{
    /// <summary>The run ends at once.</summary>
    public const string Fast = "fast";

    /// <summary>What does not need the step goes on; the run fails in the end.</summary>
    public const string Slow = "slow";
}

/// <summary>
/// The partitions of a pipeline. <paramref name="Kind"/> is one of <c>hourly daily weekly monthly</c>, whose keys are the
/// beginnings of the periods from <paramref name="Start"/> on in a time zone (<c>2024-05-01</c>, <c>2024-05-01T13</c>), or <c>list</c>, whose
/// keys are <paramref name="Values"/>.
/// </summary>
public sealed record PartitionsManifest(string Kind, string? Start, string? TimeZone, IReadOnlyList<string>? Values);

/// <summary>At most so many attempts at once, in the whole project, of the steps that name the pool.</summary>
public sealed record PoolManifest(string Name, int Slots);

/// <summary>A run parameter. <paramref name="Type"/> is one of <c>integer number text boolean</c>.</summary>
public sealed record ParameterManifest(string Name, string Type, JsonElement? Default)
{
    /// <summary>The smallest value of a number; null: none.</summary>
    public double? Min { get; init; }

    /// <summary>The largest value of a number; null: none.</summary>
    public double? Max { get; init; }

    /// <summary>The only values of a text; null: any.</summary>
    public IReadOnlyList<string>? Choices { get; init; }
}
