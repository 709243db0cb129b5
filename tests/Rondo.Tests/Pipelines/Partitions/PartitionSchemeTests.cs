using System.Globalization;
using CsCheck;
using Rondo.Pipelines.Partitions;
using Rondo.Sdk.Wire;

namespace Rondo.Tests.Pipelines;

/// <summary>Keys and periods of partitions: they follow each other without a gap, on days of 23 and 25 hours too.</summary>
public sealed class PartitionSchemeTests
{
    private static readonly string[] s_zones =
    [
        "UTC",
        "Europe/Berlin",
        "America/New_York",
        "Australia/Lord_Howe",
        "America/Sao_Paulo",
        "Africa/Casablanca",
        "Pacific/Apia",
        "Asia/Kolkata",
    ];

    private static readonly string[] s_kinds =
    [
        PartitionKinds.Hourly,
        PartitionKinds.Daily,
        PartitionKinds.Weekly,
        PartitionKinds.Monthly,
    ];

    [Theory]
    [InlineData("hourly", "2024-05-01T13", "2024-05-01T13", "2024-05-01T13:00:00Z", "2024-05-01T14:00:00Z")]
    [InlineData("daily", "2024-05-01", "2024-05-07", "2024-05-07T00:00:00Z", "2024-05-08T00:00:00Z")]
    [InlineData("weekly", "2024-05-06", "2024-05-20", "2024-05-20T00:00:00Z", "2024-05-27T00:00:00Z")]
    [InlineData("monthly", "2024-01-01", "2024-02-01", "2024-02-01T00:00:00Z", "2024-03-01T00:00:00Z")]
    [InlineData("monthly", "2023-12-15", "2024-01-15", "2024-01-15T00:00:00Z", "2024-02-15T00:00:00Z")]
    public void A_key_is_the_beginning_of_a_period(string kind, string start, string key, string from, string to)
    {
        var place = Of(kind, start).Find(key);

        Assert.Equal((key, At(from), At(to)), (place.Key, place.From, place.To));
    }

    [Theory]
    [InlineData("Europe/Berlin", "2024-03-31", 23)]
    [InlineData("Europe/Berlin", "2024-10-27", 25)]
    [InlineData("America/New_York", "2024-03-10", 23)]
    [InlineData("America/New_York", "2024-11-03", 25)]
    [InlineData("Australia/Lord_Howe", "2024-10-06", 23.5)]
    [InlineData("Australia/Lord_Howe", "2024-04-07", 24.5)]
    [InlineData("America/Sao_Paulo", "2018-11-04", 23)]
    [InlineData("America/Sao_Paulo", "2018-02-17", 25)]
    [InlineData("Asia/Kolkata", "2024-03-31", 24)]
    public void A_day_is_as_long_as_the_clocks_make_it(string zone, string key, double hours)
    {
        var place = Of("daily", "2010-01-01", zone).Find(key);

        Assert.Equal(TimeSpan.FromHours(hours), place.To - place.From);
    }

    [Fact]
    public void An_hour_that_the_clocks_skip_is_no_partition_and_one_that_they_show_twice_is_one_of_two_hours()
    {
        var hours = Of("hourly", "2024-01-01T00", "Europe/Berlin");

        var refused = Assert.Throws<RondoException>(() => hours.Find("2024-03-31T02"));
        Assert.Contains("shows no such hour", refused.Message);
        var twice = hours.Find("2024-10-27T02");
        Assert.Equal(TimeSpan.FromHours(2), twice.To - twice.From);
    }

    [Fact]
    public void A_day_that_a_country_left_out_is_no_partition()
    {
        var days = Of("daily", "2011-12-28", "Pacific/Apia");

        Assert.Throws<RondoException>(() => days.Find("2011-12-30"));
        Assert.Equal(days.Find("2011-12-29").To, days.Find("2011-12-31").From);
        Assert.Equal(4, days.Count(days.Find("2012-01-01").From!.Value - TimeSpan.FromSeconds(1)) + 1);
    }

