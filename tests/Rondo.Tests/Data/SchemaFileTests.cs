using Rondo.Data;

namespace Rondo.Tests.Data;

/// <summary>Schemas as files that people edit, what they can say, and how a change is accepted.</summary>
public sealed class SchemaFileTests : IDisposable
{
    private const string Text = """
        {
          "name": "trips",
          // Comments may stand here.
          "columns": {
            "id": { "type": "integer", "unique": true },
            "at": { "type": "timestamp" },
            "left": { "type": "number", "min": 0 },
            "arrived": { "type": "number", "missingMax": 0.5 },
            "kind": { "type": "text", "oneOf": ["bus", "tram"] },
            "line": { "type": "text", "distinctMax": 2 },
            "late": { "type": "boolean", "absentIn": ["serving"] },
            "wheel": { "type": "number", "optional": true, "deprecated": "the sensor was replaced" },
            "battery": { "type": "number", "nullable": true, "min": 0, "validFrom": "2020-01-01T00:00:00Z" },
          },
          "eventTime": "at",
          "forbidden": { "gender": "by policy never a feature" },
          "rules": [{ "left": "left", "is": "<=", "right": "arrived" }],
          "shares": [{ "column": "kind", "value": "bus", "min": 0.4, "max": 1 }]
        }
        """;

    private const string Header = "id,at,left,arrived,kind,line,late,battery\n";
    private const string Good = Header + "1,2021-05-01T10:00Z,1,2,bus,a,true,5\n2,2021-05-01T11:00Z,2,,tram,b,false,\n";

    private readonly string _path = Path.Combine(
        Directory.CreateTempSubdirectory("rondo-schema-").FullName,
        "trips.schema.json"
    );

    public SchemaFileTests() => File.WriteAllText(_path, Text);

    public void Dispose() => Directory.Delete(Path.GetDirectoryName(_path)!, recursive: true);

    [Fact]
    [Trait("Requirement", "R31")]
    public void What_is_written_is_what_was_read()
    {
        var schema = SchemaFile.Read(_path);
        var text = SchemaFile.Text(schema);
        SchemaFile.Write(schema, _path);

        Assert.Equal(text, SchemaFile.Text(SchemaFile.Read(_path)));
        Assert.Contains(
            "\n    \"kind\": { \"type\": \"text\", \"oneOf\": [\"bus\", \"tram\"] },\n",
            text,
            StringComparison.Ordinal
        );
        Assert.Contains("\"validFrom\": \"2020-01-01T00:00:00+00:00\"", text, StringComparison.Ordinal);
        Assert.Equal("trips.schema.json", schema.File);
    }

    [Theory]
    [InlineData("\"min\": 0 }", "\"mim\": 0 }", "line 7: 'mim' is no word of a schema at columns.left.mim.")]
    [InlineData(
        "\"number\"",
        "\"numbre\"",
        "line 7: The value at columns.left.type is of no kind that may stand there."
    )]
    [InlineData("\"type\": \"number\", ", "", "line 7: 'type' is missing at columns.left.")]
    [InlineData(
        "\"number\", \"min\": 0",
        "\"number\", \"min\": 9, \"max\": 1",
        "Column 'left': min is greater than max."
    )]
    [InlineData("\"<=\"", "\"=<\"", "'=<' of a rule is no comparison")]
    [InlineData(
        "\"right\": \"arrived\"",
        "\"right\": \"arived\"",
        "'arived' is named by a rule, a share or eventTime, but is no column."
    )]
    public void A_mistake_is_told_with_its_place(string right, string wrong, string words)
    {
        var at = Text.IndexOf(right, StringComparison.Ordinal);
        File.WriteAllText(_path, Text[..at] + wrong + Text[(at + right.Length)..]);

        var error = Assert.Throws<RondoException>(() => SchemaFile.Read(_path));

        Assert.Equal(ErrorCode.InvalidArgument, error.Code);
        Assert.Contains(words, error.What, StringComparison.Ordinal);
        Assert.StartsWith("trips.schema.json", error.What, StringComparison.Ordinal);
    }

