using System.Globalization;
using Rondo.Datasets;
using Rondo.Delivery;
using Rondo.Kernel;
using Rondo.Kernel.Db;
using Rondo.Lineage;
using Rondo.Monitoring;
using Rondo.Pipelines;
using Rondo.Registry;
using Rondo.Serving;

namespace Rondo.Conformance.Databases;

/// <summary>The tables of every module.</summary>
public abstract class MigrationConformance(Func<Task<TestedDatabase>> start) : DatabaseKit(start)
{
    private static readonly IReadOnlyList<ModuleSchema> s_modules =
    [
        KernelModule.Schema,
        LineageModule.Schema,
        DatasetsModule.Schema,
        RegistryModule.Schema,
        PipelinesModule.Schema,
        ServingModule.Schema,
        MonitoringModule.Schema,
        DeliveryModule.Schema,
    ];

    [Fact]
    public async Task Servers_that_start_together_make_every_modules_tables_once()
    {
        await Task.WhenAll(
            Enumerable.Range(0, 6).Select(i => Migrations.ApplyAsync(Server(i), s_modules, TimeProvider.System))
        );
        await Migrations.ApplyAsync(Database, s_modules, TimeProvider.System);

        Assert.Equal(s_modules.Sum(module => module.Scripts.Count), await CountAsync("kernel_migration"));
        Assert.Equal(1, await CountAsync("kernel_event_position"));
    }

    /// <summary>Tables that a later script makes anew, with rows as an earlier version has written them.</summary>
    public static TheoryData<string, string, string, string> Remade =>
        new()
        {
            {
                "kernel",
                "0004_event_by_position.sql",
                "kernel_event",
                """
                    (position, id, at, project, type, subject, actor, cause, data)
                    values (2, 'b', 5, 'p', 'run.created', 's', 'ann', 1, '{"x":"ü"}'), (1, 'a', 4, '', 't', 's', 'ann', null, '{}')
                    """
            },
            {
                "lineage",
                "0006_execution_by_id.sql",
                "lineage_execution",
                """
                    (id, project, run_id, node_id, attempt, step, code_digest, cache_key, state, reused_from, started_at, ended_at)
                    values ('e2', 'p', 'r', 'b', 1, 's', 'c', null, 'failed', null, 3, 4),
                        ('e1', 'p', 'r', 'a', 2, 's', 'c', 'key', 'succeeded', 'e0', 1, 2)
                    """
            },
            {
                "pipelines",
                "0007_fewer_pages.sql",
                "pipelines_attempt",
                """
                    (run_id, node_id, attempt, fence, owner, state, started_at, finished_at, error_type, message, mend)
                    values ('r', 'b', 1, 7, 'o', 'failed', 3, 4, 'T', 'went wrong', 'do it again'),
                        ('r', 'a', 2, 8, 'o', 'running', 1, null, null, null, null)
                    """
            },
        };

    [Theory]
    [MemberData(nameof(Remade))]
    public async Task A_table_that_is_made_anew_keeps_its_rows(string name, string script, string table, string rows)
    {
        var module = s_modules.Single(known => known.Module == name);
        Assert.Contains(module.Scripts, known => known.Name == script);
        var before = module.Scripts.TakeWhile(known => known.Name != script);
        await Migrations.ApplyAsync(Database, [new ModuleSchema(name, [.. before])], TimeProvider.System);
        await MakeAsync($"insert into {table} {rows}");
        var told = await TellAsync(table);

        await Migrations.ApplyAsync(Database, [module], TimeProvider.System);

        Assert.Equal(2, told.Count);
        Assert.Equal(told, await TellAsync(table));
        if (Database.Dialect == Dialect.Sqlite)
        {
            var made = (await RowsAsync<string>("select sql from sqlite_master where name = @table", new { table }))[0];
            Assert.EndsWith("without rowid", made, StringComparison.Ordinal);
        }
    }

