using Rondo.Kernel.Db;

namespace Rondo.Conformance.Databases;

/// <summary>What becomes of rows: objects, tuples and values, the same on every database, whoever makes them.</summary>
public abstract class RowConformance(Func<Task<TestedDatabase>> start) : DatabaseKit(start)
{
    private const string Made = "create table t (id bigint primary key, run_id text, n bigint, d double precision)";
    private const string Filled = "insert into t values (1, 'a', 7, 0.5), (2, null, null, null), (3, '', 0, -1)";

    [Fact]
    public async Task Rows_become_objects_by_the_names_of_their_columns_and_keep_what_no_column_says()
    {
        await MakeAsync(Made);
        await MakeAsync(Filled);

        var rows = await RowsAsync<Mapped>(
            "select d as share, run_id, n, n as whole, n as yes_or_no, d, id from t order by id"
        );

        Assert.Equal(
            [
                new Mapped
                {
                    Id = 1,
                    RunId = "a",
                    N = 7,
                    Whole = 7,
                    YesOrNo = true,
                    D = 0.5,
                    Share = 0.5,
                },
                new Mapped { Id = 2 },
                new Mapped
                {
                    Id = 3,
                    RunId = "",
                    N = 0,
                    Whole = 0,
                    D = -1,
                    Share = -1,
                },
            ],
            rows
        );
        Assert.Equal("none", rows[1].RunId);
    }

    [Fact]
    public async Task A_column_after_which_nothing_is_called_is_passed_over()
    {
        await MakeAsync(Made);
        await MakeAsync(Filled);

        var rows = await RowsAsync<Mapped>("select id, run_id as other, n from t where id = 1");

        Assert.Equal([new Mapped { Id = 1, N = 7 }], rows);
    }

    [Fact]
    public async Task One_statement_makes_whatever_it_is_asked_for()
    {
        await MakeAsync(Made);
        await MakeAsync(Filled);
        const string sql = "select id, n from t order by id";

        await Database.ReadAsync(async session =>
        {
            for (var round = 0; round < 2; round++)
            {
                Assert.Equal([1L, 2L, 3L], await session.QueryAsync<long>(sql));
                Assert.Equal([(1L, 7L), (2L, null), (3L, 0L)], await session.QueryAsync<(long, long?)>(sql));
                Assert.Equal([7, null, 0], (await session.QueryAsync<Mapped>(sql)).Select(row => row.N));
            }

            return true;
        });
    }

    [Fact]
    public async Task Tuples_have_a_part_for_each_column_and_values_are_of_the_first()
    {
        await MakeAsync(Made);
        await MakeAsync(Filled);

        Assert.Equal([("a", 7L)], await RowsAsync<(string, long)>("select run_id, n from t where id = 1"));
        Assert.Equal(
            [("a", 7L, 0.5)],
            await RowsAsync<(string, long, double)>("select run_id, n, d from t where id = 1")
        );
        Assert.Equal(
            [("a", null, 0.5, 7L, 1L)],
            await RowsAsync<(string, string?, double, long, long)>(
                "select run_id, cast(null as text), d, n, id from t where id = 1"
            )
        );
        Assert.Equal(["a", null, ""], await RowsAsync<string?>("select run_id, n from t order by id"));
        Assert.Equal([0.5, null, -1], await RowsAsync<double?>("select d from t order by id"));
        Assert.Equal([7, 0], await RowsAsync<int>("select n from t where n is not null order by id"));
    }

    [Fact]
    public async Task The_first_is_the_first_and_none_is_nothing()
    {
        await MakeAsync(Made);
        await MakeAsync(Filled);
        await Database.ReadAsync(async session =>
        {
            const string sql = "select id, run_id, n, d from t where id >= @from order by id";
            for (var round = 0; round < 2; round++)
            {
                Assert.Equal("a", (await session.FirstAsync<Mapped>(sql, new { from = 1L }))!.RunId);
                Assert.Equal((2L, null), await session.FirstAsync<(long, string?)>(sql, new { from = 2L }));
                Assert.Equal(3L, await session.ScalarAsync<long>(sql, new { from = 3L }));
                Assert.Null(await session.FirstAsync<Mapped>(sql, new { from = 4L }));
                Assert.Null(await session.ScalarAsync<long?>(sql, new { from = 4L }));
                Assert.Equal(0L, await session.ScalarAsync<long>(sql, new { from = 4L }));
            }

            return true;
        });
    }

