using System.Globalization;
using CsCheck;
using Rondo.Data;

namespace Rondo.Tests.Data;

public sealed class TypedTableTests
{
    private enum Season
    {
        Winter,
        Summer,
    }

    private sealed record Positional(DateOnly Date, float Ridership, int? TempMin, [Column("weather_rain")] bool Rain);

    private sealed record WithInit
    {
        public required DateOnly Date { get; init; }
        public float Ridership { get; init; }
        public string? Note { get; init; }
        public string Station { get; init; } = "";
        public bool IsWarm => Ridership > 1;

        [NotColumn]
        public List<int> Ignored { get; init; } = [];
    }

    private sealed record Mixed(long Id)
    {
        public double? Value { get; init; }
        public Season? Season { get; set; }
    }

    private sealed class Plain
    {
        public long Id = -1;
        public double Value { get; set; }
        public DateTimeOffset? At { get; set; }
    }

    private record struct Small(short A, byte B, decimal C);

    private sealed record Everything(
        bool Flag,
        int Whole,
        long Large,
        float Single,
        double Double,
        string Text,
        DateOnly Day,
        DateTimeOffset Instant,
        bool? MaybeFlag,
        int? MaybeWhole,
        long? MaybeLarge,
        float? MaybeSingle,
        double? MaybeDouble,
        string? MaybeText,
        DateOnly? MaybeDay,
        DateTimeOffset? MaybeInstant
    );

    [Fact]
    public void Positional_records_are_bound_by_name()
    {
        var rows = Csvs.Read(
                (
                    "t.csv",
                    "extra,date,RIDERSHIP,temp_min,weather_rain\nx,2001-01-22,15,3,true\ny,2001-01-23,1.5,,false\n"
                )
            )
            .Table.As<Positional>();
        Assert.Equal(
            [
                new Positional(new DateOnly(2001, 1, 22), 15, 3, true),
                new Positional(new DateOnly(2001, 1, 23), 1.5f, null, false),
            ],
            rows
        );
        Assert.Equal(["Date", "Ridership", "TempMin", "weather_rain"], rows.Untyped.Columns.Select(c => c.Name));
    }

    [Fact]
    public void Records_with_init_properties_are_bound_and_computed_properties_left_alone()
    {
        var rows = Csvs.Read(("t.csv", "date,ridership,station\n2001-01-22,15,Clark\n")).Table.As<WithInit>();
        Assert.Equal((15f, "Clark", null, true), (rows[0].Ridership, rows[0].Station, rows[0].Note, rows[0].IsWarm));
        Assert.False(rows.Untyped.Has("IsWarm"));
    }

    [Fact]
    public void Classes_structs_enums_and_mixed_records_are_bound()
    {
        var plain = Csvs.Read(("t.csv", "id,value,at\n1,2,2001-01-22T00:00:00Z\n")).Table.As<Plain>()[0];
        Assert.Equal(
            (1, 2.0, new DateTimeOffset(2001, 1, 22, 0, 0, 0, TimeSpan.Zero)),
            (plain.Id, plain.Value, plain.At)
        );
        Assert.Equal(new Small(1, 2, 3.5m), Csvs.Read(("t.csv", "a,b,c\n1,2,3.5\n")).Table.As<Small>()[0]);
        var mixed = Csvs.Read(("t.csv", "id,season\n7,summer\n8,\n")).Table.As<Mixed>();
        Assert.Equal([new Mixed(7) { Season = Season.Summer }, new Mixed(8)], mixed);
    }

    [Fact]
    public void Rows_survive_the_way_to_columns_and_back() =>
        Gen.Select(Gen.Int[0, 50], Gen.Int)
            .Sample(
                (count, seed) =>
                {
                    var random = new Random(seed);
                    var rows = Enumerable.Range(0, count).Select(_ => Any(random)).ToArray();
                    var untyped = Table.From(rows).Untyped;
                    using var stream = new MemoryStream();
                    Parquet.Write(untyped, stream);
                    Assert.Equal(rows, untyped.As<Everything>());
                    Assert.Equal(rows, Parquet.Read(stream).As<Everything>());
                }
            );

    [Fact]
    public void Typed_rows_are_a_sequence_to_query()
    {
        var rows = Table.From([new Mixed(1) { Value = 2 }, new Mixed(2)]);
        IEnumerable<Mixed> some = rows.Where(r => r.Value is not null);
        Assert.Equal([new Mixed(1) { Value = 2 }], Table.From(some));
    }

    [Fact]
    public void A_missing_column_is_named()
    {
        var e = Fault<Positional>("date,ridership\n2001-01-22,1\n");
        Assert.Equal("Column 'weather_rain' is missing: Positional.Rain needs it.", e.What);
    }

    [Fact]
    public void A_value_of_the_wrong_type_is_named_with_its_row()
    {
        var e = Fault<Mixed>("id\n1\n2.5\n");
        Assert.Equal("Column 'id' holds Number, which does not fit Mixed.Id (Int64): row 2 is '2.5'.", e.What);
        var large = Fault<Small>("a,b,c\n1,1,1\n70000,1,1\n");
        Assert.Equal("Column 'a' holds Integer, which does not fit Small.A (Int16): row 2 is '70000'.", large.What);
    }

