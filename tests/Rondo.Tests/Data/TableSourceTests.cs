using System.Buffers.Binary;
using System.IO.Compression;
using System.Text;
using System.Text.Json;
using CsCheck;
using Rondo.Data;
using Arrow = Apache.Arrow;

namespace Rondo.Tests.Data;

/// <summary>Files of every kind, read part by part.</summary>
public sealed class TableSourceTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("rondo-data-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    [Trait("Requirement", "R18")]
    public void A_table_is_the_same_from_every_kind_of_file()
    {
        var table = new Table(
            Column.Of("day", new DateOnly?[] { new(2008, 3, 31), null }),
            Column.Of("count", new long?[] { 3, -4 }),
            Column.Of("share", new double?[] { 0.5, null }),
            Column.Of("name", new[] { "two\nlines, \"quoted\"", "é日本" }),
            Column.Of("flag", new bool?[] { true, false })
        );
        Write("t.csv", table);
        using (var gzip = new GZipStream(File.Create(Place("t.csv.gz")), CompressionLevel.Fastest))
        {
            Csv.Write(table, gzip);
        }

        using (var parquet = File.Create(Place("t.parquet")))
        {
            Parquet.Write(table, parquet);
        }

        File.WriteAllLines(
            Place("t.jsonl"),
            [
                """{"day":"2008-03-31","count":3,"share":0.5,"name":"two\nlines, \"quoted\"","flag":true}""",
                """{"day":null,"count":-4,"name":"é日本","flag":false}""",
            ]
        );

        WriteArrow("t.arrow");

        foreach (var kind in new[] { "t.csv", "t.csv.gz", "t.parquet", "t.jsonl", "t.arrow" })
        {
            Tables.AssertEqual(table, TableSource.Open(Place(kind)).ToTable());
            Assert.Equal(
                JsonSerializer.Serialize(TableStatistics.Of(table), RondoJson.Options),
                JsonSerializer.Serialize(TableSource.Open(Place(kind)).Describe(), RondoJson.Options)
            );
        }
    }

    [Fact]
    public void A_pattern_and_a_folder_stand_for_their_files_in_order()
    {
        Write("days-2.csv", "a\n2\n");
        Write("days-1.csv", "a\n1\n");
        Write("other.csv", "a\n3\n");
        Write("notes.txt", "no data");

        Assert.Equal([1L, 2L], Values(TableSource.Open(Place("days-*.csv"))));
        Assert.Equal([1L, 2L, 3L], Values(TableSource.Open(_folder)));
        Assert.Equal(3, TableSource.Open(_folder).Files.Count);
    }

    [Theory]
    [InlineData("none.csv", ErrorCode.NotFound, "There is no data file at")]
    [InlineData("notes.txt", ErrorCode.InvalidArgument, "'notes.txt' is of no kind that can be read.")]
    public void What_is_not_there_or_of_no_known_kind_is_refused(string name, ErrorCode code, string words)
    {
        Write("notes.txt", "no data");
        var error = Assert.Throws<RondoException>(() => TableSource.Open(Place(name)));
        Assert.Equal(code, error.Code);
        Assert.StartsWith(words, error.What, StringComparison.Ordinal);
    }

    [Fact]
    public void Bytes_that_are_no_whole_gzip_file_are_told_with_the_file()
    {
        Write("none.csv.gz", "not packed");
        using (var gzip = new GZipStream(File.Create(Place("cut.csv.gz")), CompressionLevel.Fastest))
        {
            gzip.Write("a,b\n"u8);
            gzip.Write(
                Encoding.UTF8.GetBytes(string.Concat(Enumerable.Range(0, 9999).Select(i => $"{i},{i * 7919}\n")))
            );
        }

        var whole = File.ReadAllBytes(Place("cut.csv.gz"));
        File.WriteAllBytes(Place("cut.csv.gz"), whole[..(whole.Length / 2)]);

        foreach (var name in new[] { "none.csv.gz", "cut.csv.gz" })
        {
            var error = Assert.Throws<RondoException>(() => TableSource.Open(Place(name)).Describe());
            Assert.StartsWith($"{name}: the bytes are not a whole gzip file", error.What, StringComparison.Ordinal);
        }
    }

    [Fact]
    public void Packed_files_one_behind_the_other_are_one_file()
    {
        using var file = File.Create(Place("two.csv.gz"));
        foreach (var text in new[] { "a\n1\n", "2\n3\n" })
        {
            using var gzip = new GZipStream(file, CompressionLevel.Fastest, leaveOpen: true);
            gzip.Write(Encoding.UTF8.GetBytes(text));
        }

        file.Dispose();

        Assert.Equal([1L, 2L, 3L], Values(TableSource.Open(Place("two.csv.gz"))));
    }

    [Fact]
    public void Files_whose_columns_do_not_fit_together_name_each_other()
    {
        Write("1.csv", "a,b\n1,\n");
        Write("2.csv", "a,b\n1.5,x\n");
        Assert.Equal(ColumnType.Number, TableSource.Open(Place("?.csv")).Describe().Find("a")!.Type);

        Write("3.csv", "a,b\nmany,y\n");
        var error = Assert.Throws<RondoException>(() => TableSource.Open(Place("?.csv")).Describe());

        Assert.Equal("Column 'a' holds Text in 3.csv, and Number in 2.csv.", error.What);
    }

    [Fact]
    public void Where_blocks_end_changes_nothing() =>
        Gen.Select(Tables.Any, Gen.Int[220, 500])
            .Sample(
                (table, length) =>
                {
                    using var bytes = new MemoryStream();
                    Csv.Write(table, bytes);
                    // A line with too many fields, and one that is empty.
                    bytes.Write("1,2\n\r\n"u8);
                    AssertBlocks(bytes.ToArray(), length);
                }
            );

    [Theory]
    [InlineData("a,b\r\n1,2\r\n3,4\r\n")]
    [InlineData("a,b\r1,2\r3,4")]
    [InlineData("a,b\n\n\n\"x\"\"y\",2\n\n3,4\n")]
    public void Nor_does_it_split_the_halves_of_a_line_end(string text)
    {
        for (var length = 12; length < 24; length++)
        {
            AssertBlocks(Encoding.UTF8.GetBytes(text), length);
        }
    }

    [Fact]
    public void A_line_of_many_megabytes_is_held_back_and_the_next_is_read()
    {
        using (var file = new StreamWriter(Place("long.csv")))
        {
            file.Write("a,b\n1,2\n");
            for (var i = 0; i < 10; i++)
            {
                file.Write(new string('x', 1024 * 1024));
            }

            file.Write("\n3,4\n");
        }

        var source = TableSource.Open(Place("long.csv"));

        Assert.Equal([1L, 3L], Values(source));
        var held = Assert.Single(source.Quarantine.Rows);
        Assert.Equal((3, "the line is longer than 4194304 characters"), (held.Line, held.Reason));
    }

    [Fact]
    public void Lines_that_are_no_JSON_objects_are_held_back_with_the_reason()
    {
        Write("t.jsonl", "{\"a\":1}\n[1]\n{\"a\":\n{\"a\":2,\"A\":3}\n\n{\"a\":{\"b\":1}}\n");

        var source = TableSource.Open(Place("t.jsonl"));
        var table = source.ToTable();

        Assert.Equal(["1", "{\"b\":1}"], ((Column<string>)table["a"]).Present());
        Assert.Equal(
            [(2, "not a JSON object"), (3, "not JSON from byte 5 on"), (4, "member 'A' stands there twice")],
            source.Quarantine.Rows.Select(row => (row.Line, row.Reason))
        );
    }

    [Fact]
    public void A_Parquet_file_cut_off_anywhere_says_so()
    {
        using var bytes = new MemoryStream();
        Parquet.Write(new Table(Column.Of("a", Enumerable.Range(0, 1000).Select(i => (long)i))), bytes);
        var whole = bytes.ToArray();
        foreach (var length in new[] { 0, 3, 4, 12, whole.Length / 2, whole.Length - 1 })
        {
            File.WriteAllBytes(Place("cut.parquet"), whole[..length]);
            var error = Assert.Throws<RondoException>(() => TableSource.Open(Place("cut.parquet")).Describe());
            Assert.StartsWith(
                "cut.parquet: The bytes are not a readable Parquet file",
                error.What,
                StringComparison.Ordinal
            );
        }
    }

    [Fact]
    public void Bytes_changed_anywhere_in_a_Parquet_file_never_fail_in_another_way()
    {
        using var bytes = new MemoryStream();
        Parquet.Write(new Table(Column.Of("a", Enumerable.Range(0, 50).Select(i => (string?)$"v{i}"))), bytes);
        var whole = bytes.ToArray();
        Parallel.For(
            0,
            whole.Length,
            at =>
            {
                foreach (var value in Values(whole[at]))
                {
                    var changed = (byte[])whole.Clone();
                    changed[at] = value;
                    try
                    {
                        Parquet.Read(new MemoryStream(changed));
                    }
                    catch (RondoException e)
                    {
                        Assert.Equal(ErrorCode.InvalidArgument, e.Code);
                    }
                }
            }
        );

        static byte[] Values(byte was) =>
            Environment.GetEnvironmentVariable("RONDO_TEST_FULL") is { Length: > 0 }
                ? [.. Enumerable.Range(0, 256).Select(value => (byte)value)]
                : [0, 1, 0x7f, 0x80, 0xff, (byte)(was + 1), (byte)(was - 1), (byte)(was ^ 0x10)];
    }

    [Fact]
    public void A_footer_of_another_length_is_no_footer()
    {
        using var bytes = new MemoryStream();
        Parquet.Write(new Table(Column.Of("a", Enumerable.Range(0, 50).Select(i => (string?)$"v{i}"))), bytes);
        var whole = bytes.ToArray();
        var place = whole.AsMemory(whole.Length - 8, sizeof(int));
        var right = BinaryPrimitives.ReadInt32LittleEndian(place.Span);
        // One of them begins in the data and is well-formed, with numbers where lists should be.
        foreach (var length in Enumerable.Range(0, whole.Length).Where(length => length != right))
        {
            BinaryPrimitives.WriteInt32LittleEndian(place.Span, length);

            var error = Assert.Throws<RondoException>(() => Parquet.Read(new MemoryStream(whole)));

            Assert.Equal(ErrorCode.InvalidArgument, error.Code);
        }
    }

    [Fact]
    public void An_Arrow_file_cut_off_anywhere_says_so()
    {
        WriteArrow("t.arrow");
        var whole = File.ReadAllBytes(Place("t.arrow"));
        foreach (var length in new[] { 0, 3, 8, whole.Length / 2, whole.Length - 1 })
        {
            File.WriteAllBytes(Place("cut.arrow"), whole[..length]);
            var error = Assert.Throws<RondoException>(() => TableSource.Open(Place("cut.arrow")).Describe());
            Assert.StartsWith(
                "cut.arrow: The bytes are not a readable Arrow file",
                error.What,
                StringComparison.Ordinal
            );
        }
    }

    // By the library of the format itself; the texts as a dictionary, as many writers do.
    private void WriteArrow(string name)
    {
        var texts = new Arrow.StringArray.Builder().Append("é日本").Append("two\nlines, \"quoted\"").Build();
        var places = new Arrow.Int32Array.Builder().Append(1).Append(0).Build();
        var kind = new Arrow.Types.DictionaryType(Arrow.Types.Int32Type.Default, Arrow.Types.StringType.Default, false);
        var batch = new Arrow.RecordBatch.Builder()
            .Append("day", true, new Arrow.Date32Array.Builder().Append(new DateOnly(2008, 3, 31)).AppendNull().Build())
            .Append("count", true, new Arrow.Int64Array.Builder().Append(3).Append(-4).Build())
            .Append("share", true, new Arrow.DoubleArray.Builder().Append(0.5).AppendNull().Build())
            .Append("name", true, new Arrow.DictionaryArray(kind, places, texts))
            .Append("flag", true, new Arrow.BooleanArray.Builder().Append(true).Append(false).Build())
            .Build();
        using var file = File.Create(Place(name));
        using var writer = new Arrow.Ipc.ArrowFileWriter(file, batch.Schema);
        writer.WriteRecordBatch(batch);
        writer.WriteEnd();
    }

    private static void AssertBlocks(byte[] bytes, int length)
    {
        var options = new CsvOptions();
        var (whole, parted) = (new QuarantineBuilder(), new QuarantineBuilder());
        var expected = ReadWith(new CsvFile("t", options), bytes, whole);
        var actual = ReadWith(new CsvFile("t", options) { BlockLength = length }, bytes, parted);
        Tables.AssertEqual(expected, actual);
        Assert.Equal(whole.Build().Rows, parted.Build().Rows);
    }

    private static Table ReadWith(CsvFile file, byte[] bytes, QuarantineBuilder quarantine)
    {
        var blocks = file.Read(new MemoryStream(bytes), quarantine).ToList();
        return CsvTyping.ToTable([(file, blocks)], new CsvOptions(), quarantine).Table;
    }

    private static IEnumerable<long> Values(TableSource source) => ((Column<long>)source.ToTable()["a"]).Present();

    private string Place(string name) => Path.Combine(_folder, name);

    private void Write(string name, string text) => File.WriteAllText(Place(name), text);

    private void Write(string name, Table table)
    {
        using var file = File.Create(Place(name));
        Csv.Write(table, file);
    }
}
