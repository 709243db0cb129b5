using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using System.Text.Json.Serialization;
using Rondo.Data;
using Rondo.Sdk.Wire;

namespace Rondo.Pipelines.Triggers;

/// <summary>
/// Tells a trigger from every other of its pipeline, across releases, as long as nothing about it changes. What it does not say does not
/// count: a new version of Rondo, which knows more that could be said, changes no trigger.
/// </summary>
internal static class TriggerId
{
    private const int Length = 16;

    private static readonly JsonSerializerOptions s_said = new(RondoJson.Options)
    {
        DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
    };

    public static string Of(TriggerManifest trigger) =>
        Convert.ToHexStringLower(
            SHA256.HashData(Encoding.UTF8.GetBytes(JsonSerializer.Serialize(Ordered(trigger), s_said)))
        )[..Length];

    // The order in which conditions stand is not part of what they say.
    private static TriggerManifest Ordered(TriggerManifest trigger) =>
        trigger.Where is null
            ? trigger
            : trigger with
            {
                Where = new SortedDictionary<string, string>(
                    trigger.Where.ToDictionary(StringComparer.Ordinal),
                    StringComparer.Ordinal
                ),
            };
}
