using System.Text.Json;
using Rondo.Data;
using Rondo.Sdk.Wire;

namespace Rondo.Pipelines.Triggers;

/// <summary>
/// A trigger of a deployed pipeline. <see cref="LastVersion"/> is the newest dataset version that it fired for;
/// <see cref="Deferred"/> says that it found a run under way and must look again when that has finished.
/// </summary>
internal sealed record TriggerRow
{
    public const string Select =
        "select project, environment, pipeline, position, kind, body, next_at, last_version, deferred from pipelines_trigger";

    public string Project { get; init; } = "";
    public string Environment { get; init; } = "";
    public string Pipeline { get; init; } = "";
    public long Position { get; init; }
    public string Kind { get; init; } = "";
    public string Body { get; init; } = "";
    public long? NextAt { get; init; }
    public long LastVersion { get; init; }
    public long Deferred { get; init; }

    public TriggerManifest Manifest => JsonSerializer.Deserialize<TriggerManifest>(Body, RondoJson.Options)!;
}
