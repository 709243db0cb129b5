using Rondo.Kernel.Db;
using SQLitePCL;

namespace Rondo.Tests.Kernel;

public sealed class PreparedConnectionTests
{
    private const int TimesPrepared = 5; // SQLITE_STMTSTATUS_REPREPARE
    private const int TimesRun = 6; // SQLITE_STMTSTATUS_RUN

    [Fact]
    public void A_kept_statement_is_prepared_once_whatever_it_is_given()
    {
        const int rounds = 20;
        using var connection = new PreparedConnection("Data Source=:memory:");
        connection.Open();
        connection.Handle!.enable_sqlite3_next_stmt(true);
        connection.TryRun(
            "create table t (id integer primary key, state text not null, name text not null)",
            null,
            out _
        );
        for (var id = 1L; id <= rounds; id++)
        {
            connection.TryRun("insert into t values (@id, @state, 'n')", new { id, state = "ready" }, out _);
        }

        for (var limit = 1L; limit <= rounds; limit++)
        {
            var state = limit % 2 == 0 ? "ready" : "other";
            var found = connection.TryQuery<long>(
                "select id from t where state = @state order by id limit @limit",
                new { state, limit },
                int.MaxValue
            );
            Assert.Equal(state == "ready" ? limit : 0, found!.Count);
        }

        var kept = Kept(connection.Handle!).ToList();
        Assert.Contains(kept, statement => raw.sqlite3_stmt_status(statement, TimesRun, 0) == rounds);
        Assert.All(kept, statement => Assert.Equal(0, raw.sqlite3_stmt_status(statement, TimesPrepared, 0)));
    }

    [Fact]
    public void Of_many_statements_those_that_were_used_last_stay_prepared()
    {
        const int more = 700;
        using var connection = new PreparedConnection("Data Source=:memory:");
        connection.Open();
        connection.Handle!.enable_sqlite3_next_stmt(true);
        for (var other = 0; other < more; other++)
        {
            Assert.Equal([other], connection.TryQuery<long>($"select {other}", null, int.MaxValue)!);
            Assert.Equal([7L], connection.TryQuery<long>("select @seven", new { seven = 7L }, int.MaxValue)!);
        }

        var kept = Kept(connection.Handle!).ToList();
        Assert.InRange(kept.Count, 2, more - 1);
        Assert.Contains(kept, statement => raw.sqlite3_stmt_status(statement, TimesRun, 0) == more);
    }

    private static IEnumerable<sqlite3_stmt> Kept(sqlite3 database)
    {
        for (
            var statement = raw.sqlite3_next_stmt(database, null);
            statement is { IsInvalid: false };
            statement = raw.sqlite3_next_stmt(database, statement)
        )
        {
            yield return statement;
        }
    }
}
