using System.Text.Json;
using CsCheck;
using Rondo.Data;

namespace Rondo.Tests.Data;

/// <summary>Rows that come part by part are described as the whole would be, whatever their order and however they are parted.</summary>
public sealed class TableProfilerTests
{
    private static readonly double[] s_shares = [0.01, 0.05, 0.25, 0.5, 0.75, 0.95, 0.99];

    [Fact]
    [Trait("Requirement", "R23")]
    public void Parts_are_described_as_the_whole() =>
        Gen.Select(Tables.Any, Gen.Int[1, 7])
            .Sample(
                (table, size) =>
                    Assert.Equal(Json(TableStatistics.Of(table)), Json(TableStatistics.Of(Parts(table, size))))
            );

    [Fact]
    public void Profilers_of_parts_merge_to_that_of_the_whole_in_any_order() =>
        Gen.Select(Tables.Any, Gen.Int[1, 7], Gen.Int)
            .Sample(
                (table, size, seed) =>
                {
                    var parts = Parts(table, size).ToArray();
                    new Random(seed).Shuffle(parts);
                    Assert.Equal(Json(TableStatistics.Of(table)), Json(Merged(parts).ToStatistics()));
                }
            );

    [Fact]
    public void Very_many_different_values_are_described_alike_however_they_come()
    {
        var random = new Random(1);
        var table = Large(60_000, row => Math.Exp(3 * random.NextDouble()) * (row % 3 == 0 ? -1 : 1));
        var order = Enumerable.Range(0, table.RowCount).ToArray();
        random.Shuffle(order);

        var whole = Json(TableStatistics.Of(table));

        Assert.Equal(whole, Json(TableStatistics.Of(table.Select(order))));
        Assert.Equal(whole, Json(TableStatistics.Of(Parts(table.Select(order), 7_001))));
        Assert.Equal(whole, Json(Merged([.. Parts(table.Select(order), 9_999)]).ToStatistics()));
    }

    [Theory]
    [InlineData("uniform")]
    [InlineData("near a billion")]
    [InlineData("over many powers of ten")]
    [InlineData("around zero")]
    [InlineData("one value most of the time")]
    public void Quantiles_of_very_many_values_are_within_the_error_that_is_stated(string kind)
    {
        var random = new Random(7);
        Func<int, double> value = kind switch
        {
            "uniform" => _ => random.NextDouble(),
            "near a billion" => _ => 1e9 + (30 * random.NextDouble()),
            "over many powers of ten" => _ => Math.Pow(10, (20 * random.NextDouble()) - 10),
            "around zero" => _ => random.NextDouble() - random.NextDouble(),
            _ => _ => random.Next(10) < 9 ? 5 : random.NextDouble(),
        };
        var table = Large(100_000, value);
        var numbers = TableStatistics.Of(table).Columns[0].Numbers!;
        var sorted = ((Column<double>)table["x"]).Values.ToArray();
        Array.Sort(sorted);

        Assert.True(numbers.QuantileError > 0);
        // A thousandth of the spread, or a fiftieth of the value where they lie over many powers of ten.
        var most = Math.Max((sorted[^1] - sorted[0]) / 1000, Quantile.Linear(sorted, 0.99) / 50);
        Assert.InRange(numbers.QuantileError, 0, kind == "near a billion" ? 0.03 : most);
        foreach (var share in s_shares)
        {
            var got = numbers.Quantiles.Single(q => q.Share == share).Value;
            Assert.InRange(
                got,
                Quantile.Linear(sorted, share) - numbers.QuantileError,
                Quantile.Linear(sorted, share) + numbers.QuantileError
            );
        }

        Assert.Equal(
            (sorted[0], sorted[^1], 100_000),
            (numbers.Min, numbers.Max, numbers.Histogram.Sum(bin => bin.Count))
        );
        Assert.Equal(Moments.Of(sorted).Mean, numbers.Mean, 1e-9 * Math.Abs(numbers.Mean));
        // Taking the same number from all is exact near a billion, where summing up squares is not.
        var deviation = Moments.Of(sorted.Select(v => v - sorted[0])).Deviation!.Value;
        Assert.Equal(deviation, numbers.Deviation!.Value, 1e-9 * deviation);
    }

    [Theory]
    [InlineData(8_192, true)]
    [InlineData(8_193, false)]
    [InlineData(300_000, false)]
    public void Different_values_are_counted_while_there_are_few_and_estimated_beyond(int different, bool exact)
    {
        var values = Enumerable.Range(0, different).Select(i => (long)i * 1_000_003).ToList();
        var column = TableStatistics.Of(new Table(Column.Of("x", values.Concat(values)))).Columns[0];

        Assert.Equal(exact, column.DistinctIsExact);
        Assert.Equal(exact, column.Top is not null);
        Assert.InRange(column.Distinct, exact ? different : different * 0.96, exact ? different : different * 1.04);
    }

