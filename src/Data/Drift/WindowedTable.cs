namespace Rondo.Data;

/// <summary>The rows of a reference, cut into windows.</summary>
/// <param name="Of">The window of each row; −1 of those in none, which every window is measured against all the same.</param>
/// <param name="Rows">The rows of each window.</param>
internal sealed record WindowedTable(int[] Of, IReadOnlyList<int[]> Rows)
{
    /// <exception cref="RondoException">The event time is not there or holds no time, or there are fewer than two windows.</exception>
    public static WindowedTable Cut(Table table, DriftCalibration how)
    {
        var of = how.Window.Days > 0 ? ByDays(table, how) : ByRows(table, how);
        var windows = Enumerable
            .Range(0, of.Length)
            .Where(row => of[row] >= 0)
            .GroupBy(row => of[row])
            .OrderBy(window => window.Key)
            .Select(window => window.ToArray())
            .ToList();
        if (windows.Count < 2)
        {
            throw new RondoException(
                ErrorCode.InvalidArgument,
                $"The {table.RowCount} rows of the reference make {windows.Count} whole windows of {how.Window}.",
                "Limits need two windows or more: give a longer reference, or smaller windows."
            );
        }

        foreach (var (window, rows) in windows.Index())
        {
            Array.ForEach(rows, row => of[row] = window);
        }

        return new WindowedTable(of, windows);
    }

    /// <summary>The windows to measure: all, or as many evenly spaced ones.</summary>
    public IEnumerable<int> Measured(int most) =>
        Rows.Count <= most
            ? Enumerable.Range(0, Rows.Count)
            : Enumerable.Range(0, most).Select(i => (int)((i + 0.5) * Rows.Count / most));

    // Days of the calendar of UTC, from the first one on; a last window that is cut short is none.
    private static int[] ByDays(Table table, DriftCalibration how)
    {
        if (how.EventTime is null)
        {
            throw new RondoException(
                ErrorCode.InvalidArgument,
                $"Windows of {how.Window} need to know when a row happened.",
                "Name the column of the event time, or give windows of so many rows."
            );
        }

        var column = table[how.EventTime];
        var day = EventTimes.DaysOf(column);
        var days = Enumerable.Range(0, column.Count).Where(row => !column.IsMissing(row)).Select(day).ToList();
        var (first, last) = days.Count == 0 ? (0, 0) : (days.Min(), days.Max());
        return
        [
            .. Enumerable
                .Range(0, column.Count)
                .Select(row => column.IsMissing(row) ? -1 : (day(row) - first) / how.Window.Days)
                .Select(window => first + ((window + 1) * how.Window.Days) - 1 > last ? -1 : window),
        ];
    }

    private static int[] ByRows(Table table, DriftCalibration how)
    {
        var order = Enumerable.Range(0, table.RowCount);
        if (how.EventTime is { } time)
        {
            var column = table[time];
            EventTimes.DaysOf(column);
            order = order.Where(row => !column.IsMissing(row)).OrderBy(row => TableConcat.Instant(column[row]!));
        }

        var of = new int[table.RowCount];
        Array.Fill(of, -1);
        var placed = order.ToArray();
        var whole = placed.Length / how.Window.Rows * how.Window.Rows;
        for (var place = 0; place < whole; place++)
        {
            of[placed[place]] = place / how.Window.Rows;
        }

        return of;
    }
}
