using System.Text.Json;
using Rondo.Data;
using Rondo.Delivery.Builds;
using Rondo.Kernel;
using Rondo.Kernel.Db;
using Rondo.Kernel.Events;
using Rondo.Kernel.Ids;
using Rondo.Kernel.Paging;

namespace Rondo.Delivery.Releases;

/// <summary>The releases of all projects. Each moves forward by compare-and-set, together with the events that tell of it.</summary>
internal sealed class ReleaseStore(Database database, EventLog log, IdSource ids, TimeProvider time)
{
    private const int OpenMax = 1000;

    private const string Columns = """
        id, project, environment, build_id, commit_id, package_digest, manifest_digest, promotion, state, reason, run_ids, actor,
        cause, created_at, finished_at
        """;

    /// <summary>Starts the way of a landed build: to test.</summary>
    public async ValueTask StartAsync(Transaction transaction, Build build, long cause) =>
        await InsertAsync(
            transaction,
            new ReleaseRow
            {
                Id = ids.New("rel"),
                Project = build.Project,
                Environment = Environments.Test,
                BuildId = build.Id,
                CommitId = build.Commit,
                PackageDigest = build.Package!,
                ManifestDigest = build.ManifestDigest!,
                Promotion = build.Promotion!,
                Actor = build.Actor,
                Cause = cause,
            }
        );

    /// <summary>Sends what works in one environment on to another.</summary>
    public Task<Release> PromoteAsync(Release from, string to, Actor actor) =>
        database.WriteAsync(transaction => PromoteAsync(transaction, from, to, actor, policy: ProjectSettings.Manual));

    /// <summary>The environment now works with the package; <paramref name="deploy"/> makes it so, in the same transaction.</summary>
    public Task DeployAsync(Release release, ReleaseDeployed deployed, Func<Transaction, long, Task> deploy) =>
        database.WriteAsync(async transaction =>
        {
            var inTest = release.Environment == Environments.Test;
            var moved = await transaction.ExecuteAsync(
                "update delivery_release set state = @state, finished_at = @at where id = @Id and state = 'pending'",
                new
                {
                    release.Id,
                    state = inTest ? ReleaseStates.Rehearsing : ReleaseStates.Released,
                    at = inTest ? (long?)null : Now(),
                }
            );
            if (moved == 1)
            {
                var position = await AppendAsync(transaction, release, "release.deployed", deployed, release.Cause);
                await deploy(transaction, position);
            }
        });

    /// <summary>Takes note of the run that tries a pipeline in test.</summary>
    public Task SaveRunsAsync(Release release, IReadOnlyDictionary<string, string> runs) =>
        database.WriteAsync(async transaction =>
            await transaction.ExecuteAsync(
                "update delivery_release set run_ids = @runs where id = @Id and state = 'rehearsing'",
                new { release.Id, runs = JsonSerializer.Serialize(runs, RondoJson.Options) }
            )
        );

    /// <summary>It worked in test; by policy it goes on to production at once.</summary>
    public Task PassAsync(Release release) =>
        database.WriteAsync(async transaction =>
        {
            if (await EndAsync(transaction, release, ReleaseStates.Released, reason: null) == 0)
            {
                return;
            }

            var position = await AppendAsync(
                transaction,
                release,
                "release.rehearsed",
                Rehearsed(release, reason: null),
                release.Cause
            );
            if (release.Promotion == ProjectSettings.Automatic)
            {
                await PromoteAsync(
                    transaction,
                    release with
                    {
                        Cause = position,
                    },
                    Environments.Production,
                    Actor.System("delivery"),
                    ProjectSettings.Automatic
                );
            }
        });

    /// <summary>It goes no further.</summary>
    public Task FailAsync(Release release, string reason) =>
        database.WriteAsync(async transaction =>
        {
            if (await EndAsync(transaction, release, ReleaseStates.Failed, reason) == 1)
            {
                await AppendAsync(transaction, release, "release.failed", Rehearsed(release, reason), release.Cause);
            }
        });

