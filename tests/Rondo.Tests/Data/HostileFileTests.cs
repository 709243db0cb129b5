using System.IO.Compression;
using System.Text;
using Rondo.Data;

namespace Rondo.Tests.Data;

/// <summary>Files that somebody made to do harm, or that something broke on its way.</summary>
public sealed class HostileFileTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("rondo-test-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public void A_small_packed_file_that_unpacks_to_one_enormous_line_is_held_back_in_bounded_memory()
    {
        const int unpacked = 128 << 20;
        var path = Path.Combine(_folder, "bomb.csv.gz");
        using (var file = File.Create(path))
        using (var packed = new GZipStream(file, CompressionLevel.Fastest))
        {
            packed.Write("a,b\n1,2\n"u8);
            var zeros = new byte[1 << 20];
            Array.Fill(zeros, (byte)'0');
            for (var i = 0; i < unpacked >> 20; i++)
            {
                packed.Write(zeros);
            }

            packed.Write("\n3,4\n"u8);
        }

        Assert.InRange(new FileInfo(path).Length, 1, unpacked / 50);
        var source = TableSource.Open(path);
        var before = GC.GetAllocatedBytesForCurrentThread();
        var rows = source.Read().Sum(part => (long)part.RowCount);
        var allocated = GC.GetAllocatedBytesForCurrentThread() - before;

        Assert.Equal(2, rows);
        Assert.Equal(3, Assert.Single(source.Quarantine.Rows).Line);
        // Read twice, a character has two bytes: what is allocated stays far below the line.
        Assert.InRange(allocated, 0, unpacked);
    }

    [Theory]
    [InlineData("robert'); drop table students; --")]
    [InlineData("a \"quoted\" name")]
    [InlineData("two\nlines")]
    [InlineData("=cmd|' /C calc'!A0")]
    [InlineData("</script><script>alert(1)</script>")]
    public void A_column_s_name_is_a_name_wherever_it_is_shown_written_and_read(string name)
    {
        var table = new Table(Column.Of(name, ["x", "y", null]), Column.Of("n", [1L, 2, 3]));
        using var csv = new MemoryStream();
        Csv.Write(table, csv);
        using var parquet = new MemoryStream();
        Parquet.Write(table, parquet);
        var schema = Path.Combine(_folder, "schema.json");
        SchemaFile.Write(TableSchema.Infer("rows", table), schema);

        Assert.Equal(name, Csv.Read("t.csv", new MemoryStream(csv.ToArray())).Table.Columns[0].Name);
        Assert.Equal(name, Parquet.Read(new MemoryStream(parquet.ToArray())).Columns[0].Name);
        Assert.Equal(name, SchemaFile.Read(schema).Columns[0].Name);
        Assert.True(SchemaValidator.Validate(SchemaFile.Read(schema), table).IsClean);
        var page = StatisticsPage.Html(name, TableStatistics.Of(table));
        Assert.DoesNotContain("<script>alert", page, StringComparison.Ordinal);
    }

    [Fact]
    public void Texts_that_are_different_in_every_row_are_counted_in_bounded_memory()
    {
        var profiler = new TableProfiler();
        for (var part = 0; part < 40; part++)
        {
            var first = part * 25_000L;
            profiler.Add(
                new Table(Column.Of("id", Enumerable.Range(0, 25_000).Select(i => (string?)$"text-{first + i:x8}")))
            );
        }

        var statistics = profiler.ToStatistics().Columns[0];

        Assert.False(statistics.DistinctIsExact);
        Assert.InRange(statistics.Distinct, 960_000, 1_040_000);
        Assert.Null(statistics.Top);
    }

    [Fact]
    public void Bytes_in_several_encodings_are_read_by_their_mark_and_what_is_no_text_is_held_back()
    {
        var utf16 = Path.Combine(_folder, "utf16.csv");
        File.WriteAllText(utf16, "name,n\nMünchen,1\n", Encoding.Unicode);
        var mixed = Path.Combine(_folder, "mixed.csv");
        File.WriteAllBytes(mixed, [.. "name,n\nMünchen,1\nK"u8, 0xF6, .. "ln,2\n"u8]);

        Assert.Equal("München", TableSource.Open(utf16).ToTable()["name"][0]);
        var source = TableSource.Open(mixed);
        Assert.Equal(1, source.ToTable().RowCount);
        Assert.Equal(3, Assert.Single(source.Quarantine.Rows).Line);
    }
}
