using System.Globalization;
using Rondo.Kernel;
using Rondo.Kernel.Db;
using Rondo.Lineage;
using Rondo.Pipelines;
using Rondo.Tests.Kernel;

namespace Rondo.Tests.Pipelines;

/// <summary>Tables that are made anew, in the order of their keys, have what was in them before.</summary>
public sealed class FewerPagesMigrationTests
{
    private static readonly (ModuleSchema Schema, string Script, string Table)[] s_remade =
    [
        (LineageModule.Schema, "0006_execution_by_id.sql", "lineage_execution"),
        (PipelinesModule.Schema, "0007_fewer_pages.sql", "pipelines_attempt"),
    ];

    [Fact]
    public async Task What_was_written_before_is_there_afterwards()
    {
        await using var kernel = await TestKernel.StartAsync();
        foreach (var (schema, script, _) in s_remade)
        {
            var before = schema.Scripts.TakeWhile(known => known.Name != script);
            await Migrations.ApplyAsync(kernel.Database, [new ModuleSchema(schema.Module, [.. before])], kernel.Time);
        }

        await kernel.Database.WriteAsync(async transaction =>
        {
            await transaction.ExecuteAsync(
                """
                insert into lineage_execution
                    (id, project, run_id, node_id, attempt, step, code_digest, cache_key, state, reused_from, started_at, ended_at)
                values ('e2', 'p', 'r', 'b', 1, 's', 'c', null, 'failed', null, 3, 4),
                    ('e1', 'p', 'r', 'a', 2, 's', 'c', 'key', 'succeeded', 'e0', 1, 2)
                """
            );
            await transaction.ExecuteAsync(
                """
                insert into pipelines_attempt
                    (run_id, node_id, attempt, fence, owner, state, started_at, finished_at, error_type, message, mend)
                values ('r', 'b', 1, 7, 'o', 'failed', 3, 4, 'T', 'went wrong', 'do it again'),
                    ('r', 'a', 2, 8, 'o', 'running', 1, null, null, null, null)
                """
            );
        });
        var told = new Dictionary<string, IReadOnlyList<string>>(StringComparer.Ordinal);
        foreach (var (_, _, table) in s_remade)
        {
            told[table] = await TellAsync(kernel.Database, table);
        }

        await Migrations.ApplyAsync(kernel.Database, s_remade.Select(remade => remade.Schema), kernel.Time);

        foreach (var (_, _, table) in s_remade)
        {
            Assert.Equal(2, told[table].Count);
            Assert.Equal(told[table], await TellAsync(kernel.Database, table));
        }
    }

    private static Task<IReadOnlyList<string>> TellAsync(Database database, string table) =>
        database.ReadAsync<IReadOnlyList<string>>(async session =>
        {
            var rows = await session.QueryAsync<dynamic>($"select * from {table} order by started_at");
            return
            [
                .. rows.Select(row =>
                    string.Join(
                        '|',
                        ((IDictionary<string, object?>)row).Select(column =>
                            string.Create(CultureInfo.InvariantCulture, $"{column.Key}={column.Value}")
                        )
                    )
                ),
            ];
        });
}
