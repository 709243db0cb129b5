using System.Text.Json;
using Rondo.Kernel;

namespace Rondo.Pipelines;

/// <summary>A question that a run waits for the answer to.</summary>
public sealed record Approval(
    string RunId,
    string Project,
    string Environment,
    string Pipeline,
    string NodeId,
    string Question,
    string Type,
    IReadOnlyList<string>? Choices,
    IReadOnlyList<string> Approvers,
    DateTimeOffset AskedAt,
    DateTimeOffset? ExpiresAt
);

/// <summary>A person's answer to a question, with what they say about it.</summary>
public sealed record ApprovalAnswer(string RunId, string NodeId, JsonElement Answer, string? Comment, Actor Actor);
