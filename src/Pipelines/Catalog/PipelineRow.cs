using Rondo.Sdk.Wire;

namespace Rondo.Pipelines.Catalog;

internal sealed record PipelineRow
{
    public const string Select = """
        select p.project, p.environment, p.name, p.version_id, p.package, p.commit_id, p.deployed_at, p.deployed_by
        from pipelines_pipeline p
        """;

    public string Project { get; init; } = "";
    public string Environment { get; init; } = "";
    public string Name { get; init; } = "";
    public string VersionId { get; init; } = "";
    public string Package { get; init; } = "";
    public string CommitId { get; init; } = "";
    public long DeployedAt { get; init; }
    public string DeployedBy { get; init; } = "";

    public DeployedPipeline ToPipeline(PipelineManifest manifest) =>
        new(
            Project,
            Environment,
            Name,
            VersionId,
            Package,
            CommitId,
            DateTimeOffset.FromUnixTimeMilliseconds(DeployedAt),
            DeployedBy,
            manifest
        );
}
