namespace Rondo.Kernel.Events;

/// <summary>Which entries to read. A type ending in <c>.*</c> takes all types below it.</summary>
public sealed record EventFilter(
    string? Project = null,
    string? Type = null,
    string? Subject = null,
    IReadOnlyCollection<string>? Types = null
);
