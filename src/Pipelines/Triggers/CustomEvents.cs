using System.Text.Json;
using Rondo.Kernel;
using Rondo.Kernel.Db;
using Rondo.Kernel.Events;
using Rondo.Kernel.Projects;

namespace Rondo.Pipelines.Triggers;

/// <summary>An event from outside: <c>orders.closed</c>. <paramref name="Cause"/> is the position of the event that led to it, where there is one.</summary>
internal sealed record CustomEvent(string? Type, string? Subject, JsonElement? Data, long? Cause);

/// <summary>Appends events of others to the log, so that triggers and subscribers act on them as on the platform's own.</summary>
internal sealed class CustomEvents(Database database, ProjectStore projects, EventLog log)
{
    private const int DataCharsMax = 64 * 1024;
    private const int SubjectMax = 200;

    private static readonly JsonElement s_nothing = JsonSerializer.SerializeToElement(new { });

    /// <summary>Appends the event and returns its position.</summary>
    public async Task<long> AppendAsync(string project, CustomEvent e, Actor actor)
    {
        Check(e);
        await projects.RequireAsync(project);
        var made = new NewEvent(e.Type!, project, e.Subject ?? e.Type!, actor, e.Data ?? s_nothing, e.Cause);
        return await database.WriteAsync(async transaction =>
        {
            if (e.Cause > await EventLog.HeadAsync(transaction))
            {
                throw Refused(
                    $"The event that is to be its cause, {e.Cause}, has not happened.",
                    "Name an earlier one."
                );
            }

            return await log.AppendAsync(transaction, made);
        });
    }

    private static void Check(CustomEvent e)
    {
        if (!EventTypes.IsType(e.Type))
        {
            throw Refused(
                $"'{e.Type}' is not the type of an event.",
                "Write two or more words of small letters and digits with dots between them, such as orders.closed."
            );
        }

        if (EventTypes.Reserved.Contains(EventTypes.FamilyOf(e.Type)))
        {
            throw Refused(
                $"Events of type '{EventTypes.FamilyOf(e.Type)}.*' are appended by the platform only: others act on them.",
                "Begin the type with a word of your own, such as orders.closed."
            );
        }

        if (e.Data is { ValueKind: not (JsonValueKind.Object or JsonValueKind.Null) })
        {
            throw Refused("The data of an event are a JSON object.", """Write them as {"name": value, …}.""");
        }

        if (e.Data?.GetRawText().Length > DataCharsMax)
        {
            throw Refused(
                $"The data of the event have more than {DataCharsMax} characters.",
                "Put them into a dataset, and name it in the event."
            );
        }

        if (e.Subject is { Length: 0 or > SubjectMax } || e.Cause < 1)
        {
            throw Refused(
                e.Cause < 1
                    ? "The cause of an event is the position of another."
                    : $"A subject has 1 to {SubjectMax} characters.",
                "Correct it, or leave it out."
            );
        }
    }

    private static RondoException Refused(string what, string mend) => new(ErrorCode.InvalidArgument, what, mend);
}
