using System.Text.Json;
using Rondo.Pipelines.Runs;
using Rondo.Sdk;
using Rondo.Sdk.Wire;

namespace Rondo.Pipelines.Orchestration;

/// <summary>A node whose turn has come: a row of <c>pipelines_step</c>.</summary>
internal sealed record ReadyStep
{
    public const string Columns = """
        run_id, node_id, template, scope, loop_id, item, pool, project, attempt, fence, failures, losses, begun_at
        """;

    public string RunId { get; init; } = "";
    public string NodeId { get; init; } = "";
    public string Template { get; init; } = "";
    public string Scope { get; init; } = "";
    public string LoopId { get; init; } = "";
    public long Item { get; init; }
    public string Pool { get; init; } = "";
    public string Project { get; init; } = "";
    public long Attempt { get; init; }
    public long Fence { get; init; }
    public long Failures { get; init; }
    public long Losses { get; init; }
    public long? BegunAt { get; init; }

    public SettledNode Settled(bool failed) => new(NodeId, Template, Scope, failed);
}

/// <summary>What is to be done about a ready node.</summary>
internal abstract record StepDecision(RunInfo Run, NodeManifest Node, ReadyStep Ready);

/// <summary>It is not begun: its condition does not hold, or what it needs does not exist.</summary>
internal sealed record PassOver(RunInfo Run, NodeManifest Node, ReadyStep Ready, string Decision, string Why)
    : StepDecision(Run, Node, Ready);

/// <summary>Its nodes are made: once, or for each item of a list.</summary>
internal sealed record OpenGroup(RunInfo Run, NodeManifest Node, ReadyStep Ready, int Children, int? Items)
    : StepDecision(Run, Node, Ready);

/// <summary>A person is asked.</summary>
internal sealed record AskPerson(RunInfo Run, NodeManifest Node, ReadyStep Ready) : StepDecision(Run, Node, Ready);

/// <summary>The run fails here, as its author wanted.</summary>
internal sealed record FailRun(RunInfo Run, NodeManifest Node, ReadyStep Ready) : StepDecision(Run, Node, Ready);

/// <summary>Its output is one that is there already.</summary>
internal sealed record TakeOver(StepPlan Plan, StepOutput Output) : StepDecision(Plan.Run, Plan.Node, Plan.Ready);

/// <summary>
/// A step is to be computed, or reused. <paramref name="Identity"/> is null for nodes that compute nothing; <paramref name="CacheKey"/> is null
/// where the step must not be reused.
/// </summary>
internal sealed record StepPlan(
    RunInfo Run,
    NodeManifest Node,
    ReadyStep Ready,
    IReadOnlyDictionary<string, ArtifactRef> Inputs,
    IReadOnlyDictionary<string, JsonElement> Arguments,
    StepIdentity? Identity,
    string? IdentityDigest
) : StepDecision(Run, Node, Ready)
{
    public string? CacheKey => Node.Cache ? IdentityDigest : null;

    /// <summary>Identical steps of one project share their results, whatever pipeline they stand in.</summary>
    public string CacheScope => $"{Run.Project}/{Node.Step}";

    /// <summary>Why it is computed or not: one of the <see cref="StepDecisions"/>.</summary>
    public string? Decision { get; init; }
}

/// <summary>A plan that this server may carry out: nothing else publishes under this attempt and fence.</summary>
internal sealed record ClaimedStep(StepPlan Plan, long Attempt, long Fence, DateTimeOffset StartedAt)
{
    public RunInfo Run => Plan.Run;

    public string NodeId => Plan.Ready.NodeId;

    /// <summary>What went before the attempt. A clock that was set back makes no time less than none.</summary>
    public AttemptsBefore Before(DateTimeOffset now)
    {
        var begunAt = Plan.Ready.BegunAt ?? StartedAt.ToUnixTimeMilliseconds();
        return new((int)Plan.Ready.Failures, Math.Max(0, now.ToUnixTimeMilliseconds() - begunAt));
    }
}

/// <summary>An output that is in the blob store.</summary>
internal sealed record StepOutput(string Port, ArtifactRef Artifact, JsonElement? Summary);

/// <summary>How a claimed step ended, with everything it made adopted and read. <paramref name="ReusedFrom"/> is the execution whose outputs these are.</summary>
internal sealed record StepEnd(
    StepOutcome Outcome,
    IReadOnlyList<StepOutput> Outputs,
    IReadOnlyDictionary<string, double> Metrics,
    IReadOnlyList<ProposedModel> Proposals,
    string? Message = null,
    string? Mend = null,
    string? ErrorType = null,
    string? ReusedFrom = null
)
{
    private static readonly IReadOnlyDictionary<string, double> s_noMetrics = new Dictionary<string, double>(
        StringComparer.Ordinal
    );

    /// <summary>Of a failure: how long ago the first attempt had begun then, by what the attempt says; null: it does not say.</summary>
    public long? SinceBegunMs { get; init; }

    public static StepEnd Failed(string errorType, string message, string? mend = null) =>
        new(StepOutcome.Failed, [], s_noMetrics, [], message, mend, errorType);

    public static StepEnd Made(StepOutput output) => new(StepOutcome.Succeeded, [output], s_noMetrics, []);
}

/// <summary>A proposal that a step made, and where its bytes are.</summary>
internal sealed record ProposedModel(ModelProposal Proposal, ArtifactRef Artifact);
