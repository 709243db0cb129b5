using System.Text.Json;
using CsCheck;
using Rondo.Data;

namespace Rondo.Tests.Data;

public sealed class StatisticsTests
{
    [Fact]
    public void Merging_moments_in_any_split_gives_the_same() =>
        Gen.Select(Gen.Double[-1e6, 1e6].Array[0, 60], Gen.Int[0, 60])
            .Sample(
                (values, cut) =>
                {
                    cut = Math.Min(cut, values.Length);
                    var whole = Moments.Of(values);
                    var merged = Moments.Of(values[..cut]).Merge(Moments.Of(values[cut..]));
                    return whole.Count == merged.Count
                        && (whole.Count == 0 || Math.Abs(whole.Mean - merged.Mean) < 1e-6)
                        && Math.Abs((whole.Variance ?? 0) - (merged.Variance ?? 0))
                            <= 1e-9 * (1 + (whole.Variance ?? 0))
                        && Near(whole.Skewness, merged.Skewness)
                        && Near(whole.ExcessKurtosis, merged.ExcessKurtosis)
                        && (whole.Count == 0 || (whole.Min, whole.Max) == (merged.Min, merged.Max));

                    // Of values that hardly vary, what is left of the powers is rounding.
                    static bool Near(double? a, double? b) =>
                        a is null || b is null || Math.Abs(a.Value - b.Value) < 1e-6;
                }
            );

    [Fact]
    public void The_order_of_rows_does_not_matter() =>
        Gen.Select(Tables.Any, Gen.Int)
            .Sample(
                (table, seed) =>
                {
                    var order = Enumerable.Range(0, table.RowCount).ToArray();
                    new Random(seed).Shuffle(order);
                    return Json(TableStatistics.Of(table)) == Json(TableStatistics.Of(table.Select(order)));
                }
            );

    [Fact]
    public void Every_finite_number_is_in_one_bin_of_the_histogram() =>
        Tables.Any.Sample(table =>
        {
            foreach (var column in TableStatistics.Of(table).Columns)
            {
                if (column.Numbers is { } numbers)
                {
                    Assert.Equal(column.Count - numbers.NotFinite, numbers.Histogram.Sum(b => b.Count));
                }
            }
        });

    [Fact]
    public void Missing_zero_infinite_and_distinct_values_are_counted()
    {
        var table = new Table(
            Column.Of("x", new double?[] { 0, -0.0, null, 2, 2, double.PositiveInfinity, double.NaN })
        );
        var column = TableStatistics.Of(table).Find("X")!;
        Assert.Equal((6, 1, 2), (column.Count, column.Missing, column.Distinct));
        Assert.Equal((2, 2, 1.0), (column.Numbers!.Zeros, column.Numbers.NotFinite, column.Numbers.Median));
    }

    [Fact]
    public void Texts_and_dates_are_described_by_what_they_are()
    {
        var table = new Table(
            Column.Of("word", new[] { "b", "a", "b", null }),
            Column.Of("day", new DateOnly?[] { new(2008, 3, 31), null, new(2001, 1, 22), new(2001, 1, 22) }),
            Column.Of("none", new double?[] { null, null, null, null })
        );
        var statistics = TableStatistics.Of(table);
        Assert.Equal([new ValueCount("b", 2), new ValueCount("a", 1)], statistics.Columns[0].Top!);
        Assert.Equal(
            ("2001-01-22", "2008-03-31", 2),
            (statistics.Columns[1].Earliest, statistics.Columns[1].Latest, statistics.Columns[1].Distinct)
        );
        Assert.Null(statistics.Columns[2].Numbers);
        Assert.Equal(4, statistics.Columns[2].Missing);
    }

    [Fact]
    public void Statistics_survive_JSON() =>
        Tables.Any.Sample(table =>
        {
            var json = Json(TableStatistics.Of(table));
            return Json(JsonSerializer.Deserialize<TableStatistics>(json, RondoJson.Options)!) == json;
        });

    private static string Json<T>(T value) => JsonSerializer.Serialize(value, RondoJson.Options);
}
