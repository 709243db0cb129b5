using System.Text.Json;

namespace Rondo.Sdk.Wire;

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

    /// <summary>Whether a run may begin without it: a <see cref="NodeKind.Dataset"/> that nobody has pushed to yet.</summary>
    public bool Optional { get; init; }

    /// <summary>The outputs that are added to datasets when the step is published.</summary>
    public IReadOnlyList<AdditionManifest> Additions { get; init; } = [];
}

/// <summary>
/// The rows of output <paramref name="Port"/> are added to dataset <paramref name="Dataset"/>, as file <paramref name="File"/>, in the place of
/// the one of that name; null: as a new file each time.
/// </summary>
public sealed record AdditionManifest(string Port, string Dataset, string? File);

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
