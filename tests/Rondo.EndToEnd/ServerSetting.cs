namespace Rondo.EndToEnd;

/// <summary>What a server is told besides where to listen.</summary>
internal sealed record ServerSetting(
    IReadOnlyList<(string Name, string Value)> Environment,
    IReadOnlyList<string> Arguments
)
{
    public static ServerSetting Usual { get; } = new([], []);
}