    [Theory]
    [InlineData(50_000, true)]
    [InlineData(50_001, false)]
    [InlineData(400_000, false)]
    public void So_are_texts(int different, bool exact)
    {
        var column = TableStatistics
            .Of(new Table(Column.Of("x", Enumerable.Range(0, different).Select(i => (string?)$"text {i}"))))
            .Columns[0];

        Assert.Equal((exact, exact), (column.DistinctIsExact, column.Top is not null));
        Assert.InRange(column.Distinct, exact ? different : different * 0.96, exact ? different : different * 1.04);
        Assert.Equal(6, column.Texts!.ShortestLength);
    }

    [Fact]
    public void Whole_numbers_that_a_double_cannot_tell_apart_are_not_taken_for_one_another()
    {
        var column = TableStatistics
            .Of(new Table(Column.Of("x", Enumerable.Range(0, 1000).Select(i => long.MaxValue - i))))
            .Columns[0];

        Assert.False(column.DistinctIsExact);
        Assert.InRange(column.Distinct, 960, 1040);
    }

    [Fact]
    public void The_largest_numbers_have_a_mean_and_a_deviation()
    {
        var numbers = TableStatistics.Of(new Table(Column.Of("x", [1e300, -1e300, 3e300, 1.0]))).Columns[0].Numbers!;

        Assert.Equal(0.75e300, numbers.Mean, 1e288);
        Assert.Equal(1.7078251276599330e300, numbers.Deviation!.Value, 1e288);
    }

    [Fact]
    public void A_column_that_some_parts_lack_is_missing_there()
    {
        var statistics = TableStatistics.Of([
            new Table(Column.Of("a", [1L, 2])),
            new Table(Column.Of("a", [3L]), Column.Of("b", [1.5])),
            new Table(Column.Of("b", [2.5])),
        ]);

        Assert.Equal((4, 3, 1), (statistics.Rows, statistics.Find("a")!.Count, statistics.Find("a")!.Missing));
        Assert.Equal((2L, 2L), (statistics.Find("b")!.Count, statistics.Find("b")!.Missing));
    }

    [Fact]
    public void Whole_numbers_and_numbers_are_one_column_and_texts_are_another_type()
    {
        var whole = new Table(Column.Of("a", [1L, 2]));
        var texts = new Table(Column.Of("a", new[] { "x" }));

        Assert.Equal(ColumnType.Number, TableStatistics.Of([whole, new Table(Column.Of("a", [0.5]))]).Columns[0].Type);
        var error = Assert.Throws<RondoException>(() => TableStatistics.Of([whole, texts]));
        Assert.Equal("Column 'a' holds Integer in one part and Text in another.", error.What);
    }

    [Fact]
    [Trait("Requirement", "R23")]
    public void What_deserves_a_look_is_said()
    {
        var table = new Table(
            Column.Of("id", Enumerable.Range(0, 100).Select(i => (long)i)),
            Column.Of("same", Enumerable.Repeat(1.0, 100)),
            Column.Of("gone", Enumerable.Range(0, 100).Select(i => i < 60 ? null : (double?)(i % 7))),
            Column.Of("far", Enumerable.Range(0, 100).Select(i => i == 5 ? 1e6 : i % 7)),
            Column.Of("blank", Enumerable.Range(0, 100).Select(i => i % 2 == 0 ? " " : "a")),
            Column.Of("fine", Enumerable.Range(0, 100).Select(i => i % 7 / 2.0))
        );

        Assert.Equal(
            [
                ("id", QualityConcern.Identifier),
                ("same", QualityConcern.Constant),
                ("gone", QualityConcern.MostlyMissing),
                ("far", QualityConcern.FarOut),
                ("blank", QualityConcern.Blank),
            ],
            TableStatistics.Of(table).Warnings().Select(warning => (warning.Column, warning.Concern))
        );
    }

    private static Table Large(int rows, Func<int, double> value) =>
        new(Column.Of("x", Enumerable.Range(0, rows).Select(value)));

    private static IEnumerable<Table> Parts(Table table, int size)
    {
        for (var first = 0; first < Math.Max(1, table.RowCount); first += size)
        {
            yield return table.Slice(first, Math.Min(size, table.RowCount - first));
        }
    }

    private static TableProfiler Merged(IReadOnlyList<Table> parts)
    {
        var merged = new TableProfiler();
        foreach (var part in parts)
        {
            var profiler = new TableProfiler();
            profiler.Add(part);
            merged.Merge(profiler);
        }

        return merged;
    }

    private static string Json(TableStatistics statistics) => JsonSerializer.Serialize(statistics, RondoJson.Options);
}
