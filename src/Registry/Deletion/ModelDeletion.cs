using Rondo.Kernel;
using Rondo.Kernel.Db;
using Rondo.Kernel.Events;
using Rondo.Lineage;
using Rondo.Registry.Clients;
using Rondo.Registry.Governance;

namespace Rondo.Registry.Deletion;

/// <summary>
/// Deletes versions that do not serve, cannot be rolled back to, and have no alias; nor may a version that does have been made from
/// them. The version stays known, as deleted; its bytes go when nothing else needs them.
/// </summary>
internal sealed class ModelDeletion(
    Database database,
    LineageStore lineage,
    LineageHolds holds,
    EventLog log,
    TimeProvider time
)
{
    public Task<DeletedModelVersion> DeleteAsync(ModelKey key, long version, Actor actor) =>
        database.WriteAsync(async transaction =>
        {
            // Whoever decides of the version waits, and then finds it deleted.
            await ModelLock.TakeAsync(transaction, ClientModels.NameOf(key));
            await ModelGovernance.LockAsync(transaction, key, version);
            var name = ModelVersion.IdOf(key, version);
            var at = DateTimeOffset.FromUnixTimeMilliseconds(time.GetUtcNow().ToUnixTimeMilliseconds());
            // The row is taken first: whoever wants to serve the version at the same time waits, and then finds it deleted.
            var deleted = await transaction.ExecuteAsync(
                "update registry_version set deleted_at = @at, deleted_by = @by where id = @name and deleted_at is null",
                new
                {
                    name,
                    at = at.ToUnixTimeMilliseconds(),
                    by = actor.Name,
                }
            );
            if (deleted == 0)
            {
                throw await ModelRegistry.MissingAsync(transaction, key, version);
            }

            await transaction.ExecuteAsync(
                "update registry_entry set deleted_at = @at, deleted_by = @by, updated_at = @at where id = @name",
                new
                {
                    name,
                    at = at.ToUnixTimeMilliseconds(),
                    by = actor.Name,
                }
            );
            await holds.RequireFreeAsync(transaction, LineageDeletion.ModelVersion, name);
            await lineage.RecordDeletedAsync(
                transaction,
                new LineageDeletion(LineageDeletion.ModelVersion, name, actor, at)
            );
            await log.AppendAsync(
                transaction,
                new NewEvent(
                    ModelDeletedEvent.Type,
                    key.Project,
                    name,
                    actor,
                    new ModelDeletedEvent(key.Model, key.Environment, version)
                )
            );
            return new DeletedModelVersion(name, at, actor.Name);
        });
}
