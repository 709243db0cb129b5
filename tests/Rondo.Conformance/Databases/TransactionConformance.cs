using Rondo.Kernel.Db;

namespace Rondo.Conformance.Databases;

/// <summary>What every module relies on when it writes and reads, alone and beside others.</summary>
public abstract class TransactionConformance(Func<Task<TestedDatabase>> start) : DatabaseKit(start)
{
    [Fact]
    public async Task A_write_that_throws_takes_back_only_itself()
    {
        await MakeAsync("create table t (x bigint not null)");

        var failed = await AttemptAsync(
            200,
            i =>
                Server(i)
                    .WriteAsync(async t =>
                    {
                        await t.ExecuteAsync("insert into t (x) values (@x)", new { x = (long)i });
                        if (i % 3 == 0)
                        {
                            throw new InvalidOperationException("no " + i);
                        }
                    })
        );

        Assert.Equal(67, failed);
        Assert.Equal(
            Enumerable.Range(0, 200).Where(i => i % 3 != 0).Select(i => (long)i),
            await RowsAsync<long>("select x from t order by x")
        );
    }

    [Fact]
    public async Task A_statement_that_fails_takes_its_own_write_back_and_no_other()
    {
        await MakeAsync("create table t (x bigint primary key)");

        var failed = await AttemptAsync(
            40,
            i =>
                Server(i)
                    .WriteAsync(async t =>
                    {
                        await t.ExecuteAsync("insert into t (x) values (@x)", new { x = (long)i });
                        await t.ExecuteAsync(i % 4 == 0 ? "insert into t (x) values (null, 1)" : "select 1");
                    })
        );

        Assert.Equal(10, failed);
        Assert.Equal(30, await CountAsync("t"));
    }

    [Fact]
    public async Task What_was_committed_is_seen_by_the_next_read_of_every_server()
    {
        await MakeAsync("create table t (x bigint not null)");

        for (var i = 0; i < 20; i++)
        {
            await Server(i).WriteAsync(async t => await t.ExecuteAsync("insert into t (x) values (1)"));
            var seen = await Server(i + 1).ReadAsync(async s => await s.ScalarAsync<long>("select count(*) from t"));
            Assert.Equal(i + 1, seen);
        }
    }

    [Fact]
    public async Task A_read_sees_one_moment_whatever_is_written_meanwhile()
    {
        await MakeAsync("create table t (x bigint not null)");

        var (before, after) = await Server(0)
            .ReadAsync(async s =>
            {
                var first = await s.ScalarAsync<long>("select count(*) from t");
                await Server(1).WriteAsync(async t => await t.ExecuteAsync("insert into t (x) values (1)"));
                return (first, await s.ScalarAsync<long>("select count(*) from t"));
            });

        Assert.Equal((0, 0), (before, after));
        Assert.Equal(1, await CountAsync("t"));
    }

    [Fact]
    public async Task Increments_of_many_writers_are_all_counted()
    {
        await MakeAsync("create table t (id bigint primary key, n bigint not null)");
        await MakeAsync("insert into t (id, n) values (1, 0)");

        var seen = await Task.WhenAll(
            Enumerable
                .Range(0, 200)
                .Select(i =>
                    Server(i)
                        .WriteAsync(async t =>
                            await t.ScalarAsync<long>("update t set n = n + 1 where id = 1 returning n")
                        )
                )
        );

        Assert.Equal(Enumerable.Range(1, 200).Select(n => (long)n), seen.Order());
    }

    [Fact]
    public async Task Of_many_who_compare_and_set_one_wins()
    {
        await MakeAsync("create table t (id bigint primary key, state text not null, owner bigint)");
        await MakeAsync("insert into t (id, state) values (1, 'ready')");

        var won = await Task.WhenAll(
            Enumerable
                .Range(0, 50)
                .Select(i =>
                    Server(i)
                        .WriteAsync(async t =>
                            await t.ExecuteAsync(
                                "update t set state = 'running', owner = @i where id = 1 and state = 'ready'",
                                new { i }
                            )
                        )
                )
        );

        Assert.Equal(1, won.Sum());
        Assert.Equal((long)Array.IndexOf(won, 1), (await RowsAsync<long>("select owner from t"))[0]);
    }

    [Fact]
    public async Task A_decision_under_a_lock_sees_all_that_was_decided_before_it()
    {
        await MakeAsync("create table t (kind text not null, x bigint not null)");

        await Task.WhenAll(
            Enumerable
                .Range(0, 60)
                .Select(i =>
                    Server(i)
                        .WriteAsync(async t =>
                        {
                            await t.LockAsync($"kind {i % 3}");
                            await t.ExecuteAsync(
                                """
                                insert into t (kind, x) select @kind, @x
                                where not exists (select 1 from t where kind = @kind)
                                """,
                                new { kind = $"kind {i % 3}", x = (long)i }
                            );
                        })
                )
        );

        Assert.Equal(3, await CountAsync("t"));
    }