    [Fact]
    public void Periods_follow_each_other_without_gap_or_overlap_and_every_key_finds_its_own() =>
        Gen.Select(Pick.From(s_kinds), Pick.From(s_zones), Gen.Int[0, 5000], Gen.Int[0, 400])
            .Sample(
                (kind, zone, day, offset) =>
                {
                    var start = new DateOnly(2010, 1, 1).AddDays(day);
                    start = start.AddDays(1 - Math.Max(1, start.Day - 27));
                    var scheme = Of(kind, Text(kind, start), zone);
                    DateTimeOffset? end = null;
                    for (var position = (long)offset; position < offset + 60; position++)
                    {
                        if (scheme.At(position) is not { } place)
                        {
                            continue;
                        }

                        Assert.True(place.From < place.To);
                        Assert.Equal(place, scheme.Find(place.Key));
                        Assert.True(end is null || end == place.From);
                        end = place.To;
                    }
                },
                iter: 300
            );

    [Fact]
    public void The_newest_complete_partition_is_the_last_whose_period_has_ended() =>
        Gen.Select(Pick.From(s_kinds), Pick.From(s_zones), Gen.Int[0, 4_000_000])
            .Sample(
                (kind, zone, minutes) =>
                {
                    var scheme = Of(kind, Text(kind, new DateOnly(2010, 1, 4)), zone);
                    var now = At("2010-01-02T00:00:00Z").AddMinutes(minutes);

                    var newest = scheme.NewestComplete(now);

                    var end = scheme.End(now);
                    Assert.True(end == 0 || PlaceAt(scheme, end - 1, -1)!.From <= now);
                    Assert.True(PlaceAt(scheme, end, 1)!.From > now);
                    if (newest is null)
                    {
                        Assert.True(PlaceAt(scheme, 0, 1)!.To > now);
                        return;
                    }

                    Assert.True(newest.To <= now);
                    Assert.True(PlaceAt(scheme, newest.Position + 1, 1)!.To > now);
                },
                iter: 1000
            );

    [Theory]
    [InlineData("UTC", "2024-12-31T23:30:00Z", 8784)]
    [InlineData("Europe/Berlin", "2024-12-31T22:30:00Z", 8783)]
    [InlineData("Australia/Lord_Howe", "2024-12-31T12:30:00Z", 8784)]
    public void Hours_of_a_year_are_counted_without_those_that_the_clocks_skip(string zone, string now, long hours)
    {
        var scheme = Of("hourly", "2024-01-01T00", zone);

        Assert.Equal(hours, scheme.Count(At(now)));
        Assert.Equal(hours, Enumerable.Range(0, (int)scheme.End(At(now))).Count(i => scheme.At(i) is not null));
    }

    [Theory]
    [InlineData("daily", "2024-05-01", "2024-04-30", "The first is 2024-05-01")]
    [InlineData("daily", "2024-05-01", "1.5.2024", "Write it as 2024-05-01")]
    [InlineData("daily", "2024-05-01", "2024-05-01T00", "Write it as 2024-05-01")]
    [InlineData("hourly", "2024-05-01T00", "2024-05-01", "Write it as 2024-05-01T00")]
    [InlineData("weekly", "2024-05-06", "2024-05-09", "It is in the week that begins 2024-05-06")]
    [InlineData("monthly", "2024-01-01", "2024-05-09", "It is in the month that begins 2024-05-01")]
    [InlineData("daily", "2024-05-01", "9999-12-31", "The years end with 9000")]
    public void A_wrong_key_is_refused_with_what_it_should_be(string kind, string start, string key, string mend)
    {
        var refused = Assert.Throws<RondoException>(() => Of(kind, start).Find(key));

        Assert.Contains(mend, refused.Message);
    }

    [Theory]
    [InlineData("yearly", "2024-01-01", null, "are of the kind 'yearly'")]
    [InlineData("daily", "May", null, "is not written as 2024-05-01")]
    [InlineData("daily", null, null, "is not written as 2024-05-01")]
    [InlineData("daily", "2024-01-01", "Moon/Crater", "which does not exist")]
    [InlineData("daily", "1066-10-14", null, "the years are 1900 to 2200")]
    [InlineData("monthly", "2024-01-31", null, "which not every month has")]
    public void Partitions_that_cannot_be_are_refused(string kind, string? start, string? zone, string because)
    {
        var refused = Assert.Throws<RondoException>(() =>
            PartitionRules.Check("Pipeline 'p'", new PartitionsManifest(kind, start, zone, null))
        );

        Assert.Contains(because, refused.Message);
    }

