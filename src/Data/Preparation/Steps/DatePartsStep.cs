namespace Rondo.Data;

/// <summary>Parts of a moment in UTC, in the place of its column; missing where it is.</summary>
internal sealed record DatePartsStep(string Column, DateParts Parts) : FittedStep
{
    public static DatePartsStep Fit(Table table, string column, DateParts parts)
    {
        _ = StepColumns.Moments(table, column);
        return parts == DateParts.None
            ? throw StepColumns.Unfit(
                $"No part of '{column}' is asked for.",
                "Name parts: Month, Weekday, HourCycle, …"
            )
            : new(column, parts);
    }

    public override Table Apply(Table table)
    {
        var moments = StepColumns.Moments(table, Column);
        var name = StepColumns.Any(table, Column).Name;
        var columns = new List<Column>();
        Whole(DateParts.Year, "year", at => at.Year);
        Whole(DateParts.Month, "month", at => at.Month);
        Whole(DateParts.Day, "day", at => at.Day);
        Whole(DateParts.Weekday, "weekday", at => Weekday(at));
        Whole(DateParts.Hour, "hour", at => at.Hour);
        Whole(DateParts.Weekend, "weekend", at => Weekday(at) >= 6 ? 1 : 0);
        Cycle(DateParts.MonthCycle, "month", at => (at.Month - 1) / 12.0);
        Cycle(DateParts.WeekdayCycle, "weekday", at => (Weekday(at) - 1) / 7.0);
        Cycle(DateParts.HourCycle, "hour", at => at.Hour / 24.0);
        return StepColumns.Replace(table, Column, columns);

        void Whole(DateParts part, string ending, Func<DateTimeOffset, long> value)
        {
            if (Parts.HasFlag(part))
            {
                var values = moments.Select(at => at is { } moment ? value(moment) : (long?)null);
                columns.Add(Data.Column.Of($"{name}_{ending}", values));
            }
        }

        void Cycle(DateParts part, string ending, Func<DateTimeOffset, double> turn)
        {
            if (Parts.HasFlag(part))
            {
                var angles = moments.Select(at => at is { } moment ? Math.Tau * turn(moment) : (double?)null).ToList();
                columns.Add(
                    Data.Column.Of($"{name}_{ending}_sin", angles.Select(a => a is { } x ? Math.Sin(x) : (double?)null))
                );
                columns.Add(
                    Data.Column.Of($"{name}_{ending}_cos", angles.Select(a => a is { } x ? Math.Cos(x) : (double?)null))
                );
            }
        }
    }

    private static int Weekday(DateTimeOffset at) => at.DayOfWeek == DayOfWeek.Sunday ? 7 : (int)at.DayOfWeek;
}