    [Fact]
    public async Task Writers_that_stand_in_each_others_way_all_come_through()
    {
        await MakeAsync("create table t (id bigint primary key, n bigint not null)");
        await MakeAsync("insert into t (id, n) values (1, 0), (2, 0)");

        // Each takes the rows in the other order: without help they would wait for each other for ever.
        await Task.WhenAll(
            Enumerable
                .Range(0, 12)
                .Select(i =>
                    Server(i)
                        .WriteAsync(async t =>
                        {
                            foreach (var id in i % 2 == 0 ? new[] { 1L, 2L } : [2L, 1L])
                            {
                                await t.ExecuteAsync("update t set n = n + 1 where id = @id", new { id });
                            }
                        })
                )
        );

        Assert.Equal([12L, 12L], await RowsAsync<long>("select n from t order by id"));
    }

    [Fact]
    public async Task Who_inserts_what_another_has_just_inserted_looks_again()
    {
        await MakeAsync("create table t (id bigint primary key, n bigint not null)");

        await Task.WhenAll(
            Enumerable
                .Range(0, 12)
                .Select(i =>
                    Server(i)
                        .WriteAsync(async t =>
                        {
                            var known = await t.ScalarAsync<long?>("select n from t where id = 1");
                            await t.ExecuteAsync(
                                known is null
                                    ? "insert into t (id, n) values (1, 1)"
                                    : "update t set n = n + 1 where id = 1"
                            );
                        })
                )
        );

        Assert.Equal([12L], await RowsAsync<long>("select n from t"));
    }

    [Fact]
    public async Task What_waits_for_a_commit_is_called_once_when_it_can_be_seen_and_never_after_a_rollback()
    {
        await MakeAsync("create table t (id bigint primary key, n bigint not null)");
        await MakeAsync("insert into t (id, n) values (1, 0), (2, 0)");
        var called = 0;

        await AttemptAsync(
            30,
            i =>
                Server(i)
                    .WriteAsync(async t =>
                    {
                        t.AfterCommit(() => Interlocked.Increment(ref called));
                        await t.ExecuteAsync("update t set n = n + 1 where id = @id", new { id = 1 + i % 2 });
                        await t.ExecuteAsync("update t set n = n + 1 where id = @id", new { id = 2 - i % 2 });
                        if (i % 3 == 0)
                        {
                            throw new InvalidOperationException();
                        }
                    })
        );

        Assert.Equal(20, called);
        Assert.Equal([20L, 20L], await RowsAsync<long>("select n from t order by id"));
    }

    [Fact]
    public async Task A_mistake_in_what_waits_for_a_commit_reaches_its_writer_and_nobody_else()
    {
        await MakeAsync("create table t (x bigint not null)");

        // Together in one commit, where a database writes so.
        var writes = Enumerable
            .Range(0, 20)
            .Select(i =>
                Task.Run(() =>
                    Database.WriteAsync(async t =>
                    {
                        await t.ExecuteAsync("insert into t (x) values (@i)", new { i });
                        t.AfterCommit(() => Assert.NotEqual(0, i % 5));
                    })
                )
            )
            .ToList();
        await Task.WhenAny(Task.WhenAll(writes)).WaitAsync(TimeSpan.FromMinutes(1));

        Assert.All(writes, (write, i) => Assert.Equal(i % 5 == 0, write.IsFaulted));
        Assert.Equal(20L, Assert.Single(await RowsAsync<long>("select count(*) from t")));
    }

    [Fact]
    public async Task A_write_that_was_called_off_before_it_began_changes_nothing()
    {
        await MakeAsync("create table t (x bigint not null)");
        using var cancelled = new CancellationTokenSource();
        await cancelled.CancelAsync();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() =>
            Database.WriteAsync(async t => await t.ExecuteAsync("insert into t (x) values (1)"), cancelled.Token)
        );
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() =>
            Database.ReadAsync(async s => await s.ScalarAsync<long>("select count(*) from t"), cancelled.Token)
        );

        Assert.Equal(0, await CountAsync("t"));
    }

    [Fact]
    public async Task Statements_are_counted_whatever_they_are_for()
    {
        await MakeAsync("create table t (x bigint not null)");
        var before = Database.Statements;

        await Database.WriteAsync(async t =>
        {
            await t.ExecuteAsync("insert into t (x) values (1)");
            await t.ExecuteManyAsync(
                "insert into t (x) values (@x)",
                ["x"],
                [
                    [2L],
                    [3L],
                ]
            );
        });
        await Database.ReadAsync(async s => await s.QueryAsync<long>("select x from t"));

        Assert.Equal(3, Database.Statements - before);
    }

    // How many of the writes ended with an error.
    private static async Task<int> AttemptAsync(int count, Func<int, Task> write)
    {
        var failed = 0;
        await Task.WhenAll(
            Enumerable
                .Range(0, count)
                .Select(async i =>
                {
                    try
                    {
                        await write(i);
                    }
                    catch (Exception e) when (e is InvalidOperationException or System.Data.Common.DbException)
                    {
                        Interlocked.Increment(ref failed);
                    }
                })
        );
        return failed;
    }
}
