using System.Text.Json;
using Rondo.Data;
using Rondo.Sdk.Wire;

namespace Rondo.Sdk;

/// <summary>Checks a question to a person where it is declared.</summary>
internal static class Approvals
{
    public static ApprovalManifest Of<T>(
        StepNode node,
        string question,
        IReadOnlyList<string> approvers,
        TimeSpan? expires,
        Optional<T> otherwise
    )
    {
        if (string.IsNullOrWhiteSpace(question))
        {
            throw node.Graph.Invalid($"approval '{node.Id}' asks nothing", "Give the question that a person reads");
        }
        if (approvers.FirstOrDefault(actor => !IsActor(actor)) is { } bad)
        {
            throw node.Graph.Invalid(
                $"approval '{node.Id}' names '{bad}', who is nobody",
                "Name actors as kind:name, for example 'user:ada'"
            );
        }
        if (expires <= TimeSpan.Zero || (otherwise.IsSet && expires is null))
        {
            throw node.Graph.Invalid(
                expires is null
                    ? $"approval '{node.Id}' has an answer for when its time is over, but no time"
                    : $"approval '{node.Id}' expires after {expires}",
                "Give expires, for example Hours(48)"
            );
        }
        var type =
            ScalarTypes.Of(typeof(T))
            ?? throw node.Graph.Invalid(
                $"approval '{node.Id}' asks for a {typeof(T).Name}",
                "Ask for a bool, int, long, double, string or an enum"
            );
        return new(
            question,
            type,
            typeof(T).IsEnum ? ScalarTypes.NamesOf(typeof(T)) : null,
            approvers,
            (long)(expires ?? TimeSpan.Zero).TotalMilliseconds,
            otherwise.IsSet ? JsonSerializer.SerializeToElement(otherwise.Value, RondoJson.Options) : null
        );
    }

    private static bool IsActor(string actor) =>
        actor.Split(':') is [{ Length: > 0 }, { Length: > 0 }] && !actor.Any(char.IsWhiteSpace);
}
