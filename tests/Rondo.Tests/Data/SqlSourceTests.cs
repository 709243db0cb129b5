using Microsoft.Data.Sqlite;
using Rondo.Data;

namespace Rondo.Tests.Data;

/// <summary>The rows of a query, from a real database.</summary>
public sealed class SqlSourceTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("rondo-sql-").FullName;
    private readonly string _connection;
    private readonly SqliteConnection _keeper;

    public SqlSourceTests()
    {
        _connection = $"Data Source={Path.Combine(_folder, "rows.db")};Pooling=False";
        _keeper = new SqliteConnection(_connection);
        _keeper.Open();
        Execute(
            """
            create table "trips; drop" (id integer, "na""me" text, price real, at text);
            insert into "trips; drop" values (1, 'it''s', 2.5, '2024-05-01'), (2, null, 3, '2024-05-02'), (3, 'two' || char(10) || 'lines', null, null);
            """
        );
    }

    public void Dispose()
    {
        _keeper.Dispose();
        Directory.Delete(_folder, recursive: true);
    }

    [Fact]
    [Trait("Requirement", "R18")]
    public void Rows_of_a_query_are_a_table_and_can_be_read_again()
    {
        var source = Source("select id, \"na\"\"me\", price from \"trips; drop\" order by id");

        var table = source.ToTable();

        Assert.Equal([ColumnType.Integer, ColumnType.Text, ColumnType.Number], table.Columns.Select(c => c.Type));
        Assert.Equal(["it's", null, "two\nlines"], Enumerable.Range(0, 3).Select(row => table["na\"me"][row]));
        Assert.Equal(2.75, source.Describe().Find("price")!.Numbers!.Mean);
    }

    [Fact]
    [Trait("Requirement", "R20")]
    public void What_is_looked_for_is_a_parameter_whatever_stands_in_it()
    {
        const string sql = "select id from \"trips; drop\" where \"na\"\"me\" = @name";
        var one = new Dictionary<string, object>(StringComparer.Ordinal) { ["@name"] = "it's" };
        var none = new Dictionary<string, object>(StringComparer.Ordinal)
        {
            ["@name"] = "'; drop table \"trips; drop\"; --",
        };

        Assert.Equal(1, new SqlSource("trips", Open, sql, one).ToTable().RowCount);
        Assert.Equal(0, new SqlSource("trips", Open, sql, none).ToTable().RowCount);
        Assert.Equal(3, Source("select id from \"trips; drop\"").ToTable().RowCount);
    }

    [Fact]
    public void More_rows_than_a_part_holds_come_in_parts()
    {
        var source = Source(
            "with recursive n(i) as (select 1 union all select i + 1 from n where i < 150000) select i from n"
        );

        Assert.Equal([65_536, 65_536, 18_928], source.Read().Select(part => part.RowCount));
        Assert.Equal(150_000, source.Describe().Columns[0].Numbers!.Max);
    }

    [Theory]
    [InlineData("selec 1", "The query of 'trips' failed: ")]
    [InlineData("select 1 as a, 2 as A", "Column 2 of the query of 'trips' has no name of its own ('A').")]
    [InlineData(
        "select 1 as a union all select 'soon'",
        "Column 'a' of the query of 'trips' is Integer, and holds 'soon'."
    )]
    public void What_cannot_be_read_says_where(string sql, string words)
    {
        var error = Assert.Throws<RondoException>(() => Source(sql).ToTable());
        Assert.StartsWith(words, error.What, StringComparison.Ordinal);
    }

    private SqlSource Source(string sql) => new("trips", Open, sql);

    private SqliteConnection Open() => new(_connection);

    private void Execute(string sql)
    {
        using var command = _keeper.CreateCommand();
        command.CommandText = sql;
        command.ExecuteNonQuery();
    }
}
