using Rondo.Kernel.Db;

namespace Rondo.Conformance.Databases;

/// <summary>The SQL and the values that modules may use: it means the same on every database.</summary>
public abstract class SqlConformance(Func<Task<TestedDatabase>> start) : DatabaseKit(start)
{
    [Fact]
    public async Task Values_come_back_as_they_were_written()
    {
        await MakeAsync("create table t (id bigint primary key, n bigint, d double precision, s text)");
        (long Id, long? N, double? D, string? S)[] rows =
        [
            (1, long.MaxValue, double.MaxValue, "Zürich · 東京 · 🚲 · \u200d"),
            (2, long.MinValue, double.Epsilon, ""),
            (3, 0, -0.1, "it's \"quoted\" \\ and\nbroken @here $1 ?"),
            (4, null, null, null),
            (5, -1, 1.0 / 3, new string('x', 1_000_000)),
        ];

        await Database.WriteAsync(async t =>
        {
            foreach (var (id, n, d, s) in rows)
            {
                await t.ExecuteAsync(
                    "insert into t (id, n, d, s) values (@id, @n, @d, @s)",
                    new
                    {
                        id,
                        n,
                        d,
                        s,
                    }
                );
            }
        });

        Assert.Equal(rows, await RowsAsync<(long, long?, double?, string?)>("select id, n, d, s from t order by id"));
    }

    [Fact]
    public async Task Rows_become_records_by_the_names_of_their_columns()
    {
        await MakeAsync("create table t (run_id text, created_at bigint, share double precision)");
        await MakeAsync("insert into t values ('a', 5, 0.5), ('b', null, null)");

        var rows = await RowsAsync<Row>("select run_id, created_at, share from t order by run_id");

        Assert.Equal([new Row("a", 5, 0.5), new Row("b", null, null)], rows);
    }

    [Fact]
    public async Task Counts_sums_and_extremes_are_whole_numbers()
    {
        await MakeAsync("create table t (x bigint not null)");
        Assert.Equal((0L, null), await FiguresAsync());

        await MakeAsync("insert into t (x) values (4), (5)");

        Assert.Equal((2L, 5L), await FiguresAsync());
        Assert.Equal(9L, (await RowsAsync<long>("select cast(coalesce(sum(x), 0) as bigint) from t"))[0]);

        async Task<(long, long?)> FiguresAsync() =>
            (await RowsAsync<(long, long?)>("select count(*), max(x) from t"))[0];
    }

    [Fact]
    public async Task Texts_are_ordered_and_compared_by_their_bytes()
    {
        var script = """
            create table t_name (
                name text primary key
            );
            """;
        await Migrations.ApplyAsync(Database, [new ModuleSchema("t", [("0001_t.sql", script)])], TimeProvider.System);
        string[] names = ["B", "a", "_c", "a-b", "ab", "a_b", "Ab", "é", "z", "0"];
        await Database.WriteAsync(async t =>
            await t.ExecuteManyAsync(
                "insert into t_name (name) values (@name)",
                ["name"],
                names.Select(n => new[] { n })
            )
        );

        Assert.Equal(
            names.Order(StringComparer.Ordinal),
            await RowsAsync<string>("select name from t_name order by name")
        );
        Assert.Equal(
            names.Where(name => string.CompareOrdinal(name, "a") < 0).Order(StringComparer.Ordinal),
            await RowsAsync<string>("select name from t_name where name < @a order by name", new { a = "a" })
        );

        // Only with letters of one case: SQLite's "like" does not tell them apart.
        Assert.Equal(["z"], await RowsAsync<string>("select name from t_name where name like 'z%'"));
    }

    [Fact]
    public async Task A_list_is_written_out_whether_it_has_many_one_or_no_elements()
    {
        await MakeAsync("create table t (id bigint primary key, s text not null)");
        await MakeAsync("insert into t values (1, 'a'), (2, 'b'), (3, 'c')");

        Assert.Equal([1L, 3L], await IdsAsync("s in @list", new { list = new[] { "a", "c", "x" } }));
        Assert.Equal([2L], await IdsAsync("s in @list", new { list = new List<string> { "b" } }));
        Assert.Empty(await IdsAsync("s in @list", new { list = Array.Empty<string>() }));
        Assert.Equal([1L, 2L, 3L], await IdsAsync("s not in @list", new { list = new[] { "" } }));
        Assert.Equal([2L, 3L], await IdsAsync("id in @list", new { list = Enumerable.Range(2, 2000) }));
        Assert.Equal([1L], await IdsAsync("id in @list", new { list = new[] { "a" }.Select(_ => 1L) }));

        Task<IReadOnlyList<long>> IdsAsync(string where, object arguments) =>
            RowsAsync<long>($"select id from t where {where} order by id", arguments);
    }

