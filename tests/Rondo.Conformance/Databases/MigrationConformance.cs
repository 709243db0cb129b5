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
