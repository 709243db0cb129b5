namespace Rondo.Kernel.Events;

/// <summary>Which entries to read. A type ending in <c>.*</c> takes all types below it.</summary>
public sealed record EventFilter(
    string? Project = null,
    string? Type = null,
    string? Subject = null,
    IReadOnlyCollection<string>? Types = null
)
{
    /// <summary>The projects whose entries are read; null: all, also what belongs to none.</summary>
    public IReadOnlyCollection<string>? Projects { get; init; }
}
