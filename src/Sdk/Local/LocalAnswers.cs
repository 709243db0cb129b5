using System.Globalization;
using System.Text.Json;
using Rondo.Sdk.Wire;

namespace Rondo.Sdk;

/// <summary>Reads what a person answers.</summary>
internal static class LocalAnswers
{
    /// <summary>The answer as JSON.</summary>
    /// <exception cref="RondoException">It is not of the type that is asked for, or none of the choices.</exception>
    public static JsonElement Parse(string node, ApprovalManifest approval, string text)
    {
        object? value = approval.Type switch
        {
            "boolean" => Truth(text),
            "integer" when long.TryParse(text, CultureInfo.InvariantCulture, out var whole) => whole,
            "number" when double.TryParse(text, CultureInfo.InvariantCulture, out var number) => number,
            "text"
                when approval.Choices is not { Count: > 0 } choices || choices.Contains(text, StringComparer.Ordinal) =>
                text,
            _ => null,
        };
        return value is not null
            ? JsonSerializer.SerializeToElement(value)
            : throw new RondoException(
                ErrorCode.InvalidArgument,
                $"'{text}' is no answer to '{node}' ({approval.Question}).",
                $"Answer with {Wanted(approval)}."
            );
    }

    /// <summary>What can be answered, for people.</summary>
    public static string Wanted(ApprovalManifest approval) =>
        approval.Type switch
        {
            "boolean" => "yes or no",
            "integer" => "a whole number",
            "number" => "a number",
            _ when approval.Choices is { Count: > 0 } choices => "one of " + string.Join(", ", choices),
            _ => "a text",
        };

    private static object? Truth(string text) =>
        text.Trim().ToLowerInvariant() switch
        {
            "true" or "yes" or "y" => true,
            "false" or "no" or "n" => false,
            _ => null,
        };
}
