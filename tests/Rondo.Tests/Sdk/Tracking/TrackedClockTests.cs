using Rondo.Sdk;

namespace Rondo.Tests.Sdk.Tracking;

/// <summary>What a run does by itself, as time goes: it writes, sends, and waits longer where the server is away.</summary>
public sealed class TrackedClockTests
{
    private static readonly TimeSpan s_gather = TimeSpan.FromMilliseconds(20);
    private static readonly TimeSpan s_second = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan s_requestMax = TimeSpan.FromSeconds(30);

    [Fact]
    public async Task What_is_told_is_written_after_20_milliseconds_and_sent_after_a_second()
    {
        await using var place = await TrackedPlace.StartAsync();
        var (run, time) = Start(place);
        await using var _ = run;
        await run.LeftOvers;
        Assert.Equal(s_second, await time.NextAsync(s_requestMax));

        for (var step = 0; step < 3; step++)
        {
            run.Metric("loss", step, step);
            Assert.DoesNotContain($"\"step\":{step}", place.Lines(run.Id));
            time.Advance(s_gather);
            Assert.Contains($"\"step\":{step}", place.Lines(run.Id));
            Assert.Equal(step, (await place.PointsAsync(run.Id, "loss")).Count);
            time.Advance(s_second);
            Assert.Equal(s_second, await time.NextAsync(s_requestMax));
            Assert.Equal(step + 1, (await place.PointsAsync(run.Id, "loss")).Count);
        }
    }

    [Fact]
    public async Task Where_the_server_is_away_each_wait_is_longer_until_it_is_there()
    {
        await using var place = await TrackedPlace.StartAsync();
        place.Line.IsCut = true;
        var (run, time) = Start(place);
        await using var _ = run;
        await run.LeftOvers;

        foreach (var seconds in new[] { 1.5, 3, 6, 12, 24 })
        {
            Assert.Equal(seconds, (await time.NextAsync(s_requestMax)).TotalSeconds);
            time.Advance(TimeSpan.FromSeconds(seconds));
        }

        // It is no longer at last.
        Assert.Equal(24, (await time.NextAsync(s_requestMax)).TotalSeconds);
        place.Line.IsCut = false;
        time.Advance(TimeSpan.FromSeconds(24));

        Assert.Equal(s_second, await time.NextAsync(s_requestMax));
        Assert.Equal("RUNNING", await place.StatusAsync(run.Id));
    }

    [Fact]
    public async Task Sending_goes_on_when_the_disk_is_mended()
    {
        await using var place = await TrackedPlace.StartAsync();
        var (run, time) = Start(place);
        await using var _ = run;
        await run.LeftOvers;
        Assert.Equal(s_second, await time.NextAsync(s_requestMax));
        place.Disk.BreaksMarks = true;
        run.Metric("loss", 1);
        time.Advance(s_gather);
        time.Advance(s_second);
        Assert.Equal(1.5, (await time.NextAsync(s_requestMax)).TotalSeconds);
        time.Advance(TimeSpan.FromSeconds(1.5));
        Assert.Equal(3, (await time.NextAsync(s_requestMax)).TotalSeconds);
        Assert.Contains("The disk is broken", Assert.Single(place.Warnings));

        place.Disk.BreaksMarks = false;
        time.Advance(TimeSpan.FromSeconds(3));
        Assert.Equal(s_second, await time.NextAsync(s_requestMax));
        Assert.Equal([(0, "1")], await place.PointsAsync(run.Id, "loss"));
        Assert.Equal(0, run.Dropped);
    }

    [Fact]
    public async Task A_listener_that_throws_ends_nothing()
    {
        await using var place = await TrackedPlace.StartAsync();
        place.Line.IsCut = true;
        var settings = place.Settings with
        {
            SpoolBytesMax = 1,
            Warn = _ => throw new InvalidOperationException("I do not want to hear."),
        };
        var run = TrackedRun.Start("demand", null, settings);
        run.Metric("loss", 1);
        // The timer calls it, which on a machine's own clock would end the program.
        place.Server.Kernel.Time.Advance(s_gather);
        Assert.Equal(1, run.Dropped);
        Assert.False(await run.FlushAsync());
        await run.DisposeAsync();
    }

    [Fact]
    public async Task A_time_that_no_timer_takes_is_as_good_as_a_long_one()
    {
        await using var place = await TrackedPlace.StartAsync();
        var settings = place.Settings with { SendEvery = TimeSpan.MaxValue, EndWaitMax = TimeSpan.MaxValue };
        place.Line.IsCut = true;
        var run = TrackedRun.Start("demand", null, settings);
        run.Metric("loss", 1);
        Assert.False(await run.FlushAsync());
        place.Line.IsCut = false;
        await run.DisposeAsync();
        Assert.Equal("FINISHED", await place.StatusAsync(run.Id));
    }

    // The last digit of the id says how much longer than twice it waits.
    private static (TrackedRun Run, TickingTime Time) Start(TrackedPlace place)
    {
        var time = new TickingTime(place.Server.Kernel.Time);
        var settings = place.Settings with { Time = time, NewId = () => new string('a', 31) + "0" };
        return (TrackedRun.Start("demand", null, settings), time);
    }
}
