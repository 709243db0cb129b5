using Rondo.Data;

namespace Rondo.Sdk.BuiltIn;

/// <summary>The day of each row, as a number; null where it is missing.</summary>
internal static class EventDays
{
    public static IReadOnlyList<int?> Of(Table table, string time)
    {
        var column = table[time];
        if (column.Type is not (ColumnType.Date or ColumnType.Timestamp))
        {
            throw new RondoException(
                ErrorCode.InvalidArgument,
                $"Column '{column.Name}' holds {column.Type}, not dates or timestamps.",
                "Name a column that says when a row happened."
            );
        }
        return
        [
            .. Enumerable
                .Range(0, table.RowCount)
                .Select(row =>
                    column[row] switch
                    {
                        DateOnly date => date.DayNumber,
                        DateTimeOffset time => DateOnly.FromDateTime(time.UtcDateTime).DayNumber,
                        _ => (int?)null,
                    }
                ),
        ];
    }
}
