using System.Text.Json;
using Rondo.Data;

namespace Rondo.Tests.Data;

public sealed class ValidationTests
{
    private sealed record Day(
        DateOnly Date,
        [Between(-60, 60)] float Temp,
        [OneOf("sun", "rain")] string Sky,
        int? Games,
        [OptionalColumn] double? Gust
    );

    [AllowExtraColumns]
    private sealed record Tolerant(DateOnly Date);

    private static readonly TableSchema Schema = TableSchema.Of<Day>();

    [Fact]
    public void A_schema_is_read_from_the_type()
    {
        Assert.Equal("Day", Schema.Name);
        Assert.Equal(["Date", "Temp", "Sky", "Games", "Gust"], Schema.Columns.Select(c => c.Name));
        Assert.Equal(
            [ColumnType.Date, ColumnType.Number, ColumnType.Text, ColumnType.Integer, ColumnType.Number],
            Schema.Columns.Select(c => c.Type)
        );
        Assert.Equal([false, false, false, true, true], Schema.Columns.Select(c => c.Nullable));
        Assert.Equal([true, true, true, true, false], Schema.Columns.Select(c => c.Required));
        Assert.Equal((-60.0, 60.0), (Schema.Columns[1].Min, Schema.Columns[1].Max));
        Assert.Equal(["sun", "rain"], Schema.Columns[2].Domain!);
    }

    [Fact]
    public void Rows_as_expected_are_clean()
    {
        var report = Validate(("a.csv", "date,temp,sky,games,gust\n2001-01-22,5,sun,1,2.5\n2001-01-23,5.5,rain,,\n"));
        Assert.True(report.IsClean, report.Summary);
        Assert.Equal(2, report.Rows);
    }

    [Fact]
    [Trait("Requirement", "R36")]
    public void A_column_that_one_file_lacks_is_schema_skew_and_the_file_is_named()
    {
        var report = Validate(
            ("days-2007Q4.csv", "date,temp,sky,games\n2007-12-31,5,sun,1\n"),
            ("days-2008Q1.csv", "date,sky,games\n2008-01-01,sun,1\n")
        );
        Assert.True(report.HasSchemaSkew);
        var anomaly = Assert.Single(report.Anomalies);
        Assert.Equal("missing column 'temp' in days-2008Q1.csv", anomaly.Message);
        Assert.Equal("Push days-2008Q1.csv again with the column: another file has it.", anomaly.Mend);
    }

    private sealed record Wind(double WindMax, double WindAvg, double Gust);

    [Theory]
    [Trait("Requirement", "R36")]
    [InlineData("wind_avg,gust", "wind_max")]
    [InlineData("windAvg,gust", "windMax")]
    [InlineData("WindAvg,Gust", "WindMax")]
    [InlineData("windavg,gust", "windmax")]
    public void A_column_that_no_file_has_is_told_as_the_file_would_spell_it(string header, string missing)
    {
        var report = SchemaValidator.Validate(TableSchema.Of<Wind>(), Csvs.Read(("a.csv", header + "\n1.5,2.5\n")));
        Assert.Equal($"missing column '{missing}' in a.csv", Assert.Single(report.Anomalies).Message);
    }

    [Fact]
    [Trait("Requirement", "R36")]
    public void An_extra_column_is_schema_skew_unless_the_type_allows_it()
    {
        const string csv = "date,temp,sky,games,wind\n2001-01-22,5,sun,1,3\n";
        var anomaly = Assert.Single(Validate(("a.csv", csv)).Anomalies);
        Assert.Equal((AnomalyKind.ExtraColumn, true), (anomaly.Kind, anomaly.IsSchemaSkew));
        Assert.Equal("extra column 'wind' in a.csv", anomaly.Message);
        Assert.True(SchemaValidator.Validate(TableSchema.Of<Tolerant>(), Csvs.Read(("a.csv", csv))).IsClean);
    }

    [Fact]
    [Trait("Requirement", "R36")]
    public void A_column_of_another_type_is_schema_skew_in_its_file_only()
    {
        var report = Validate(
            ("a.csv", "date,temp,sky,games\n2001-01-22,5,sun,1\n"),
            ("b.csv", "date,temp,sky,games\n2001-01-23,warm,sun,1\n2001-01-24,7,sun,1\n")
        );
        var anomaly = Assert.Single(report.Anomalies);
        Assert.Equal("column 'temp' in b.csv holds Text, expected Number", anomaly.Message);
        Assert.Equal((0.5, true), (anomaly.Share, report.HasSchemaSkew));
        Assert.Equal(["warm"], anomaly.Examples);
    }

