using System.Text.Json;
using Rondo.Kernel;

namespace Rondo.Registry.Governance;

/// <summary>The wish to move a version to another state: why, and on which evidence.</summary>
public sealed record VersionMove(ModelKey Model, long Version, string To, Actor Actor, string Reason)
{
    /// <summary>What the decision rests on: figures, a report, a link.</summary>
    public JsonElement? Evidence { get; init; }

    /// <summary>The event that led to it.</summary>
    public long? Cause { get; init; }

    /// <summary>Whether the state may be reached by several legal moves, each recorded; else one move must lead there.</summary>
    public bool AllTheWay { get; init; }

    /// <summary>Whether the version may be served by it.</summary>
    public bool IsRelease => To is VersionState.Approved or VersionState.Production;
}

/// <summary>One move that was made.</summary>
public sealed record VersionTransition(
    long Number,
    string From,
    string To,
    DateTimeOffset At,
    string By,
    string Reason,
    JsonElement? Evidence
);
