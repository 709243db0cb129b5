using Rondo.Sdk;

namespace Rondo.Tests.Sdk.Tracking;

/// <summary>Disks that are full or broken, and the room that runs share: a training goes on, and what is kept is whole.</summary>
public sealed class TrackedDiskTests
{
    private const int SpoolBytesMax = 20_000;

    [Fact]
    public async Task A_run_ends_on_the_server_also_where_the_disk_does_not_take_its_end()
    {
        await using var place = await TrackedPlace.StartAsync();
        var run = place.Run();
        Tell(run, 0, 10);
        Assert.True(await run.FlushAsync());
        place.Disk.IsFull = true;
        Tell(run, 10, 5);
        await run.DisposeAsync();

        Assert.Equal("FINISHED", await place.StatusAsync(run.Id));
        Assert.Equal(15, (await place.PointsAsync(run.Id, "loss")).Count);
        Assert.Equal(0, run.Dropped);
        Assert.Empty(place.Kept());
    }

    [Fact]
    public async Task A_run_whose_end_neither_disk_nor_server_take_is_ended_by_the_next_one()
    {
        await using var place = await TrackedPlace.StartAsync();
        var run = place.Run();
        Assert.True(await run.FlushAsync());
        place.Disk.IsFull = true;
        place.Line.IsCut = true;
        await run.DisposeAsync();
        place.Disk.IsFull = false;
        place.Line.IsCut = false;

        Assert.Equal(new SpooledRuns(1, 0, 0), await SpooledRuns.SendAsync(place.Settings, CancellationToken.None));
        Assert.Equal("KILLED", await place.StatusAsync(run.Id));
    }

    [Fact]
    public async Task A_failed_write_leaves_nothing_behind()
    {
        await using var place = await TrackedPlace.StartAsync();
        place.Line.IsCut = true;
        await using var run = place.Run();
        Tell(run, 0, 10);
        Assert.False(await run.FlushAsync());
        var before = place.Lines(run.Id);
        place.Disk.IsFull = true;
        Tell(run, 10, 10);
        Assert.False(await run.FlushAsync());
        Assert.Equal(before, place.Lines(run.Id));
        Assert.Equal(0, run.Dropped);

        place.Disk.IsFull = false;
        place.Line.IsCut = false;
        run.Metric("loss", 20, 20);
        Assert.True(await run.FlushAsync());
        Assert.Equal(21, (await place.PointsAsync(run.Id, "loss")).Count);
    }

    [Fact]
    public async Task A_small_disk_takes_any_number_of_points_as_long_as_the_server_does()
    {
        const int points = 5000;
        await using var place = await TrackedPlace.StartAsync();
        place.Disk.BytesMax = 40_000;
        await using var run = place.Run();
        for (var step = 0; step < points; step += 500)
        {
            Tell(run, step, 500);
            Assert.True(await run.FlushAsync());
        }

        Assert.Equal(0, run.Dropped);
        Assert.Equal(points, (await place.PointsAsync(run.Id, "loss")).Count);
        Assert.Contains("kept in memory", Assert.Single(place.Warnings));
    }

    [Fact]
    public async Task What_neither_disk_nor_memory_nor_server_take_is_counted()
    {
        await using var place = await TrackedPlace.StartAsync();
        place.Line.IsCut = true;
        var run = place.Run();
        place.Disk.IsFull = true;
        for (var part = 0; part < 6; part++)
        {
            run.Tag("part" + part, new string('x', 5000));
        }

        for (var step = 0; step < 3; step++)
        {
            Tell(run, step * 40_000, 40_000);
            Assert.False(await run.FlushAsync());
        }

        Assert.InRange(run.Dropped, 40_000, 110_000);
        await run.DisposeAsync();
        Assert.Equal(120_000 + 6 + 2, run.Dropped);
        Assert.Contains("lines of the run", place.Warnings[^1]);
    }

    [Fact]
    public async Task A_disk_that_does_not_remember_what_was_sent_throws_nothing_into_the_training()
    {
        await using var place = await TrackedPlace.StartAsync();
        var run = place.Run();
        Assert.True(await run.FlushAsync());
        place.Disk.BreaksMarks = true;
        Tell(run, 0, 10);
        Assert.False(await run.FlushAsync());
        Assert.False(await run.FlushAsync());
        Assert.Contains("The disk is broken", Assert.Single(place.Warnings));
        await run.DisposeAsync();

        place.Disk.BreaksMarks = false;
        Assert.Equal(new SpooledRuns(1, 0, 0), await SpooledRuns.SendAsync(place.Settings, CancellationToken.None));
        Assert.Equal(10, (await place.PointsAsync(run.Id, "loss")).Count);
        Assert.Equal("FINISHED", await place.StatusAsync(run.Id));
    }