    [Fact]
    public void Rows_as_expected_are_clean() => Assert.Empty(Messages(Good));

    [Theory]
    [Trait("Requirement", "R31")]
    [InlineData("2,2021", "1,2021", "column 'id' in t.csv is not unique: 1 value came before")]
    [InlineData("2,,tram", "2,1,tram", "rows of t.csv where left <= arrived does not hold: 1 of 2")]
    [InlineData("Z,1,2,", "Z,-1,2,", "column 'left' in t.csv is outside 0 or more: 1 value, from -1 to -1")]
    [InlineData("bus,a", "boat,a", "column 'kind' in t.csv has unknown values: 1 value (boat)")]
    [InlineData("tram,b", "bus,b", null)]
    [InlineData(
        "bus,a,true,5",
        "bus,a,true,-5",
        "column 'battery' in t.csv is outside 0 or more: 1 value, from -5 to -5"
    )]
    [InlineData("2021-05-01T10:00Z,1,2,bus,a,true,5", "2019-05-01T10:00Z,1,2,bus,a,true,-5", null)]
    [InlineData("line,late", "line,gender", "column 'gender' in t.csv must not be there: by policy never a feature")]
    public void What_the_schema_says_is_held_against_the_rows(string right, string wrong, string? message)
    {
        var messages = Messages(Good.Replace(right, wrong, StringComparison.Ordinal));
        if (message is null)
        {
            Assert.Empty(messages);
        }
        else
        {
            Assert.Contains(message, messages);
        }
    }

    [Fact]
    [Trait("Requirement", "R37")]
    public void Shares_different_values_and_missing_values_have_limits()
    {
        var rows = string.Concat(Enumerable.Range(3, 8).Select(i => $"{i},2021-05-01T10:00Z,1,,tram,{i},true,5\n"));

        Assert.Equal(
            [
                "column 'arrived' in t.csv lacks values: 9 of 10 rows",
                "column 'line' in t.csv has 10 different values, expected at most 2",
                "column 'kind' in t.csv: 'bus' is 10.0 % of 10 values, expected 40.0 % to 100.0 %",
            ],
            Messages(Good + rows)
        );
    }

    [Fact]
    [Trait("Requirement", "R188")]
    public void A_column_need_not_be_where_it_is_absent()
    {
        var serving = Good.Replace(",late", "", StringComparison.Ordinal)
            .Replace(",true", "", StringComparison.Ordinal)
            .Replace(",false", "", StringComparison.Ordinal);

        Assert.Equal(["missing column 'late' in t.csv"], Messages(serving));
        Assert.Empty(Messages(serving, "serving"));
    }

    [Fact]
    [Trait("Requirement", "R31")]
    public void A_file_read_part_by_part_is_judged_as_one_read_at_once()
    {
        var text =
            Good.Replace("bus,a", "boat,a", StringComparison.Ordinal)
            + "3,soon\n2,2021-05-01T10:00Z,1,0,bus,a,true,5\n";
        var path = Path.Combine(Path.GetDirectoryName(_path)!, "t.csv");
        File.WriteAllText(path, text);
        var schema = SchemaFile.Read(_path);

        var parted = SchemaValidator.Validate(schema, TableSource.Open(path, new CsvOptions { Schema = schema }));
        var whole = SchemaValidator.Validate(schema, Csvs.Read(new CsvOptions { Schema = schema }, ("t.csv", text)));

        Assert.Equal(
            whole.Anomalies.Select(a => (a.Message, a.Share)),
            parted.Anomalies.Select(a => (a.Message, a.Share))
        );
        Assert.Equal(
            [
                AnomalyKind.NotUnique,
                AnomalyKind.UnknownCategory,
                AnomalyKind.BrokenRule,
                AnomalyKind.ShareOutOfRange,
                AnomalyKind.QuarantinedRows,
            ],
            parted.Anomalies.Select(anomaly => anomaly.Kind)
        );
    }

