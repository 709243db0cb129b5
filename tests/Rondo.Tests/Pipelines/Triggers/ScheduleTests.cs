using System.Globalization;
using CsCheck;
using Rondo.Pipelines;
using Rondo.Pipelines.Partitions;
using Rondo.Pipelines.Triggers;
using Rondo.Sdk.Wire;

namespace Rondo.Tests.Pipelines;

/// <summary>When a schedule fires: in its own time zone, and on the days on which clocks are moved.</summary>
[Trait("Requirement", "R84")]
public sealed class ScheduleTests
{
    private static readonly string[] s_zones =
    [
        "UTC",
        "Europe/Berlin",
        "America/New_York",
        "America/Chicago",
        "Australia/Lord_Howe",
        "Asia/Kolkata",
        "America/Sao_Paulo",
        "Africa/Casablanca",
    ];

    [Theory]
    // Clocks are put forward: a time that they skip comes when they have jumped.
    [InlineData("30 2 * * *", "Europe/Berlin", "2024-03-31", "2024-03-31T01:00:00Z")]
    [InlineData("30 2 * * *", "America/New_York", "2024-03-10", "2024-03-10T07:00:00Z")]
    [InlineData("30 2 * * *", "America/Chicago", "2024-03-10", "2024-03-10T08:00:00Z")]
    [InlineData("15 2 * * *", "Australia/Lord_Howe", "2024-10-06", "2024-10-05T15:30:00Z")]
    [InlineData("30 0 * * *", "America/Sao_Paulo", "2018-11-04", "2018-11-04T03:00:00Z")]
    [InlineData("30 2 * * *", "Africa/Casablanca", "2024-04-14", "2024-04-14T02:00:00Z")]
    // Clocks are put back: a time that they show twice comes the first time.
    [InlineData("30 2 * * *", "Europe/Berlin", "2024-10-27", "2024-10-27T00:30:00Z")]
    [InlineData("30 1 * * *", "America/New_York", "2024-11-03", "2024-11-03T05:30:00Z")]
    [InlineData("30 1 * * *", "America/Chicago", "2024-11-03", "2024-11-03T06:30:00Z")]
    [InlineData("45 1 * * *", "Australia/Lord_Howe", "2024-04-07", "2024-04-06T14:45:00Z")]
    [InlineData("30 23 * * *", "America/Sao_Paulo", "2018-02-17", "2018-02-18T01:30:00Z")]
    [InlineData("30 2 * * *", "Africa/Casablanca", "2024-03-10", "2024-03-10T01:30:00Z")]
    // Clocks that are never moved.
    [InlineData("30 2 * * *", "Asia/Kolkata", "2024-03-31", "2024-03-30T21:00:00Z")]
    [InlineData("30 2 * * *", "UTC", "2024-03-31", "2024-03-31T02:30:00Z")]
    public void A_time_of_day_comes_once_on_a_day_on_which_clocks_are_moved(
        string cron,
        string zone,
        string day,
        string expected
    )
    {
        var schedule = Of(cron, zone);
        var clock = new ZoneClock(TimeZoneInfo.FindSystemTimeZoneById(zone));
        var date = DateTime.Parse(day, CultureInfo.InvariantCulture);

        var times = schedule.Newest(clock.FirstAt(date), clock.FirstAt(date.AddDays(1)) - TimeSpan.FromTicks(1), 10);

        Assert.Equal([DateTimeOffset.Parse(expected, CultureInfo.InvariantCulture)], times);
    }

    [Theory]
    [InlineData("Europe/Berlin", "2024-03-31", 46)]
    [InlineData("Europe/Berlin", "2024-10-27", 50)]
    [InlineData("America/Chicago", "2024-03-10", 46)]
    [InlineData("America/Chicago", "2024-11-03", 50)]
    [InlineData("Australia/Lord_Howe", "2024-10-06", 47)]
    [InlineData("Australia/Lord_Howe", "2024-04-07", 49)]
    [InlineData("America/Sao_Paulo", "2018-11-04", 46)]
    [InlineData("Asia/Kolkata", "2024-03-31", 48)]
    public void A_line_that_repeats_within_the_day_counts_hours_that_pass(string zone, string day, int times)
    {
        var clock = new ZoneClock(TimeZoneInfo.FindSystemTimeZoneById(zone));
        var date = DateTime.Parse(day, CultureInfo.InvariantCulture);

        Assert.Equal(
            times,
            Of("*/30 * * * *", zone)
                .Count(clock.FirstAt(date), clock.FirstAt(date.AddDays(1)) - TimeSpan.FromTicks(1), 1000)
        );
    }

    [Fact]
    public void Every_day_has_its_time_once_in_every_zone() =>
        Gen.Select(Pick.From(s_zones), Gen.Int[0, 23], Gen.Int[0, 59], Gen.Int[0, 3650])
            .Sample(
                (zone, hour, minute, day) =>
                {
                    var clock = new ZoneClock(TimeZoneInfo.FindSystemTimeZoneById(zone));
                    var date = new DateTime(2016, 1, 1).AddDays(day);
                    var schedule = Of($"{minute} {hour} * * *", zone);

                    // Forty days hold at most two transitions.
                    var times = schedule.Newest(
                        clock.FirstAt(date),
                        clock.FirstAt(date.AddDays(40)) - TimeSpan.FromTicks(1),
                        100
                    );

                    var expected = Enumerable
                        .Range(0, 40)
                        .Select(i => clock.FirstAt(date.AddDays(i).AddHours(hour).AddMinutes(minute)));
                    Assert.Equal(expected, times);
                },
                iter: 400
            );