    [Fact]
    public async Task An_argument_that_is_null_fits_where_its_type_is_known_only_from_here()
    {
        await MakeAsync("create table t (id bigint primary key, n bigint, s text)");
        await Database.WriteAsync(async t =>
        {
            await t.ExecuteAsync(
                "insert into t (id, n, s) select @id, coalesce(max(n), @n) + 1, @s from t where s = @s or @s is null",
                new
                {
                    id = 1L,
                    n = (long?)0,
                    s = (string?)null,
                }
            );
            await t.ExecuteManyAsync(
                "insert into t (id, n, s) values (@id, @n, @s)",
                ["id", "n", "s"],
                [
                    [2L, null, "x"],
                    [3L, 5L, null],
                ]
            );
        });

        Assert.Equal(
            [(1L, 1L, null), (2L, null, "x"), (3L, 5L, null)],
            await RowsAsync<(long, long?, string?)>("select id, n, s from t order by id")
        );
        Assert.Equal(3, (await FilterAsync(null)).Count);
        Assert.Equal([2L], await FilterAsync("x"));

        Task<IReadOnlyList<long>> FilterAsync(string? s) =>
            RowsAsync<long>("select id from t where (@s is null or s = @s) order by id", new { s });
    }

    [Fact]
    public async Task Arguments_whose_names_differ_only_in_case_are_refused_before_one_is_taken_for_the_other()
    {
        await MakeAsync("create table t (id bigint primary key, state text not null)");

        await Assert.ThrowsAsync<RondoException>(() =>
            Database.WriteAsync(async t =>
                await t.ExecuteAsync(
                    "update t set state = @state where state = @State",
                    new { state = "new", State = "old" }
                )
            )
        );
    }

    [Fact]
    public async Task Returning_tells_the_row_as_it_is_now()
    {
        await MakeAsync("create table t (id bigint primary key, n bigint not null, s text)");

        await Database.WriteAsync(async t =>
        {
            const string upsert = """
                insert into t (id, n) values (1, @n)
                on conflict (id) do update set n = t.n + excluded.n where t.n < 5 returning n
                """;
            Assert.Equal(3, await t.ScalarAsync<long?>(upsert, new { n = 3L }));
            Assert.Equal(6, await t.ScalarAsync<long?>(upsert, new { n = 3L }));
            Assert.Null(await t.ScalarAsync<long?>(upsert, new { n = 3L }));
            Assert.Equal("y", await t.ScalarAsync<string>("update t set s = 'y' where id = 1 returning s"));
            Assert.Null(await t.ScalarAsync<string>("update t set s = 'z' where id = 2 returning s"));
            Assert.Equal([6L], await t.QueryAsync<long>("delete from t where id = 1 returning n"));
            Assert.Equal(0, await t.ExecuteAsync("delete from t where id = 1"));
        });
    }

    [Fact]
    public async Task Touched_rows_are_counted_and_a_conflict_that_does_nothing_touches_none()
    {
        await MakeAsync("create table t (id bigint primary key, n bigint not null)");

        await Database.WriteAsync(async t =>
        {
            Assert.Equal(2, await t.ExecuteAsync("insert into t values (1, 1), (2, 2)"));
            Assert.Equal(1, await t.ExecuteAsync("insert into t values (2, 5), (3, 3) on conflict do nothing"));
            Assert.Equal(3, await t.ExecuteAsync("update t set n = case when n = 1 then 10 else n end"));
            Assert.Equal(
                2,
                await t.ExecuteAsync(
                    "update t set n = n + @by where id = @id",
                    new[] { new { id = 1, by = 1 }, new { id = 2, by = 1 } }
                )
            );
        });

        Assert.Equal([11L, 3L, 3L], await RowsAsync<long>("select n from t order by id"));
    }

