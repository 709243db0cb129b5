using System.Text.Json;
using CsCheck;
using Rondo.Data;

namespace Rondo.Tests.Data;

/// <summary>Expected distributions in a schema: what deviates is told, what chance gives is not.</summary>
public sealed class DistributionTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("rondo-distribution-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    [Trait("Requirement", "R31")]
    [Trait("Requirement", "R35")]
    public void Shares_that_deviate_are_value_skew_with_their_size()
    {
        var schema = Schema("kind", ColumnType.Text, Shares(0.1, ("bus", 0.6), ("tram", 0.4)));

        var report = SchemaValidator.Validate(schema, Kinds(("bus", 300), ("tram", 650), ("boat", 50)));

        var anomaly = Assert.Single(report.Anomalies);
        Assert.False(report.HasSchemaSkew);
        Assert.Equal(AnomalyKind.UnexpectedDistribution, anomaly.Kind);
        Assert.Equal(0.3, anomaly.Effect!.Value, 1e-12);
        Assert.Equal(
            "column 'kind' in rows is distributed differently: 'bus' is 30.0 % of 1000 values, and 1 more deviate, expected 60.0 % of 'bus' to within 10.0 %",
            anomaly.Message
        );
    }

    [Fact]
    [Trait("Requirement", "R31")]
    public void Values_that_are_not_named_share_the_rest()
    {
        var schema = Schema("kind", ColumnType.Text, Shares(0.05, ("bus", 0.7)));

        Assert.True(SchemaValidator.Validate(schema, Kinds(("bus", 700), ("a", 150), ("b", 150))).IsClean);
        var all = Schema("kind", ColumnType.Text, Shares(0.05, ("bus", 0.7), ("tram", 0.3)));
        Assert.Contains(
            "all other values are 20.0 %",
            SchemaValidator.Validate(all, Kinds(("bus", 600), ("tram", 200), ("new", 200))).Anomalies[0].Observed
        );
    }

    [Fact]
    [Trait("Requirement", "R31")]
    public void Quantiles_that_deviate_are_told_in_shares_and_ties_are_no_deviation()
    {
        var schema = Schema("x", ColumnType.Number, Quantiles(0.05, (0.1, 1), (0.5, 5), (0.9, 9)));
        double[] even = [.. Enumerable.Range(0, 1000).Select(i => (i % 100) / 10.0)];

        Assert.True(SchemaValidator.Validate(schema, Numbers(even)).IsClean);
        var moved = Assert.Single(SchemaValidator.Validate(schema, Numbers([.. even.Select(x => x + 2)])).Anomalies);
        Assert.Equal(0.19, moved.Effect!.Value, 0.011);
        Assert.StartsWith("71.0 % are up to 9, of 1000 values", moved.Observed, StringComparison.Ordinal);
        // A tenth lies at 1 and another at 9, as expected, and eight tenths at 5: any quantile between may stand there.
        double[] tied =
        [
            .. Enumerable
                .Range(0, 1000)
                .Select(i =>
                    i % 10 == 0 ? 1.0
                    : i % 10 == 9 ? 9
                    : 5
                ),
        ];
        Assert.True(SchemaValidator.Validate(schema, Numbers(tied)).IsClean);
    }

    [Fact]
    [Trait("Requirement", "R31")]
    public void Files_of_any_size_as_expected_raise_hardly_a_false_alarm_and_few_rows_prove_nothing()
    {
        var random = new Random(3);
        var expected = Shares(0, ("a", 0.5), ("b", 0.3), ("c", 0.2));
        var schema = Schema("kind", ColumnType.Text, expected);
        var alarms = 0;
        for (var file = 0; file < 1000; file++)
        {
            var rows = new[] { 5, 30, 300, 2000 }[file % 4];
            var table = new Table(
                Column.Of(
                    "kind",
                    Enumerable
                        .Range(0, rows)
                        .Select(_ =>
                            random.NextDouble() is var u && u < 0.5 ? "a"
                            : u < 0.8 ? "b"
                            : "c"
                        )
                )
            );
            alarms += SchemaValidator.Validate(schema, table).IsClean ? 0 : 1;
        }

        // Ten at most are expected of a thousand; 21 come with a probability under 1 in 500.
        Assert.InRange(alarms, 0, 20);
        Assert.True(SchemaValidator.Validate(schema, Kinds(("c", 2))).IsClean);
        Assert.False(SchemaValidator.Validate(schema, Kinds(("c", 6))).IsClean);
    }

    [Fact]
    public void Neither_order_nor_parts_change_what_is_told() =>
        Gen.Select(Gen.Int[0, 4].Array[1, 200], Gen.Int[1, 50], Gen.Int)
            .Sample(
                (values, size, seed) =>
                {
                    var table = Kinds([.. values.Select(v => ("v" + v, 1))]);
                    var order = Enumerable.Range(0, table.RowCount).ToArray();
                    new Random(seed).Shuffle(order);
                    var schema = Schema("kind", ColumnType.Text, Shares(0.05, ("v0", 0.2), ("v1", 0.1)));
                    var check = new FileCheck(schema, "rows", [new PartColumn("kind", ColumnType.Text)], null);
                    var mixed = table.Select(order);
                    for (var first = 0; first < mixed.RowCount; first += size)
                    {
                        check.Add(mixed.Slice(first, Math.Min(size, mixed.RowCount - first)));
                    }

                    Assert.Equal(
                        JsonSerializer.Serialize(SchemaValidator.Validate(schema, table).Anomalies, RondoJson.Options),
                        JsonSerializer.Serialize(check.Finish([]), RondoJson.Options)
                    );
                }
            );

    [Fact]
    [Trait("Requirement", "R32")]
    public void What_is_accepted_is_expected_from_then_on()
    {
        var schema = new TableSchema(
            "rows",
            [
                new ColumnExpectation("kind", ColumnType.Text)
                {
                    Distribution = Shares(0.02, ("bus", 0.6), ("tram", 0.4)),
                },
                new ColumnExpectation("x", ColumnType.Number) { Distribution = Quantiles(0.02, (0.5, 50), (0.9, 90)) },
            ]
        );
        var table = Kinds(("bus", 900), ("tram", 100))
            .With(Column.Of("x", Enumerable.Range(0, 1000).Select(i => (double)i)));

        var report = SchemaValidator.Validate(schema, table);
        var (accepted, changes) = SchemaAcceptance.Accept(schema, report, TableStatistics.Of(table));

        Assert.Equal(2, report.Anomalies.Count);
        Assert.Equal(
            ["is distributed as in these files", "is distributed as in these files"],
            changes.Select(c => c.Change)
        );
        Assert.True(SchemaValidator.Validate(accepted, table).IsClean);
        Assert.Equal(0.9, accepted.Columns[0].Distribution!.Shares!["bus"]);
        Assert.Equal(499.5, accepted.Columns[1].Distribution!.Quantiles![0.5]);
        Assert.Equal(0.02, accepted.Columns[1].Distribution!.Tolerance);
    }

    [Fact]
    [Trait("Requirement", "R32")]
    public void Files_that_differ_from_each_other_are_accepted_by_a_wider_tolerance()
    {
        var schema = Schema("kind", ColumnType.Text, Shares(0.05, ("bus", 0.5), ("tram", 0.5)));
        var source = TableSource.Join(
            "both",
            [
                TableSource.Of(Kinds(("bus", 900), ("tram", 100)), "one"),
                TableSource.Of(Kinds(("bus", 250), ("tram", 750)), "two"),
            ]
        );

        var report = SchemaValidator.Validate(schema, source);
        var (accepted, changes) = SchemaAcceptance.Accept(schema, report, source.Describe());

        Assert.Equal(["shares may differ by 41 %", "shares may differ by 26 %"], changes.Select(c => c.Change));
        Assert.Equal(0.41, accepted.Columns[0].Distribution!.Tolerance);
        Assert.True(SchemaValidator.Validate(accepted, source).IsClean);
    }

    [Fact]
    [Trait("Requirement", "R31")]
    public void A_distribution_is_written_in_a_line_and_read_again()
    {
        var schema = new TableSchema(
            "rows",
            [
                new ColumnExpectation("kind", ColumnType.Text) { Distribution = Shares(0.1, ("a \"b\"", 0.6)) },
                new ColumnExpectation("x", ColumnType.Number) { Distribution = Quantiles(0.05, (0.5, 5), (0.95, 9.5)) },
            ]
        );
        var path = Path.Combine(_folder, "rows.schema.json");

        SchemaFile.Write(schema, path);
        var again = SchemaFile.Read(path);

        var lines = File.ReadAllLines(path);
        Assert.Equal(
            """    "kind": { "type": "text", "distribution": { "shares": { "a \"b\"": 0.6 }, "tolerance": 0.1 } },""",
            lines[3]
        );
        Assert.Equal(
            """    "x": { "type": "number", "distribution": { "quantiles": { "0.5": 5, "0.95": 9.5 } } }""",
            lines[4]
        );
        Assert.Equal(SchemaFile.Text(schema), SchemaFile.Text(again));
    }

    [Theory]
    [InlineData("text", """{ "shares": { "a": 0.7, "b": 0.7 } }""", "sum to at most 1")]
    [InlineData("text", """{ "shares": {} }""", "from 0 to 1")]
    [InlineData("text", """{ "quantiles": { "0.5": 1 } }""", "the column is Text")]
    [InlineData("number", """{ "quantiles": { "0.5": 3, "0.9": 1 } }""", "do not ascend")]
    [InlineData("number", """{ "quantiles": { "5": 3 } }""", "'5' of its quantiles is no share")]
    [InlineData("number", """{ "tolerance": 0.1 }""", "either shares or quantiles")]
    [InlineData("number", """{ "quantiles": { "0.5": 3 }, "tolerance": 1 }""", "share below 1")]
    [InlineData("number", """{ "quantile": { "0.5": 3 } }""", "quantile")]
    public void A_distribution_that_makes_no_sense_is_refused(string type, string distribution, string words)
    {
        var path = Path.Combine(_folder, "rows.schema.json");
        File.WriteAllText(
            path,
            $$"""{ "name": "rows", "columns": { "c": { "type": "{{type}}", "distribution": {{distribution}} } } }"""
        );

        Assert.Contains(words, Assert.Throws<RondoException>(() => SchemaFile.Read(path)).Message);
    }

    [Fact]
    [Trait("Requirement", "R31")]
    public void What_statistics_suggest_is_met_by_the_same_rows() =>
        Tables
            .Any.Where(table => table.RowCount > 0)
            .Sample(table =>
            {
                var statistics = TableStatistics.Of(table);
                var schema = new TableSchema(
                    "rows",
                    [
                        .. statistics.Columns.Select(c => new ColumnExpectation(c.Name, c.Type, Nullable: true)
                        {
                            Distribution = DistributionExpectation.Infer(c),
                        }),
                    ]
                );
                Assert.True(SchemaValidator.Validate(schema, table).IsClean);
            });

    private static TableSchema Schema(string column, ColumnType type, DistributionExpectation distribution) =>
        new("rows", [new ColumnExpectation(column, type) { Distribution = distribution }]);

    private static DistributionExpectation Shares(double tolerance, params (string, double)[] shares) =>
        new() { Shares = shares.ToDictionary(s => s.Item1, s => s.Item2), Tolerance = tolerance };

    private static DistributionExpectation Quantiles(double tolerance, params (double, double)[] quantiles) =>
        new() { Quantiles = quantiles.ToDictionary(q => q.Item1, q => q.Item2), Tolerance = tolerance };

    private static Table Kinds(params (string Value, int Count)[] values) =>
        new(Column.Of("kind", values.SelectMany(v => Enumerable.Repeat<string?>(v.Value, v.Count))));

    private static Table Numbers(double[] values) => new(Column.Of("x", values));
}
