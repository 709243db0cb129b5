using System.Text.Json;
using Rondo.Kernel;
using Rondo.Sdk.Wire;

namespace Rondo.Pipelines;

/// <summary>The wish to run a deployed pipeline. <paramref name="AsOf"/> is the time in the data that the wish stands for, where it has one.</summary>
public sealed record NewRun(
    string Project,
    string Environment,
    string Pipeline,
    IReadOnlyDictionary<string, JsonElement> Parameters,
    string Trigger,
    JsonElement? Evidence,
    Actor Actor,
    long? Cause = null,
    DateTimeOffset? AsOf = null
)
{
    /// <summary>The partition that the run is for, where the pipeline has partitions.</summary>
    public string? Partition { get; init; }

    /// <summary>Computes every step, also where an identical one was computed before.</summary>
    public bool Fresh { get; init; }

    /// <summary>In the place of the pipeline's own.</summary>
    public int? Priority { get; init; }

    /// <summary>In the place of the pipeline's own: <c>fast</c> or <c>slow</c>.</summary>
    public string? FailurePolicy { get; init; }

    /// <summary>What happens where the pipeline already has as many runs under way as it may.</summary>
    public WhenBusy WhenBusy { get; init; } = WhenBusy.Queue;

    /// <summary>In the place of the pipeline's own: how many runs may be under way before this one waits.</summary>
    public int? RunsMax { get; init; }

    /// <summary>The backfill that it belongs to.</summary>
    public string? Backfill { get; init; }
}

/// <summary>What a wish to run does where the pipeline already has as many runs under way as it may.</summary>
public enum WhenBusy
{
    /// <summary>The run waits for its turn.</summary>
    Queue,

    /// <summary>The runs under way are cancelled, and the run begins at once.</summary>
    CancelPrevious,
}

/// <summary>One execution of a pipeline, as a list shows it.</summary>
public sealed record RunSummary(
    string Id,
    string Project,
    string Environment,
    string Pipeline,
    string State,
    string? Reason,
    string Trigger,
    string Actor,
    string Commit,
    string Package,
    DateTimeOffset? AsOf,
    DateTimeOffset CreatedAt,
    DateTimeOffset? StartedAt,
    DateTimeOffset? FinishedAt,
    string? Partition = null
);

/// <summary>One execution of a pipeline, with why it ran and everything it did.</summary>
public sealed record Run(
    string Id,
    string Project,
    string Environment,
    string Pipeline,
    string State,
    string? Reason,
    string Trigger,
    JsonElement Evidence,
    string Actor,
    long? Cause,
    string Commit,
    string Package,
    JsonElement Parameters,
    IReadOnlyDictionary<string, RunSource> Sources,
    DateTimeOffset? AsOf,
    DateTimeOffset CreatedAt,
    DateTimeOffset? StartedAt,
    DateTimeOffset? FinishedAt,
    IReadOnlyList<RunStep> Steps
)
{
    /// <summary>The version of the pipeline that it executes.</summary>
    public string VersionId { get; init; } = "";

    /// <summary>The partition that it is for; null: none.</summary>
    public string? Partition { get; init; }

    public long Priority { get; init; }

    /// <summary><c>fast</c> or <c>slow</c>.</summary>
    public string FailurePolicy { get; init; } = "";

    /// <summary>The step that failed first, or that decided the end; null: none.</summary>
    public string? FailedNode { get; init; }

    /// <summary>The earlier run that it goes on from.</summary>
    public string? Resumes { get; init; }

    /// <summary>The earlier run that it does again.</summary>
    public string? Reruns { get; init; }

    /// <summary>The backfill that it belongs to.</summary>
    public string? Backfill { get; init; }

    /// <summary>How many of its steps are in each state.</summary>
    public IReadOnlyDictionary<string, long> Counts { get; init; } =
        new Dictionary<string, long>(StringComparer.Ordinal);

    /// <summary>Where the next page of steps begins; null: these are all.</summary>
    public string? MoreSteps { get; init; }
}

/// <summary>Which steps of a run to read, in the order of their declaration; <paramref name="After"/> is where the page before ended.</summary>
public sealed record StepFilter(string? After = null, string? State = null, string? Group = null, int? Limit = null);

/// <summary>What a source node was resolved to when the run was created. <paramref name="Version"/> is null where no model serves yet.</summary>
public sealed record RunSource(
    NodeKind Kind,
    string Name,
    string? VersionId,
    long? Version,
    long? Rows,
    DateTimeOffset? AsOf,
    ArtifactRef Artifact
);

/// <summary>
/// One node of a run. <paramref name="Attempt"/> is the number of the last try (0: none was needed, or none has begun);
/// <paramref name="Reused"/> says that the outputs are those of an earlier, identical step.
/// </summary>
public sealed record RunStep(
    string NodeId,
    string Kind,
    string Step,
    string State,
    long Attempt,
    bool Reused,
    string? ReusedFrom,
    DateTimeOffset? StartedAt,
    DateTimeOffset? FinishedAt,
    string? Message,
    string? Mend,
    IReadOnlyDictionary<string, double> Metrics,
    IReadOnlyList<RunStepInput> Inputs,
    IReadOnlyList<RunStepOutput> Outputs,
    IReadOnlyList<RunAttempt> Attempts
)
{
    /// <summary>The node of the pipeline that it is an instance of.</summary>
    public string Template { get; init; } = "";

    /// <summary>The item of the innermost for-each around it; null: none.</summary>
    public long? Item { get; init; }

    /// <summary>Of a for-each: how many items there are, have begun, and are done.</summary>
    public RunItems? Items { get; init; }

    /// <summary>Why it was computed or not: one of the <see cref="StepDecisions"/>; null: not decided yet.</summary>
    public string? Decision { get; init; }
}

/// <summary>The items of a for-each.</summary>
public sealed record RunItems(long Total, long Begun, long Done);

/// <summary>An input port, where it comes from, and what it was (null until that is published).</summary>
public sealed record RunStepInput(string Port, string Type, string FromNode, string FromPort, ArtifactRef? Artifact);

/// <summary>A published output.</summary>
public sealed record RunStepOutput(string Port, ArtifactRef Artifact, JsonElement? Summary);

/// <summary>One try at a step.</summary>
public sealed record RunAttempt(
    long Attempt,
    string State,
    DateTimeOffset StartedAt,
    DateTimeOffset? FinishedAt,
    string? ErrorType,
    string? Message,
    string? Mend
);

/// <summary>Which runs to list, newest first; <paramref name="Before"/> is the id that the page before ended with.</summary>
public sealed record RunFilter(
    string? Project = null,
    string? Environment = null,
    string? Pipeline = null,
    string? State = null,
    string? Before = null,
    int? Limit = null
)
{
    /// <summary>The projects whose runs may be seen; null: all.</summary>
    public IReadOnlyCollection<string>? Projects { get; init; }
}
