using System.Text;
using CsCheck;
using Rondo.Sdk;

namespace Rondo.Tests.Sdk.Tracking;

/// <summary>Servers that are away, answers that are lost, processes that are killed: nothing is lost, and nothing is there twice.</summary>
public sealed class TrackedFaultTests
{
    private const int Points = 2500;

    [Fact]
    public async Task A_server_that_is_away_loses_nothing()
    {
        await using var place = await TrackedPlace.StartAsync();
        place.Line.IsCut = true;
        await using var run = place.Run();
        Tell(run, 0, Points);
        Assert.False(await run.FlushAsync());
        Assert.False(await run.FlushAsync());
        Assert.Single(place.Warnings);
        place.Line.IsCut = false;
        Tell(run, Points, 10);
        Assert.True(await run.FlushAsync());

        await RequireWholeAsync(place, run.Id, Points + 10);
        Assert.Equal(0, run.Dropped);
    }

    [Fact]
    public async Task A_server_that_comes_and_goes_gets_everything_once()
    {
        await using var place = await TrackedPlace.StartAsync();
        var run = place.Run();
        for (var part = 0; part < 20; part++)
        {
            place.Line.IsCut = part % 3 != 0;
            Tell(run, part * 50, 50);
            Assert.Equal(!place.Line.IsCut, await run.FlushAsync());
        }

        place.Line.IsCut = false;
        await run.DisposeAsync();
        await RequireWholeAsync(place, run.Id, 1000);
        Assert.Empty(place.Kept());
    }

    [Fact]
    public async Task What_was_done_without_an_answer_is_sent_again_and_changes_nothing()
    {
        await using var place = await TrackedPlace.StartAsync();
        place.Line.LosesAnswers = true;
        var run = place.Run("one");
        Tell(run, 0, Points);
        run.Dataset("trips", "abc", "trips.csv");
        run.Artifact(place.Write("a.txt", "x"));
        run.Metric("nan", double.NaN);
        run.Tag("phase", "last");
        // Each request is lost once: two attempts for each.
        var attempts = 0;
        while (!await run.FlushAsync())
        {
            Assert.InRange(++attempts, 1, 100);
        }

        place.Line.LosesAnswers = false;
        await run.DisposeAsync();
        await RequireWholeAsync(place, run.Id, Points);
        Assert.True(attempts > 4);
        Assert.Equal(1, await place.RunsAsync());
        var data = await place.RunAsync(run.Id);
        Assert.Equal(1, data.GetProperty("inputs").GetProperty("dataset_inputs").GetArrayLength());
        Assert.Equal([(0, "NaN")], await place.PointsAsync(run.Id, "nan"));
        Assert.Equal("last", (await place.TagsAsync(run.Id))["phase"]);
        Assert.Equal("FINISHED", await place.StatusAsync(run.Id));
    }

    [Fact]
    public async Task What_a_killed_process_has_left_is_sent_once_and_the_run_is_ended()
    {
        await using var place = await TrackedPlace.StartAsync();
        place.Line.IsCut = true;
        await using var run = place.Run();
        Tell(run, 0, 100);
        run.Artifact(place.Write("a.txt", "x"));
        run.Tag("phase", "last");
        Assert.False(await run.FlushAsync());
        var left = place.Killed("left");
        File.AppendAllText(Path.Combine(left, run.Id + ".jsonl"), "{\"metric\":\"loss\",\"val", Encoding.UTF8);
        place.Line.IsCut = false;

        var sent = await SpooledRuns.SendAsync(place.Settings with { SpoolFolder = left }, CancellationToken.None);

        Assert.Equal(new SpooledRuns(1, 0, 0), sent);
        await RequireWholeAsync(place, run.Id, 100);
        Assert.Equal("last", (await place.TagsAsync(run.Id))["phase"]);
        Assert.Equal("KILLED", await place.StatusAsync(run.Id));
        Assert.Empty(Directory.EnumerateFileSystemEntries(left));
        Assert.Equal(
            new SpooledRuns(0, 0, 0),
            await SpooledRuns.SendAsync(place.Settings with { SpoolFolder = left }, CancellationToken.None)
        );
    }

