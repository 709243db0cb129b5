using System.Text;
using CsCheck;
using Rondo.Data;

namespace Rondo.Tests.Data;

public sealed class CsvTests
{
    [Fact]
    public void What_is_written_is_read_again_with_its_types() =>
        Tables
            .Any.Where(t => t.Columns.All(c => c.MissingCount < c.Count))
            .Sample(table =>
            {
                using var stream = new MemoryStream();
                Csv.Write(table, stream);
                stream.Position = 0;
                var raw = Csv.Read("t.csv", stream);
                Tables.AssertEqual(table, raw.Table);
                Assert.Equal(0, raw.Quarantine.Count);
            });

    [Fact]
    public void Types_are_told_from_the_values()
    {
        var table = Csvs.Read(
            (
                "t.csv",
                "flag,int,num,day,at,code,mixed,none\n"
                    + "true,1,1.5,2001-01-22,2001-01-22T10:00:00Z,007,1,\n"
                    + "False,-2,3,2001-01-23,2001-01-22 12:00+02:00,8,x,NA\n"
            )
        ).Table;
        Assert.Equal(
            [
                ColumnType.Boolean,
                ColumnType.Integer,
                ColumnType.Number,
                ColumnType.Date,
                ColumnType.Timestamp,
                ColumnType.Text,
                ColumnType.Text,
                ColumnType.Text,
            ],
            table.Columns.Select(c => c.Type)
        );
        Assert.Equal(table["at"][0], table["at"][1]);
        Assert.Equal(2, table["none"].MissingCount);
    }

    [Fact]
    public void Missing_values_are_told_by_the_type_of_the_column()
    {
        var table = Csvs.Read(("t.csv", "num,text,empty\n1.5,NA,\"\"\nNA,b,c\n,,\n")).Table;
        Assert.Equal([1.5, null, null], Values(table["num"]));
        Assert.Equal(["NA", "b", null], Values(table["text"]));
        Assert.Equal(["", "c", null], Values(table["empty"]));
    }

    [Fact]
    public void Quoted_fields_may_hold_delimiters_quotes_and_lines()
    {
        var raw = Csvs.Read(("t.csv", "\"a \"\"b\"\"\",c\r\n\"x,\r\ny\",5\" pipe\r\n\"\"\"\",2\r\n"));
        Assert.Equal(["a \"b\"", "c"], raw.Table.Columns.Select(c => c.Name));
        Assert.Equal(["x,\r\ny", "\""], Values(raw.Table.Columns[0]));
        Assert.Equal(["5\" pipe", "2"], Values(raw.Table.Columns[1]));
    }

    [Theory]
    [InlineData("utf-8")]
    [InlineData("utf-16")]
    [InlineData("utf-16BE")]
    public void A_byte_order_mark_tells_the_encoding(string encoding)
    {
        var bytes = Encoding.GetEncoding(encoding) is var e
            ? (byte[])[.. e.GetPreamble(), .. e.GetBytes("näme\nÄ\n")]
            : [];
        var table = Csv.Read("t.csv", new MemoryStream(bytes)).Table;
        Assert.Equal("Ä", table["näme"][0]);
    }

    [Fact]
    public void Lines_that_cannot_be_read_are_held_back_with_place_and_reason()
    {
        var raw = Csvs.Read(("t.csv", "a,b\n1,2\n3\n\n4,5,6\n\"x\"y,7\n8,\"never closed\n9,10\n"));
        Assert.Equal([1L, 9L], Values(raw.Table["a"]));
        Assert.Equal(
            [
                new QuarantinedRow("t.csv", 3, "1 fields, but the header has 2", "3"),
                new QuarantinedRow("t.csv", 5, "3 fields, but the header has 2", "4,5,6"),
                new QuarantinedRow("t.csv", 6, "field 1 goes on after its closing quote", "\"x\"y,7"),
                new QuarantinedRow("t.csv", 7, "the quote that opens field 2 is not closed", "8,\"never closed"),
            ],
            raw.Quarantine.Rows
        );
    }

    [Fact]
    public void Quotes_out_of_step_cost_their_line_and_no_other()
    {
        var raw = Csvs.Read(("t.csv", "a,b\n\"1,2\n3,4\n5\"\n7,8\n"));
        Assert.Equal(["3", "7"], Values(raw.Table["a"]).Select(v => v?.ToString()));
        Assert.Equal([2L, 4L], raw.Quarantine.Rows.Select(r => r.Line));
    }

    [Fact]
    public void Bytes_that_are_not_UTF8_are_held_back()
    {
        var raw = Csv.Read("t.csv", new MemoryStream([.. "a\nb\n"u8, 0xE9, .. "\nc\n"u8]));
        Assert.Equal(["b", "c"], Values(raw.Table["a"]));
        Assert.Equal((3, "bytes that are not UTF-8"), (raw.Quarantine.Rows[0].Line, raw.Quarantine.Rows[0].Reason));
    }

