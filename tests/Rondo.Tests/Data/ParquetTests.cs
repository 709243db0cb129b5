using CsCheck;
using Rondo.Data;

namespace Rondo.Tests.Data;

public sealed class ParquetTests
{
    [Fact]
    public void What_is_written_is_read_again() =>
        Tables.Any.Sample(table => Tables.AssertEqual(table, Parquet.Read(new MemoryStream(Bytes(table)))));

    [Fact]
    public void Equal_tables_are_equal_bytes() =>
        Tables.Any.Sample(table =>
        {
            var copy = table.Select(Enumerable.Range(0, table.RowCount).ToList());
            return Bytes(table).AsSpan().SequenceEqual(Bytes(copy));
        });

    [Fact]
    public void A_raw_table_keeps_its_parts_and_its_quarantine()
    {
        var raw = Csvs.Read(("a.csv", "x,y\n1,2\n3\n"), ("b.csv", "x\n5\n"));
        using var stream = new MemoryStream();
        Parquet.Write(raw, stream);
        stream.Position = 0;
        var again = Parquet.ReadRaw(stream);
        Tables.AssertEqual(raw.Table, again.Table);
        Assert.Equal(raw.Parts.Select(p => (p.Name, p.Rows)), again.Parts.Select(p => (p.Name, p.Rows)));
        Assert.Equal(raw.Parts.SelectMany(p => p.Columns), again.Parts.SelectMany(p => p.Columns));
        Assert.Equal(raw.Quarantine.Rows, again.Quarantine.Rows);
        Assert.Equal(1, again.Quarantine.Count);
    }

    [Fact]
    public void Bytes_that_are_no_Parquet_file_are_refused()
    {
        foreach (
            var bytes in (byte[][])
                [
                    [],
                    [1, 2, 3],
                    [.. Enumerable.Repeat((byte)7, 300)],
                    Bytes(Csvs.Read(("a", "x\n1\n")).Table)[..^9],
                ]
        )
        {
            var e = Assert.Throws<RondoException>(() => Parquet.Read(new MemoryStream(bytes)));
            Assert.Equal(ErrorCode.InvalidArgument, e.Code);
        }
    }

    [Fact]
    public void Tables_without_rows_or_columns_survive()
    {
        var empty = new Table(Column.Of("x", Array.Empty<double>()), Column.Of("t", Array.Empty<string>()));
        Tables.AssertEqual(empty, Parquet.Read(new MemoryStream(Bytes(empty))));
        Assert.Empty(Parquet.Read(new MemoryStream(Bytes(Table.Empty))).Columns);
    }

    private static byte[] Bytes(Table table)
    {
        using var stream = new MemoryStream();
        Parquet.Write(table, stream);
        return stream.ToArray();
    }
}
