namespace TransitDemand.Tests;

public sealed class CalendarTests
{
    [Theory]
    [InlineData("2004-01-01", DayKind.Holiday)]
    [InlineData("2004-05-31", DayKind.Holiday)]
    [InlineData("2004-07-05", DayKind.Holiday)] // the Monday after a Sunday
    [InlineData("2004-12-24", DayKind.Holiday)] // the Friday before a Saturday
    [InlineData("2004-12-31", DayKind.Holiday)] // New Year 2005, a Saturday
    [InlineData("2004-11-25", DayKind.Holiday)]
    [InlineData("2004-11-26", DayKind.AfterThanksgiving)]
    [InlineData("2004-01-19", DayKind.MinorHoliday)]
    [InlineData("2004-12-28", DayKind.YearEnd)]
    [InlineData("2006-07-03", DayKind.Bridge)] // a Monday before a Tuesday's holiday
    [InlineData("2004-03-13", DayKind.Parade)]
    [InlineData("2004-03-20", DayKind.Ordinary)]
    [InlineData("2004-07-04", DayKind.Ordinary)] // a Sunday: nobody travels to work anyway
    [InlineData("2004-06-15", DayKind.Ordinary)]
    public void A_day_is_of_the_kind_that_travellers_know(string day, DayKind kind) =>
        Assert.Equal(kind, Calendar.KindOf(DateOnly.Parse(day)));

    [Theory]
    [InlineData("2004-06-15", true)]
    [InlineData("2004-06-19", false)]
    [InlineData("2004-09-06", false)] // Labor Day
    [InlineData("2004-10-11", true)] // Columbus Day: most offices are open
    public void A_workday_is_neither_weekend_nor_holiday(string day, bool workday) =>
        Assert.Equal(workday, Calendar.IsWorkday(DateOnly.Parse(day)));

    [Fact]
    public void Every_year_has_six_holidays_on_weekdays_give_or_take_new_year()
    {
        for (var year = 2001; year <= 2016; year++)
        {
            var days = Enumerable.Range(0, 366).Select(new DateOnly(year, 1, 1).AddDays).Where(day => day.Year == year);
            Assert.InRange(days.Count(Calendar.IsHoliday), 5, 7);
        }
    }

    [Theory]
    [InlineData(1, "winter")]
    [InlineData(2, "winter")]
    [InlineData(3, "spring")]
    [InlineData(8, "summer")]
    [InlineData(11, "autumn")]
    [InlineData(12, "winter")]
    public void A_month_belongs_to_its_season(int month, string season) =>
        Assert.Equal(season, Calendar.SeasonOf(new DateOnly(2004, month, 1)));
}
