using System.Text.Json;
using Npgsql;
using Rondo.Data;
using Rondo.Kernel;
using Rondo.Sdk;
using Rondo.Sdk.Wire;

namespace Rondo.Conformance.Databases;

/// <summary>What a connector reads from a real PostgreSQL: every type, and on from where it ended.</summary>
public sealed class PostgresConnectorTests : IAsyncLifetime
{
    private PostgresCluster _cluster = null!;
    private string _schema = "";

    public async ValueTask InitializeAsync()
    {
        _cluster = await PostgresCluster.SharedAsync();
        _schema = await _cluster.NewSchemaAsync();
        await PostgresCluster.ExecuteAsync(
            _schema,
            """
            create table orders (id bigint, price numeric(10, 2), share double precision, paid boolean, day date,
                                 changed timestamptz, "the name" text, code uuid);
            insert into orders values
                (1, 12.50, 0.1, true, '2024-01-01', '2024-01-01T10:00:00+02', 'one, "quoted"', 'a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11'),
                (2, null, null, null, null, '2024-01-01T09:00:00Z', null, null)
            """
        );
    }

    public async ValueTask DisposeAsync() => await _cluster.DropSchemaAsync(_schema);

    [Fact]
    [Trait("Requirement", "R18")]
    public void Values_of_every_type_come_as_what_they_are()
    {
        var table = new SqlSource("orders", Open, "select * from orders order by id").ToTable();

        Assert.Equal(
            [
                ColumnType.Integer,
                ColumnType.Number,
                ColumnType.Number,
                ColumnType.Boolean,
                ColumnType.Date,
                ColumnType.Timestamp,
                ColumnType.Text,
                ColumnType.Text,
            ],
            table.Columns.Select(column => column.Type)
        );
        Assert.Equal(12.5, table["price"][0]);
        Assert.Equal(new DateOnly(2024, 1, 1), table["day"][0]);
        Assert.Equal(new DateTimeOffset(2024, 1, 1, 8, 0, 0, TimeSpan.Zero), table["changed"][0]);
        Assert.Equal("one, \"quoted\"", table["the name"][0]);
        Assert.Equal([1, 1, 1, 1, 1, 1], table.Columns.Where(c => c.MissingCount > 0).Select(c => c.MissingCount));
    }

    [Theory]
    [Trait("Requirement", "R18")]
    [InlineData("changed", "'2024-01-01T09:00:01Z'")]
    [InlineData("id", null)]
    public async Task A_connector_reads_on_from_where_it_ended(string watermark, string? changed)
    {
        var first = Ids(NewRows.Query("orders", null, Open, "select * from orders", watermark), out var soFar);
        await PostgresCluster.ExecuteAsync(
            _schema,
            $"insert into orders (id, changed) values (3, {changed ?? "now()"})"
        );
        var second = Ids(NewRows.Query("orders", soFar, Open, "select * from orders", watermark), out _);

        Assert.Equal([1, 2], first.Order());
        Assert.Equal([3], second);
    }

    [Fact]
    public void A_query_that_cannot_be_says_why_and_shows_no_address()
    {
        var error = Assert.Throws<RondoException>(() =>
            new SqlSource("orders", Open, "select nothing from nowhere").ToTable()
        );

        Assert.Contains("nowhere", error.Message, StringComparison.Ordinal);
        Assert.DoesNotContain("Host", error.Message, StringComparison.OrdinalIgnoreCase);
    }

    private NpgsqlConnection Open() => new(_schema);

    // As it goes through a dataset: the mark stands in the next version.
    private static long[] Ids(NewRows rows, out DatasetVersionContent? soFar)
    {
        var bytes = new MemoryStream();
        var facts = rows.Write(bytes);
        soFar = new DatasetVersionContent("orders", [])
        {
            Marks = new Dictionary<string, JsonElement>(StringComparer.Ordinal)
            {
                [rows.Connector] = facts.Mark!.Value,
            },
        };
        return [.. ((Column<long>)Parquet.Read(new MemoryStream(bytes.ToArray()))["id"]).Present()];
    }
}
