using System.IO.Compression;
using System.Text;
using CsCheck;
using Rondo.Data;

namespace Rondo.Tests.Data.Privacy;

public sealed class RowRemovalTests
{
    private static readonly ColumnValue s_ada = new("email", "ada@example.org");

    [Fact]
    [Trait("Requirement", "R46")]
    public void Rows_with_the_value_go_and_every_other_line_stays_as_it_was_written()
    {
        const string text =
            "id,E_mail,note\r\n1, ada@example.org ,x\r\n2,\"bob\"\"@b\",\"two\nlines\"\r\n3,\"ada@example.org\",\"a,b\"\r\n\r\n4,Ada@Example.org,z";

        var (copy, removed) = Copy("a.csv", text);

        Assert.Equal("id,E_mail,note\r\n2,\"bob\"\"@b\",\"two\nlines\"\r\n\r\n4,Ada@Example.org,z", copy);
        Assert.Equal(new RemovedRows(true, 4, 2, 1, 0, 0), removed);
    }

    [Theory]
    [InlineData("7", "7", true)]
    [InlineData("7.0", "7", true)]
    [InlineData("007", "7", false)]
    [InlineData("9007199254740993", "9007199254740992", false)]
    [InlineData("1e3", "1000", true)]
    [InlineData("70", "7", false)]
    [InlineData("abc", "ABC", false)]
    [InlineData("", "7", false)]
    public void Numbers_are_equal_by_value_and_texts_by_their_letters(string field, string value, bool same)
    {
        var (_, removed) = Copy("a.csv", $"id,x\n{field},1\n", new ColumnValue("id", value));

        Assert.Equal(same ? 1 : 0, removed.Matches);
    }

    [Fact]
    public void Lines_that_are_no_rows_go_where_they_have_the_value_and_stay_where_not()
    {
        var (copy, removed) = Copy(
            "a.csv",
            "id,email\n1,ada@example.org,cut\n2,x,y\n\"open ada@example.org\n3,bob@example.org\n"
        );

        Assert.Equal("id,email\n2,x,y\n3,bob@example.org\n", copy);
        Assert.Equal((1L, 3L, 2L), (removed.Rows, removed.HeldBack, removed.HeldBackMatches));
    }

    [Fact]
    public void A_file_without_the_column_is_copied_as_it_is()
    {
        var (copy, removed) = Copy("a.csv", "id,x\n1,ada@example.org\n");

        Assert.Equal("id,x\n1,ada@example.org\n", copy);
        Assert.False(removed.HasColumn || removed.Any);
    }

    [Fact]
    public void Json_lines_tabs_packed_files_and_parquet_lose_the_same_rows()
    {
        var (json, _) = Copy(
            "a.jsonl",
            "{\"email\": \"ada@example.org\"}\n{ \"email\":\"bob@example.org\", \"n\":1 }\nno ada@example.org\n"
        );
        var (tabs, _) = Copy("a.tsv", "id\temail\n1\tada@example.org\n2\tx\n");
        using var packed = new MemoryStream();
        using (var zip = new GZipStream(packed, CompressionLevel.Fastest, leaveOpen: true))
        {
            zip.Write("email\nada@example.org\nx\n"u8);
        }

        packed.Position = 0;
        using var unpacked = new MemoryStream();
        RowRemoval.Copy("a.csv.gz", packed, unpacked, s_ada);
        unpacked.Position = 0;
        var table = new Table(Column.Of("email", ["ada@example.org", null, "x"]));
        using var parquet = new MemoryStream();
        Rondo.Data.Parquet.Write(table, parquet);
        parquet.Position = 0;
        using var left = new MemoryStream();
        var removed = RowRemoval.Copy("a.parquet", parquet, left, s_ada);
        left.Position = 0;

        Assert.Equal("{ \"email\":\"bob@example.org\", \"n\":1 }\n", json);
        Assert.Equal("id\temail\n2\tx\n", tabs);
        Assert.Equal("email\nx\n", new StreamReader(new GZipStream(unpacked, CompressionMode.Decompress)).ReadToEnd());
        Assert.Equal((3L, 1L), (removed.Rows, removed.Matches));
        Tables.AssertEqual(table.Select([1, 2]), Rondo.Data.Parquet.Read(left));
    }