    [Fact]
    public async Task Rows_that_share_values_with_the_row_before_keep_their_own()
    {
        await MakeAsync("create table t (id bigint primary key, s text, n bigint)");
        object shared = 7L;
        object?[][] rows =
        [
            [1L, "x", shared],
            [2L, null, shared],
            [3L, "x", null],
            [4L, "x", shared],
            [5L, null, null],
        ];
        foreach (var first in new[] { 0L, 10L })
        {
            await Database.WriteAsync(async t =>
                await t.ExecuteManyAsync(
                    "insert into t (n, id, s) values (@n, @id, @s)",
                    ["id", "s", "n"],
                    rows.Select(row => new[] { first + (long)row[0]!, row[1], row[2] })
                )
            );
        }

        var expected = new (string?, long?)[] { ("x", 7), (null, 7), ("x", null), ("x", 7), (null, null) };
        Assert.Equal([.. expected, .. expected], await RowsAsync<(string?, long?)>("select s, n from t order by id"));
    }

    [Fact]
    public async Task Arguments_of_every_kind_are_bound_each_time_anew()
    {
        await MakeAsync("create table t (id bigint primary key, n bigint, d double precision, s text)");
        await Database.WriteAsync(async t =>
        {
            for (var round = 0; round < 2; round++)
            {
                await PutAsync(t, new Wide(3L * round, 7, null, "seven"));
                await PutAsync(t, new Wide(1 + (3L * round), null, 0.5, null));
                await PutAsync(t, new Wide(2 + (3L * round), null, null, ""));
            }

            Assert.Equal(
                1,
                await t.ExecuteAsync(
                    "update t set n = @n where id = @id and s = @s",
                    new
                    {
                        n = 8,
                        id = 0L,
                        s = "seven",
                    }
                )
            );
            Assert.Equal(0, await t.ExecuteAsync("update t set n = 9 where id = @id", new { id = (int?)77 }));
        });

        (long?, double?, string?)[] expected = [(7, null, "seven"), (null, 0.5, null), (null, null, "")];
        Assert.Equal(
            [(8, null, "seven"), .. expected[1..], .. expected],
            await RowsAsync<(long?, double?, string?)>("select n, d, s from t order by id")
        );

        static ValueTask<int> PutAsync(Transaction t, Wide row) =>
            t.ExecuteAsync("insert into t (id, n, d, s) values (@Id, @N, @D, @S)", row);
    }

    [Fact]
    public async Task A_statement_that_was_refused_is_as_good_as_before()
    {
        await MakeAsync("create table t (id bigint primary key, s text not null)");
        Task<int> PutAsync(long id, string? s) =>
            Database.WriteAsync(async t =>
                await t.ExecuteAsync("insert into t (id, s) values (@id, @s)", new { id, s })
            );
        await PutAsync(1, "one");

        await Assert.ThrowsAnyAsync<Exception>(() => PutAsync(1, "again"));
        await Assert.ThrowsAnyAsync<Exception>(() => PutAsync(2, null));
        await PutAsync(2, "two");

        Assert.Equal([(1L, "one"), (2L, "two")], await RowsAsync<(long, string)>("select id, s from t order by id"));
    }

    [Fact]
    public async Task An_argument_that_is_missing_is_an_error_and_not_nothing()
    {
        await MakeAsync("create table t (id bigint primary key, s text)");

        await Assert.ThrowsAnyAsync<Exception>(() =>
            Database.WriteAsync(async t =>
                await t.ExecuteAsync("insert into t (id, s) values (@id, @s)", new { id = 1L })
            )
        );

        Assert.Equal(0, await CountAsync("t"));
    }

