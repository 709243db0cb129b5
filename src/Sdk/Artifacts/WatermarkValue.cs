using System.Globalization;
using System.Text.Json;
using Rondo.Data;

namespace Rondo.Sdk;

/// <summary>The greatest value of a column, with its type, so that it can be compared with the column again.</summary>
internal sealed record WatermarkValue(ColumnType Type, object Value)
{
    private const string InstantFormat = "O";

    /// <summary>The greatest value of a part; null where all are missing.</summary>
    /// <exception cref="RondoException">There is no such column.</exception>
    public static WatermarkValue? Greatest(Table part, string name)
    {
        if (!part.TryGet(name, out var column))
        {
            throw new RondoException(
                ErrorCode.InvalidArgument,
                $"There is no column '{name}' that says how far has been read.",
                "There are: " + string.Join(", ", part.Columns.Select(c => c.Name)) + "."
            );
        }
        object? greatest = column switch
        {
            Column<long> numbers => Max(numbers),
            Column<double> numbers => Max(numbers),
            Column<DateOnly> days => Max(days),
            Column<DateTimeOffset> instants => Max(instants),
            Column<string> texts => texts.Present().Max(StringComparer.Ordinal),
            _ => throw new RondoException(
                ErrorCode.InvalidArgument,
                $"Column '{name}' is {column.Type}, which has no order to read on from.",
                "Name a column of numbers, dates, timestamps or texts that only grows."
            ),
        };
        return greatest is null ? null : new WatermarkValue(column.Type, greatest);
    }

    public static WatermarkValue Read(JsonElement json)
    {
        var stored = json.Deserialize<Stored>(RondoJson.Options)!;
        var culture = CultureInfo.InvariantCulture;
        object value = stored.Type switch
        {
            ColumnType.Integer => long.Parse(stored.Value, culture),
            ColumnType.Number => double.Parse(stored.Value, culture),
            ColumnType.Date => DateOnly.Parse(stored.Value, culture),
            ColumnType.Timestamp => DateTimeOffset.Parse(stored.Value, culture),
            _ => stored.Value,
        };
        return new WatermarkValue(stored.Type, value);
    }

    public JsonElement ToJson() =>
        JsonSerializer.SerializeToElement(
            new Stored(
                Type,
                Value switch
                {
                    DateOnly day => day.ToString("yyyy-MM-dd", CultureInfo.InvariantCulture),
                    DateTimeOffset instant => instant.ToString(InstantFormat, CultureInfo.InvariantCulture),
                    double number => number.ToString("R", CultureInfo.InvariantCulture),
                    _ => Convert.ToString(Value, CultureInfo.InvariantCulture)!,
                }
            ),
            RondoJson.Options
        );

    /// <summary>Whether it is greater than another, or there is no other.</summary>
    public bool IsBeyond(WatermarkValue? other) => other is null || Compare(other) > 0;

    // A column of whole numbers may have become one of numbers.
    private int Compare(WatermarkValue other) =>
        Value is string text && other.Value is string otherText ? string.CompareOrdinal(text, otherText)
        : Value is long or double && other.Value is long or double
            ? Convert
                .ToDouble(Value, CultureInfo.InvariantCulture)
                .CompareTo(Convert.ToDouble(other.Value, CultureInfo.InvariantCulture))
        : Type == other.Type ? ((IComparable)Value).CompareTo(other.Value)
        : throw new RondoException(
            ErrorCode.FailedPrecondition,
            $"The column that says how far has been read was {other.Type}, and is {Type} now.",
            "Read it under another connector's name, or give the column its type back."
        );

    private static object? Max<T>(Column<T> column)
        where T : struct, IComparable<T>
    {
        T? greatest = null;
        foreach (var value in column.Present())
        {
            greatest = greatest is { } g && g.CompareTo(value) >= 0 ? g : value;
        }
        return greatest;
    }

    private sealed record Stored(ColumnType Type, string Value);
}
