using System.Text.Json;
using Rondo.Data;
using Rondo.Sdk.Graphs;
using Rondo.Sdk.Wire;

namespace Rondo.Sdk.Kubeflow;

/// <summary>Answers what conditions and for-eachs of an exported pipeline ask about an output: Kubeflow can compare parameters only.</summary>
internal static class KfpAnswers
{
    private const int JsonBytesMax = 16 * 1024 * 1024;

    private static readonly JsonElement s_null = JsonSerializer.SerializeToElement<object?>(null);

    /// <summary>The answer, from the bytes of the output; null: the output does not exist.</summary>
    public static JsonElement Of(KfpAnswer answer, string? file)
    {
        var value = file is null ? (JsonElement?)null : Read(answer, file);
        return JsonSerializer.SerializeToElement(
            answer.Operator is null ? Items(answer, value) : (object)Passes(answer, value),
            RondoJson.Options
        );
    }

    private static List<string> Items(KfpAnswer answer, JsonElement? value)
    {
        if (value is null)
        {
            return [];
        }
        if (value is { ValueKind: JsonValueKind.Array } list)
        {
            return [.. list.EnumerateArray().Select(item => JsonSerializer.Serialize(item, RondoJson.Options))];
        }
        throw new RondoException(
            ErrorCode.FailedPrecondition,
            $"Output '{answer.Port}' is no list, and a for-each goes through it.",
            "Return a list."
        );
    }

    private static bool Passes(KfpAnswer answer, JsonElement? value)
    {
        var test = new TestManifest(null, null, null, answer.Path, answer.Operator!, answer.Value ?? s_null);
        return Conditions.Hold(new ConditionManifest([test]), _ => value);
    }

    private static JsonElement Read(KfpAnswer answer, string file)
    {
        if (new FileInfo(file).Length > JsonBytesMax)
        {
            throw Unreadable($"has {new FileInfo(file).Length} bytes; at most {JsonBytesMax} can be read");
        }
        try
        {
            return JsonSerializer.Deserialize<JsonElement>(File.ReadAllBytes(file));
        }
        catch (JsonException e)
        {
            throw Unreadable("is not JSON: " + e.Message.TrimEnd('.'), e);
        }

        RondoException Unreadable(string why, Exception? inner = null) =>
            new(
                ErrorCode.FailedPrecondition,
                $"A condition or a for-each looks at output '{answer.Port}', which {why}.",
                "Let it look at a record that a step returns.",
                inner
            );
    }
}
