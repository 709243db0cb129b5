namespace Rondo.Lineage.OpenLineage;

/// <summary>Something to be told: a transition of a run (then the node is empty), or of one attempt at a node.</summary>
internal sealed record OutboxEvent
{
    public const string Start = "START";
    public const string Complete = "COMPLETE";
    public const string Fail = "FAIL";
    public const string Abort = "ABORT";

    public long Position { get; init; }
    public long Part { get; init; }
    public string EventType { get; init; } = "";
    public string RunId { get; init; } = "";
    public string NodeId { get; init; } = "";
    public long Attempt { get; init; }
    public long At { get; init; }
    public string? Message { get; init; }
    public long Failures { get; init; }

    public bool IsStep => NodeId.Length > 0;
}
