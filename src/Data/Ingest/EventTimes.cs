namespace Rondo.Data;

internal static class EventTimes
{
    /// <summary>The day number of a row's event time.</summary>
    public static Func<int, int> DaysOf(Column column) =>
        column switch
        {
            Column<DateOnly> dates => row => dates.Array[row].DayNumber,
            Column<DateTimeOffset> instants => row => DateOnly.FromDateTime(instants.Array[row].UtcDateTime).DayNumber,
            _ => throw new RondoException(
                ErrorCode.InvalidArgument,
                $"Column '{column.Name}' cannot be the event time: it holds {column.Type}, not dates or timestamps.",
                "Name a column of dates (2008-03-31) or timestamps (2008-03-31T12:00:00Z)."
            ),
        };
}