    [Fact]
    public void Whole_numbers_fit_where_numbers_are_expected_and_the_other_way_round_if_they_are_whole()
    {
        Assert.True(Validate(("a.csv", "date,temp,sky,games\n2001-01-22,5,sun,1.0\n")).IsClean);
        var anomaly = Assert.Single(Validate(("a.csv", "date,temp,sky,games\n2001-01-22,5,sun,1.5\n")).Anomalies);
        Assert.Equal((AnomalyKind.WrongType, "1.5"), (anomaly.Kind, anomaly.Examples[0]));
    }

    [Fact]
    [Trait("Requirement", "R36")]
    public void A_missing_value_where_one_must_be_stops()
    {
        var report = Validate(("a.csv", "date,temp,sky,games\n2001-01-22,,sun,\n2001-01-23,5,sun,\n"));
        var anomaly = Assert.Single(report.Anomalies);
        Assert.Equal("column 'temp' in a.csv lacks values: 1 of 2 rows", anomaly.Message);
        Assert.True(report.HasSchemaSkew);
    }

    [Fact]
    public void A_column_without_any_value_has_every_type()
    {
        Assert.True(Validate(("a.csv", "date,temp,sky,games\n2001-01-22,5,sun,\n")).IsClean);
        var anomaly = Assert.Single(Validate(("a.csv", "date,temp,sky,games\n2001-01-22,,sun,\n")).Anomalies);
        Assert.Equal(AnomalyKind.MissingValue, anomaly.Kind);
    }

    [Fact]
    [Trait("Requirement", "R36")]
    public void Values_out_of_range_and_unknown_categories_are_told_but_do_not_stop()
    {
        var report = Validate(("a.csv", "date,temp,sky,games\n2001-01-22,99,fog,1\n2001-01-23,-99,sun,1\n"));
        Assert.False(report.HasSchemaSkew);
        Assert.Equal(
            [
                "column 'temp' in a.csv is outside -60 to 60: 2 values, from -99 to 99",
                "column 'sky' in a.csv has unknown values: 1 value (fog)",
            ],
            report.Anomalies.Select(a => a.Message)
        );
    }

    [Fact]
    public void Lines_held_back_are_told_but_do_not_stop()
    {
        var report = Validate(("a.csv", "date,temp,sky,games\n2001-01-22,5,sun,1\n2001-01-23,5\n"));
        Assert.False(report.HasSchemaSkew);
        Assert.Equal("a.csv: 1 line held back; line 3: 2 fields, but the header has 4", report.Anomalies[0].Message);
        Assert.Equal(0.5, report.Anomalies[0].Share);
    }

    [Fact]
    public void An_empty_file_is_schema_skew()
    {
        var report = Validate(("a.csv", "date,temp,sky,games\n2001-01-22,5,sun,1\n"), ("b.csv", ""));
        Assert.Equal("b.csv is empty", report.Summary);
    }

    [Fact]
    public void Reports_survive_JSON()
    {
        var report = Validate(("a.csv", "date,sky,games,x\n2001-01-22,fog,1,2\n"));
        var json = JsonSerializer.Serialize(report, RondoJson.Options);
        Assert.Contains("\"hasSchemaSkew\":true", json, StringComparison.Ordinal);
        Assert.Contains("\"kind\":\"missingColumn\"", json, StringComparison.Ordinal);
        var again = JsonSerializer.Deserialize<ValidationReport>(json, RondoJson.Options)!;
        Assert.Equal(report.Anomalies.Select(a => a.Message), again.Anomalies.Select(a => a.Message));
    }

    [Fact]
    public void A_schema_inferred_from_a_table_accepts_that_table()
    {
        var raw = Csvs.Read(("a.csv", "x,sky\n" + string.Concat(Enumerable.Repeat("1,sun\n,rain\n", 20))));
        var schema = TableSchema.Infer("days", raw.Table);
        Assert.Equal(["rain", "sun"], schema.Find("sky")!.Domain!);
        Assert.True(schema.Find("x")!.Nullable);
        Assert.True(SchemaValidator.Validate(schema, raw).IsClean);
    }

    private static ValidationReport Validate(params (string Name, string Text)[] files) =>
        SchemaValidator.Validate(Schema, Csvs.Read(files));
}