    /// <summary>Releases that something must still happen to, oldest first.</summary>
    public Task<IReadOnlyList<Release>> OpenAsync() =>
        QueryAsync("where state in ('pending', 'rehearsing') order by id limit @OpenMax", new { OpenMax });

    public async Task<Page<Release>> ListAsync(string project, int limit, string? before) =>
        Page<Release>.Of(
            await QueryAsync(
                "where project = @project and (@before is null or id < @before) order by id desc limit @oneMore",
                new
                {
                    project,
                    before,
                    oneMore = limit + 1,
                }
            ),
            limit,
            release => release.Id
        );

    /// <summary>What an environment works with; null before the first release.</summary>
    public async Task<Release?> CurrentAsync(string project, string environment) =>
        await QueryAsync(
            "where project = @project and environment = @environment and state = 'released' order by id desc limit 1",
            new { project, environment }
        )
            is [var current]
            ? current
            : null;

    private async Task<Release> PromoteAsync(
        Transaction transaction,
        Release from,
        string to,
        Actor actor,
        string policy
    )
    {
        var id = ids.New("rel");
        var promoted = new ReleasePromoted(id, from.Environment, to, from.Package, from.Commit, policy);
        var position = await log.AppendAsync(
            transaction,
            new NewEvent("release.promoted", from.Project, id, actor, promoted, from.Cause)
        );
        return await InsertAsync(
            transaction,
            new ReleaseRow
            {
                Id = id,
                Project = from.Project,
                Environment = to,
                BuildId = from.BuildId,
                CommitId = from.Commit,
                PackageDigest = from.Package,
                ManifestDigest = from.ManifestDigest,
                Promotion = from.Promotion,
                Actor = actor.Name,
                Cause = position,
            }
        );
    }

    private async Task<Release> InsertAsync(Transaction transaction, ReleaseRow draft)
    {
        var row = draft with { State = ReleaseStates.Pending, RunIds = "{}", CreatedAt = Now() };
        await transaction.ExecuteAsync(
            """
            update delivery_release set state = 'superseded', finished_at = @CreatedAt
            where project = @Project and environment = @Environment and state in ('pending', 'rehearsing')
            """,
            row
        );
        await transaction.ExecuteAsync(
            $"""
            insert into delivery_release ({Columns})
            values (@Id, @Project, @Environment, @BuildId, @CommitId, @PackageDigest, @ManifestDigest, @Promotion, @State, @Reason,
                    @RunIds, @Actor, @Cause, @CreatedAt, @FinishedAt)
            """,
            row
        );
        return row.ToRelease();
    }

    private async ValueTask<int> EndAsync(Transaction transaction, Release release, string state, string? reason) =>
        await transaction.ExecuteAsync(
            """
            update delivery_release set state = @state, reason = @reason, finished_at = @at
            where id = @Id and state in ('pending', 'rehearsing')
            """,
            new
            {
                release.Id,
                state,
                reason,
                at = Now(),
            }
        );

    private Task<IReadOnlyList<Release>> QueryAsync(string where, object arguments) =>
        database.ReadAsync<IReadOnlyList<Release>>(async session =>
            [
                .. (
                    await session.QueryAsync<ReleaseRow>($"select {Columns} from delivery_release {where}", arguments)
                ).Select(row => row.ToRelease()),
            ]
        );

    private ValueTask<long> AppendAsync(
        Transaction transaction,
        Release release,
        string type,
        object data,
        long? cause
    ) =>
        log.AppendAsync(
            transaction,
            new NewEvent(type, release.Project, release.Id, Actor.System("delivery"), data, cause)
        );

    private static ReleaseRehearsed Rehearsed(Release release, string? reason) =>
        new(release.Id, release.Environment, release.Package, release.Commit, release.Runs, reason);

    private long Now() => time.GetUtcNow().ToUnixTimeMilliseconds();
}
