using System.Text.Json;
using System.Text.Json.Serialization;

namespace Rondo.Sdk.Wire;

/// <summary>
/// What a container of an exported Kubeflow pipeline is to do, as the argument <c>--plan</c> of the verb <c>kfp-step</c> tells it. It
/// names what the executor input calls by Kubeflow's keys in the words of the manifest.
/// </summary>
/// <param name="FormatVersion">The format, <see cref="CurrentFormatVersion"/>.</param>
/// <param name="Kind">What to do: one of <see cref="KfpPlanKinds"/>.</param>
/// <param name="Pipeline">The pipeline's name in the manifest.</param>
/// <param name="Node">The node's id in the manifest.</param>
public sealed record KfpPlan(int FormatVersion, string Kind, string Pipeline, string Node)
{
    /// <summary>The format that this version of the Sdk writes and reads.</summary>
    public const int CurrentFormatVersion = 1;

    /// <summary>Key of an input artifact → the port that it is for.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public IReadOnlyDictionary<string, KfpPort>? Inputs { get; init; }

    /// <summary>The ports of the inputs in the order of the manifest (kind <see cref="KfpPlanKinds.First"/>).</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public IReadOnlyList<string>? Order { get; init; }

    /// <summary>Key of an output artifact → the port that it is.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public IReadOnlyDictionary<string, KfpPort>? Outputs { get; init; }

    /// <summary>Argument → where its value comes from.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public IReadOnlyDictionary<string, KfpArgument>? Arguments { get; init; }

    /// <summary>Key of an output parameter → what to say about an output.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public IReadOnlyDictionary<string, KfpAnswer>? Answers { get; init; }

    /// <summary>Key of an input parameter → what limits its value.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public IReadOnlyDictionary<string, ParameterManifest>? Limits { get; init; }

    /// <summary>Key of the output artifact that takes the metrics.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public string? Metrics { get; init; }

    /// <summary>What a failure says (kind <see cref="KfpPlanKinds.Fail"/>).</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public string? Message { get; init; }

    /// <summary>The seed of the attempt; null: the same for every step.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public int? Seed { get; init; }

    /// <summary>The limit on the attempt's time; null: none.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public long? TimeoutMs { get; init; }

    /// <summary>Changed by the author to make it run again. It does nothing but change the plan, which Kubeflow's cache looks at.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public string? Salt { get; init; }
}

/// <summary>What a container can be told to do.</summary>
public static class KfpPlanKinds
{
    /// <summary>Runs one attempt at a step.</summary>
    public const string Step = "step";

    /// <summary>Gives the first of its inputs that exists.</summary>
    public const string First = "first";

    /// <summary>Gives, for each output, an artifact that stands for one that does not exist.</summary>
    public const string None = "none";

    /// <summary>Gives the value of its argument <c>value</c> as an artifact.</summary>
    public const string Value = "value";

    /// <summary>Fails.</summary>
    public const string Fail = "fail";
}

/// <summary>A port and its artifact type. <paramref name="List"/>: the key stands for a list, and the ports are <c>port.0</c>, <c>port.1</c> …</summary>
public sealed record KfpPort(
    string Port,
    string Type,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)] bool List = false
);

/// <summary>
/// Where the value of an argument comes from: a constant, or the input parameter called <paramref name="Parameter"/>. That is the value
/// itself, or with <paramref name="Json"/> its JSON as text. <paramref name="Path"/> then names a member of it, with dots.
/// With <paramref name="Status"/> it is the final status of what has ended, and the value is its <c>state</c>, <c>reason</c> or <c>failed-node</c>.
/// </summary>
public sealed record KfpArgument(
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] JsonElement? Value = null,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] string? Parameter = null,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)] bool Json = false,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] string? Path = null,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] string? Status = null
);

/// <summary>
/// What an output parameter says about the JSON of an output: with <paramref name="Operator"/> whether it passes a test (<see cref="TestManifest"/>),
/// else the items of the list that it is, each as JSON text.
/// </summary>
public sealed record KfpAnswer(
    string Port,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] string? Path = null,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] string? Operator = null,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] JsonElement? Value = null
);