    [Fact]
    public async Task A_spool_that_can_be_neither_shortened_nor_removed_throws_nothing_into_the_training()
    {
        await using var place = await TrackedPlace.StartAsync();
        var run = TrackedRun.Start("demand", null, place.Settings with { SpoolBytesMax = SpoolBytesMax });
        Directory.CreateDirectory(Path.Combine(place.Spool, run.Id + ".part"));
        Tell(run, 0, 150);
        Assert.True(await run.FlushAsync());
        Assert.Empty(place.Warnings);
        await run.DisposeAsync();

        Assert.Contains(".jsonl cannot be read, written or removed", Assert.Single(place.Warnings));
        Assert.Equal(150, (await place.PointsAsync(run.Id, "loss")).Count);
        Assert.Equal("FINISHED", await place.StatusAsync(run.Id));
    }

    [Fact]
    public async Task Runs_side_by_side_share_the_room()
    {
        await using var place = await TrackedPlace.StartAsync();
        place.Line.IsCut = true;
        var settings = place.Settings with { SpoolBytesMax = SpoolBytesMax };
        var runs = Enumerable.Range(0, 3).Select(_ => TrackedRun.Start("demand", null, settings)).ToList();
        foreach (var run in runs)
        {
            Tell(run, 0, 500);
            Assert.False(await run.FlushAsync());
        }

        var kept = new DirectoryInfo(place.Spool).EnumerateFiles("*.jsonl").Sum(file => file.Length);
        Assert.InRange(kept, SpoolBytesMax / 2, SpoolBytesMax * 11 / 10);
        foreach (var run in runs)
        {
            await run.DisposeAsync();
        }
    }

    [Fact]
    public async Task What_others_have_kept_since_counts_also_where_a_run_has_given_back_its_room()
    {
        await using var place = await TrackedPlace.StartAsync();
        await using var run = TrackedRun.Start("demand", null, place.Settings with { SpoolBytesMax = SpoolBytesMax });
        Tell(run, 0, 150);
        Assert.True(await run.FlushAsync());
        File.WriteAllText(Path.Combine(place.Spool, "other"), new string('x', SpoolBytesMax));
        Tell(run, 150, 100);
        Assert.True(await run.FlushAsync());
        Assert.InRange(run.Dropped, 80, 100);
    }

    [Fact]
    public async Task A_run_that_began_without_room_gets_it_when_there_is_some()
    {
        await using var place = await TrackedPlace.StartAsync();
        place.Line.IsCut = true;
        Directory.CreateDirectory(place.Spool);
        var other = Path.Combine(place.Spool, "other");
        File.WriteAllText(other, new string('x', SpoolBytesMax));
        await using var run = TrackedRun.Start("demand", null, place.Settings with { SpoolBytesMax = SpoolBytesMax });
        Tell(run, 0, 10);
        Assert.False(await run.FlushAsync());
        Assert.Equal(10, run.Dropped);

        File.Delete(other);
        place.Server.Kernel.Time.Advance(TimeSpan.FromSeconds(5));
        Tell(run, 10, 10);
        place.Line.IsCut = false;
        Assert.True(await run.FlushAsync());
        Assert.Equal(10, run.Dropped);
        Assert.Equal(10, (await place.PointsAsync(run.Id, "loss")).Count);
    }

    [Fact]
    public async Task An_artifact_that_has_room_has_a_line()
    {
        await using var place = await TrackedPlace.StartAsync();
        place.Line.IsCut = true;
        var run = TrackedRun.Start("demand", null, place.Settings with { SpoolBytesMax = SpoolBytesMax });
        // They are in memory still when the file takes nearly all of the room.
        Tell(run, 0, 500);
        run.Artifact(place.Write("large.bin", new string('x', SpoolBytesMax - 1000)));
        Assert.False(await run.FlushAsync());
        Assert.Contains("\"artifact\":\"large.bin\"", place.Lines(run.Id));
        Assert.InRange(run.Dropped, 400, 500);
        place.Line.IsCut = false;
        await run.DisposeAsync();
        Assert.Empty(place.Kept());
    }

    [Fact]
    public async Task One_spool_that_cannot_be_read_keeps_no_other()
    {
        await using var place = await TrackedPlace.StartAsync();
        var left = await LeftAsync(place, 3);
        var mark = Path.Combine(place.Spool, left[0] + ".sent");
        File.Delete(mark);
        Directory.CreateDirectory(mark);

        Assert.Equal(new SpooledRuns(2, 1, 0), await SpooledRuns.SendAsync(place.Settings, CancellationToken.None));
        Assert.Contains("is left as it is", place.Warnings[^1]);
        // Who has failed to open it does not hold it.
        Directory.Delete(mark);
        Assert.Equal(new SpooledRuns(1, 0, 0), await SpooledRuns.SendAsync(place.Settings, CancellationToken.None));
        Assert.Empty(place.Kept());
    }