    [Fact]
    public async Task What_the_server_takes_nothing_of_keeps_nothing_younger_from_it()
    {
        await using var place = await TrackedPlace.StartAsync();
        place.Line.IsCut = true;
        var runs = new[] { place.Run(), place.Run(), place.Run() };
        foreach (var run in runs)
        {
            run.Metric("loss", 1);
            Assert.False(await run.FlushAsync());
        }

        var left = place.Killed("left");
        for (var i = 0; i < runs.Length; i++)
        {
            File.SetLastWriteTimeUtc(Path.Combine(left, runs[i].Id + ".jsonl"), DateTime.UnixEpoch.AddDays(1 + i));
        }

        place.Line.IsCut = false;
        place.Line.Stranger = request =>
            runs[..2].Any(run => request.RequestUri!.AbsolutePath.EndsWith(run.Id, StringComparison.Ordinal))
                ? new HttpResponseMessage(System.Net.HttpStatusCode.PreconditionFailed)
                {
                    Content = new StringContent("""{"code":"FAILED_PRECONDITION","title":"Its experiment is gone."}"""),
                }
                : null;

        var sent = await SpooledRuns.SendAsync(
            place.Settings with
            {
                SpoolFolder = left,
            },
            CancellationToken.None,
            runsMax: 1
        );

        Assert.Equal(new SpooledRuns(1, 2, 0), sent);
        Assert.Equal("KILLED", await place.StatusAsync(runs[2].Id));
        foreach (var run in runs)
        {
            await run.DisposeAsync();
        }
    }

    [Fact]
    public async Task A_process_that_is_killed_between_any_two_bytes_leaves_the_lines_that_were_whole()
    {
        await using var place = await TrackedPlace.StartAsync();
        place.Line.IsCut = true;
        await using var run = place.Run();
        Tell(run, 0, 20);
        Assert.False(await run.FlushAsync());
        var whole = await File.ReadAllBytesAsync(Path.Combine(place.Killed("whole"), run.Id + ".jsonl"));
        var first = Array.IndexOf(whole, (byte)'\n') + 1;

        for (var length = 0; length <= whole.Length; length++)
        {
            var path = Path.Combine(Directory.CreateDirectory(place.Of("cut" + length)).FullName, run.Id + ".jsonl");
            await File.WriteAllBytesAsync(path, whole[..length]);
            var opened = SpoolFile.TryOpen(path, place.Settings.Resolved());
            Assert.Equal(length >= first, opened is not null);
            Assert.Equal(opened is not null, File.Exists(path));
            if (opened is var (file, start))
            {
                Assert.Equal(run.Id, start.Run);
                Assert.Equal(Array.LastIndexOf(whole[..length], (byte)'\n') + 1, file.Length);
                file.Dispose();
            }
        }
    }

    [Fact]
    public async Task The_next_run_sends_what_was_left_for_its_server_and_leaves_the_rest()
    {
        await using var place = await TrackedPlace.StartAsync();
        place.Line.IsCut = true;
        var before = place.Run();
        Tell(before, 0, 10);
        await before.DisposeAsync();
        var other = TrackedRun.Start("demand", null, place.Settings with { Server = new Uri("http://127.0.0.1:9") });
        await other.DisposeAsync();
        place.Line.IsCut = false;
        Assert.Equal("the run", place.Warnings[^1][..7]);

        await using (var next = place.Run())
        {
            await next.LeftOvers;
        }

        await RequireWholeAsync(place, before.Id, 10);
        Assert.Equal("FINISHED", await place.StatusAsync(before.Id));
        Assert.All(place.Kept(), name => Assert.StartsWith(other.Id, name));
        Assert.NotEmpty(place.Kept());
    }

