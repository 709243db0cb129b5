using Rondo.Kernel;
using Rondo.Kernel.Db;
using Rondo.Kernel.Events;

namespace Rondo.Registry.Versions;

/// <summary>The names that somebody has given to versions.</summary>
internal static class AliasRows
{
    /// <summary>The version that an alias was given to; null where nobody has given it.</summary>
    public static async ValueTask<long?> FindAsync(Session session, ModelKey key, string alias) =>
        await session.ScalarAsync<long?>(
            """
            select version from registry_alias
            where project = @Project and environment = @Environment and model = @Model and alias = @alias
            """,
            new
            {
                key.Project,
                key.Environment,
                key.Model,
                alias,
            }
        );

    /// <summary>Takes an alias from the version that it was given to, and appends <c>model.alias.removed</c>.</summary>
    public static async ValueTask RemoveAsync(
        Transaction transaction,
        EventLog log,
        ModelKey key,
        (string Alias, long Version) given,
        Actor actor
    )
    {
        await transaction.ExecuteAsync(
            """
            delete from registry_alias
            where project = @Project and environment = @Environment and model = @Model and alias = @Alias
            """,
            new
            {
                key.Project,
                key.Environment,
                key.Model,
                given.Alias,
            }
        );
        var data = new ModelAliasRemovedEvent(key.Model, key.Environment, given.Alias, given.Version);
        await log.AppendAsync(
            transaction,
            new NewEvent(ModelAliasRemovedEvent.Type, key.Project, key.ToString(), actor, data)
        );
    }
}
