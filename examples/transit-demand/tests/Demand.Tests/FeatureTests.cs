namespace TransitDemand.Tests;

public sealed class FeatureTests
{
    [Fact]
    public void Features_follow_from_the_date_of_the_day_and_of_the_counts_two_weeks_earlier()
    {
        // Two weeks after New Year's Day: an ordinary Thursday whose station counts are those of a holiday.
        var features = DayFeatures.Of(new Day { Date = new DateOnly(2004, 1, 15) });
        Assert.Equal("Thu", features.Weekday);
        Assert.Equal("Ordinary", features.DayKind);
        Assert.Equal("Holiday", features.LagDayKind);
        Assert.Equal(1, features.Workday);
        Assert.Equal(0, features.LagWorkday);
    }

    [Fact]
    public void A_day_keeps_what_was_recorded()
    {
        var day = Sample.Days[10];
        var features = DayFeatures.Of(day);
        Assert.Equal(day.Date, features.Date);
        Assert.Equal(day.Ridership, features.Ridership);
        Assert.Equal(day.ClarkLake, features.ClarkLake);
        Assert.Equal(day.CubsHome, features.CubsHome);
    }

    [Fact]
    public void The_season_is_a_circle()
    {
        var newYear = DayFeatures.Of(new Day { Date = new DateOnly(2004, 1, 1) });
        var newYearsEve = DayFeatures.Of(new Day { Date = new DateOnly(2003, 12, 31) });
        Assert.Equal(1, newYear.YearCos1, 3);
        Assert.Equal(newYear.YearCos1, newYearsEve.YearCos1, 3);
        Assert.InRange(Math.Abs(newYear.YearSin1 - newYearsEve.YearSin1), 0, 0.03);
    }

    [Fact]
    public void The_model_takes_every_input_once_and_neither_the_answer_nor_the_date()
    {
        string[] names =
        [
            .. ModelInputs.Numbers.Select(number => number.Name),
            .. ModelInputs.Texts.Select(text => text.Name),
        ];
        Assert.Equal(53, names.Length);
        Assert.Equal(names.Length, names.Distinct().Count());
        Assert.DoesNotContain(nameof(Day.Ridership), names);
        Assert.DoesNotContain(nameof(Day.Date), names);
    }

    [Fact]
    public void An_input_is_the_property_of_its_name()
    {
        var day = DayFeatures.Of(Sample.Days[0]);
        Assert.Equal(day.ClarkLake, ModelInputs.Numbers.Single(number => number.Name == nameof(Day.ClarkLake)).Of(day));
        Assert.Equal(day.DayKind, ModelInputs.Texts.Single(text => text.Name == nameof(DayFeatures.DayKind)).Of(day));
    }

    [Fact]
    public void Two_weeks_earlier_is_what_the_station_counts_are()
    {
        // The city's file says so: checked here, because every feature rests on it.
        var byDate = Sample.Days.ToDictionary(day => day.Date);
        foreach (var day in Sample.Days.Skip(Calendar.LagDays))
        {
            Assert.Equal(byDate[day.Date.AddDays(-Calendar.LagDays)].Ridership, day.ClarkLake);
        }
    }
}