    [Fact]
    public async Task A_change_that_tells_its_rows_is_whole_though_only_the_first_is_read()
    {
        await MakeAsync(Made);
        await MakeAsync(Filled);

        var first = await Database.WriteAsync(async t =>
            await t.FirstAsync<Mapped>("update t set n = 9 where id > @above returning id, n", new { above = 0L })
        );

        Assert.Equal(9, first!.N);
        Assert.Equal([9L, 9L, 9L], await RowsAsync<long>("select n from t"));
    }

    [Fact]
    public async Task A_statement_takes_from_an_object_what_it_needs_whatever_else_that_holds()
    {
        await MakeAsync(Made);
        await MakeAsync(Filled);
        var arguments = new
        {
            id = 1L,
            at = DateTimeOffset.UnixEpoch,
            others = new Dictionary<string, string>(),
        };

        Assert.Equal(["a"], await RowsAsync<string>("select run_id from t where id = @id", arguments));
        Assert.Equal(
            1,
            await Database.WriteAsync(async t => await t.ExecuteAsync("delete from t where id = @id", arguments))
        );
    }

    [Fact]
    public async Task Arguments_with_names_found_on_the_way_are_as_good_as_an_object()
    {
        await MakeAsync(Made);
        await MakeAsync(Filled);
        await Database.ReadAsync(async session =>
        {
            // More statements than are remembered, each of them more than once.
            for (var round = 0; round < 2; round++)
            {
                for (var shape = 0; shape < 40; shape++)
                {
                    var arguments = new Dictionary<string, object?>
                    {
                        ["a0"] = 0L,
                        ["a1"] = "a",
                        ["a2"] = 0.25,
                    };
                    var found = await session.QueryAsync<Mapped>(
                        $"select id, {shape} as whole from t where id > @a0 and run_id = @a1 and d > @a2 limit @a0 + 9;",
                        arguments
                    );
                    Assert.Equal([(1L, shape)], found.Select(row => (row.Id, row.Whole)));
                    arguments["a1"] = round == 0 ? null : "b";
                    Assert.Empty(await session.QueryAsync<Mapped>("select id from t where run_id = @a1", arguments));
                }
            }

            return true;
        });
    }

    [Fact]
    public async Task Lists_and_other_kinds_among_named_arguments_are_given_too()
    {
        await MakeAsync(Made);
        await MakeAsync(Filled);
        var arguments = new Dictionary<string, object?> { ["ids"] = new[] { 1L, 3L }, ["small"] = (short)2 };

        Assert.Equal([1L, 3L], await RowsAsync<long>("select id from t where id in @ids order by id", arguments));
        Assert.Equal([1L], await RowsAsync<long>("select id from t where id < @small", arguments));
    }

    [Fact]
    public async Task A_named_argument_that_is_missing_is_an_error_and_not_nothing()
    {
        await MakeAsync(Made);
        var arguments = new Dictionary<string, object?> { ["id"] = 1L };

        await Assert.ThrowsAnyAsync<Exception>(() =>
            RowsAsync<long>("select id from t where id = @id and n = @missing", arguments)
        );
    }

    private abstract record Named
    {
        public long Id { get; init; }
        public string RunId { get; init; } = "none";
    }

    private sealed record Mapped : Named
    {
        public long? N { get; init; }
        public int Whole { get; init; } = -1;
        public bool YesOrNo { get; init; }
        public double? D { get; init; }
        public double Share { get; init; } = 0.25;

        public bool HasRun => RunId != "none";
    }
}
