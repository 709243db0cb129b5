using System.Text.Json;
using Rondo.Sdk.Wire;

namespace Rondo.Pipelines;

/// <summary>Whether an answer fits its question, and is its giver's to give.</summary>
internal static class AnswerRules
{
    public static void Check(ApprovalAnswer answer, ApprovalManifest question)
    {
        if (question.Approvers.Count > 0 && !question.Approvers.Contains(answer.Actor.Name, StringComparer.Ordinal))
        {
            throw new RondoException(
                ErrorCode.PermissionDenied,
                $"{answer.Actor} may not answer '{question.Question}'.",
                $"It is for {string.Join(", ", question.Approvers)}."
            );
        }

        var fits = question.Type switch
        {
            "boolean" => answer.Answer.ValueKind is JsonValueKind.True or JsonValueKind.False,
            "integer" => answer.Answer.ValueKind == JsonValueKind.Number && answer.Answer.TryGetInt64(out _),
            "number" => answer.Answer.ValueKind == JsonValueKind.Number,
            _ => answer.Answer.ValueKind == JsonValueKind.String,
        };
        if (!fits)
        {
            throw new RondoException(
                ErrorCode.InvalidArgument,
                $"'{question.Question}' cannot be answered with {answer.Answer.GetRawText()}.",
                $"The answer is of type {question.Type}."
            );
        }

        if (
            question.Choices is { Count: > 0 } choices
            && !choices.Contains(answer.Answer.ToString(), StringComparer.Ordinal)
        )
        {
            throw new RondoException(
                ErrorCode.InvalidArgument,
                $"'{question.Question}' cannot be answered with {answer.Answer.GetRawText()}.",
                $"Choose one of {string.Join(", ", choices)}."
            );
        }
    }
}
