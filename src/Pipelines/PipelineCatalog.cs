using Rondo.Kernel;
using Rondo.Kernel.Db;
using Rondo.Kernel.Events;
using Rondo.Pipelines.Catalog;
using Rondo.Pipelines.Partitions;
using Rondo.Pipelines.Runs;
using Rondo.Pipelines.Triggers;
using Rondo.Sdk.Wire;

namespace Rondo.Pipelines;

/// <summary>A package as it is released to an environment.</summary>
public sealed record DeployedPackage(
    string Project,
    string Environment,
    string PackageDigest,
    string Commit,
    Manifest Manifest,
    Actor Actor,
    long? Cause = null
);

/// <summary>A pipeline that runs in an environment without its author.</summary>
public sealed record DeployedPipeline(
    string Project,
    string Environment,
    string Name,
    string VersionId,
    string Package,
    string Commit,
    DateTimeOffset DeployedAt,
    string DeployedBy,
    PipelineManifest Manifest
);

/// <summary>The pipelines that are deployed in each environment, and what starts them.</summary>
public sealed class PipelineCatalog
{
    private const int PipelinesMax = 1000;

    private readonly Database _database;
    private readonly PipelineVersions _versions;
    private readonly EventLog _log;
    private readonly TimeProvider _time;

    internal PipelineCatalog(Database database, PipelineVersions versions, EventLog log, TimeProvider time)
    {
        _database = database;
        _versions = versions;
        _log = log;
        _time = time;
    }

    /// <summary>What is nudged when pools have changed.</summary>
    internal const string PoolsChanged = "pools.changed";

    /// <summary>The environment in which triggers act.</summary>
    public const string TriggeredEnvironment = "production";

    /// <summary>Fails with <see cref="ErrorCode.InvalidArgument"/>, naming the place, where a manifest cannot be run.</summary>
    public static void Check(Manifest manifest) => ManifestRules.Check(manifest);

    /// <summary>Replaces the pipelines of an environment by those of the package. Runs under way keep what they were created with.</summary>
    public async ValueTask DeployAsync(Transaction transaction, DeployedPackage package)
    {
        Check(package.Manifest);
        var key = new { package.Project, package.Environment };
        await transaction.ExecuteAsync(
            "delete from pipelines_pipeline where project = @Project and environment = @Environment",
            key
        );
        var now = _time.GetUtcNow();
        foreach (var pipeline in package.Manifest.Pipelines)
        {
            await InsertAsync(transaction, package, pipeline, now);
        }

        if (package.Environment == TriggeredEnvironment)
        {
            await PutPoolsAsync(transaction, package);
            var release = new TriggerRelease(
                package.Project,
                package.Environment,
                now,
                await EventLog.HeadAsync(transaction)
            );
            await TriggerMarks.ReplaceAsync(transaction, release, package.Manifest.Pipelines);
        }
    }

    /// <summary>A deployed pipeline; null where there is none of the name.</summary>
    public Task<DeployedPipeline?> FindAsync(string project, string environment, string name) =>
        _database.ReadAsync(async session =>
        {
            var row = await session.FirstAsync<PipelineRow>(
                PipelineRow.Select + " where p.project = @project and p.environment = @environment and p.name = @name",
                new
                {
                    project,
                    environment,
                    name,
                }
            );
            return row is null ? null : await ToPipelineAsync(session, row);
        });

    /// <summary>The pipelines of a project in all environments.</summary>
    public Task<IReadOnlyList<DeployedPipeline>> ListAsync(string project) =>
        _database.ReadAsync<IReadOnlyList<DeployedPipeline>>(async session =>
        {
            var rows = await session.QueryAsync<PipelineRow>(
                PipelineRow.Select + " where p.project = @project order by p.environment, p.name limit @PipelinesMax",
                new { project, PipelinesMax }
            );
            var pipelines = new List<DeployedPipeline>(rows.Count);
            foreach (var row in rows)
            {
                pipelines.Add(await ToPipelineAsync(session, row));
            }

            return pipelines;
        });

    /// <summary>
    /// A partition on which a pipeline can be tried: the newest that is complete, else one that has begun. Null for a pipeline without
    /// partitions, and for one of which none has begun.
    /// </summary>
    public string? PartitionToTry(PipelineManifest pipeline) => PartitionRules.ToTry(pipeline, _time.GetUtcNow());

    /// <summary>A deployed pipeline, or an error that names those there are.</summary>
    internal async Task<DeployedPipeline> RequireAsync(string project, string environment, string name)
    {
        if (await FindAsync(project, environment, name) is { } found)
        {
            return found;
        }

        var there = (await ListAsync(project)).Select(p => $"{p.Name} in {p.Environment}").ToList();
        throw new RondoException(
            ErrorCode.NotFound,
            $"No pipeline '{name}' of project '{project}' is deployed in {environment}.",
            there.Count == 0
                ? "Nothing is deployed yet: push the project's repository, and wait for its build."
                : $"There is {string.Join(", ", there)}."
        );
    }

    private async ValueTask<DeployedPipeline> ToPipelineAsync(Session session, PipelineRow row) =>
        row.ToPipeline((await _versions.GetAsync(session, row.VersionId)).Manifest);

    // The newest release says how wide a pool is.
    private async ValueTask PutPoolsAsync(Transaction transaction, DeployedPackage package)
    {
        foreach (var pool in package.Manifest.Pools)
        {
            await transaction.ExecuteAsync(
                """
                insert into pipelines_pool (project, name, slots) values (@Project, @Name, @slots)
                on conflict (project, name) do update set slots = excluded.slots
                """,
                new
                {
                    package.Project,
                    pool.Name,
                    slots = (long)pool.Slots,
                }
            );
        }

        transaction.AfterCommit(() => _log.Nudge(PoolsChanged));
    }

    private async ValueTask InsertAsync(
        Transaction transaction,
        DeployedPackage package,
        PipelineManifest pipeline,
        DateTimeOffset now
    )
    {
        var versionId = await _versions.AddAsync(transaction, pipeline);
        await RowInsert.IntoAsync(
            transaction,
            "pipelines_pipeline",
            [
                "project",
                "environment",
                "name",
                "version_id",
                "package",
                "commit_id",
                "deployed_at",
                "deployed_by",
                "cause",
            ],
            [
                [
                    package.Project,
                    package.Environment,
                    pipeline.Name,
                    versionId,
                    package.PackageDigest,
                    package.Commit,
                    now.ToUnixTimeMilliseconds(),
                    package.Actor.Name,
                    package.Cause,
                ],
            ]
        );
    }
}
