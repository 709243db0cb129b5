namespace Rondo.Delivery.Processes;

/// <summary>A program to start: nothing of it is passed through a shell.</summary>
internal sealed record ProcessCall(
    string Program,
    IReadOnlyList<string> Arguments,
    string WorkingFolder,
    IReadOnlyDictionary<string, string> Environment
);