    [Fact]
    public async Task Of_many_who_send_at_once_one_sends_each_spool_and_a_run_that_goes_on_is_left_alone()
    {
        await using var place = await TrackedPlace.StartAsync();
        place.Line.IsCut = true;
        await using var alive = place.Run("alive");
        alive.Metric("loss", 1);
        var left = Enumerable.Range(0, 5).Select(number => place.Run("left" + number)).ToList();
        foreach (var run in left)
        {
            Tell(run, 0, 300);
            await run.DisposeAsync();
        }

        place.Line.IsCut = false;
        var sent = await Task.WhenAll(
            Enumerable
                .Range(0, 8)
                .Select(_ => Task.Run(() => SpooledRuns.SendAsync(place.Settings, CancellationToken.None)))
        );

        Assert.Equal(5, sent.Sum(one => one.Sent));
        Assert.Equal(0, sent.Sum(one => one.Kept));
        foreach (var run in left)
        {
            await RequireWholeAsync(place, run.Id, 300);
        }

        Assert.True(await alive.FlushAsync());
        Assert.Equal("RUNNING", await place.StatusAsync(alive.Id));
        Assert.Equal([(0, "1")], await place.PointsAsync(alive.Id, "loss"));
    }

    [Fact]
    public async Task The_end_of_a_run_waits_for_a_server_that_is_back_and_takes_what_was_kept()
    {
        await using var place = await TrackedPlace.StartAsync();
        place.Line.IsCut = true;
        var run = place.Run();
        for (var step = 0; step < 3000; step++)
        {
            run.Metric("loss", step, step);
        }

        Assert.False(await run.FlushAsync());
        place.Line.IsCut = false;
        var batches = 0;
        place.Line.Stranger = request =>
        {
            if (request.Method == HttpMethod.Post && ++batches == 3)
            {
                place.Server.Kernel.Time.Advance(TimeSpan.FromSeconds(6));
            }

            return null;
        };
        await run.DisposeAsync();

        Assert.Equal("FINISHED", await place.StatusAsync(run.Id));
        Assert.Equal(3000, (await place.PointsAsync(run.Id, "loss")).Count);
        Assert.Empty(place.Kept());
    }

    [Fact]
    public async Task A_full_spool_drops_counts_and_says_so_and_keeps_the_end()
    {
        await using var place = await TrackedPlace.StartAsync();
        place.Line.IsCut = true;
        var run = TrackedRun.Start("demand", null, place.Settings with { SpoolBytesMax = 20_000 });
        run.Artifact(place.Write("large.bin", new string('x', 30_000)));
        Tell(run, 0, Points);
        Assert.False(await run.FlushAsync());
        place.Line.IsCut = false;
        await run.DisposeAsync();

        var points = await place.PointsAsync(run.Id, "loss");
        Assert.InRange(points.Count, 50, 400);
        Assert.Equal(Points + 1, points.Count + run.Dropped);
        Assert.Equal($"{run.Dropped}", (await place.TagsAsync(run.Id))["rondo.dropped"]);
        Assert.Equal("FINISHED", await place.StatusAsync(run.Id));
        Assert.Contains(place.Warnings, words => words.Contains("the artifact large.bin is dropped"));
        Assert.Contains(place.Warnings, words => words.StartsWith("the spool is full"));
    }

    [Fact]
    public async Task A_spool_whose_lines_were_sent_has_room_again()
    {
        await using var place = await TrackedPlace.StartAsync();
        var run = TrackedRun.Start("demand", null, place.Settings with { SpoolBytesMax = 20_000 });
        var artifact = place.Write("half.bin", new string('x', 8_000));
        for (var part = 0; part < 20; part++)
        {
            Tell(run, part * 100, 100);
            run.Artifact(artifact, "parts/" + part);
            Assert.True(await run.FlushAsync());
        }

        await run.DisposeAsync();
        await RequireWholeAsync(place, run.Id, 2000);
        Assert.Equal(0, run.Dropped);
        Assert.Empty(place.Warnings);
    }

    [Fact]
    public async Task Of_tags_the_last_stays_however_often_sending_is_cut()
    {
        await using var place = await TrackedPlace.StartAsync();
        var random = new Random(7);
        await using var run = place.Run();
        for (var number = 0; number < 300; number++)
        {
            run.Tag("phase", $"{number}");
            place.Line.IsCut = random.Next(3) == 0;
            place.Line.LosesAnswers = random.Next(3) == 0;
            if (await run.FlushAsync())
            {
                Assert.Equal($"{number}", (await place.TagsAsync(run.Id))["phase"]);
            }
        }
    }

