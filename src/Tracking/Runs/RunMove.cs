using System.Text.Json;
using Rondo.Kernel;
using Rondo.Kernel.Db;
using Rondo.Kernel.Events;
using Rondo.Kernel.Ids;
using Rondo.Tracking.Experiments;
using Rondo.Tracking.Rules;
using Rondo.Tracking.Text;

namespace Rondo.Tracking.Runs;

/// <summary>Moves runs to another experiment, with the runs that are nested in them. Their files stay where they are.</summary>
internal sealed class RunMove(Database database, EventLog log, IdSource ids)
{
    private const int RunsMax = 10_000;

    /// <summary>Moves a run; returns how many have moved with it, itself included.</summary>
    public Task<int> MoveAsync(string run, long experiment, Actor actor) =>
        database.WriteAsync(async transaction =>
        {
            await ExperimentStore.RequireActiveAsync(transaction, experiment);
            var moved = await NestedAsync(transaction, await RunStore.RequireCalledAsync(transaction, run));
            foreach (var one in moved)
            {
                await MoveAsync(transaction, one, experiment);
            }

            // All rows come before the first event: whoever has a place in the log holds up everybody's until the end.
            foreach (var one in moved)
            {
                var data = new TrackingRunChangedEvent(
                    one.Id,
                    FormattableString.Invariant($"{experiment}"),
                    "relocated",
                    one.Status
                );
                await log.AppendAsync(transaction, new NewEvent(TrackingRunChangedEvent.Type, "", one.Id, actor, data));
            }

            return moved.Count;
        });

    // The tables in the order in which they stand: the index of values would lead to the nested runs of all experiments.
    internal static string NestedSql(Dialect dialect) =>
        $"""
            select {RunInfo.Columns} from tracking_run r cross join tracking_tag t
            where r.experiment = @Experiment and t.run_number = r.number and t.key = @ParentRunTag
                and {dialect.IsAmong("t.value", "@parents")}
            order by r.id limit @limit
            """;

    // Level by level, within the run's experiment: who nests runs has them there.
    private static async ValueTask<IReadOnlyCollection<RunInfo>> NestedAsync(Transaction transaction, RunInfo first)
    {
        var found = new Dictionary<string, RunInfo>(StringComparer.Ordinal) { [first.Id] = first };
        IReadOnlyList<string> level = [first.Id];
        while (level.Count > 0)
        {
            var children = await transaction.QueryAsync<RunInfo>(
                NestedSql(transaction.Dialect),
                new
                {
                    TrackingNames.ParentRunTag,
                    first.Experiment,
                    parents = JsonSerializer.Serialize(level),
                    limit = RunsMax + 1L,
                }
            );
            level = [.. children.Where(child => found.TryAdd(child.Id, child)).Select(child => child.Id)];
            if (found.Count > RunsMax)
            {
                throw new RondoException(
                    ErrorCode.ResourceExhausted,
                    $"More than {RunsMax} runs would move with {first.Id}, which has them nested in it.",
                    "Move some of those first, each by itself."
                );
            }
        }

        return found.Values;
    }

    // A dataset is one per experiment: the run's are made in the new one, where they are not there already.
    private async ValueTask MoveAsync(Transaction transaction, RunInfo run, long experiment)
    {
        // The run itself first: whoever logs to it holds it, and its words after that.
        var moved = await transaction.ExecuteAsync(
            "update tracking_run set experiment = @experiment where id = @Id and experiment = @from",
            new
            {
                run.Id,
                experiment,
                from = run.Experiment,
            }
        );
        if (moved == 0)
        {
            throw new RondoException(
                ErrorCode.Conflict,
                $"The run {run.Id} was moved or removed at this moment.",
                "Look where it stands now, and move it again."
            );
        }

        await TextIndex.MoveRunAsync(transaction, run.Key, experiment);
        foreach (var table in new[] { "tracking_metric_latest", "tracking_unsettled" })
        {
            await transaction.ExecuteAsync(
                $"update {table} set experiment = @experiment where run_number = @Number",
                new { run.Number, experiment }
            );
        }

        var datasets = await transaction.QueryAsync<string>(
            "select dataset from tracking_input where run = @Id order by place limit @max",
            new { run.Id, max = Limits.InputsMax * 10 }
        );
        foreach (var dataset in datasets)
        {
            await transaction.ExecuteAsync(
                """
                insert into tracking_dataset (id, experiment, name, digest, source_type, source, schema, profile)
                select @id, @experiment, d.name, d.digest, d.source_type, d.source, d.schema, d.profile
                from tracking_dataset d where d.id = @dataset
                on conflict (experiment, name, digest) do nothing
                """,
                new
                {
                    id = ids.NewUuid(),
                    experiment,
                    dataset,
                }
            );
            await transaction.ExecuteAsync(
                """
                update tracking_input set dataset = (
                    select n.id from tracking_dataset n join tracking_dataset d on n.name = d.name and n.digest = d.digest
                    where d.id = @dataset and n.experiment = @experiment)
                where run = @Id and dataset = @dataset
                """,
                new
                {
                    run.Id,
                    dataset,
                    experiment,
                }
            );
        }
    }
}
