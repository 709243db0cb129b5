using System.Text.Json;
using Microsoft.Data.Sqlite;
using Rondo.Data;
using Rondo.Sdk;
using Rondo.Sdk.Wire;

namespace Rondo.Tests.Sdk.Artifacts;

/// <summary>A connector reads what is new since the last time, and nothing twice.</summary>
public sealed class NewRowsTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("rondo-test-").FullName;

    public void Dispose()
    {
        SqliteConnection.ClearAllPools();
        Directory.Delete(_folder, recursive: true);
    }

    [Fact]
    [Trait("Requirement", "R18")]
    public void A_query_reads_on_from_the_greatest_watermark()
    {
        Sql(
            "create table orders (id integer, at text)",
            "insert into orders values (1, '2024-01-01'), (2, '2024-01-02')"
        );

        var (first, afterFirst) = Read(null);
        var (none, afterNone) = Read(afterFirst);
        Sql("insert into orders values (3, '2024-01-03'), (0, '2023-01-01')");
        var (second, afterSecond) = Read(afterNone ?? afterFirst);
        var (again, _) = Read(afterNone ?? afterFirst);

        Assert.Equal([1, 2], first);
        Assert.Empty(none);
        Assert.Equal([3], second);
        // Whoever reads on from the same version reads the same: a run may be done again.
        Assert.Equal(second, again);
        Assert.Empty(Read(afterSecond).Ids);

        (long[] Ids, DatasetVersionContent? After) Read(DatasetVersionContent? soFar)
        {
            var rows = NewRows.Query("orders", soFar, Open, "select id, at from orders", "at");
            return (Ids(rows, out var mark), mark);
        }
    }

    [Theory]
    [InlineData("integer", "1", "2", "10")]
    [InlineData("real", "1.5", "2.5", "10.25")]
    [InlineData("text", "'a'", "'b'", "'c'")]
    public void The_watermark_keeps_its_type(string type, params string[] values)
    {
        Sql($"create table t (id integer, mark {type})", $"insert into t values (1, {values[0]}), (2, {values[1]})");
        var first = NewRows.Query("t", null, Open, "select * from t", "mark");
        Assert.Equal([1, 2], Ids(first, out var soFar));
        Sql($"insert into t values (3, {values[2]})");

        Assert.Equal([3], Ids(NewRows.Query("t", soFar, Open, "select * from t", "mark"), out _));
    }

    [Fact]
    public void Each_part_of_what_is_read_counts_for_the_watermark_and_what_is_missing_does_not()
    {
        Table[] parts =
        [
            new(Column.Of("at", [new DateTimeOffset(2024, 1, 2, 0, 0, 0, TimeSpan.Zero)])),
            new(Column.OfMissing("at", ColumnType.Timestamp, 2)),
            new(Column.Of("at", [new DateTimeOffset(2024, 1, 1, 0, 0, 0, TimeSpan.Zero)])),
        ];
        object? since = "not asked";
        var rows = NewRows.Since("feed", null, "at", value => Source(since = value));
        Stored(rows, out var soFar);
        NewRows.Since("feed", soFar, "at", value => Source(since = value));

        Assert.Equal(new DateTimeOffset(2024, 1, 2, 0, 0, 0, TimeSpan.Zero), since);

        TableSource Source(object? _) => TableSource.Join("feed", [.. parts.Select(part => TableSource.Of(part))]);
    }

    [Fact]
    public void Connectors_of_one_dataset_do_not_mix_their_watermarks()
    {
        Sql("create table t (id integer)", "insert into t values (1), (2)");
        Ids(NewRows.Query("one", null, Open, "select * from t", "id"), out var soFar);

        Assert.Equal([1, 2], Ids(NewRows.Query("two", soFar, Open, "select * from t", "id"), out _));
    }

    [Fact]
    public void Only_new_files_are_read_and_a_file_that_was_touched_is_not_new()
    {
        Write("a.csv", "id\n1\n");
        Write("b.jsonl", "{\"id\":2}\n");
        Assert.Equal([1, 2], Ids(Files(null), out var soFar));
        File.SetLastWriteTimeUtc(Path.Combine(_folder, "a.csv"), new DateTime(2030, 1, 1, 0, 0, 0, DateTimeKind.Utc));

        Assert.Empty(Ids(Files(soFar), out _));
        Write("c.csv", "id\n3\n");
        Assert.Equal([3], Ids(Files(soFar), out _));
    }

    [Fact]
    public void A_folder_in_which_nothing_lies_has_no_news_and_one_that_is_not_there_is_a_mistake()
    {
        using var stream = new MemoryStream();
        Assert.Equal(0, Files(null).Write(stream).Rows);
        Assert.Empty(NewRows.Stored(() => new MemoryStream(stream.ToArray())).Rows.ToTable().Columns);

        var error = Assert.Throws<RondoException>(() =>
            NewRows.Files("inbox", null, Path.Combine(_folder, "no", "*.csv"))
        );
        Assert.Contains("There is no folder", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_file_that_has_changed_since_it_was_read_is_named_and_nothing_is_read_twice()
    {
        Write("a.csv", "id\n1\n");
        Ids(Files(null), out var soFar);
        Write("a.csv", "id\n1\n2\n");

        var error = Assert.Throws<RondoException>(() => Files(soFar));

        Assert.Contains("'a.csv' was read before", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_watermark_that_is_no_column_is_named_with_those_that_are()
    {
        Sql("create table t (id integer, at text)", "insert into t values (1, 'x')");
        var rows = NewRows.Since("t", null, "changed", _ => new SqlSource("t", Open, "select * from t"));

        var error = Assert.Throws<RondoException>(() => Stored(rows, out _));

        Assert.Contains("'changed'", error.Message, StringComparison.Ordinal);
        Assert.Contains("id, at", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Lines_that_nobody_could_read_are_counted()
    {
        Write("a.csv", "id,n\n1,1\n2\n");

        using var stream = new MemoryStream();
        var facts = Files(null).Write(stream);

        Assert.Equal((1, 1), (facts.Rows, facts.Quarantined));
    }

    private NewRows Files(DatasetVersionContent? soFar) => NewRows.Files("inbox", soFar, Path.Combine(_folder, "*.*"));

    private long[] Ids(NewRows rows, out DatasetVersionContent? soFar)
    {
        var table = Stored(rows, out soFar).Rows.ToTable();
        return table.TryGet("id", out var ids) ? [.. ((Column<long>)ids).Present()] : [];
    }

    // As it goes through the store: written as Parquet, and the mark carried into the next version.
    private static NewRows Stored(NewRows rows, out DatasetVersionContent? soFar)
    {
        var bytes = new MemoryStream();
        var facts = rows.Write(bytes);
        soFar = facts.Mark is { } mark
            ? new DatasetVersionContent("orders", [])
            {
                Marks = new Dictionary<string, JsonElement> { [rows.Connector] = mark },
            }
            : null;
        return NewRows.Stored(() => new MemoryStream(bytes.ToArray()));
    }

    private void Write(string name, string text) => File.WriteAllText(Path.Combine(_folder, name), text);

    private SqliteConnection Open() => new($"Data Source={Path.Combine(_folder, "data.db")}");

    private void Sql(params string[] statements)
    {
        using var connection = Open();
        connection.Open();
        foreach (var statement in statements)
        {
            using var command = connection.CreateCommand();
            command.CommandText = statement;
            command.ExecuteNonQuery();
        }
    }
}
