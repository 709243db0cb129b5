using System.Collections.Concurrent;
using Rondo.Conformance;

namespace Rondo.Tests.Kernel;

/// <summary>
/// Schemas whose tables are made and empty: emptying some tables again costs a hundredth of making them. A test gets one that has the
/// tables of its modules, and gives it back.
/// </summary>
internal static class EmptiedSchemas
{
    private const string Seeds = "seed_of_";
    private const string Sequences = Seeds + "_sequences";

    private static readonly ConcurrentDictionary<string, ConcurrentBag<string>> s_free = new(StringComparer.Ordinal);

    /// <summary>A schema by its connection string; new says that its tables must be made first.</summary>
    public static async Task<(string ConnectionString, bool IsNew)> TakeAsync(string modules) =>
        s_free.TryGetValue(modules, out var free) && free.TryTake(out var known)
            ? (known, false)
            : (await (await PostgresCluster.SharedAsync()).NewSchemaAsync(), true);

    /// <summary>Keeps what the scripts have written, to be written again each time.</summary>
    public static Task RememberAsync(string connectionString) =>
        PostgresCluster.ExecuteAsync(
            connectionString,
            $"""
            do $$ declare t text; begin
                for t in select tablename from pg_tables where schemaname = current_schema() loop
                    execute format('create table {Seeds}%1$s as table %1$I', t);
                end loop;
                create table {Sequences} (name text, value bigint, is_called boolean);
                for t in select sequencename from pg_sequences where schemaname = current_schema() loop
                    execute format('insert into {Sequences} select %1$L, last_value, is_called from %1$I', t);
                end loop;
            end $$
            """
        );

    /// <summary>Removes what a test has written, and the tables that it has made; numbers begin where they began.</summary>
    public static async Task GiveBackAsync(string modules, string connectionString)
    {
        await PostgresCluster.ExecuteAsync(
            connectionString,
            $"""
            do $$ declare t text; begin
                for t in select tablename from pg_tables where schemaname = current_schema() and tablename not like '{Seeds}%' loop
                    if to_regclass('{Seeds}' || t) is null then
                        execute format('drop table %I', t);
                    else
                        execute format('delete from %1$I', t);
                        execute format('insert into %1$I select * from {Seeds}%1$s', t);
                    end if;
                end loop;
                perform setval(quote_ident(name), value, is_called) from {Sequences};
            end $$
            """
        );
        s_free.GetOrAdd(modules, _ => []).Add(connectionString);
    }
}