    [Fact]
    public async Task Rows_are_handed_over_one_by_one_and_a_reader_that_throws_spoils_nothing()
    {
        await MakeAsync("create table t (id bigint primary key, d double precision, s text)");
        await MakeAsync("insert into t values (1, 0.5, 'Zürich'), (2, null, ''), (3, -1, null)");
        const string sql = "select id, d, s from t where id >= @from order by id";
        await Database.ReadAsync(async session =>
        {
            await Assert.ThrowsAsync<InvalidOperationException>(async () =>
                await session.ReadRowsAsync(
                    sql,
                    new { from = 1L },
                    _ => throw new InvalidOperationException("No more.")
                )
            );
            for (var from = 1L; from <= 4; from++)
            {
                var found = new List<(long, double?, string?)>();
                await session.ReadRowsAsync(
                    sql,
                    new { from },
                    row =>
                        found.Add(
                            (row.Long(0), row.IsNull(1) ? null : row.Double(1), row.IsNull(2) ? null : row.Text(2))
                        )
                );
                (long, double?, string?)[] all = [(1, 0.5, "Zürich"), (2, null, ""), (3, -1, null)];
                Assert.Equal(all.Where(row => row.Item1 >= from), found);
            }

            return true;
        });
    }

    [Fact]
    public async Task Bytes_come_back_as_they_were_written_and_none_are_not_nothing()
    {
        await MakeAsync("create table t (id bigint primary key, b bytea)");
        byte[]?[] written =
        [
            [],
            [0],
            [.. Enumerable.Range(0, 200_000).Select(i => (byte)(i * 7))],
            null,
            [0xff, 0],
        ];
        await Database.WriteAsync(async t =>
            await t.ExecuteManyAsync(
                "insert into t (id, b) values (@id, @b)",
                ["id", "b"],
                written.Select((bytes, id) => (Id: (long)id, Bytes: bytes)),
                (arguments, row) =>
                {
                    arguments.Set(0, row.Id);
                    if (row.Bytes is null)
                    {
                        arguments.SetNull(1);
                    }
                    else
                    {
                        arguments.Set(1, row.Bytes.AsSpan());
                    }
                }
            )
        );

        var read = new List<byte[]?>();
        await Database.ReadAsync(async session =>
        {
            await session.ReadRowsAsync(
                "select b from t order by id",
                new { },
                row => read.Add(row.IsNull(0) ? null : row.Bytes(0).ToArray())
            );
            return true;
        });
        Assert.Equal(written, read);
    }

    [Fact]
    public async Task Rows_are_written_by_whoever_knows_them()
    {
        await MakeAsync("create table t (id bigint primary key, d double precision, s text)");
        (long Id, double? D, string S)[] rows =
        [
            (1, 0.5, "a"),
            (2, 0.5, "a"),
            (3, null, "ü"),
            (4, double.MaxValue, ""),
        ];

        var touched = await Database.WriteAsync(async t =>
            await t.ExecuteManyAsync(
                "insert into t (s, id, d) values (@s, @id, @d)",
                ["id", "d", "s"],
                rows,
                (arguments, row) =>
                {
                    arguments.Set(0, row.Id);
                    arguments.Set(1, row.D);
                    arguments.Set(2, row.S);
                }
            )
        );

        Assert.Equal(4, touched);
        Assert.Equal(rows, await RowsAsync<(long, double?, string)>("select id, d, s from t order by id"));
    }

    [Fact]
    public async Task Tens_of_thousands_of_rows_are_written_in_one_transaction()
    {
        await MakeAsync("create table t (id bigint primary key, s text, d double precision)");
        var rows = Enumerable
            .Range(0, 20_000)
            .Select(i => new object?[] { (long)i, i % 7 == 0 ? null : $"row {i}", i / 2.0 });

        var touched = await Database.WriteAsync(async t =>
            await t.ExecuteManyAsync(
                "insert into t (id, s, d) values (@id, @s, @d) on conflict do nothing",
                ["id", "s", "d"],
                rows
            )
        );
        var again = await Database.WriteAsync(async t =>
            await t.ExecuteManyAsync(
                "insert into t (id, s, d) values (@id, @s, @d) on conflict do nothing",
                ["id", "s", "d"],
                rows
            )
        );

        Assert.Equal((20_000, 0), (touched, again));
        Assert.Equal(
            (20_000L, 199_990_000L),
            (await RowsAsync<(long, long)>("select count(*), cast(sum(d) * 2 as bigint) from t"))[0]
        );
    }

    private sealed record Wide(long Id, long? N, double? D, string? S);

    private sealed record Row
    {
        public Row() { }

        public Row(string runId, long? createdAt, double? share) =>
            (RunId, CreatedAt, Share) = (runId, createdAt, share);

        public string RunId { get; init; } = "";
        public long? CreatedAt { get; init; }
        public double? Share { get; init; }
    }
}
