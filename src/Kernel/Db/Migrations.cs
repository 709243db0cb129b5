namespace Rondo.Kernel.Db;

/// <summary>Brings every module's tables up to date when the server starts; a script runs once, and may not change afterwards.</summary>
public static class Migrations
{
    /// <summary>Applies what is missing, all in one transaction: a server starts with every table of its version or with none.</summary>
    public static Task ApplyAsync(Database database, IEnumerable<ModuleSchema> modules, TimeProvider time) =>
        database.WriteAsync(async transaction =>
        {
            // Of servers that start together, one makes the tables; the others find them.
            await transaction.LockAsync("kernel.migrations");
            await transaction.ExecuteAsync(
                transaction.Dialect.Script(
                    """
                    create table if not exists kernel_migration (
                        module text not null,
                        script text not null,
                        digest text not null,
                        applied_at bigint not null,
                        primary key (module, script)
                    )
                    """
                )
            );
            foreach (var module in modules)
            {
                await ApplyAsync(transaction, module, time);
            }
        });

    private static async Task ApplyAsync(Transaction transaction, ModuleSchema module, TimeProvider time)
    {
        var applied = (
            await transaction.QueryAsync<(string Script, string Digest)>(
                "select script, digest from kernel_migration where module = @Module",
                new { module.Module }
            )
        ).ToDictionary(row => row.Script, row => row.Digest, StringComparer.Ordinal);
        foreach (var (name, sql) in module.Scripts)
        {
            var digest = ModuleSchema.DigestOf(sql);
            if (applied.TryGetValue(name, out var known))
            {
                if (known != digest)
                {
                    throw new RondoException(
                        ErrorCode.FailedPrecondition,
                        $"Script {name} of module {module.Module} is not the one that made this database.",
                        "Start the version of Rondo that made it, or one after it."
                    );
                }

                continue;
            }

            await transaction.ExecuteScriptAsync(transaction.Dialect.Script(sql));
            await transaction.ExecuteAsync(
                "insert into kernel_migration (module, script, digest, applied_at) values (@Module, @name, @digest, @at)",
                new
                {
                    module.Module,
                    name,
                    digest,
                    at = time.GetUtcNow().ToUnixTimeMilliseconds(),
                }
            );
        }

        var newer = applied.Keys.Except(module.Scripts.Select(script => script.Name), StringComparer.Ordinal).ToList();
        if (newer.Count > 0)
        {
            throw new RondoException(
                ErrorCode.FailedPrecondition,
                $"The database has script {newer[0]} of module {module.Module}, which this version of Rondo does not know.",
                "Start the newer version of Rondo that made it."
            );
        }
    }
}
