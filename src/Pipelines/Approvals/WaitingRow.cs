using Rondo.Sdk.Wire;

namespace Rondo.Pipelines;

/// <summary>A row of <c>pipelines_step</c> that waits for an answer, with its run.</summary>
internal sealed record WaitingRow
{
    public const string Columns = """
        s.run_id, s.node_id, s.template, s.scope, s.loop_id, s.item, s.fence, s.not_before, s.started_at, r.project, r.environment,
        r.pipeline, r.version_id
        """;

    public string RunId { get; init; } = "";
    public string NodeId { get; init; } = "";
    public string Template { get; init; } = "";
    public string Scope { get; init; } = "";
    public string LoopId { get; init; } = "";
    public long Item { get; init; }
    public long Fence { get; init; }
    public long NotBefore { get; init; }
    public long StartedAt { get; init; }
    public string Project { get; init; } = "";
    public string Environment { get; init; } = "";
    public string Pipeline { get; init; } = "";
    public string VersionId { get; init; } = "";

    public Approval ToApproval(ApprovalManifest question) =>
        new(
            RunId,
            Project,
            Environment,
            Pipeline,
            NodeId,
            question.Question,
            question.Type,
            question.Choices,
            question.Approvers,
            DateTimeOffset.FromUnixTimeMilliseconds(StartedAt),
            question.ExpiresMs > 0 ? DateTimeOffset.FromUnixTimeMilliseconds(NotBefore) : null
        );
}
