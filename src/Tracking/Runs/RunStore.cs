using System.Globalization;
using Rondo.Kernel;
using Rondo.Kernel.Db;
using Rondo.Kernel.Events;
using Rondo.Kernel.Ids;
using Rondo.Mlflow.Wire;
using Rondo.Tracking.Experiments;
using Rondo.Tracking.Removing;
using Rondo.Tracking.Rules;

namespace Rondo.Tracking.Runs;

/// <summary>The runs of all experiments.</summary>
internal sealed class RunStore(
    Database database,
    EventLog log,
    IdSource ids,
    TimeProvider time,
    TrackingOptions options
)
{
    /// <summary>Creates a run; one without a name gets one.</summary>
    public async Task<RunInfo> CreateAsync(NewRun asked, Actor actor) =>
        (await PutAsync(ids.NewUuid(), asked, actor)).Run;

    /// <summary>Creates a run with an id that the caller has chosen; where it is there already, it stays as it is.</summary>
    public async Task<(RunInfo Run, bool IsNew)> PutAsync(string id, NewRun asked, Actor actor)
    {
        var name = NameOf(asked) ?? RunNames.Of(id);
        var tags = RunLog.Fit([.. asked.Tags, new KeyValue(TrackingNames.RunNameTag, name)], "tags", options);
        var isNew = await database.WriteAsync(async transaction =>
        {
            var experiment = await ExperimentStore.RequireActiveAsync(transaction, asked.Experiment);
            var number = await RunKey.NextNumberAsync(transaction);
            var place = $"{experiment.ArtifactLocation.TrimEnd('/')}/{id}/artifacts";
            var made = await transaction.ExecuteAsync(
                """
                insert into tracking_run (number, id, experiment, name, user_id, status, started_at, lifecycle, artifact_uri)
                values (@number, @id, @Experiment, @name, @UserId, 'RUNNING', @startedAt, 'active', @place)
                on conflict (id) do nothing
                """,
                new
                {
                    number,
                    id,
                    asked.Experiment,
                    name,
                    asked.UserId,
                    startedAt = asked.StartedAt ?? Now(),
                    place,
                }
            );
            if (made > 0)
            {
                await RemovedFiles.KeepAsync(transaction, place);
                await RunLog.AddTagsAsync(transaction, new RunKey(number, id, asked.Experiment), tags);
                await AppendAsync(transaction, (id, asked.Experiment), "created", nameof(RunStatus.RUNNING), actor);
            }

            return made > 0;
        });
        return (await database.ReadAsync(session => RequireAsync(session, id).AsTask()), isNew);
    }

    /// <summary>What is known of a run without what it logged; null where there is none.</summary>
    public Task<RunInfo?> FindAsync(string id) => database.ReadAsync(session => FindAsync(session, id).AsTask());

    /// <summary>A run with what it logged, also one that was deleted.</summary>
    public async Task<Run> GetAsync(string id) => (await ReadAsync(id, RunReader.ReadAsync))[0];

    /// <summary>A run, also one that was deleted, with what of it is read beside.</summary>
    public Task<T> ReadAsync<T>(string id, Func<Session, IReadOnlyList<RunInfo>, ValueTask<T>> read) =>
        database.ReadAsync(async session => await read(session, [await RequireAsync(session, id)]));

    /// <summary>Changes status, end and name, as far as they are given.</summary>
    public Task<RunInfo> UpdateAsync(string id, RunStatus? status, long? endedAt, string? name, Actor actor) =>
        database.WriteAsync(async transaction =>
        {
            var info = RequireActive(await RequireAsync(transaction, id, transaction.Dialect.ForUpdate));
            var changed = info with
            {
                Status = status?.ToString() ?? info.Status,
                EndedAt = endedAt ?? info.EndedAt,
                Name = string.IsNullOrEmpty(name) ? info.Name : name,
            };
            if (changed.Name != info.Name)
            {
                var tag = new KeyValue(TrackingNames.RunNameTag, changed.Name);
                await RunLog.PutTagsAsync(transaction, info.Key, RunLog.Fit([tag], "tags", options));
            }

            await transaction.ExecuteAsync(
                "update tracking_run set status = @Status, name = @Name where id = @Id",
                new
                {
                    changed.Id,
                    changed.Status,
                    changed.Name,
                }
            );
            if (changed.EndedAt is { } end)
            {
                await transaction.ExecuteAsync(
                    "update tracking_run set ended_at = @end where id = @id",
                    new { id, end }
                );
            }

            if (changed != info)
            {
                var change = changed.Status != info.Status ? "moved" : "updated";
                await AppendAsync(transaction, (id, info.Experiment), change, changed.Status, actor);
            }

            return changed;
        });

    /// <summary>Deletes a run; it can be restored.</summary>
    public Task DeleteAsync(string id, Actor actor) => MoveAsync(id, Lifecycle.Deleted, "deleted", actor);

    /// <summary>Brings a run back.</summary>
    public Task RestoreAsync(string id, Actor actor) => MoveAsync(id, Lifecycle.Active, "restored", actor);

    /// <summary>The run, or an error that says that there is none.</summary>
    public static async ValueTask<RunInfo> RequireAsync(Session session, string id, string lockWords = "") =>
        await FindAsync(session, id, lockWords) ?? throw NotFound(id);

    /// <summary>The run that people call so: by its own id, or by that of the pipeline's run that it is.</summary>
    public static async ValueTask<RunInfo> RequireCalledAsync(Session session, string called) =>
        await FindAsync(session, called)
        ?? await FindAsync(session, PlatformRuns.IdOf(called))
        ?? throw new RondoException(
            ErrorCode.NotFound,
            $"There is no run '{called}'.",
            "Give the id of a run of tracking (32 digits), or that of a run of a pipeline (rondo runs)."
        );

    /// <summary>The run where it is there and stays so until the transaction has ended.</summary>
    public static async ValueTask<RunInfo> RequireActiveAsync(Transaction transaction, string id) =>
        RequireActive(await RequireAsync(transaction, id, transaction.Dialect.ForShare));

    private static RunInfo RequireActive(RunInfo info) =>
        info.Lifecycle == Lifecycle.Active ? info : throw NotActive(info);

    /// <summary>
    /// The same for whoever logs, many times a second, and needs no more than where what it logs belongs; <paramref name="changes"/> says that
    /// the run itself will be changed.
    /// </summary>
    public static async ValueTask<RunKey> RequireActiveKeyAsync(
        Transaction transaction,
        string id,
        bool changes = false
    )
    {
        RunInfo? found = null;
        var lockWords = changes ? transaction.Dialect.ForUpdate : transaction.Dialect.ForShare;
        await transaction.ReadRowsAsync(
            $"select number, experiment, lifecycle from tracking_run where id = @id {lockWords}",
            new { id },
            row =>
                found = new RunInfo
                {
                    Number = row.Long(0),
                    Id = id,
                    Experiment = row.Long(1),
                    Lifecycle = row.Text(2),
                }
        );
        return found is null ? throw NotFound(id)
            : found.Lifecycle == Lifecycle.Active ? found.Key
            : throw NotActive(found);
    }

    /// <summary>That nothing is written to a run that was deleted.</summary>
    public static Refusal NotActive(RunInfo info) =>
        Refusal.Invalid($"The run {info.Id} must be in the 'active' state. Current state is {info.Lifecycle}.");

    private static Refusal NotFound(string id) => Refusal.Missing($"Run with id={id} not found");

    private static ValueTask<RunInfo?> FindAsync(Session session, string id, string lockWords = "") =>
        session.FirstAsync<RunInfo>(
            $"select {RunInfo.Columns} from tracking_run r where r.id = @id {lockWords}",
            new { id }
        );

    private Task MoveAsync(string id, string lifecycle, string change, Actor actor) =>
        database.WriteAsync(async transaction =>
        {
            var info = await RequireAsync(transaction, id);
            var moved = await transaction.ExecuteAsync(
                lifecycle == Lifecycle.Active
                    ? "update tracking_run set lifecycle = @lifecycle, deleted_at = null where id = @id and lifecycle <> @lifecycle"
                    : "update tracking_run set lifecycle = @lifecycle, deleted_at = @at where id = @id and lifecycle <> @lifecycle",
                new
                {
                    id,
                    lifecycle,
                    at = Now(),
                }
            );
            if (moved > 0)
            {
                await AppendAsync(transaction, (id, info.Experiment), change, null, actor);
            }
        });

    private static string? NameOf(NewRun asked)
    {
        var tagged = asked.Tags.LastOrDefault(tag => tag.Key == TrackingNames.RunNameTag)?.Value is { Length: > 0 } tag
            ? tag
            : null;
        var named = string.IsNullOrEmpty(asked.Name) ? null : asked.Name;
        return named is null || tagged is null || named == tagged
            ? named ?? tagged
            : throw Refusal.Invalid(
                $"The run is called '{named}' by run_name and '{tagged}' by the tag {TrackingNames.RunNameTag}. Send one of them, or the same."
            );
    }

    private async ValueTask AppendAsync(
        Transaction transaction,
        (string Id, long Experiment) run,
        string change,
        string? status,
        Actor actor
    )
    {
        var experiment = run.Experiment.ToString(CultureInfo.InvariantCulture);
        var data = new TrackingRunChangedEvent(run.Id, experiment, change, status);
        await log.AppendAsync(transaction, new NewEvent(TrackingRunChangedEvent.Type, "", run.Id, actor, data));
    }

    private long Now() => time.GetUtcNow().ToUnixTimeMilliseconds();
}
