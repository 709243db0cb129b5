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

/// <summary>At most so many runs that triggers start in so many milliseconds.</summary>
public sealed record BudgetManifest(int Runs, long PerMs);

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

/// <summary>What a node of a graph is.</summary>
public enum NodeKind
{
    /// <summary>A step of the project, or a built-in one: a worker computes it.</summary>
    Step,

    /// <summary>The newest version of a dataset when the run is created.</summary>
    Dataset,

    /// <summary>The version of a model that serves when the run is created; an artifact of type <see cref="ArtifactTypes.None"/> if none does.</summary>
    ServingModel,

    /// <summary>Holds other nodes: a nested pipeline, a branch of a condition, an exit handler.</summary>
    Group,

    /// <summary>Holds other nodes, once for each item of a list that is known when it begins.</summary>
    ForEach,

    /// <summary>Gives the first of its inputs that exists: where branches come together.</summary>
    Merge,

    /// <summary>Waits for a person's answer.</summary>
    Approval,

    /// <summary>Fails the run.</summary>
    Fail,
}

/// <summary>
/// One node. For <see cref="NodeKind.Dataset"/> and <see cref="NodeKind.ServingModel"/> the server resolves the one output
/// port <c>value</c> when a run is created; <paramref name="Source"/> then names the dataset or the model.
/// <paramref name="CodeDigest"/> identifies the code closure of the step. The id of a node in a group begins with the group's id
/// and a dot. A node may take outputs of its own group, of those around it, and of groups in these; of a <see cref="NodeKind.ForEach"/>
/// as a list only (<see cref="InputManifest.FanIn"/>).
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
)
{
    /// <summary>The step of a node that runs a program (<c>g.Command</c>).</summary>
    public const string CommandStep = "command";

    /// <summary>The group that holds it; null: none.</summary>
    public string? Parent { get; init; }

    /// <summary>Nodes that must have ended before, though it takes nothing from them.</summary>
    public IReadOnlyList<string> After { get; init; } = [];

    /// <summary>When false, the node and all that it holds are passed over, and their outputs do not exist.</summary>
    public ConditionManifest? Condition { get; init; }

    /// <summary>The list of a <see cref="NodeKind.ForEach"/>.</summary>
    public ForEachManifest? ForEach { get; init; }

    /// <summary>The question of a <see cref="NodeKind.Approval"/>.</summary>
    public ApprovalManifest? Approval { get; init; }

    /// <summary>Why a <see cref="NodeKind.Fail"/> fails the run.</summary>
    public string? Message { get; init; }

    /// <summary>A <see cref="NodeKind.Group"/> that begins when everything else of the run has ended, however it has.</summary>
    public bool Always { get; init; }

    /// <summary>Which failures are tried again, and how; the first that fits holds. What none fits has <see cref="MaxAttempts"/> attempts.</summary>
    public IReadOnlyList<RetryManifest> Retries { get; init; } = [];

    /// <summary>What an attempt needs and may use.</summary>
    public ResourcesManifest? Resources { get; init; }

    /// <summary>The pool whose slots it takes; null: none.</summary>
    public string? Pool { get; init; }

    /// <summary>How long outputs may be used again; null: without end.</summary>
    public long? CacheExpiryMs { get; init; }

    /// <summary>Environment variables of an attempt. They count as inputs.</summary>
    public IReadOnlyDictionary<string, string> Environment { get; init; } =
        new Dictionary<string, string>(StringComparer.Ordinal);

    /// <summary>Environment variable → name of the secret whose value it gets. The secret's version counts as an input, its value stands nowhere.</summary>
    public IReadOnlyDictionary<string, string> Secrets { get; init; } =
        new Dictionary<string, string>(StringComparer.Ordinal);

    /// <summary>Whether an attempt has a process of its own.</summary>
    public bool Isolated { get; init; }

    /// <summary>The seed of its random numbers; null: the same for every step.</summary>
    public int? Seed { get; init; }

    /// <summary>Changed by the author to make it run again; null: none.</summary>
    public string? Salt { get; init; }
}

/// <summary>Input port <paramref name="Port"/> takes output <paramref name="FromPort"/> of node <paramref name="FromNode"/>.</summary>
public sealed record InputManifest(string Port, string Type, string FromNode, string FromPort)
{
    /// <summary>Whether the node can do without it: else it is passed over where the artifact does not exist.</summary>
    public bool AllowNone { get; init; }

    /// <summary>
    /// Takes the outputs of all items of the <see cref="NodeKind.ForEach"/> that holds the other node, in the order of the items,
    /// as ports <c>port.0</c>, <c>port.1</c> …
    /// </summary>
    public bool FanIn { get; init; }
}

/// <summary>
/// What must hold: all <paramref name="All"/> tests, or with <paramref name="Not"/> at least one of them must not.
/// </summary>
public sealed record ConditionManifest(IReadOnlyList<TestManifest> All, bool Not = false);