    [Fact]
    public void The_next_time_after_the_next_leads_through_all_of_them() =>
        Gen.Select(Pick.From(s_zones), Gen.Int[0, 59], Gen.Int[0, 3650])
            .Sample(
                (zone, minute, day) =>
                {
                    var from = new DateTimeOffset(2016, 1, 1, 0, 0, 0, TimeSpan.Zero).AddDays(day);
                    var schedule = Of($"{minute} */6 * * *", zone);
                    var walked = new List<DateTimeOffset>();
                    for (var at = schedule.NextAfter(from); at < from.AddDays(30); at = schedule.NextAfter(at.Value))
                    {
                        walked.Add(at.Value);
                    }

                    Assert.Equal(
                        schedule.Newest(from + TimeSpan.FromTicks(1), from.AddDays(30) - TimeSpan.FromTicks(1), 1000),
                        walked
                    );
                },
                iter: 200
            );

    [Fact]
    public void A_schedule_agrees_with_a_walk_through_the_minutes() =>
        Gen.Select(Pick.From(s_zones), Gen.Int[1, 30], Gen.Int[1, 8], Gen.Int[0, 23], Gen.Int[0, 3650])
            .Sample(
                (zone, minutes, hours, hour, day) =>
                {
                    var from = new DateTimeOffset(2016, 1, 1, 0, 0, 0, TimeSpan.Zero).AddDays(day);
                    var fixedTime = hours == 8;
                    var cron = fixedTime ? $"{minutes} {hour} * * *" : $"*/{minutes} */{hours} * * *";
                    bool Matches(DateTime local) =>
                        fixedTime
                            ? local.Minute == minutes && local.Hour == hour
                            : local.Minute % minutes == 0 && local.Hour % hours == 0;

                    var times = Of(cron, zone).Newest(from, from.AddDays(3), 10_000);

                    Assert.Equal(Walk(zone, from, from.AddDays(3), Matches, again: !fixedTime), times);
                },
                iter: 300
            );

    [Theory]
    [InlineData("Africa/Casablanca")]
    [InlineData("Pacific/Apia")]
    [InlineData("Antarctica/Troll")]
    [InlineData("Europe/Berlin")]
    public void Twenty_years_of_a_zone_come_to_an_end(string zone)
    {
        foreach (var cron in new[] { "30 2 * * *", "15 */6 * * *", "0 0 * * *" })
        {
            var schedule = Of(cron, zone);
            var (at, end) = (At("2010-01-01T00:00:00Z"), At("2030-01-01T00:00:00Z"));
            while (at < end)
            {
                var next = schedule.NextAfter(at)!.Value;
                Assert.True(next > at);
                at = next;
            }
        }
    }

    [Fact]
    public void A_schedule_fires_neither_before_its_start_nor_after_its_end()
    {
        var schedule = Schedule.Of(
            new TriggerManifest(TriggerKinds.Schedule, "0 3 * * *")
            {
                StartAt = At("2024-05-10T03:00:00Z"),
                EndAt = At("2024-05-12T03:00:00Z"),
            }
        );

        Assert.Equal(At("2024-05-10T03:00:00Z"), schedule.NextAfter(At("2024-01-01T00:00:00Z")));
        Assert.Equal(At("2024-05-12T03:00:00Z"), schedule.NextAfter(At("2024-05-11T12:00:00Z")));
        Assert.Null(schedule.NextAfter(At("2024-05-12T03:00:00Z")));
        Assert.Equal(3, schedule.Count(At("2024-01-01T00:00:00Z"), At("2025-01-01T00:00:00Z"), 1000));
    }

    [Fact]
    public void Years_of_a_schedule_by_the_minute_are_not_walked_to_find_the_newest()
    {
        var schedule = Of("* * * * *", "UTC");

        var newest = schedule.Newest(At("1990-01-01T00:00:00Z"), At("2024-01-01T00:00:30Z"), 3);

        Assert.Equal([At("2023-12-31T23:58:00Z"), At("2023-12-31T23:59:00Z"), At("2024-01-01T00:00:00Z")], newest);
    }

    private static Schedule Of(string cron, string zone) =>
        Schedule.Of(new TriggerManifest(TriggerKinds.Schedule, cron, zone));

    private static DateTimeOffset At(string time) => DateTimeOffset.Parse(time, CultureInfo.InvariantCulture);

    private static List<DateTimeOffset> Walk(
        string zone,
        DateTimeOffset from,
        DateTimeOffset to,
        Func<DateTime, bool> matches,
        bool again
    )
    {
        var info = TimeZoneInfo.FindSystemTimeZoneById(zone);
        var times = new List<DateTimeOffset>();
        var latest = DateTime.MinValue;
        for (var at = from.AddDays(-2); at <= to; at = at.AddMinutes(1))
        {
            var local = TimeZoneInfo.ConvertTime(at, info).DateTime;
            var passed = latest == DateTime.MinValue ? local : latest.AddMinutes(1);
            var hit = again && matches(local);
            for (; passed <= local; passed = passed.AddMinutes(1))
            {
                hit |= matches(passed);
            }

            latest = local > latest ? local : latest;
            if (hit && at >= from)
            {
                times.Add(at);
            }
        }

        return times;
    }
}
