using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using Rondo.Sdk.Wire;

namespace Rondo.Tests.Simulation.Pipelines;

/// <summary>
/// What the steps of a simulation make: a function of the step's name, the digests of its inputs and its arguments, so that whoever
/// knows these knows the outputs. The kind of value is the first part of the name.
/// </summary>
internal static class StepFunction
{
    public const string Number = "Number";
    public const string List = "List";
    public const string Object = "Object";
    public const string Nothing = "Nothing";

    /// <summary>The argument that says how the step fails.</summary>
    public const string Script = "script";

    public static (string Type, byte[] Bytes) Output(
        string step,
        IReadOnlyDictionary<string, string> inputs,
        IReadOnlyDictionary<string, JsonElement> arguments
    )
    {
        var chance = Mix(step, inputs, arguments);
        var text = step.Split('.')[0] switch
        {
            Number => Text(chance % 4),
            List => ListOf(chance),
            Object => $$"""{"value":{{Text(chance % 4)}},"by":"{{step}}","mark":{{Text(chance % 1000)}}}""",
            _ => "null",
        };
        return (text == "null" ? ArtifactTypes.None : ArtifactTypes.Json, Encoding.UTF8.GetBytes(text));
    }

    public static string DigestOf(byte[] bytes) => Convert.ToHexStringLower(SHA256.HashData(bytes));

    private static string ListOf(ulong chance)
    {
        var items = Enumerable.Range(0, (int)(chance % 4)).Select(i => $$"""{"n":{{Text((chance >> (4 + i)) % 3)}}}""");
        return $"[{string.Join(",", items)}]";
    }

    private static string Text(ulong value) => value.ToString(CultureInfo.InvariantCulture);

    private static ulong Mix(
        string step,
        IReadOnlyDictionary<string, string> inputs,
        IReadOnlyDictionary<string, JsonElement> arguments
    )
    {
        var hash = 14695981039346656037UL;
        Add(step);
        foreach (var (port, digest) in inputs.OrderBy(input => input.Key, StringComparer.Ordinal))
        {
            Add(port);
            Add(digest);
        }

        foreach (var (name, value) in arguments.OrderBy(argument => argument.Key, StringComparer.Ordinal))
        {
            Add(name);
            Add(value.GetRawText());
        }

        return hash ^ (hash >> 29);

        void Add(string text)
        {
            foreach (var letter in text)
            {
                hash = unchecked((hash ^ letter) * 1099511628211);
            }

            hash = unchecked((hash ^ 0xFF) * 1099511628211);
        }
    }
}

/// <summary>
/// How a step fails: its first attempts (-1: all of them), with an error of this type, or by stopping the run. It stands in an argument,
/// so that steps that are the same fail the same.
/// </summary>
internal sealed record StepScript(int Failures, string? ErrorType, bool Stops)
{
    public static StepScript Fine { get; } = new(0, null, false);

    public static StepScript Of(IReadOnlyDictionary<string, JsonElement> arguments) =>
        arguments.TryGetValue(StepFunction.Script, out var script) ? script.Deserialize<StepScript>()! : Fine;

    public JsonElement ToJson() => JsonSerializer.SerializeToElement(this);
}