/// <summary>
/// Compares a value with a constant. The value is the JSON of an output (<paramref name="FromNode"/> and
/// <paramref name="FromPort"/>), or a run parameter; <paramref name="Path"/> names a member of it, with dots. <paramref name="Operator"/> is one
/// of <c>== != &lt; &lt;= &gt; &gt;=</c>. A value that does not exist fits nothing.
/// </summary>
public sealed record TestManifest(
    string? FromNode,
    string? FromPort,
    string? Parameter,
    string? Path,
    string Operator,
    JsonElement Value
);

/// <summary>
/// The items: the JSON list of an output, or a constant list. Exactly one of the two is set. At most <paramref name="ParallelMax"/>
/// of them are under way at once.
/// </summary>
public sealed record ForEachManifest(string? FromNode, string? FromPort, JsonElement? Items, int ParallelMax);

/// <summary>
/// A question to a person. <paramref name="Type"/> of the answer is one of <c>boolean integer number text</c>, limited to
/// <paramref name="Choices"/> if there are any. Nobody may answer but <paramref name="Approvers"/> (actors such as <c>user:ada</c>); an empty list lets
/// everybody. After <paramref name="ExpiresMs"/> (0: never) the answer is <paramref name="Otherwise"/>; without one the run stops.
/// </summary>
public sealed record ApprovalManifest(
    string Question,
    string Type,
    IReadOnlyList<string>? Choices,
    IReadOnlyList<string> Approvers,
    long ExpiresMs,
    JsonElement? Otherwise
);

/// <summary>
/// How failures of a class are tried again. <paramref name="On"/> is the class: <c>*</c> (any), <c>timeout</c>, <c>crash</c> (the process died),
/// <c>memory</c>, <c>exit</c> (a command ended with a code other than 0) or <c>exit:3</c>, or the name of an exception's type, with or without its namespace.
/// The limit is a number of attempts in all (0: any number), or a time since the first one began (0: any).
/// </summary>
public sealed record RetryManifest(
    string On,
    int MaxAttempts,
    long WithinMs,
    long IntervalMs,
    double BackOff,
    long IntervalMaxMs
);

/// <summary>
/// What an attempt needs: cores, bytes of memory, an accelerator and how many. Memory is also a limit: an attempt that takes more is
/// ended. 0 or null: not said.
/// </summary>
public sealed record ResourcesManifest(
    double Cpu,
    long MemoryBytes,
    string? Accelerator,
    int Accelerators,
    int ProcessesMax = 0
)
{
    /// <summary>The bytes of files that an attempt may write. 0: any number.</summary>
    public long DiskBytes { get; init; }
}

/// <summary>
/// A scalar argument: a constant, the run parameter that it takes, or one of <see cref="Item"/> and <see cref="Run"/>. Exactly one of
/// the four is set.
/// </summary>
public sealed record ArgumentManifest(string Name, JsonElement? Value, string? Parameter)
{
    /// <summary>The <see cref="NodeKind.ForEach"/> whose current item it takes.</summary>
    public string? Item { get; init; }

    /// <summary>The member of the item that it takes, with dots; null: the whole item.</summary>
    public string? Path { get; init; }

    /// <summary>
    /// A fact of the run: <c>id</c>, <c>partition</c>, or, in an exit handler, <c>state</c>, <c>reason</c> or <c>failed-node</c> of what has ended.
    /// </summary>
    public string? Run { get; init; }
}

/// <summary>An output port and its artifact type, for example <c>rondo/table</c>.</summary>
public sealed record PortManifest(string Port, string Type);

/// <summary>
/// What starts a pipeline. <paramref name="Kind"/> is one of <c>schedule new-rows new-versions drift degraded release pipeline event</c>; the
/// other members are set as the kind needs them: cron line and IANA time zone; dataset and rows; the watched endpoint.
/// </summary>
public sealed record TriggerManifest(
    string Kind,
    string? Cron = null,
    string? TimeZone = null,
    string? Dataset = null,
    long? Rows = null,
    string? Endpoint = null
)
{
    /// <summary>How many new versions of the dataset (kind <c>new-versions</c>).</summary>
    public long? Versions { get; init; }

    /// <summary>The pipeline whose runs start this one (kind <c>pipeline</c>), and the states of theirs that do.</summary>
    public string? Pipeline { get; init; }

    /// <summary>The final states of the other pipeline's runs that count.</summary>
    public IReadOnlyList<string>? States { get; init; }

    /// <summary>The type of the event (kind <c>event</c>), and members of its data that must have these values.</summary>
    public string? Event { get; init; }

    /// <summary>Members of the event's data, with dots, and the values that they must have.</summary>
    public IReadOnlyDictionary<string, string>? Where { get; init; }

    /// <summary>A schedule does not fire before this instant.</summary>
    public DateTimeOffset? StartAt { get; init; }

    /// <summary>A schedule does not fire after this instant.</summary>
    public DateTimeOffset? EndAt { get; init; }

    /// <summary>What a schedule does about times that passed while nobody looked: <c>none</c>, <c>latest</c> (one run for all) or <c>all</c> (bounded). Null: latest.</summary>
    public string? CatchUp { get; init; }

    /// <summary>What happens when a run is under way: <c>skip</c>, <c>queue</c> or <c>cancel-previous</c>. Null: skip.</summary>
    public string? Overlap { get; init; }
}

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
