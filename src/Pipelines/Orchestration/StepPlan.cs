using System.Text.Json;
using Rondo.Pipelines.Runs;
using Rondo.Sdk;
using Rondo.Sdk.Wire;

namespace Rondo.Pipelines.Orchestration;

/// <summary>A step that could be claimed: a row of <c>pipelines_step</c>.</summary>
internal sealed record ReadyStep
{
    public string RunId { get; init; } = "";
    public string NodeId { get; init; } = "";
    public long Attempt { get; init; }
    public long Fence { get; init; }
    public long Failures { get; init; }
    public long Losses { get; init; }
}

/// <summary>What is to be done for a ready step. <paramref name="CacheKey"/> is null where the step must not be reused.</summary>
internal sealed record StepPlan(
    RunInfo Run,
    NodeManifest Node,
    ReadyStep Ready,
    IReadOnlyDictionary<string, ArtifactRef> Inputs,
    IReadOnlyDictionary<string, JsonElement> Arguments,
    StepIdentity Identity,
    string? CacheKey
)
{
    /// <summary>Identical steps of one project share their results, whatever pipeline they stand in.</summary>
    public string CacheScope => $"{Run.Project}/{Node.Step}";
}

/// <summary>A plan that this server may carry out: nothing else publishes under this attempt and fence.</summary>
internal sealed record ClaimedStep(StepPlan Plan, long Attempt, long Fence, DateTimeOffset StartedAt)
{
    public RunInfo Run => Plan.Run;

    public string NodeId => Plan.Node.Id;
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
    public static StepEnd Failed(string errorType, string message, string? mend = null) =>
        new(
            StepOutcome.Failed,
            [],
            new Dictionary<string, double>(StringComparer.Ordinal),
            [],
            message,
            mend,
            errorType
        );
}

/// <summary>A proposal that a step made, and where its bytes are.</summary>
internal sealed record ProposedModel(ModelProposal Proposal, ArtifactRef Artifact);
