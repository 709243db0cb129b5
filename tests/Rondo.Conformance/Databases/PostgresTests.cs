using Rondo.Kernel.Db;
using Rondo.Providers.Postgres;

namespace Rondo.Conformance.Databases;

/// <summary>What only a database behind a network can do to a server.</summary>
public sealed class PostgresTests : IAsyncLifetime
{
    private string _connectionString = "";
    private PostgresDatabase _database = null!;

    public async ValueTask InitializeAsync()
    {
        _connectionString = await (await PostgresCluster.SharedAsync()).NewDatabaseAsync();
        _database = await OpenAsync();
        await _database.WriteAsync(async t => await t.ExecuteAsync("create table t (x bigint not null)"));
    }

    public async ValueTask DisposeAsync() => await _database.DisposeAsync();

    [Fact]
    public async Task A_write_whose_connection_breaks_is_not_there_and_says_that_the_database_does_not_answer()
    {
        var error = await Assert.ThrowsAsync<RondoException>(() =>
            _database.WriteAsync(async t =>
            {
                await t.ExecuteAsync("insert into t (x) values (1)");
                await BreakAsync(await t.ScalarAsync<long>("select pg_backend_pid()"));
                await t.ExecuteAsync("insert into t (x) values (2)");
            })
        );

        Assert.Equal(ErrorCode.Unavailable, error.Code);
        Assert.Equal(0, await CountAsync());
    }

    [Fact]
    public async Task A_commit_whose_answer_is_lost_is_told_as_neither_done_nor_not_done()
    {
        var told = false;
        var error = await Assert.ThrowsAsync<RondoException>(() =>
            _database.WriteAsync(async t =>
            {
                t.AfterCommit(() => told = true);
                await t.ExecuteAsync("insert into t (x) values (1)");
                await BreakAsync(await t.ScalarAsync<long>("select pg_backend_pid()"));
            })
        );

        Assert.Equal(ErrorCode.Unavailable, error.Code);
        Assert.Contains("may be kept or not", error.Message, StringComparison.Ordinal);
        Assert.False(told);
    }

    [Fact]
    public async Task A_server_goes_on_when_the_database_answers_again()
    {
        await PostgresCluster.ExecuteAsync(
            _connectionString,
            "select count(pg_terminate_backend(pid)) from pg_stat_activity where datname = current_database() and pid <> pg_backend_pid()"
        );

        // The pool finds out at the first use of a connection that is gone.
        var written = false;
        for (var attempt = 0; attempt < 10 && !written; attempt++)
        {
            try
            {
                await _database.WriteAsync(async t => await t.ExecuteAsync("insert into t (x) values (1)"));
                written = true;
            }
            catch (RondoException e) when (e.Code == ErrorCode.Unavailable)
            {
                // Not yet.
            }
        }

        Assert.True(written);
        Assert.Equal(1, await CountAsync());
    }

    [Fact]
    public async Task A_server_that_stands_still_inside_a_transaction_does_not_hold_up_the_others()
    {
        await _database.WriteAsync(async t => await t.ExecuteAsync("insert into t (x) values (1)"));
        await using var stopped = await OpenAsync(
            new PostgresOptions { RestInTransactionMax = TimeSpan.FromMilliseconds(200) }
        );
        var inside = new TaskCompletionSource();
        var go = new TaskCompletionSource();
        var late = stopped.WriteAsync(async t =>
        {
            await t.ExecuteAsync("update t set x = 2");
            inside.SetResult();
            await go.Task;
            await t.ExecuteAsync("update t set x = 3");
        });
        await inside.Task;

        await _database.WriteAsync(async t => await t.ExecuteAsync("update t set x = 10"));
        go.SetResult();

        var error = await Assert.ThrowsAsync<RondoException>(() => late);
        Assert.Equal(ErrorCode.Unavailable, error.Code);
        Assert.Equal(
            10,
            await _database.ReadAsync(async session => await session.ScalarAsync<long>("select x from t"))
        );
    }

    [Fact]
    public async Task A_row_that_is_there_whatever_is_done_is_an_error_in_the_end()
    {
        var runs = 0;
        await _database.WriteAsync(async t => await t.ExecuteAsync("create unique index t_x on t (x)"));

        await Assert.ThrowsAsync<Npgsql.PostgresException>(() =>
            _database.WriteAsync(async t =>
            {
                runs++;
                await t.ExecuteAsync("insert into t (x) values (1), (1)");
            })
        );

        Assert.Equal(PostgresDatabase.InsertAttemptsMax, runs);
        Assert.Equal(0, await CountAsync());
    }

    [Fact]
    public async Task A_read_cannot_write()
    {
        await Assert.ThrowsAsync<Npgsql.PostgresException>(() =>
            _database.ReadAsync(async s => await s.QueryAsync<long>("insert into t (x) values (1) returning x"))
        );

        Assert.Equal(0, await CountAsync());
    }

    [Fact]
    public async Task A_wrong_password_and_a_database_that_is_not_there_are_said_without_the_password()
    {
        var settings = new Npgsql.NpgsqlConnectionStringBuilder(_connectionString);
        string[] wrong =
        [
            $"postgres://{settings.Username}:s3cret@{settings.Host}:{settings.Port}/{settings.Database}",
            $"postgres://{settings.Username}:{settings.Password}@{settings.Host}:{settings.Port}/nowhere",
            $"Host={settings.Host};Port=1;Username=rondo;Password=s3cret;Database=rondo",
            $"Host={settings.Host};Passwort=s3cret;Database=rondo",
            "postgres://user:s3cret@/x?sslmode=s3cret",
        ];

        foreach (var address in wrong)
        {
            var error = await Assert.ThrowsAsync<RondoException>(() =>
                PostgresDatabase.OpenAsync(
                    PostgresAddress.Parse(address),
                    cancellation: TestContext.Current.CancellationToken
                )
            );
            Assert.NotEqual(ErrorCode.Internal, error.Code);
            Assert.DoesNotContain("s3cret", error.ToString(), StringComparison.Ordinal);
            Assert.DoesNotContain(settings.Password!, error.ToString(), StringComparison.Ordinal);
        }
    }

    [Fact]
    public void An_address_is_read_as_other_tools_read_it()
    {
        var address = PostgresAddress.Parse(
            "postgresql://rondo:p%40ss%3Aword@db.example.com:6432/ml%20ops?sslmode=require&Maximum%20Pool%20Size=7"
        );
        var settings = new Npgsql.NpgsqlConnectionStringBuilder(address.ConnectionString);

        Assert.Equal("db.example.com:6432/ml ops", address.ToString());
        Assert.Equal(("rondo", "p@ss:word", 7), (settings.Username, settings.Password, settings.MaxPoolSize));
        Assert.Equal(Npgsql.SslMode.Require, settings.SslMode);
        Assert.Equal("/run/postgresql/rondo", PostgresAddress.Parse("Host=/run/postgresql;Database=rondo").Display);
    }

    private Task<PostgresDatabase> OpenAsync(PostgresOptions? options = null) =>
        PostgresDatabase.OpenAsync(
            PostgresAddress.Parse(_connectionString),
            options,
            cancellation: TestContext.Current.CancellationToken
        );

    private Task BreakAsync(long pid) =>
        PostgresCluster.ExecuteAsync(_connectionString, $"select pg_terminate_backend({pid})");

    private Task<long> CountAsync() =>
        _database.ReadAsync(async session => await session.ScalarAsync<long>("select count(*) from t"));
}
