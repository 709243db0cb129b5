using System.Text.Json;
using Rondo.Data;
using Rondo.Kernel;

namespace Rondo.Pipelines.Runs;

/// <summary>What every change of a run's state must know of it. <see cref="CreatedPosition"/> is the event that its own events name as their cause.</summary>
internal sealed record RunInfo
{
    public string Id { get; init; } = "";
    public string Project { get; init; } = "";
    public string Environment { get; init; } = "";
    public string Pipeline { get; init; } = "";
    public string VersionId { get; init; } = "";
    public string Package { get; init; } = "";
    public string CommitId { get; init; } = "";
    public string Parameters { get; init; } = "";
    public string Sources { get; init; } = "";
    public string TriggerKind { get; init; } = "";
    public string Actor { get; init; } = "";
    public long CreatedPosition { get; init; }
    public string State { get; init; } = "";
    public string? Reason { get; init; }
    public string? PartitionKey { get; init; }
    public long Priority { get; init; }
    public string Policy { get; init; } = "";
    public long Fresh { get; init; }
    public string? Resumes { get; init; }

    /// <summary>How it has ended, while its exit handlers run.</summary>
    public string? Outcome { get; init; }
    public string? FailedNode { get; init; }

    private IReadOnlyDictionary<string, JsonElement>? _parameters;

    public Actor ActorOf => new(Actor);

    /// <summary>The value of a run parameter.</summary>
    public JsonElement ParameterValue(string name)
    {
        _parameters ??= JsonSerializer.Deserialize<Dictionary<string, JsonElement>>(Parameters, RondoJson.Options)!;
        return _parameters.TryGetValue(name, out var value)
            ? value
            : throw new RondoException(ErrorCode.Internal, $"Run {Id} has no parameter '{name}'.");
    }

    /// <summary>A fact of the run, as <c>ArgumentManifest.Run</c> names it.</summary>
    public JsonElement Fact(string name) =>
        JsonSerializer.SerializeToElement(
            name switch
            {
                "id" => Id,
                "partition" => PartitionKey,
                "state" => Outcome ?? State,
                "reason" => Reason ?? "",
                "failed-node" => FailedNode ?? "",
                _ => throw new RondoException(
                    ErrorCode.InvalidArgument,
                    $"'{name}' is not a fact of a run.",
                    "There are id, partition, state, reason and failed-node."
                ),
            },
            RondoJson.Options
        );

    /// <summary>Whether a failed step leaves the others be. Exit handlers always do.</summary>
    public bool FailsSlowly => Policy == Sdk.Wire.FailurePolicies.Slow || State == RunStates.Finishing;

    public const string Columns = """
        r.id, r.project, r.environment, r.pipeline, r.version_id, r.package, r.commit_id, r.parameters, r.sources,
        r.trigger_kind, r.actor, r.created_position, r.state, r.reason, r.partition_key, r.priority, r.policy, r.fresh, r.resumes,
        r.outcome, r.failed_node
        """;
}
