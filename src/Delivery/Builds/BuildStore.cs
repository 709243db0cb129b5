using Rondo.Delivery.Releases;
using Rondo.Kernel;
using Rondo.Kernel.Db;
using Rondo.Kernel.Events;
using Rondo.Kernel.Ids;
using Rondo.Kernel.Paging;
using Rondo.Kernel.Servers;

namespace Rondo.Delivery.Builds;

/// <summary>The builds of all projects, and what became of each.</summary>
internal sealed class BuildStore(
    Database database,
    EventLog log,
    ReleaseStore releases,
    ServerPresence self,
    IdSource ids,
    TimeProvider time
)
{
    private const int OpenMax = 1000;

    private const string Columns = """
        id, project, branch, commit_id, state, landing, reason, package_digest, package_bytes, manifest_digest, promotion,
        tests_passed, tests_failed, actor, created_at, started_at, finished_at
        """;

    public Build Draft(string project, string branch, string commit, Actor actor) =>
        new BuildRow
        {
            Id = ids.New("bld"),
            Project = project,
            Branch = branch,
            CommitId = commit,
            State = BuildStates.Queued,
            Landing = Landings.Waiting,
            Actor = actor.Name,
            CreatedAt = Now(),
        }.ToBuild();

    public Task QueueAsync(Build build) =>
        database.WriteAsync(async transaction =>
        {
            await transaction.ExecuteAsync(
                """
                insert into delivery_build (id, project, branch, commit_id, state, landing, actor, created_at, owner)
                values (@Id, @Project, @Branch, @Commit, @State, @Landing, @Actor, @at, @owner)
                """,
                new
                {
                    build.Id,
                    build.Project,
                    build.Branch,
                    build.Commit,
                    build.State,
                    build.Landing,
                    build.Actor,
                    at = build.CreatedAt.ToUnixTimeMilliseconds(),
                    owner = self.Id,
                }
            );
            await AppendAsync(
                transaction,
                build,
                "build.queued",
                new BuildProgressed(build.Id, build.Commit, build.Branch)
            );
        });

    /// <summary>False when it is no longer queued.</summary>
    public Task<bool> StartAsync(Build build) =>
        database.WriteAsync(async transaction =>
        {
            var moved = await transaction.ExecuteAsync(
                "update delivery_build set state = 'running', started_at = @at where id = @Id and state = 'queued'",
                new { build.Id, at = Now() }
            );
            if (moved == 1)
            {
                await AppendAsync(
                    transaction,
                    build,
                    "build.started",
                    new BuildProgressed(build.Id, build.Commit, build.Branch)
                );
            }

            return moved == 1;
        });

    /// <summary>False when it was ended before: this server was taken for dead.</summary>
    public Task<bool> SucceedAsync(Build build, BuiltPackage package) =>
        database.WriteAsync(async transaction =>
        {
            var startedAt = await transaction.ScalarAsync<long?>(
                """
                update delivery_build set state = 'succeeded', finished_at = @at, package_digest = @Digest, package_bytes = @Bytes,
                    manifest_digest = @ManifestDigest, promotion = @Promotion, tests_passed = @Passed, tests_failed = 0
                where id = @Id and state = 'running' returning started_at
                """,
                new
                {
                    build.Id,
                    at = Now(),
                    package.Digest,
                    package.Bytes,
                    package.ManifestDigest,
                    package.Promotion,
                    package.Tests.Passed,
                }
            );
            if (startedAt is not null)
            {
                var succeeded = new BuildSucceeded(
                    build.Id,
                    build.Commit,
                    build.Branch,
                    package.Digest,
                    package.ManifestDigest,
                    package.Tests.Passed,
                    Now() - startedAt.Value
                );
                await AppendAsync(transaction, build, "build.succeeded", succeeded);
            }

            return startedAt is not null;
        });

    /// <summary>Ends a build that has not ended; the push that waited for it is refused.</summary>
    public Task FailAsync(Build build, string reason, TestCounts? tests = null) =>
        database.WriteAsync(async transaction =>
        {
            var moved = await transaction.ExecuteAsync(
                """
                update delivery_build set state = 'failed', landing = 'lost', reason = @reason, finished_at = @at,
                    tests_passed = @Passed, tests_failed = @Failed
                where id = @Id and state in ('queued', 'running')
                """,
                new
                {
                    build.Id,
                    reason,
                    at = Now(),
                    tests?.Passed,
                    tests?.Failed,
                }
            );
            if (moved == 1)
            {
                var failed = new BuildFailed(build.Id, build.Commit, build.Branch, reason, tests?.Failed);
                await AppendAsync(transaction, build, "build.failed", failed);
                await RefuseAsync(transaction, build, reason);
            }
        });

    /// <summary>The branch has moved to the commit: from here on the package is released by itself.</summary>
    public Task LandAsync(Build build) =>
        database.WriteAsync(async transaction =>
        {
            var row = await transaction.FirstAsync<BuildRow>(
                $"""
                update delivery_build set landing = 'landed'
                where id = @Id and state = 'succeeded' and landing = 'waiting' returning {Columns}
                """,
                new { build.Id }
            );
            if (row is null)
            {
                return;
            }

            var landed = row.ToBuild();
            var position = await AppendAsync(
                transaction,
                landed,
                "repository.pushed",
                new RepositoryPushed(landed.Branch, landed.Commit, landed.Id, landed.Package)
            );
            await releases.StartAsync(transaction, landed, position);
        });

    /// <summary>The branch has not moved, though the build was good: another push was faster, or the connection broke.</summary>
    public Task LoseAsync(Build build, string reason) =>
        database.WriteAsync(async transaction =>
        {
            var moved = await transaction.ExecuteAsync(
                "update delivery_build set landing = 'lost' where id = @Id and state = 'succeeded' and landing = 'waiting'",
                new { build.Id }
            );
            if (moved == 1)
            {
                await RefuseAsync(transaction, build, reason);
            }
        });

    /// <summary>Tells of a branch that is only stored.</summary>
    public Task StoredAsync(string project, string branch, string commit, Actor actor) =>
        database.WriteAsync(async transaction =>
            await log.AppendAsync(
                transaction,
                new NewEvent(
                    "repository.pushed",
                    project,
                    project,
                    actor,
                    new RepositoryPushed(branch, commit, BuildId: null, Package: null)
                )
            )
        );

    /// <summary>Builds that something must still happen to, oldest first.</summary>
    public Task<IReadOnlyList<OpenBuild>> OpenAsync() =>
        database.ReadAsync<IReadOnlyList<OpenBuild>>(async session =>
            [
                .. (
                    await session.QueryAsync<BuildRow>(
                        $"""
                        select {Columns}, owner from delivery_build
                        where state in ('queued', 'running') or (state = 'succeeded' and landing = 'waiting')
                        order by id limit @OpenMax
                        """,
                        new { OpenMax }
                    )
                ).Select(row => new OpenBuild(row.ToBuild(), row.Owner)),
            ]
        );

    public async Task<Page<Build>> ListAsync(string project, int limit, string? before) =>
        Page<Build>.Of(
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
            build => build.Id
        );

    public async Task<Build> GetAsync(string id) =>
        await QueryAsync("where id = @id", new { id }) is [var build]
            ? build
            : throw new RondoException(ErrorCode.NotFound, $"There is no build '{id}'.", "List them: rondo builds.");

    private Task<IReadOnlyList<Build>> QueryAsync(string where, object arguments) =>
        database.ReadAsync<IReadOnlyList<Build>>(async session =>
            [
                .. (
                    await session.QueryAsync<BuildRow>($"select {Columns} from delivery_build {where}", arguments)
                ).Select(row => row.ToBuild()),
            ]
        );

    private async ValueTask RefuseAsync(Transaction transaction, Build build, string reason) =>
        await AppendAsync(
            transaction,
            build,
            "repository.push.refused",
            new RepositoryPushRefused(build.Branch, build.Commit, reason, build.Id)
        );

    private ValueTask<long> AppendAsync(Transaction transaction, Build build, string type, object data) =>
        log.AppendAsync(transaction, new NewEvent(type, build.Project, build.Id, new Actor(build.Actor), data));

    private long Now() => time.GetUtcNow().ToUnixTimeMilliseconds();
}
