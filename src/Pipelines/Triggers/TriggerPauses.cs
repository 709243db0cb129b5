using Rondo.Kernel;
using Rondo.Kernel.Db;
using Rondo.Kernel.Events;

namespace Rondo.Pipelines.Triggers;

/// <summary>Which triggers are meant: one by its number, or with none all of a pipeline.</summary>
internal sealed record TriggerChoice(string Project, string Pipeline, long? Number)
{
    public static string Environment => PipelineCatalog.TriggeredEnvironment;
}

/// <summary>Stops triggers until further notice, and lets them act again.</summary>
internal sealed class TriggerPauses(Database database, EventLog log, TimeProvider time)
{
    private const int ReasonMax = 1000;

    public Task PauseAsync(TriggerChoice choice, string? reason, Actor actor)
    {
        if (reason?.Length > ReasonMax)
        {
            throw new RondoException(
                ErrorCode.InvalidArgument,
                $"The reason has {reason.Length} characters, more than {ReasonMax}.",
                "Say it shorter, and name where more is written."
            );
        }

        return database.WriteAsync(async transaction =>
        {
            var (trigger, id) = await FindAsync(transaction, choice);
            var stopped = await transaction.ExecuteAsync(
                """
                insert into pipelines_pause (project, environment, pipeline, trigger_id, paused_at, paused_by, reason)
                values (@Project, @Environment, @Pipeline, @id, @at, @by, @reason)
                on conflict do nothing
                """,
                new
                {
                    choice.Project,
                    TriggerChoice.Environment,
                    choice.Pipeline,
                    id,
                    at = time.GetUtcNow().ToUnixTimeMilliseconds(),
                    by = actor.Name,
                    reason,
                }
            );
            if (stopped == 0)
            {
                return;
            }

            await transaction.ExecuteAsync(
                """
                update pipelines_trigger set next_at = null
                where project = @Project and environment = @Environment and pipeline = @Pipeline
                    and (position = @position or @position is null)
                """,
                new
                {
                    choice.Project,
                    TriggerChoice.Environment,
                    choice.Pipeline,
                    position = trigger?.Position,
                }
            );
            var data = new TriggerPausedEvent(
                choice.Pipeline,
                TriggerChoice.Environment,
                trigger?.Kind,
                choice.Number,
                reason
            );
            await AppendAsync(transaction, choice, actor, TriggerPausedEvent.Type, data);
        });
    }

    /// <summary>Schedules go on from now: what passed meanwhile is not made up for. New data that came meanwhile are looked at.</summary>
    public Task ResumeAsync(TriggerChoice choice, Actor actor) =>
        database.WriteAsync(async transaction =>
        {
            var (trigger, id) = await FindAsync(transaction, choice);
            var pauses = await PausesAsync(transaction, choice);
            if (trigger is not null && pauses.Any(pause => pause.TriggerId.Length == 0))
            {
                throw new RondoException(
                    ErrorCode.FailedPrecondition,
                    $"All triggers of pipeline '{choice.Pipeline}' are paused, not only number {choice.Number}.",
                    $"Resume them all: rondo triggers resume {choice.Pipeline}."
                );
            }

            if (!pauses.Any(pause => trigger is null || pause.TriggerId == id))
            {
                return;
            }

            // To resume a pipeline is to resume each of its triggers.
            await transaction.ExecuteAsync(
                """
                delete from pipelines_pause
                where project = @Project and environment = @Environment and pipeline = @Pipeline
                    and (trigger_id = @id or @id = '')
                """,
                new
                {
                    choice.Project,
                    TriggerChoice.Environment,
                    choice.Pipeline,
                    id,
                }
            );
            foreach (var row in await RowsAsync(transaction, choice))
            {
                if (pauses.Any(pause => pause.Holds(row)) && (trigger is null || row.Position == trigger.Position))
                {
                    await WakeAsync(transaction, row);
                }
            }

            var data = new TriggerResumedEvent(
                choice.Pipeline,
                TriggerChoice.Environment,
                trigger?.Kind,
                choice.Number
            );
            await AppendAsync(transaction, choice, actor, TriggerResumedEvent.Type, data);
        });

    private async ValueTask WakeAsync(Transaction transaction, TriggerRow row)
    {
        var now = time.GetUtcNow();
        await transaction.ExecuteAsync(
            $"update pipelines_trigger set next_at = @next, marked_at = @now, deferred = 1 where {TriggerRow.Key}",
            new
            {
                row.Project,
                row.Environment,
                row.Pipeline,
                row.Position,
                next = TriggerMarks.NextAfter(row.Manifest, now)?.ToUnixTimeMilliseconds(),
                now = now.ToUnixTimeMilliseconds(),
            }
        );
    }

    private async ValueTask AppendAsync(
        Transaction transaction,
        TriggerChoice choice,
        Actor actor,
        string type,
        object data
    ) => await log.AppendAsync(transaction, new NewEvent(type, choice.Project, choice.Pipeline, actor, data));

    // The trigger of a number, with its id; for all of a pipeline none, and the id that stands for all.
    private static async Task<(TriggerRow? Trigger, string Id)> FindAsync(Transaction transaction, TriggerChoice choice)
    {
        var rows = await RowsAsync(transaction, choice);
        if (rows.Count == 0)
        {
            throw new RondoException(
                ErrorCode.NotFound,
                $"No pipeline '{choice.Pipeline}' of project '{choice.Project}' has triggers in {TriggerChoice.Environment}.",
                "List them: rondo triggers."
            );
        }

        if (choice.Number is not { } number)
        {
            return (null, "");
        }

        return rows.FirstOrDefault(row => row.Number == number) is { } found
            ? (found, TriggerId.Of(found.Manifest))
            : throw new RondoException(
                ErrorCode.NotFound,
                $"Pipeline '{choice.Pipeline}' has no trigger {number}; they have the numbers 1 to {rows.Count}.",
                "List them: rondo triggers."
            );
    }

    private static async Task<IReadOnlyList<TriggerRow>> RowsAsync(Transaction transaction, TriggerChoice choice) =>
        await transaction.QueryAsync<TriggerRow>(
            TriggerRow.Select
                + " where project = @Project and environment = @Environment and pipeline = @Pipeline order by position",
            Key(choice)
        );

    private static async Task<IReadOnlyList<PauseRow>> PausesAsync(Transaction transaction, TriggerChoice choice) =>
        await transaction.QueryAsync<PauseRow>(
            PauseRow.Select + " where project = @Project and environment = @Environment and pipeline = @Pipeline",
            Key(choice)
        );

    private static object Key(TriggerChoice choice) =>
        new
        {
            choice.Project,
            TriggerChoice.Environment,
            choice.Pipeline,
        };
}
