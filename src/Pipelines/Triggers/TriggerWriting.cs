using Rondo.Kernel.Db;

namespace Rondo.Pipelines.Triggers;

/// <summary>What triggers write down in the transaction that decides: each returns whether this server was the one to do it.</summary>
internal static class TriggerWriting
{
    /// <summary>What was started is remembered for so long: longer than any budget looks back.</summary>
    private static readonly TimeSpan s_firingsKept = TriggerPolicy.BudgetPeriodMax + TimeSpan.FromDays(34);

    /// <summary>Removes a signal; false when somebody else has.</summary>
    public static async ValueTask<bool> TakeAsync(Transaction transaction, Signal signal) =>
        await transaction.ExecuteAsync("delete from pipelines_signal where position = @Position", signal) == 1;

    /// <summary>
    /// Lets one server at a time decide about a pipeline, and about the version that was looked at: false when another is deployed by now.
    /// On a shared database the row stays locked until the decision is committed.
    /// </summary>
    public static async ValueTask<bool> HoldPipelineAsync(
        Transaction transaction,
        TriggerRow trigger,
        string versionId
    ) =>
        await transaction.ExecuteAsync(
            """
            update pipelines_pipeline set version_id = version_id
            where project = @Project and environment = @Environment and name = @Pipeline and version_id = @versionId
            """,
            new
            {
                trigger.Project,
                trigger.Environment,
                trigger.Pipeline,
                versionId,
            }
        ) == 1;

    /// <summary>Moves the mark of a schedule; false when somebody else has.</summary>
    public static async ValueTask<bool> MoveMarkAsync(
        Transaction transaction,
        TriggerRow trigger,
        DateTimeOffset? next,
        DateTimeOffset now
    ) =>
        await transaction.ExecuteAsync(
            $"""
            update pipelines_trigger set next_at = @next, marked_at = @now
            where {TriggerRow.Key} and body = @Body and marked_at = @MarkedAt
                and (next_at = @NextAt or (next_at is null and @NextAt is null))
            """,
            new
            {
                trigger.Project,
                trigger.Environment,
                trigger.Pipeline,
                trigger.Position,
                trigger.Body,
                trigger.MarkedAt,
                trigger.NextAt,
                next = next?.ToUnixTimeMilliseconds(),
                now = now.ToUnixTimeMilliseconds(),
            }
        ) == 1;

    /// <summary>Writes down that a run answers a reason; false when one does already.</summary>
    public static async ValueTask<bool> FireAsync(Transaction transaction, TriggerRow trigger, NewFiring firing)
    {
        var arguments = new
        {
            trigger.Project,
            trigger.Environment,
            trigger.Pipeline,
            trigger.Position,
            firing.Reason,
            firing.RunId,
            at = firing.At.ToUnixTimeMilliseconds(),
            kept = (firing.At - s_firingsKept).ToUnixTimeMilliseconds(),
            version = firing.DatasetVersion ?? trigger.LastVersion,
        };
        var first = await transaction.ExecuteAsync(
            """
            insert into pipelines_firing (project, environment, pipeline, reason, fired_at, run_id)
            values (@Project, @Environment, @Pipeline, @Reason, @at, @RunId)
            on conflict do nothing
            """,
            arguments
        );
        if (first == 0)
        {
            return false;
        }

        await transaction.ExecuteAsync(
            """
            delete from pipelines_firing
            where project = @Project and environment = @Environment and pipeline = @Pipeline and fired_at < @kept
            """,
            arguments
        );
        await transaction.ExecuteAsync(
            $"""
            update pipelines_trigger set deferred = 0, last_version = @version, fired_at = @at, fired_run = @RunId
            where {TriggerRow.Key}
            """,
            arguments
        );
        return true;
    }

    /// <summary>Remembers why a trigger did not fire, and whether it must look again.</summary>
    public static async ValueTask SkipAsync(Transaction transaction, TriggerRow trigger, Skipped skipped) =>
        await transaction.ExecuteAsync(
            $"""
            update pipelines_trigger set deferred = @deferred, skipped_at = @at, skipped_reason = @Reason where {TriggerRow.Key}
            """,
            new
            {
                trigger.Project,
                trigger.Environment,
                trigger.Pipeline,
                trigger.Position,
                skipped.Reason,
                at = skipped.At.ToUnixTimeMilliseconds(),
                deferred = skipped.LookAgain ? 1L : 0L,
            }
        );
}

/// <summary>A run and what it answers: <c>event:417</c>, or a time of a schedule. A dataset's version is what new data were counted up to.</summary>
internal sealed record NewFiring(string Reason, string RunId, DateTimeOffset At, long? DatasetVersion);

/// <summary>Why a trigger did not fire.</summary>
internal sealed record Skipped(string Reason, DateTimeOffset At, bool LookAgain);
