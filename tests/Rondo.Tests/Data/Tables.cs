using CsCheck;
using Rondo.Data;

namespace Rondo.Tests.Data;

/// <summary>Generated tables of every column type, with missing values.</summary>
internal static class Tables
{
    private static readonly Gen<double> Number = Gen.OneOf(
        // The last digit of a mean of numbers that are next to nothing may depend on their order.
        Gen.Double[-1e9, 1e9].Select(v => Math.Abs(v) < 1e-30 ? 0 : v),
        Gen.Int[-3, 3].Select(v => (double)v),
        Gen.Const(double.PositiveInfinity)
    );

    private static readonly Gen<DateTimeOffset> Instant = Gen.Long[0, 4_000_000_000_000_000]
        .Select(v => DateTimeOffset.UnixEpoch.AddMicroseconds(v));

    private static readonly Gen<DateOnly> Day = Gen.Int[0, 40_000].Select(v => new DateOnly(1970, 1, 1).AddDays(v));

    private static readonly Gen<string> Word = Gen.OneOf(
        OneOf("", " ", ",", "\"", "a,b", "\"a\"", "two\nlines", "\r\n", "é", "日本", "NA", "x"),
        Gen.String[Gen.Char["abcXYZ_ ,\"\n0159"], 0, 8]
    );

    /// <summary>One column of each type, 0 to 40 rows; text columns begin with a word that nothing else could be.</summary>
    public static Gen<Table> Any { get; } = Gen.Int[0, 40].SelectMany(Of);

    private static Gen<Table> Of(int rows) =>
        Gen.Select(
                Maybe(Number, rows),
                Maybe(Gen.Long, rows),
                Maybe(Gen.Bool, rows),
                Maybe(Day, rows),
                Maybe(Instant, rows),
                MaybeText(rows)
            )
            .Select(
                (number, integer, flag, day, instant, text) =>
                    new Table(
                        Column.Of("number", number),
                        Column.Of("integer", integer),
                        Column.Of("flag", flag),
                        Column.Of("day", day),
                        Column.Of("instant", instant),
                        Column.Of("text", text)
                    )
            );

    public static Gen<string> OneOf(params string[] texts) => Gen.Int[0, texts.Length - 1].Select(i => texts[i]);

    public static void AssertEqual(Table expected, Table actual)
    {
        Assert.Equal(expected.Columns.Select(c => (c.Name, c.Type)), actual.Columns.Select(c => (c.Name, c.Type)));
        Assert.Equal(expected.RowCount, actual.RowCount);
        for (var i = 0; i < expected.Columns.Count; i++)
        {
            for (var row = 0; row < expected.RowCount; row++)
            {
                Assert.Equal(expected.Columns[i][row], actual.Columns[i][row]);
            }
        }
    }

    private static Gen<T?[]> Maybe<T>(Gen<T> value, int rows)
        where T : struct =>
        Gen.Select(value, Gen.Int[0, 4]).Select((v, missing) => missing == 0 ? (T?)null : v).Array[rows];

    private static Gen<string?[]> MaybeText(int rows) =>
        Gen.Select(Word, Gen.Int[0, 4])
            .Select((v, missing) => missing == 0 ? null : v)
            .Array[rows]
            .Select(words => words.Select((w, i) => i == 0 ? "word" : w).ToArray());
}
