using System.Text.Json;
using Rondo.Sdk.Wire;

namespace Rondo.Sdk;

/// <summary>What a run knows of itself. State, reason and failed node are known when only its exit handlers are left.</summary>
internal sealed class LocalFacts(string? partition, IReadOnlyDictionary<string, JsonElement> parameters)
{
    private (string State, string Reason, string FailedNode)? _outcome;

    public string RunId { get; set; } = "";

    public string? Partition => partition;

    public IReadOnlyDictionary<string, JsonElement> Parameters => parameters;

    public void HasEnded(LocalState state, string? reason, string? failedNode) =>
        _outcome = (JsonNamingPolicy.CamelCase.ConvertName(state.ToString()), reason ?? "", failedNode ?? "");

    /// <summary>A fact, as <see cref="ArgumentManifest.Run"/> names it.</summary>
    public JsonElement Fact(string name) =>
        JsonSerializer.SerializeToElement(
            name switch
            {
                "id" => RunId,
                "partition" => partition,
                "state" => _outcome?.State ?? "running",
                "reason" => _outcome?.Reason ?? "",
                "failed-node" => _outcome?.FailedNode ?? "",
                _ => throw new RondoException(
                    ErrorCode.InvalidArgument,
                    $"'{name}' is not a fact of a run.",
                    "There are id, partition, state, reason and failed-node."
                ),
            }
        );
}