    [Fact]
    public void Every_line_is_a_row_or_in_the_quarantine() =>
        Gen.Select(Gen.String[Gen.Char["ab,1. é"], 0, 6].Array[0, 20], Tables.OneOf("\n", "\r\n", "\r"))
            .Sample(
                (lines, end) =>
                {
                    var raw = Csvs.Read(("t.csv", "x,y" + end + string.Join(end, lines)));
                    return raw.Table.RowCount + raw.Quarantine.Count == lines.Count(l => l.Length > 0);
                }
            );

    [Fact]
    public void No_text_makes_the_reader_fail() =>
        Gen.String[Gen.Char["ab,\"\"\"1.\n\r"], 0, 60]
            .Sample(text =>
            {
                var raw = Csvs.Read(("t.csv", "x,y\n" + text));
                return raw.Quarantine.Rows.All(r => r.Line >= 2 && !r.Text.Contains('\n', StringComparison.Ordinal));
            });

    [Fact]
    public void Columns_of_several_files_are_joined_by_name()
    {
        var raw = Csvs.Read(("a.csv", "x,temp_min\n1,5\n"), ("b.csv", "TempMin,x,new\n7.5,2,z\n"));
        Assert.Equal(["x", "temp_min", "new"], raw.Table.Columns.Select(c => c.Name));
        Assert.Equal([5.0, 7.5], Values(raw.Table["temp_min"]));
        Assert.Equal([null, "z"], Values(raw.Table["new"]));
        Assert.Equal([("a.csv", 1), ("b.csv", 1)], raw.Parts.Select(p => (p.Name, p.Rows)));
        Assert.Equal(ColumnType.Integer, raw.Parts[0].Columns[1].Type);
    }

    [Fact]
    public void A_header_that_names_a_column_twice_is_refused()
    {
        var e = Assert.Throws<RondoException>(() => Csvs.Read(("t.csv", "temp,x,Temp\n")));
        Assert.Equal("t.csv: the header names column 'Temp' twice (case and underscores do not count).", e.What);
    }

    [Fact]
    public void With_a_schema_the_few_lines_that_do_not_fit_are_held_back()
    {
        var schema = new TableSchema("Day", [new("temp", ColumnType.Number), new("zip", ColumnType.Text)]);
        var lines = Enumerable.Range(0, 100).Select(i => i == 50 ? "warm,5" : $"{i},{i}");
        var raw = Csvs.Read(new CsvOptions { Schema = schema }, ("t.csv", "temp,zip\n" + string.Join('\n', lines)));
        Assert.Equal((ColumnType.Number, ColumnType.Text), (raw.Table["temp"].Type, raw.Table["zip"].Type));
        Assert.Equal(99, raw.Table.RowCount);
        Assert.Equal(
            new QuarantinedRow("t.csv", 52, "column 'temp' is 'warm', expected Number", "warm,5"),
            raw.Quarantine.Rows[0]
        );
    }

    [Fact]
    public void With_a_schema_a_column_that_mostly_does_not_fit_keeps_its_own_type()
    {
        var schema = new TableSchema("Day", [new("temp", ColumnType.Number)]);
        var raw = Csvs.Read(new CsvOptions { Schema = schema }, ("t.csv", "temp\n1\nwarm\ncold\n"));
        Assert.Equal(ColumnType.Text, raw.Table["temp"].Type);
        Assert.Equal(0, raw.Quarantine.Count);
    }

    [Fact]
    public void The_quarantine_counts_all_and_keeps_a_bounded_number()
    {
        var raw = Csvs.Read(("t.csv", "a,b\n" + string.Concat(Enumerable.Repeat("1\n", 1500))));
        Assert.Equal((1500, Quarantine.RowsMax), (raw.Quarantine.Count, raw.Quarantine.Rows.Count));
    }

    [Fact]
    public void The_newest_days_are_those_up_to_the_newest_row()
    {
        var raw = Csvs.Read(
            ("a.csv", "day,x\n2001-01-01,1\nbad\n2001-01-02,2\n"),
            ("b.csv", "day,x\n2001-01-03,3\n,4\n2001-01-05,5\nworse\n")
        );
        var newest = raw.Newest("day", 3);
        Assert.Equal([3L, 4L, 5L], Values(newest.Table["x"]));
        Assert.Equal([("b.csv", 3)], newest.Parts.Select(p => (p.Name, p.Rows)));
        Assert.Equal((1, "worse"), (newest.Quarantine.Count, newest.Quarantine.Rows[0].Text));
        var e = Assert.Throws<RondoException>(() => raw.Newest("x", 3));
        Assert.StartsWith("Column 'x' cannot be the event time", e.What, StringComparison.Ordinal);
    }

    private static IEnumerable<object?> Values(Column column) =>
        Enumerable.Range(0, column.Count).Select(r => column[r]);
}
