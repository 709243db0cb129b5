using System.Text.Json;

namespace Rondo.Data;

/// <summary>What a JSON value is in a column.</summary>
internal static class JsonCells
{
    /// <summary>The narrowest type that holds the value; null where it is missing.</summary>
    public static ColumnType? TypeOf(JsonElement value) =>
        value.ValueKind switch
        {
            JsonValueKind.Null or JsonValueKind.Undefined => null,
            JsonValueKind.True or JsonValueKind.False => ColumnType.Boolean,
            JsonValueKind.Number => value.TryGetInt64(out _) ? ColumnType.Integer : ColumnType.Number,
            JsonValueKind.String when value.GetString() is { } text => CellParser.TryDate(text, out _) ? ColumnType.Date
            : CellParser.TryTimestamp(text, out _) ? ColumnType.Timestamp
            : ColumnType.Text,
            _ => ColumnType.Text,
        };

    public static Column ToColumn(string name, ColumnType type, IReadOnlyList<JsonElement> values) =>
        type switch
        {
            ColumnType.Boolean => Build(name, type, values, static v => v.GetBoolean()),
            ColumnType.Integer => Build(name, type, values, static v => v.GetInt64()),
            ColumnType.Number => Build(name, type, values, static v => v.GetDouble()),
            ColumnType.Date => Build(
                name,
                type,
                values,
                static v => CellParser.TryDate(v.GetString(), out var date) ? date : default
            ),
            ColumnType.Timestamp => Build(
                name,
                type,
                values,
                static v => CellParser.TryTimestamp(v.GetString(), out var instant) ? instant : default
            ),
            _ => Build(name, type, values, TextOf),
        };

    private static string TextOf(JsonElement value) =>
        value.ValueKind == JsonValueKind.String ? value.GetString()! : value.GetRawText();

    private static Column<T> Build<T>(
        string name,
        ColumnType type,
        IReadOnlyList<JsonElement> values,
        Func<JsonElement, T> read
    )
    {
        var result = new T[values.Count];
        var missing = new bool[values.Count];
        for (var row = 0; row < result.Length; row++)
        {
            missing[row] = values[row].ValueKind is JsonValueKind.Null or JsonValueKind.Undefined;
            result[row] = missing[row] ? Column<T>.Filler : read(values[row]);
        }

        return new Column<T>(name, type, result, missing);
    }
}