    [Fact]
    public void What_is_not_written_is_refused_by_name_and_no_message_repeats_the_value()
    {
        var kind = Assert.Throws<RondoException>(() => RowRemoval.Count("a.arrow", new MemoryStream(), s_ada));
        var empty = Assert.Throws<RondoException>(() => ColumnValue.Parse("email="));
        var missing = Assert.Throws<RondoException>(() => ColumnValue.Parse("ada@example.org"));

        Assert.Contains("Rows cannot be removed from 'a.arrow'", kind.Message, StringComparison.Ordinal);
        Assert.Equal(ErrorCode.InvalidArgument, empty.Code);
        Assert.DoesNotContain("ada@example.org'", missing.Message, StringComparison.Ordinal);
        Assert.Equal(new ColumnValue("a", "b=c"), ColumnValue.Parse("a=b=c"));
        Assert.DoesNotContain("ada", s_ada.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    [Trait("Requirement", "R46")]
    public void Of_any_table_written_as_CSV_a_copy_reads_as_the_table_without_the_rows() =>
        Gen.Select(Tables.Any, Gen.Int[0, 3])
            .Sample(
                (table, i) =>
                {
                    string[] values = ["a,b", "x", "\"a\"", "日本"];
                    using var written = new MemoryStream();
                    Csv.Write(table, written);
                    written.Position = 0;
                    using var copied = new MemoryStream();

                    var removed = RowRemoval.Copy("a.csv", written, copied, new ColumnValue("text", values[i]));

                    written.Position = 0;
                    copied.Position = 0;
                    var before = Csv.Read("a.csv", written).Table;
                    var left = Enumerable
                        .Range(0, before.RowCount)
                        .Where(row => (before["text"][row] as string)?.Trim() != values[i].Trim())
                        .ToList();
                    Assert.Equal(before.RowCount - left.Count, removed.Matches);
                    if (left.Count > 0 && left.Count < before.RowCount && (string?)before["text"][left[0]] == "word")
                    {
                        var after = Csv.Read("a.csv", copied).Table;
                        Assert.Equal(
                            left.Select(row => before["text"][row]),
                            Enumerable.Range(0, after.RowCount).Select(row => after["text"][row])
                        );
                    }
                }
            );

    [Fact]
    public void A_file_larger_than_one_block_loses_its_rows_wherever_blocks_end()
    {
        var lines = Enumerable
            .Range(0, 150_000)
            .Select(i =>
                i % 1000 == 7 ? $"{i},ada@example.org,\"{i}\n\"" : $"{i},user{i}@example.org,\"padding, {i}\n\""
            )
            .ToList();

        var (copy, removed) = Copy("a.csv", "id,email,pad\r\n" + string.Join("\r\n", lines) + "\r\n");

        Assert.Equal((150_000L, 150L), (removed.Rows, removed.Matches));
        var left = lines.Where(line => !line.Contains("ada@", StringComparison.Ordinal));
        Assert.True(copy == "id,email,pad\r\n" + string.Join("\r\n", left) + "\r\n");
    }

    private static (string Copy, RemovedRows Removed) Copy(string name, string text, ColumnValue? value = null)
    {
        using var output = new MemoryStream();
        var bytes = Encoding.UTF8.GetBytes(text);
        var removed = RowRemoval.Copy(name, new MemoryStream(bytes), output, value ?? s_ada);
        Assert.Equal(removed, RowRemoval.Count(name, new MemoryStream(bytes), value ?? s_ada));
        return (Encoding.UTF8.GetString(output.ToArray()), removed);
    }
}
