namespace Rondo.Cli.Processes;

/// <summary>What to start, where, and with what in its environment.</summary>
internal sealed record ChildProcessStart(
    string Program,
    IReadOnlyList<string> Arguments,
    string Folder,
    Dictionary<string, string>? Environment = null
);
