using System.Globalization;

namespace Rondo.Data;

/// <summary>A column as a file holds it: texts from which the values come back exactly, and null where one is missing.</summary>
internal sealed record StoredColumn(string Name, ColumnType Type, IReadOnlyList<string?> Values)
{
    public static StoredColumn Of(Column column) =>
        new(
            column.Name,
            column.Type,
            [.. Enumerable.Range(0, column.Count).Select(row => column[row] is { } v ? TableConcat.TextOf(v) : null)]
        );

    public Column ToColumn()
    {
        NumberStep.Require(Name.Length > 0, "the name of a column is empty");
        try
        {
            return Type switch
            {
                ColumnType.Boolean => Column.Of(Name, Values.Select(v => v is null ? null : (bool?)bool.Parse(v))),
                ColumnType.Integer => Column.Of(Name, Values.Select(v => v is null ? null : (long?)Whole(v))),
                ColumnType.Number => Column.Of(Name, Values.Select(v => v is null ? null : (double?)Number(v))),
                ColumnType.Date => Column.Of(Name, Values.Select(v => v is null ? null : (DateOnly?)Day(v))),
                ColumnType.Timestamp => Column.Of(Name, Values.Select(v => v is null ? null : (DateTimeOffset?)At(v))),
                _ => Column.Of(Name, Values),
            };
        }
        catch (Exception e) when (e is FormatException or OverflowException)
        {
            throw StepColumns.Unfit($"A value of '{Name}' is no {Type}: {e.Message}", "Fit the preparation anew.");
        }
    }

    private static long Whole(string text) => long.Parse(text, CultureInfo.InvariantCulture);

    private static double Number(string text) => double.Parse(text, CultureInfo.InvariantCulture);

    private static DateOnly Day(string text) => DateOnly.Parse(text, CultureInfo.InvariantCulture);

    private static DateTimeOffset At(string text) => DateTimeOffset.Parse(text, CultureInfo.InvariantCulture);
}
