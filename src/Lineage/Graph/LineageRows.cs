namespace Rondo.Lineage.Graph;

internal sealed record ExecutionRow
{
    public string Id { get; init; } = "";
    public string RunId { get; init; } = "";
    public string NodeId { get; init; } = "";
    public long Attempt { get; init; }
    public string Step { get; init; } = "";
    public string CodeDigest { get; init; } = "";
    public string? CacheKey { get; init; }
    public string State { get; init; } = "";
    public string? ReusedFrom { get; init; }
    public long StartedAt { get; init; }
    public long EndedAt { get; init; }
}

internal sealed record EventRow
{
    public string ExecutionId { get; init; } = "";
    public string Direction { get; init; } = "";
    public string Port { get; init; } = "";
    public string ArtifactId { get; init; } = "";
    public string RunId { get; init; } = "";
    public long Size { get; init; }

    public bool IsInput => Direction == "input";
}

internal sealed record NameRow
{
    public string Name { get; init; } = "";
    public string ArtifactId { get; init; } = "";
    public string RunId { get; init; } = "";
    public string Kind { get; init; } = "";
    public long? DeletedAt { get; init; }
    public string? DeletedBy { get; init; }
}

internal sealed record DeploymentRow
{
    public string Endpoint { get; init; } = "";
    public string Version { get; init; } = "";
    public string State { get; init; } = "";
    public long Percent { get; init; }
    public long Since { get; init; }
    public long? Until { get; init; }
}
