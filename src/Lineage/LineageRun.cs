using System.Text.Json;

namespace Rondo.Lineage;

/// <summary>The context of a run's executions: what it ran, for whom, and why. <paramref name="Cause"/> is the position of the event that led to it.</summary>
public sealed record LineageRun(
    string Id,
    string Project,
    string Environment,
    string Pipeline,
    string Commit,
    string Package,
    string Trigger,
    JsonElement? Evidence,
    string Actor,
    long? Cause,
    DateTimeOffset CreatedAt
);