    [Fact]
    public void A_missing_value_is_named_with_its_row_unless_the_member_may_be_null()
    {
        var e = Fault<Positional>("date,ridership,weather_rain\n2001-01-22,1,true\n2001-01-23,,true\n");
        Assert.Equal(
            "Column 'ridership' has no value in row 2 (1 of 2 are missing): Positional.Ridership needs one.",
            e.What
        );
    }

    [Fact]
    public void A_type_that_cannot_be_a_row_says_why()
    {
        var list = Assert.Throws<RondoException>(() => Table.From(new[] { new { Items = new List<int>() } }).Untyped);
        Assert.Contains("member 'Items' is of type List`1", list.What, StringComparison.Ordinal);
    }

    [Fact]
    public void A_record_of_sixty_members_is_bound_for_many_rows()
    {
        var columns = Enumerable
            .Range(0, 60)
            .Select(c => Column.Of($"p_{c:00}", Enumerable.Range(0, 20_000).Select(r => (double)(r + c))));
        var table = new Table(columns.ToArray());
        var rows = table.As<Wide>();
        Assert.Equal((20_000, 19_999f, 20_058f), (rows.Count, rows[^1].P00, rows[^1].P59));
        Assert.Equal(rows, Table.From(rows).Untyped.As<Wide>());
    }

    [Fact]
    public void A_float_keeps_its_short_decimal_form_in_a_table_and_comes_back_as_it_was() =>
        Gen.Float.Sample(value =>
        {
            var column = (Column<double>)Table.From([new One(value)]).Untyped.Columns[0];
            return ((float)column.Values[0]).Equals(value);
        });

    [Fact]
    public void A_float_of_few_digits_is_that_number() =>
        Gen.Select(Gen.Int[-999_999, 999_999], Gen.Int[0, 6])
            .Sample(
                (digits, point) =>
                    SinglePrecision.Widen((float)(digits / Math.Pow(10, point))) == digits / Math.Pow(10, point)
            );

    [Fact]
    public void Tables_refuse_columns_of_one_name_or_of_different_length()
    {
        Assert.Throws<RondoException>(() => new Table(Column.Of("temp_min", [1.0]), Column.Of("TempMin", [1.0])));
        Assert.Throws<RondoException>(() => new Table(Column.Of("a", [1.0]), Column.Of("b", [1.0, 2.0])));
        var e = Assert.Throws<RondoException>(() => new Table(Column.Of("a", [1.0]))["b"]);
        Assert.Equal("The table has no column 'b'. Its columns are: a.", e.Message);
    }

    [Fact]
    public void Selecting_joining_and_changing_columns_leave_the_original_alone()
    {
        var table = Csvs.Read(("t.csv", "a,b\n1,x\n2,y\n3,z\n")).Table;
        Assert.Equal([3L, 1L], Enumerable.Range(0, 2).Select(r => table.Select([2, 0])["a"][r]));
        Assert.Equal(["b"], table.Drop("A").Columns.Select(c => c.Name));
        var joined = Table.Concat(table, new Table(Column.Of("A", [0.5])));
        Assert.Equal((4, ColumnType.Number, null), (joined.RowCount, joined["a"].Type, joined["b"][3]));
        Assert.Equal(3, table.With(Column.Of("c", [1.0, 2, 3])).Columns.Count);
        Assert.Equal(2, table.Columns.Count);
    }

    private sealed record Wide(
        float P00,
        float P01,
        float P02,
        float P03,
        float P04,
        float P05,
        float P06,
        float P07,
        float P08,
        float P09,
        float P10,
        float P11,
        float P12,
        float P13,
        float P14,
        float P15,
        float P16,
        float P17,
        float P18,
        float P19,
        float P20,
        float P21,
        float P22,
        float P23,
        float P24,
        float P25,
        float P26,
        float P27,
        float P28,
        float P29,
        float P30,
        float P31,
        float P32,
        float P33,
        float P34,
        float P35,
        float P36,
        float P37,
        float P38,
        float P39,
        float P40,
        float P41,
        float P42,
        float P43,
        float P44,
        float P45,
        float P46,
        float P47,
        float P48,
        float P49,
        float P50,
        float P51,
        float P52,
        float P53,
        float P54,
        float P55,
        float P56,
        float P57,
        float P58,
        float P59
    );

    private sealed record One(float X);

    private static RondoException Fault<T>(string csv) =>
        Assert.Throws<RondoException>(() => Csvs.Read(("t.csv", csv)).Table.As<T>());

    private static Everything Any(Random random)
    {
        var whole = random.Next(-5, 5);
        var number = random.NextDouble() * 100;
        var day = new DateOnly(2001, 1, 22).AddDays(random.Next(5000));
        var instant = new DateTimeOffset(day, TimeOnly.MinValue, TimeSpan.Zero).AddMicroseconds(random.Next());
        return new Everything(
            whole > 0,
            whole,
            random.NextInt64(),
            (float)number,
            number,
            number.ToString(CultureInfo.InvariantCulture),
            day,
            instant,
            Maybe(true),
            Maybe(whole),
            Maybe(random.NextInt64()),
            Maybe((float)number),
            Maybe(number),
            random.Next(3) == 0 ? null : "x",
            Maybe(day),
            Maybe(instant)
        );

        T? Maybe<T>(T value)
            where T : struct => random.Next(3) == 0 ? null : value;
    }
}
