using System.Text.Json;
using CsCheck;
using Rondo.Data;

namespace Rondo.Tests.Data;

/// <summary>Statistics per value of a column.</summary>
public sealed class SliceStatisticsTests
{
    [Fact]
    [Trait("Requirement", "R23")]
    public void Each_slice_is_described_as_its_rows_alone_would_be() =>
        Gen.Select(Tables.Any, Gen.OneOf(Gen.Const("flag"), Gen.Const("text"), Gen.Const("day")), Gen.Int[1, 4])
            .Where((table, _, _) => table.RowCount > 0)
            .Sample(
                (table, by, most) =>
                {
                    var slices = SliceStatistics.Of(TableSource.Of(table), by, most);

                    var column = table[by];
                    var values = Enumerable
                        .Range(0, table.RowCount)
                        .GroupBy(row => column.IsMissing(row) ? null : TableConcat.TextOf(column[row]))
                        .ToList();
                    var known = values
                        .Where(group => group.Key is not null)
                        .OrderByDescending(group => group.Count())
                        .ThenBy(group => group.Key, StringComparer.Ordinal)
                        .ToList();
                    var expected = known
                        .Take(most)
                        .Select(group => (SliceKind.Value, group.Key, 1, group.ToArray()))
                        .Append(
                            (SliceKind.Others, null, known.Skip(most).Count(), [.. known.Skip(most).SelectMany(g => g)])
                        )
                        .Append((SliceKind.Missing, null, 0, [.. values.Where(g => g.Key is null).SelectMany(g => g)]))
                        .Where(slice => slice.Item4.Length > 0)
                        .Select(slice => new TableSlice(
                            slice.Item1,
                            slice.Key,
                            slice.Item3,
                            TableStatistics.Of(table.Select(slice.Item4))
                        ));
                    Assert.Equal(Json(expected.ToArray()), Json(slices.Slices));
                    Assert.Equal(table.RowCount, slices.Slices.Sum(slice => slice.Statistics.Rows));
                }
            );

    [Fact]
    [Trait("Requirement", "R23")]
    public void Neither_order_nor_parts_change_the_slices() =>
        Gen.Select(Tables.Any, Gen.Int[1, 9], Gen.Int)
            .Where((table, _, _) => table.RowCount > 0)
            .Sample(
                (table, size, seed) =>
                {
                    var order = Enumerable.Range(0, table.RowCount).ToArray();
                    new Random(seed).Shuffle(order);
                    var mixed = table.Select(order);
                    var parts = Enumerable
                        .Range(0, ((mixed.RowCount - 1) / size) + 1)
                        .Select(i => TableSource.Of(mixed.Slice(i * size, Math.Min(size, mixed.RowCount - (i * size)))))
                        .ToList();
                    Assert.Equal(
                        Json(SliceStatistics.Of(TableSource.Of(table), "text", 2)),
                        Json(SliceStatistics.Of(TableSource.Join("parts", parts), "text", 2))
                    );
                }
            );

    [Fact]
    public void A_column_that_makes_no_slices_is_refused_with_what_there_is()
    {
        var table = new Table(
            Column.Of("x", [1.5, 2]),
            Column.Of("kind", new[] { "a", "b" }),
            Column.Of("id", [1L, 2])
        );
        var source = TableSource.Of(table, "rows");

        Assert.Contains("There are: x, kind, id", Refused("none"));
        Assert.Contains("holds Number", Refused("x"));
        Assert.Equal(["1", "2"], SliceStatistics.Of(source, "id").Slices.Select(slice => slice.Name));
        Assert.Throws<RondoException>(() => SliceStatistics.Of(source, "kind", 0));
        var many = new Table(Column.Of("name", Enumerable.Range(0, 50_001).Select(i => $"n{i}")));
        Assert.Throws<RondoException>(() => SliceStatistics.Of(TableSource.Of(many), "name"));

        string Refused(string column)
        {
            var error = Assert.Throws<RondoException>(() => SliceStatistics.Of(source, column));
            return error.Message + error.Mend;
        }
    }

    [Fact]
    public void The_page_shows_each_slice_and_escapes_its_name()
    {
        var table = new Table(
            Column.Of("kind", new[] { "<b>", "<b>", "bus", null, "" }),
            Column.Of("x", [1.0, 3, 7, 8, 9])
        );
        var slices = SliceStatistics.Of(TableSource.Of(table), "kind", 1);

        var page = StatisticsPage.Html("rows", TableStatistics.Of(table), slices: slices);

        Assert.Equal(["<b>", "(2 others)", "(missing)"], slices.Slices.Select(slice => slice.Name));
        Assert.Contains("<h2>By kind</h2>", page, StringComparison.Ordinal);
        Assert.Contains(
            "<td>&lt;b&gt;</td><td class=\"number\">0.0 %</td><td class=\"number\">2</td><td class=\"number\">2 ± 1.414</td>",
            page,
            StringComparison.Ordinal
        );
        Assert.DoesNotContain("<td><b>", page, StringComparison.Ordinal);
    }

    private static string Json<T>(T value) => JsonSerializer.Serialize(value, RondoJson.Options);
}
