using Rondo.Kernel.Db;

namespace Rondo.Registry.Clients;

/// <summary>All rows that a model of clients has: they are renamed and removed together.</summary>
internal static class RegisteredModelRows
{
    private static readonly string[] s_tables =
    [
        "registry_tag",
        "registry_card",
        "registry_alias",
        "registry_transition",
        "registry_entry",
        "registry_model",
    ];

    /// <summary>Removes a model with all that belongs to it.</summary>
    public static async ValueTask DeleteAsync(Transaction transaction, ModelKey key)
    {
        await ForgetImportAsync(transaction, key);
        foreach (var table in s_tables)
        {
            await transaction.ExecuteAsync(
                $"delete from {table} where project = @Project and environment = @Environment and model = @Model",
                key
            );
        }
    }

    /// <summary>Gives a model another name, which nobody has, with all that belongs to it.</summary>
    public static async ValueTask RenameAsync(Transaction transaction, ModelKey key, string to, long at)
    {
        await ForgetImportAsync(transaction, key);
        var arguments = new
        {
            key.Project,
            key.Environment,
            key.Model,
            to,
            at,
        };
        // An earlier version of Rondo has left the cards of models that were deleted.
        await transaction.ExecuteAsync(
            "delete from registry_card where project = @Project and environment = @Environment and model = @to",
            arguments
        );
        foreach (var table in s_tables)
        {
            await transaction.ExecuteAsync(
                $"update {table} set model = @to where project = @Project and environment = @Environment and model = @Model",
                arguments
            );
        }

        await transaction.ExecuteAsync(
            """
            update registry_entry set name = @to, id = project || '/' || environment || '/' || @to || '/' || version, updated_at = @at
            where project = @Project and environment = @Environment and model = @to
            """,
            arguments
        );
        await transaction.ExecuteAsync(
            """
            update registry_model set name = @to, updated_at = @at
            where project = @Project and environment = @Environment and model = @to
            """,
            arguments
        );
    }

    // What is called so after this is another model: what was brought of this one tells nothing of it.
    private static async ValueTask ForgetImportAsync(Transaction transaction, ModelKey key)
    {
        await transaction.ExecuteAsync(
            """
            delete from registry_import where kind = 'modelVersion' and id in (
                select model || ' ' || version from registry_entry
                where project = @Project and environment = @Environment and model = @Model)
            """,
            key
        );
        await transaction.ExecuteAsync(
            "delete from registry_import where kind in ('registeredModel', 'aliases') and id = @Model",
            new { key.Model }
        );
    }
}