    private async Task<IReadOnlyList<string>> TellAsync(string table)
    {
        var rows = (await RowsAsync<dynamic>($"select * from {table}")).Cast<IDictionary<string, object?>>();
        return
        [
            .. rows.Select(row =>
                    string.Join(
                        '|',
                        row.Select(column =>
                            string.Create(CultureInfo.InvariantCulture, $"{column.Key}={column.Value}")
                        )
                    )
                )
                .Order(StringComparer.Ordinal),
        ];
    }

    [Fact]
    public async Task A_sequence_begins_after_what_was_there_and_gives_each_number_once()
    {
        var module = new ModuleSchema(
            "m",
            [
                ("0001_a.sql", "create table m_a (x bigint not null); insert into m_a (x) values (40), (41);"),
                ("0002_b.sql", "create sequence m_number after (select coalesce(max(x), 0) from m_a);"),
                ("0003_c.sql", "create sequence m_other after (select coalesce(max(x), 0) from m_a where x > 41);"),
            ]
        );
        await Migrations.ApplyAsync(Database, [KernelModule.Schema, module], TimeProvider.System);

        Task<long> NextAsync(int writer, string name) =>
            Server(writer)
                .WriteAsync(async t =>
                {
                    var number = await t.ScalarAsync<long>(t.Dialect.NextOf(name));
                    await t.ExecuteAsync("insert into m_a (x) values (@number)", new { number });
                    return number;
                });

        Assert.Equal((42, 1), (await NextAsync(0, "m_number"), await NextAsync(0, "m_other")));
        var numbers = await Task.WhenAll(Enumerable.Range(0, 50).Select(i => NextAsync(i, "m_number")));
        Assert.Equal(Enumerable.Range(43, 50).Select(i => (long)i), numbers.Order());
    }

    [Fact]
    public async Task A_script_that_fails_leaves_none_of_its_versions_tables()
    {
        var broken = new ModuleSchema(
            "m",
            [("0001_a.sql", "create table m_a (x bigint); create table m_a (x bigint)")]
        );

        await Assert.ThrowsAnyAsync<Exception>(() =>
            Migrations.ApplyAsync(Database, [KernelModule.Schema, broken], TimeProvider.System)
        );
        await Migrations.ApplyAsync(
            Database,
            [KernelModule.Schema, new ModuleSchema("m", [("0001_a.sql", "create table m_a (x bigint)")])],
            TimeProvider.System
        );

        Assert.Equal(0, await CountAsync("m_a"));
    }

    [Fact]
    public async Task A_script_that_changed_and_one_that_is_not_known_are_refused()
    {
        ModuleSchema[] made = [new("m", [("0001_a.sql", "create table m_a (x bigint)")])];
        await Migrations.ApplyAsync(Database, made, TimeProvider.System);

        var changed = await Assert.ThrowsAsync<RondoException>(() =>
            Migrations.ApplyAsync(
                Server(1),
                [new ModuleSchema("m", [("0001_a.sql", "create table m_a (y bigint)")])],
                TimeProvider.System
            )
        );
        var older = await Assert.ThrowsAsync<RondoException>(() =>
            Migrations.ApplyAsync(Server(1), [new ModuleSchema("m", [])], TimeProvider.System)
        );

        Assert.Equal((ErrorCode.FailedPrecondition, ErrorCode.FailedPrecondition), (changed.Code, older.Code));
        Assert.Contains("0001_a.sql", changed.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_column_that_a_later_script_adds_is_there()
    {
        await Migrations.ApplyAsync(
            Database,
            [
                new ModuleSchema(
                    "m",
                    [
                        (
                            "0001_a.sql",
                            "-- A text of notes.\ncreate table m_a (\n    id text primary key,\n    note text\n);"
                        ),
                        (
                            "0002_b.sql",
                            "alter table m_a add column more text;\nalter table m_a add column n bigint not null default 0"
                        ),
                    ]
                ),
            ],
            TimeProvider.System
        );

        await MakeAsync("insert into m_a (id, note, more) values ('a', 'b', 'c')");

        Assert.Equal(
            [("a", "b", "c", 0L)],
            await RowsAsync<(string, string, string, long)>("select id, note, more, n from m_a")
        );
    }
}
