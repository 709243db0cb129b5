using System.Text.Json;
using Rondo.Sdk.Wire;

namespace Rondo.Sdk;

/// <summary>Who answers the questions of a run: what the command line says, and else whoever can be asked.</summary>
/// <param name="given">Node → answer as text.</param>
/// <param name="ask">Asks; null where nobody is there. It gives null if the time is over.</param>
internal sealed class LocalApprovals(
    IReadOnlyDictionary<string, string> given,
    Func<LocalQuestion, CancellationToken, Task<string?>>? ask
)
{
    /// <summary>The approvals that are answered from the start.</summary>
    public IEnumerable<string> Names => given.Keys;

    /// <summary>The answer that is there before anybody is asked, or null. It may be for one item of a for-each, or for all.</summary>
    public JsonElement? Given(LocalPlace place) =>
        (given.GetValueOrDefault(place.Id) ?? given.GetValueOrDefault(place.Node.Id)) is { } text
            ? LocalAnswers.Parse(place.Id, place.Node.Approval!, text)
            : null;

    /// <summary>Whether an answer is given, or somebody can be asked.</summary>
    public bool CanAnswer(NodeManifest node) => ask is not null || given.ContainsKey(node.Id);

    /// <summary>Asks until there is an answer that fits; null if the time is over.</summary>
    public async Task<JsonElement?> AskAsync(LocalPlace place, CancellationToken cancellation)
    {
        var approval = place.Node.Approval!;
        if (ask is null)
        {
            throw Unanswered(place.Id, approval);
        }
        string? problem = null;
        while (await ask(new(place.Id, approval, problem), cancellation) is { } text)
        {
            try
            {
                return LocalAnswers.Parse(place.Id, approval, text);
            }
            catch (RondoException e)
            {
                problem = e.Message;
            }
        }
        return null;
    }

    public static RondoException Unanswered(string node, ApprovalManifest approval) =>
        new(
            ErrorCode.FailedPrecondition,
            $"'{node}' waits for an answer ({approval.Question}), and nobody can be asked here.",
            $"Pass --answer {node}=VALUE: {LocalAnswers.Wanted(approval)}; or run it on a terminal."
        );
}

/// <summary>A question to a person; <paramref name="Problem"/> is what was wrong with the answer before.</summary>
internal sealed record LocalQuestion(string Node, ApprovalManifest Approval, string? Problem);
