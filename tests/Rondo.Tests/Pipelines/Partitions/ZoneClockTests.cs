using System.Globalization;
using CsCheck;
using Rondo.Pipelines.Partitions;

namespace Rondo.Tests.Pipelines;

/// <summary>When a clock first shows a time, against a walk through the minutes.</summary>
public sealed class ZoneClockTests
{
    private static readonly (string Zone, string Around)[] s_transitions =
    [
        ("Europe/Berlin", "2024-03-31"),
        ("Europe/Berlin", "2024-10-27"),
        ("America/New_York", "2024-03-10"),
        ("America/New_York", "2024-11-03"),
        ("Australia/Lord_Howe", "2024-10-06"),
        ("Australia/Lord_Howe", "2024-04-07"),
        ("America/Sao_Paulo", "2018-11-04"),
        ("America/Sao_Paulo", "2018-02-18"),
        ("Africa/Casablanca", "2024-03-10"),
        ("Africa/Casablanca", "2024-04-14"),
        ("Antarctica/Troll", "2024-03-31"),
        ("Antarctica/Troll", "2024-10-27"),
        // A country that left out a day.
        ("Pacific/Apia", "2011-12-30"),
        ("Asia/Kolkata", "2024-03-31"),
    ];

    [Fact]
    public void It_is_the_first_minute_of_a_walk_at_which_the_clock_shows_the_time_or_a_later_one() =>
        Gen.Select(Pick.From(s_transitions), Gen.Int[-2000, 2000])
            .Sample(
                (transition, minutes) =>
                {
                    var zone = TimeZoneInfo.FindSystemTimeZoneById(transition.Zone);
                    var local = DateTime.Parse(transition.Around, CultureInfo.InvariantCulture).AddMinutes(minutes);
                    var walk = new DateTimeOffset(local, TimeSpan.Zero).AddHours(-30);
                    while (TimeZoneInfo.ConvertTime(walk, zone).DateTime < local)
                    {
                        walk = walk.AddMinutes(1);
                    }

                    Assert.Equal(walk, new ZoneClock(zone).FirstAt(local));
                },
                iter: 2000
            );
}