    [Fact]
    public void Partitions_of_a_list_are_its_values_in_their_order()
    {
        var list = new PartitionsManifest(PartitionKinds.List, null, null, ["south", "north"]);
        PartitionRules.Check("Pipeline 'p'", list);
        var scheme = PartitionScheme.Of(list);

        Assert.Equal((0, "north"), (scheme.Find("south").Position, scheme.At(1)!.Key));
        Assert.Null(scheme.NewestComplete(At("2024-01-01T00:00:00Z")));
        Assert.Contains("There is south, north.", Assert.Throws<RondoException>(() => scheme.Find("east")).Message);
    }

    [Theory]
    [InlineData("a", "a")]
    [InlineData("", "b")]
    [InlineData(" a", "b")]
    [InlineData("a\n", "b")]
    public void A_list_of_values_that_cannot_be_told_apart_is_refused(string one, string two) =>
        Assert.Throws<RondoException>(() =>
            PartitionRules.Check("p", new PartitionsManifest(PartitionKinds.List, null, null, [one, two]))
        );

    [Fact]
    public void A_partition_that_has_not_begun_cannot_be_asked_for_and_one_under_way_can()
    {
        var pipeline = Manifests.Pipeline("train") with
        {
            Partitions = new PartitionsManifest("daily", "2024-05-01", null, null),
        };
        var now = At("2024-05-10T12:00:00Z");

        Assert.Equal("2024-05-10", PartitionRules.Require(pipeline, "2024-05-10", now)!.Key);
        var refused = Assert.Throws<RondoException>(() => PartitionRules.Require(pipeline, "2024-05-11", now));
        Assert.Contains("The newest that is complete is 2024-05-09", refused.Message);
        Assert.Contains(
            "Say which, such as 2024-05-09",
            Assert.Throws<RondoException>(() => PartitionRules.Require(pipeline, null, now)).Message
        );
        Assert.Contains(
            "has no partitions",
            Assert.Throws<RondoException>(() => PartitionRules.Require(Manifests.Pipeline("p"), "x", now)).Message
        );
    }

    [Theory]
    [InlineData("daily", "2024-05-01", "2024-05-09")]
    [InlineData("monthly", "2024-05-01", "2024-05-01")]
    [InlineData("monthly", "2024-06-01", null)]
    [InlineData("list", null, "north")]
    public void A_pipeline_is_tried_on_its_newest_complete_partition_or_on_one_that_has_begun(
        string kind,
        string? start,
        string? key
    )
    {
        var pipeline = Manifests.Pipeline("train") with
        {
            Partitions = new PartitionsManifest(kind, start, null, ["north", "south"]),
        };

        Assert.Equal(key, PartitionRules.ToTry(pipeline, At("2024-05-10T12:00:00Z")));
        Assert.Null(PartitionRules.ToTry(Manifests.Pipeline("p"), At("2024-05-10T12:00:00Z")));
    }

    private static PartitionScheme Of(string kind, string start, string? zone = null)
    {
        var manifest = new PartitionsManifest(kind, start, zone, null);
        PartitionRules.Check("p", manifest);
        return PartitionScheme.Of(manifest);
    }

    // The nearest partition that there is.
    private static PartitionPlace? PlaceAt(PartitionScheme scheme, long position, int step)
    {
        while (position >= 0 && scheme.At(position) is null)
        {
            position += step;
        }

        return scheme.At(position);
    }

    private static string Text(string kind, DateOnly day) =>
        day.ToString("yyyy-MM-dd", CultureInfo.InvariantCulture) + (kind == PartitionKinds.Hourly ? "T00" : "");

    private static DateTimeOffset At(string time) => DateTimeOffset.Parse(time, CultureInfo.InvariantCulture);
}
