using Rondo.Data;

namespace RondoProject.Tests;

public sealed class StepTests
{
    [Fact]
    public void An_hour_knows_the_temperature_of_the_next()
    {
        var start = new DateTimeOffset(2024, 1, 1, 0, 0, 0, TimeSpan.Zero);
        var readings = Table.From([new Reading(start.AddHours(1), 21, 50, "day"), new Reading(start, 20, 40, "night")]);

        var hour = Assert.Single(Steps.AddFeatures(readings));

        Assert.Equal((20f, 21f, 1f), (hour.Temperature, hour.Next, hour.Night));
    }
}