    [Fact]
    [Trait("Requirement", "R32")]
    public void The_schema_that_rows_suggest_allows_them_and_says_what_never_was()
    {
        var rows = string.Concat(Enumerable.Range(1, 200).Select(i => $"{i},{i % 3}.5,{(i % 2 == 0 ? "a" : "b")},\n"));
        var raw = Csvs.Read(("t.csv", "id,x,kind,none\n" + rows));
        var schema = TableSchema.Infer("t", TableStatistics.Of(raw.Table));

        Assert.True(SchemaValidator.Validate(schema, raw).IsClean);
        Assert.Equal((true, 0.0, null), (schema.Find("id")!.Unique, schema.Find("x")!.Min, schema.Find("x")!.Max));
        Assert.Equal(["a", "b"], schema.Find("kind")!.Domain!);
        Assert.True(schema.Find("none")!.Nullable);
    }

    [Fact]
    [Trait("Requirement", "R32")]
    public void Accepting_changes_what_was_too_narrow_and_nothing_else()
    {
        var text =
            Header.Replace("late", "later", StringComparison.Ordinal)
            + "1,2021-05-01T10:00Z,-3,2,boat,a,true,5\n1,2021-05-01T10:00Z,1,0,ship,b,true,5\n";
        var schema = SchemaFile.Read(_path);
        var raw = Csvs.Read(("t.csv", text));
        var report = SchemaValidator.Validate(schema, raw);

        var (accepted, changes) = SchemaAcceptance.Accept(schema, report, TableStatistics.Of(raw.Table));

        Assert.Equal(
            [
                ("late", "may be missing from a file"),
                ("later", "new column of type Boolean"),
                ("id", "need not be unique"),
                ("left", "-3 or more"),
                ("kind", "also boat, ship"),
            ],
            changes.Select(change => (change.Column, change.Change))
        );
        // A person decides about these.
        Assert.Equal(
            [AnomalyKind.BrokenRule, AnomalyKind.ShareOutOfRange],
            SchemaValidator.Validate(accepted, raw).Anomalies.Select(anomaly => anomaly.Kind)
        );
    }

    [Fact]
    public void Pages_show_what_was_found_and_run_nothing_that_stands_in_data()
    {
        var raw = Csvs.Read(("t.csv", "<script>alert(1)</script>,{0}\n\"<b>\",1\n\"<b>\",2\n"));
        var schema = TableSchema.Infer("t", new Table(Column.Of("x", [1.0])));

        var statistics = StatisticsPage.Html("<i>t.csv", TableStatistics.Of(raw.Table));
        var validation = ValidationPage.Html("<i>t.csv", SchemaValidator.Validate(schema, raw));

        Assert.All(
            [statistics, validation],
            page =>
            {
                Assert.DoesNotContain("<script", page, StringComparison.Ordinal);
                Assert.DoesNotContain("<b>", page, StringComparison.Ordinal);
                Assert.DoesNotContain("<i>t", page, StringComparison.Ordinal);
                Assert.DoesNotContain("http", page, StringComparison.Ordinal);
                Assert.Contains("&lt;script&gt;alert(1)&lt;/script&gt;", page, StringComparison.Ordinal);
            }
        );
        Assert.Contains("{0}", statistics, StringComparison.Ordinal);
        Assert.Contains("missing column &#39;x&#39; in t.csv", validation, StringComparison.Ordinal);
    }

    private IEnumerable<string> Messages(string csv, string? environment = null)
    {
        var schema = SchemaFile.Read(_path);
        return SchemaValidator
            .Validate(schema, Csvs.Read(("t.csv", csv)), environment)
            .Anomalies.Select(a => a.Message);
    }
}
