using Rondo.Kernel.Db;
using Rondo.Kernel.Events;
using Rondo.Pipelines.Catalog;

namespace Rondo.Pipelines.Runs;

/// <summary>Runs that wait because their pipeline has as many under way as it may: the most urgent is next, then the oldest.</summary>
internal sealed class RunQueue(PipelineVersions versions, EventLog log)
{
    /// <summary>How many runs of one pipeline may wait.</summary>
    public const int QueuedMax = 1_000;

    /// <summary>Whether a new run of the pipeline may begin at once. Also locks the pipeline's runs against others who ask the same.</summary>
    public static async ValueTask<bool> HasRoomAsync(Transaction transaction, NewRun wish, int runsMax)
    {
        if (runsMax == 0)
        {
            return true;
        }

        await LockAsync(transaction, wish.Project, wish.Environment, wish.Pipeline);
        var counts = await transaction.FirstAsync<Counts>(
            $"""
            select coalesce(sum(case when state = 'queued' then 1 else 0 end), 0) as queued,
                coalesce(sum(case when state = 'queued' then 0 else 1 end), 0) as under_way
            from pipelines_run
            where project = @Project and pipeline = @Pipeline and environment = @Environment
                and finished_at is null and (state = 'queued' or state in {RunStates.UnderWay})
            """,
            wish
        );
        if (counts!.Queued >= QueuedMax)
        {
            throw new RondoException(
                ErrorCode.FailedPrecondition,
                $"{counts.Queued} runs of pipeline '{wish.Pipeline}' wait already.",
                "Cancel some of them, or let more run at once."
            );
        }

        return counts.UnderWay < runsMax;
    }

    /// <summary>Makes a run's first nodes.</summary>
    public async ValueTask<bool> StartAsync(Transaction transaction, RunInfo run, long at)
    {
        var nodes = await GroupOpening.TopAsync(transaction, run, always: false, at);
        transaction.AfterCommit(() => log.Nudge(RunCreatedEvent.Type));
        return nodes > 0;
    }

    /// <summary>A run has ended: the next one of its pipeline begins, if one waits.</summary>
    public async ValueTask AdvanceAsync(Transaction transaction, RunInfo ended, long at)
    {
        await LockAsync(transaction, ended.Project, ended.Environment, ended.Pipeline);
        var next = await transaction.FirstAsync<RunInfo>(
            $"""
            select {RunInfo.Columns} from pipelines_run r
            where r.project = @Project and r.pipeline = @Pipeline and r.environment = @Environment
                and r.finished_at is null and r.state = 'queued'
            order by r.priority desc, r.id limit 1
            """,
            ended
        );
        if (next is null)
        {
            return;
        }

        var shape = await versions.GetAsync(transaction, next.VersionId);
        var underWay = await transaction.ScalarAsync<long>(
            $"""
            select count(*) from pipelines_run
            where project = @Project and pipeline = @Pipeline and environment = @Environment
                and finished_at is null and state in {RunStates.UnderWay}
            """,
            ended
        );
        if (underWay >= Math.Max(1, shape.Manifest.RunsMax))
        {
            return;
        }

        var begun = await transaction.ExecuteAsync(
            "update pipelines_run set state = 'created' where id = @Id and state = 'queued'",
            next
        );
        if (begun == 1)
        {
            await StartAsync(transaction, next with { State = RunStates.Created }, at);
            await RunSourceRows.InsertAsync(transaction, next);
        }
    }

    // Two that end at once would each see the other still under way, and nobody would be next.
    private static ValueTask LockAsync(Transaction transaction, string project, string environment, string pipeline) =>
        transaction.LockAsync($"pipelines.runs/{project}/{environment}/{pipeline}");

    private sealed record Counts
    {
        public long Queued { get; init; }
        public long UnderWay { get; init; }
    }
}
