using Rondo.Kernel.Db;
using Rondo.Tracking;

namespace Rondo.Tests.Kernel;

public sealed class DatabaseTests
{
    [Fact]
    public async Task A_write_that_throws_takes_back_only_itself()
    {
        await using var kernel = await TestKernel.StartAsync();
        await kernel.Database.WriteAsync(async t => await t.ExecuteAsync("create table t (x bigint not null)"));

        var writes = Enumerable
            .Range(0, 200)
            .Select(i =>
                kernel.Database.WriteAsync(async t =>
                {
                    await t.ExecuteAsync("insert into t (x) values (@i)", new { i });
                    if (i % 3 == 0)
                    {
                        throw new InvalidOperationException("no " + i);
                    }
                })
            )
            .ToList();
        var failed = 0;
        foreach (var write in writes)
        {
            try
            {
                await write;
            }
            catch (InvalidOperationException)
            {
                failed++;
            }
        }

        var kept = await kernel.Database.ReadAsync(async s => await s.QueryAsync<long>("select x from t order by x"));
        Assert.Equal(67, failed);
        Assert.Equal(Enumerable.Range(0, 200).Where(i => i % 3 != 0).Select(i => (long)i), kept);
    }

    [Fact]
    public async Task What_is_no_number_is_not_kept_as_nothing()
    {
        await using var kernel = await TestKernel.StartAsync();
        if (TestKernel.OnPostgres)
        {
            return;
        }

        await kernel.Database.WriteAsync(async t => await t.ExecuteAsync("create table t (d double precision)"));

        await Assert.ThrowsAsync<InvalidOperationException>(() =>
            kernel.Database.WriteAsync(async t =>
                await t.ExecuteAsync("insert into t (d) values (@d)", new { d = (double?)double.NaN })
            )
        );
        await Assert.ThrowsAsync<InvalidOperationException>(() =>
            kernel.Database.WriteAsync(async t =>
                await t.ExecuteManyAsync("insert into t (d) values (@d)", ["d"], [new object?[] { double.NaN }])
            )
        );

        Assert.Equal(
            0,
            await kernel.Database.ReadAsync(async s => await s.ScalarAsync<long>("select count(*) from t"))
        );
    }

    [Fact]
    public async Task A_script_that_changed_after_it_ran_is_refused()
    {
        await using var kernel = await TestKernel.StartAsync(
            new ModuleSchema("m", [("0001_a.sql", "create table m_a (x bigint)")])
        );

        var error = await Assert.ThrowsAsync<RondoException>(() =>
            Migrations.ApplyAsync(
                kernel.Database,
                [new ModuleSchema("m", [("0001_a.sql", "create table m_a (y bigint)")])],
                kernel.Time
            )
        );

        Assert.Equal(ErrorCode.FailedPrecondition, error.Code);
        Assert.Contains("0001_a.sql", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task What_was_committed_is_there_after_opening_again()
    {
        var folder = Directory.CreateTempSubdirectory("rondo-test-").FullName;
        var path = Path.Combine(folder, "x.db");
        await using (var first = SqliteDatabase.Open(path))
        {
            await first.WriteAsync(async t => await t.ExecuteAsync("create table t (x bigint)"));
            await first.WriteAsync(async t => await t.ExecuteAsync("insert into t (x) values (7)"));
        }

        await using (var second = SqliteDatabase.Open(path))
        {
            Assert.Equal(7, await second.ReadAsync(async s => await s.ScalarAsync<long>("select x from t")));
        }

        Directory.Delete(folder, recursive: true);
    }

    [Fact]
    public async Task Tables_that_are_used_again_number_from_the_beginning()
    {
        for (var time = 0; time < 3; time++)
        {
            await using var kernel = await TestKernel.StartAsync(TrackingModule.Schema);
            var next = kernel.Database.Dialect.NextOf("tracking_run_number");
            Assert.Equal(1, await kernel.Database.WriteAsync(t => t.ScalarAsync<long>(next).AsTask()));
        }
    }
}
