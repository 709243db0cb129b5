namespace TransitDemand;

/// <summary>What kind of day it is for people who travel to work, besides its weekday.</summary>
public enum DayKind
{
    Ordinary,

    /// <summary>Offices are shut.</summary>
    Holiday,

    /// <summary>A federal holiday on which many still work.</summary>
    MinorHoliday,

    /// <summary>The Friday after Thanksgiving.</summary>
    AfterThanksgiving,

    /// <summary>A single workday between a holiday and the weekend.</summary>
    Bridge,

    /// <summary>A workday from 23 December on.</summary>
    YearEnd,

    /// <summary>The St Patrick's Day parade: downtown, the last Saturday up to 17 March.</summary>
    Parade,
}

/// <summary>The calendar of an American city: everything follows from the date.</summary>
public static class Calendar
{
    /// <summary>The age of the station counts.</summary>
    public const int LagDays = 14;

    public static DayKind KindOf(DateOnly day)
    {
        if (IsHoliday(day))
        {
            return DayKind.Holiday;
        }
        if (IsMinorHoliday(day))
        {
            return DayKind.MinorHoliday;
        }
        if (IsWeekend(day))
        {
            var parade = day is { Month: 3, Day: >= 11 and <= 17, DayOfWeek: DayOfWeek.Saturday };
            return parade ? DayKind.Parade : DayKind.Ordinary;
        }
        if (day == Thanksgiving(day.Year).AddDays(1))
        {
            return DayKind.AfterThanksgiving;
        }
        return day is { Month: 12, Day: >= 23 } ? DayKind.YearEnd
            : IsBridge(day) ? DayKind.Bridge
            : DayKind.Ordinary;
    }

    /// <summary>Monday to Friday, and no holiday on which offices shut.</summary>
    public static bool IsWorkday(DateOnly day) => !IsWeekend(day) && !IsHoliday(day);

    /// <summary>winter (December to February), spring, summer or autumn.</summary>
    public static string SeasonOf(DateOnly day) =>
        (day.Month % 12 / 3) switch
        {
            0 => "winter",
            1 => "spring",
            2 => "summer",
            _ => "autumn",
        };

    /// <summary>A weekday on which offices shut: New Year, Memorial Day, Independence Day, Labor Day, Thanksgiving, Christmas.</summary>
    public static bool IsHoliday(DateOnly day) =>
        !IsWeekend(day)
        && (
            day == Observed(new(day.Year, 1, 1))
            || day == Observed(new(day.Year + 1, 1, 1))
            || day == Last(day.Year, 5, DayOfWeek.Monday)
            || day == Observed(new(day.Year, 7, 4))
            || day == Nth(day.Year, 9, DayOfWeek.Monday, 1)
            || day == Thanksgiving(day.Year)
            || day == Observed(new(day.Year, 12, 25))
        );

    /// <summary>Martin Luther King Day, Presidents' Day, Columbus Day, Veterans Day.</summary>
    public static bool IsMinorHoliday(DateOnly day) =>
        !IsWeekend(day)
        && (
            day == Nth(day.Year, 1, DayOfWeek.Monday, 3)
            || day == Nth(day.Year, 2, DayOfWeek.Monday, 3)
            || day == Nth(day.Year, 10, DayOfWeek.Monday, 2)
            || day == Observed(new(day.Year, 11, 11))
        );

    private static bool IsWeekend(DateOnly day) => day.DayOfWeek is DayOfWeek.Saturday or DayOfWeek.Sunday;

    private static bool IsBridge(DateOnly day) =>
        (day.DayOfWeek == DayOfWeek.Friday && IsHoliday(day.AddDays(-1)))
        || (day.DayOfWeek == DayOfWeek.Monday && IsHoliday(day.AddDays(1)));

    private static DateOnly Thanksgiving(int year) => Nth(year, 11, DayOfWeek.Thursday, 4);

    private static DateOnly Nth(int year, int month, DayOfWeek weekday, int n)
    {
        var first = new DateOnly(year, month, 1);
        return first.AddDays(((weekday - first.DayOfWeek + 7) % 7) + (7 * (n - 1)));
    }

    private static DateOnly Last(int year, int month, DayOfWeek weekday)
    {
        var last = new DateOnly(year, month, DateTime.DaysInMonth(year, month));
        return last.AddDays(-((last.DayOfWeek - weekday + 7) % 7));
    }

    // A holiday on a Saturday is observed on the Friday before, one on a Sunday on the Monday after.
    private static DateOnly Observed(DateOnly day) =>
        day.DayOfWeek switch
        {
            DayOfWeek.Saturday => day.AddDays(-1),
            DayOfWeek.Sunday => day.AddDays(1),
            _ => day,
        };
}