    [Fact]
    public async Task What_the_server_refuses_is_counted_and_the_rest_is_sent()
    {
        await using var place = await TrackedPlace.StartAsync();
        await using var run = place.Run();
        run.Param("a", 1);
        Assert.True(await run.FlushAsync());
        await place.Server.PostAsync(
            "runs/log-parameter",
            new
            {
                run_id = run.Id,
                key = "b",
                value = "other",
            }
        );
        Tell(run, 0, 100);
        run.Param("b", 2);
        Tell(run, 100, 100);
        Assert.True(await run.FlushAsync());

        Assert.Equal(1, run.Dropped);
        Assert.Contains("Changing param values is not allowed", Assert.Single(place.Warnings));
        await RequireWholeAsync(place, run.Id, 200);
    }

    [Fact]
    public async Task A_run_that_is_deleted_while_it_goes_ends_without_hanging()
    {
        await using var place = await TrackedPlace.StartAsync();
        var run = place.Run();
        Assert.True(await run.FlushAsync());
        await place.Server.PostAsync("runs/delete", new { run_id = run.Id });
        Tell(run, 0, Points);
        await run.DisposeAsync();

        Assert.True(run.Dropped > Points);
        Assert.Empty(place.Kept());
        Assert.Contains("must be in the 'active' state", Assert.Single(place.Warnings));
    }

    [Fact]
    public async Task A_line_that_cannot_be_read_is_left_out()
    {
        await using var place = await TrackedPlace.StartAsync();
        place.Line.IsCut = true;
        await using var run = place.Run();
        Tell(run, 0, 3);
        Assert.False(await run.FlushAsync());
        var left = place.Killed("left");
        var path = Path.Combine(left, run.Id + ".jsonl");
        var lines = await File.ReadAllLinesAsync(path);
        await File.WriteAllTextAsync(
            path,
            string.Join('\n', lines[0], lines[1], "\0\0\0", "[1]", "", lines[2], lines[3], "")
        );
        place.Line.IsCut = false;

        Assert.Equal(
            new SpooledRuns(1, 0, 0),
            await SpooledRuns.SendAsync(place.Settings with { SpoolFolder = left }, CancellationToken.None)
        );
        await RequireWholeAsync(place, run.Id, 3);
    }

    [Fact]
    public void A_line_reads_as_it_was_written() =>
        Gen.Select(Gen.Int[0, 5], Gen.String, Gen.String, Gen.Double, Gen.Long)
            .Where((_, key, text, _, _) => IsWhole(key) && IsWhole(text))
            .Sample(
                (kind, key, text, value, step) =>
                {
                    var isMetric = kind == 0;
                    var written = new SpoolOperation((SpoolOperationKind)kind, key, 17)
                    {
                        Text = isMetric || kind == 5 ? "" : text,
                        Value = isMetric ? value : 0,
                        Step = isMetric ? step : 0,
                        Source = kind == 3 ? key : "",
                        Context = kind == 3 ? text : "",
                    };
                    var line = new System.Buffers.ArrayBufferWriter<byte>();
                    using var json = new System.Text.Json.Utf8JsonWriter(line);
                    written.Write(line, json);
                    Assert.Equal(1, line.WrittenSpan.Count((byte)'\n'));
                    Assert.Equal(written, SpoolOperation.Read(line.WrittenMemory[..^1])!.Value);
                }
            );

    private static bool IsWhole(string text) => !text.Any(char.IsSurrogate);

    private static void Tell(TrackedRun run, int from, int count)
    {
        for (var step = from; step < from + count; step++)
        {
            run.Metric("loss", step / 4.0, step);
        }
    }

    private static async Task RequireWholeAsync(TrackedPlace place, string run, int points) =>
        Assert.Equal(
            Enumerable.Range(0, points).Select(step => ((long)step, (step / 4.0).ToString("R"))),
            await place.PointsAsync(run, "loss")
        );
}
