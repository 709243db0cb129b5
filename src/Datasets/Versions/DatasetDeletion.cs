using Rondo.Kernel;
using Rondo.Kernel.Db;
using Rondo.Kernel.Events;
using Rondo.Lineage;

namespace Rondo.Datasets.Versions;

/// <summary>
/// Deletes versions that no model which serves, or may be rolled back to, was made from. The version stays known, as deleted; its bytes
/// go when nothing else needs them.
/// </summary>
internal sealed class DatasetDeletion(
    Database database,
    LineageStore lineage,
    LineageHolds holds,
    EventLog log,
    TimeProvider time
)
{
    public Task<DeletedDatasetVersion> DeleteAsync(DatasetPlace place, long version, Actor actor) =>
        database.WriteAsync(async transaction =>
        {
            var name = DatasetVersion.IdOf(place.Project, place.Environment, place.Dataset, version);
            var at = DateTimeOffset.FromUnixTimeMilliseconds(time.GetUtcNow().ToUnixTimeMilliseconds());
            // The row is taken first: whoever wants to use the version at the same time waits, and then finds it deleted.
            var deleted = await transaction.ExecuteAsync(
                "update datasets_version set deleted_at = @at, deleted_by = @by where id = @name and deleted_at is null",
                new
                {
                    name,
                    at = at.ToUnixTimeMilliseconds(),
                    by = actor.Name,
                }
            );
            if (deleted == 0)
            {
                throw await MissingAsync(transaction, place, name);
            }

            await RequireOlderAsync(transaction, place, version, name);
            await holds.RequireFreeAsync(transaction, LineageDeletion.DatasetVersion, name);
            await lineage.RecordDeletedAsync(
                transaction,
                new LineageDeletion(LineageDeletion.DatasetVersion, name, actor, at)
            );
            await log.AppendAsync(
                transaction,
                new NewEvent(
                    DatasetVersionDeleted.Type,
                    place.Project,
                    name,
                    actor,
                    new DatasetVersionDeleted(place.Dataset, place.Environment, version)
                )
            );
            return new DeletedDatasetVersion(name, at, actor.Name);
        });

    // Runs take the newest version, and the next one is made from it.
    private static async ValueTask RequireOlderAsync(
        Transaction transaction,
        DatasetPlace place,
        long version,
        string name
    )
    {
        var newest = await transaction.ScalarAsync<long>(
            """
            select max(version) from datasets_version
            where project = @Project and environment = @Environment and dataset = @Dataset
            """,
            place
        );
        if (newest == version)
        {
            throw new RondoException(
                ErrorCode.FailedPrecondition,
                $"{name} cannot be deleted: it is the newest version, which runs take.",
                $"Push what is right first (rondo datasets push {place.Dataset} FILE), and delete this version then."
            );
        }
    }

    private static async Task<RondoException> MissingAsync(Session session, DatasetPlace place, string name) =>
        await session.ScalarAsync<string>("select deleted_by from datasets_version where id = @name", new { name })
            is { } by
            ? new RondoException(ErrorCode.Conflict, $"{name} was deleted already, by {by}.")
            : new RondoException(
                ErrorCode.NotFound,
                $"Dataset '{place.Dataset}' has no version {name[(name.LastIndexOf('/') + 1)..]} in {place.Environment}.",
                $"List what there is: rondo datasets versions {place.Dataset}."
            );
}
