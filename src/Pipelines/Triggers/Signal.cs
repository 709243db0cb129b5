namespace Rondo.Pipelines.Triggers;

/// <summary>An event that triggers have yet to look at.</summary>
internal sealed record Signal
{
    public long Position { get; init; }
    public string Project { get; init; } = "";
    public string Type { get; init; } = "";
    public string Data { get; init; } = "";
}