    [Fact]
    public async Task One_run_that_the_server_fails_at_keeps_no_other()
    {
        await using var place = await TrackedPlace.StartAsync();
        var left = await LeftAsync(place, 3);
        File.SetLastWriteTimeUtc(Path.Combine(place.Spool, left[0] + ".jsonl"), DateTime.UnixEpoch);
        place.Line.Stranger = request =>
            request.RequestUri!.AbsolutePath.EndsWith(left[0], StringComparison.Ordinal)
                ? new HttpResponseMessage(System.Net.HttpStatusCode.InternalServerError)
                : null;
        Assert.Equal(new SpooledRuns(2, 1, 0), await SpooledRuns.SendAsync(place.Settings, CancellationToken.None));
        Assert.All(place.Kept(), name => Assert.StartsWith(left[0], name));
    }

    [Fact]
    public async Task One_spool_whose_mark_cannot_be_written_keeps_no_other()
    {
        await using var place = await TrackedPlace.StartAsync();
        var left = await LeftAsync(place, 5);
        for (var number = 0; number < 4; number++)
        {
            var path = Path.Combine(place.Spool, left[number] + ".jsonl");
            File.SetLastWriteTimeUtc(path, DateTime.UnixEpoch);
        }

        var opened = 0;
        var settings = place.Settings with
        {
            Write = (file, bytes, offset) =>
                RandomAccess.Write(
                    file,
                    bytes.Length != Disk.MarkBytes || ++opened > 4 ? bytes : throw new IOException("It is broken."),
                    offset
                ),
        };
        Assert.Equal(new SpooledRuns(1, 4, 0), await SpooledRuns.SendAsync(settings, CancellationToken.None));
        Assert.Equal("FINISHED", await place.StatusAsync(left[4]));
    }

    [Fact]
    public async Task A_spool_whose_first_line_is_damaged_is_left_as_it_is()
    {
        await using var place = await TrackedPlace.StartAsync();
        var left = await LeftAsync(place, 2);
        var path = Path.Combine(place.Spool, left[0] + ".jsonl");
        var damaged = "\0" + place.Lines(left[0]);
        File.WriteAllText(path, damaged);
        Assert.Equal(new SpooledRuns(1, 1, 0), await SpooledRuns.SendAsync(place.Settings, CancellationToken.None));
        Assert.Equal(damaged, File.ReadAllText(path));
        Assert.Contains("does not tell what run it is of", place.Warnings[^1] + place.Warnings[^2]);
    }

    [Fact]
    public async Task Any_number_of_spools_of_other_servers_keep_none_of_ours()
    {
        const int Others = 1001;
        await using var place = await TrackedPlace.StartAsync();
        var left = await LeftAsync(place, 1);
        for (var number = 0; number < Others; number++)
        {
            var path = Path.Combine(place.Spool, $"{number:D32}.jsonl");
            File.WriteAllBytes(path, new SpoolStart($"{number:D32}", "http://other:1", "demand", null, 0).ToLine());
            File.SetLastWriteTimeUtc(path, DateTime.UnixEpoch);
        }

        Assert.Equal(
            new SpooledRuns(1, 0, Others),
            await SpooledRuns.SendAsync(place.Settings, CancellationToken.None)
        );
        Assert.Equal("FINISHED", await place.StatusAsync(left[0]));
    }

    [Fact]
    public async Task The_lock_of_a_spool_stays_as_long_as_the_spool()
    {
        await using var place = await TrackedPlace.StartAsync();
        var left = await LeftAsync(place, 1);
        var path = Path.Combine(place.Spool, left[0] + ".jsonl");
        var settings = place.Settings.Resolved();
        var (file, _) = SpoolFile.TryOpen(path, settings)!.Value;
        Assert.Null(SpoolFile.TryOpen(path, settings));
        file.Dispose();
        Assert.True(File.Exists(Path.ChangeExtension(path, ".lock")));
        (file, _) = SpoolFile.TryOpen(path, settings)!.Value;
        file.Delete();
        Assert.Null(SpoolFile.TryOpen(path, settings));
        file.Dispose();
        Assert.Empty(place.Kept());
    }

    // Runs that ended while the server was away.
    private static async Task<List<string>> LeftAsync(TrackedPlace place, int count)
    {
        place.Line.IsCut = true;
        var left = new List<string>();
        for (var number = 0; number < count; number++)
        {
            var run = place.Run();
            left.Add(run.Id);
            await run.DisposeAsync();
        }

        place.Line.IsCut = false;
        return left;
    }

    private static void Tell(TrackedRun run, int from, int count)
    {
        for (var step = from; step < from + count; step++)
        {
            run.Metric("loss", step, step);
        }
    }
}
