using System.Net;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;
using Rondo.Sdk;
using Rondo.Tests.Tracking;

namespace Rondo.Tests.Sdk.Tracking;

/// <summary>Something else answers in place of the server, or the server refuses: only what our server says is believed.</summary>
public sealed class TrackedStrangerTests
{
    private const string Missing = """{"error_code":"RESOURCE_DOES_NOT_EXIST","message":"Run not found"}""";

    [Theory]
    [InlineData(200, "<html>Log in</html>")]
    [InlineData(200, "")]
    [InlineData(204, "")]
    [InlineData(200, "[]")]
    [InlineData(302, "")]
    [InlineData(400, "<html>Bad Request</html>")]
    [InlineData(400, """{"message":"no"}""")]
    [InlineData(400, """{"error_code":"\ud800"}""")]
    [InlineData(404, "")]
    [InlineData(404, "<html>Not Found</html>")]
    [InlineData(405, "")]
    [InlineData(409, "[1]")]
    public async Task What_a_stranger_answers_neither_takes_nor_refuses_anything(int status, string body)
    {
        await using var place = await TrackedPlace.StartAsync();
        await using var run = place.Run();
        for (var part = 0; part < 2; part++)
        {
            // The first answer is to the run itself or to its points, the second to a file.
            place.Line.Stranger = _ => Answer(status, body);
            run.Artifact(place.Write($"{part}.txt", "x"));
            run.Metric("loss", part, part);
            Assert.False(await run.FlushAsync());
            place.Line.Stranger = _ => null;
            Assert.True(await run.FlushAsync());
        }

        Assert.Equal(0, run.Dropped);
        Assert.Equal([(0, "0"), (1, "1")], await place.PointsAsync(run.Id, "loss"));
    }

    [Theory]
    [InlineData(400, """{"error_code":"INVALID_PARAMETER_VALUE","message":"no"}""", "no")]
    [InlineData(412, """{"type":"about:blank","title":"not so","status":412,"code":"failedPrecondition"}""", "not so")]
    [InlineData(413, "<html>Too large</html>", "Too large")]
    public async Task What_the_server_itself_refuses_is_dropped(int status, string body, string words)
    {
        await using var place = await TrackedPlace.StartAsync();
        await using var run = place.Run();
        Assert.True(await run.FlushAsync());
        place.Line.Stranger = _ => Answer(status, body);
        run.Metric("loss", 1);
        Assert.True(await run.FlushAsync());
        Assert.Equal(1, run.Dropped);
        Assert.Contains(words, Assert.Single(place.Warnings));
    }

    [Fact]
    public async Task A_redirect_is_not_followed()
    {
        await using var place = await TrackedPlace.StartAsync();
        var builder = WebApplication.CreateSlimBuilder();
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        builder.Logging.ClearProviders();
        await using var app = builder.Build();
        app.MapPut("/{**all}", () => Results.Json(new { artifactUri = "mlflow-artifacts:/0/a/artifacts" }));
        app.MapPost("/{**all}", () => Results.Redirect("/elsewhere"));
        app.MapGet("/elsewhere", () => Results.Json(new { }));
        await app.StartAsync();
        var settings = place.Settings with
        {
            Server = new Uri(app.Urls.First()),
            Handler = new TrackingSettings().Handler,
        };

        await using var run = TrackedRun.Start("demand", null, settings);
        run.Metric("loss", 1);

        Assert.False(await run.FlushAsync());
        Assert.Equal(0, run.Dropped);
        Assert.Contains("302", Assert.Single(place.Warnings));
    }

    [Fact]
    public async Task A_server_that_has_lost_a_run_gets_it_again()
    {
        await using var place = await TrackedPlace.StartAsync();
        await using var backup = await TrackingHarness.StartAsync();
        var run = place.Run("lost");
        run.Metric("loss", 1, 1);
        Assert.True(await run.FlushAsync());
        place.Line.LeadsTo = backup.Address;
        run.Metric("loss", 2, 2);
        run.Param("rate", 0.5);
        await run.DisposeAsync();

        Assert.Equal(0, run.Dropped);
        Assert.Empty(place.Warnings);
        var found = (await backup.GetAsync("runs/get?run_id=" + run.Id)).GetProperty("run");
        Assert.Equal("FINISHED", found.GetProperty("info").GetProperty("status").GetString());
        Assert.Equal([1, 2], await StepsAsync(backup, run.Id));
    }

    [Fact]
    public async Task A_server_that_has_lost_a_run_gets_all_of_it_where_the_run_ends_before_its_first_answer()
    {
        await using var place = await TrackedPlace.StartAsync();
        await using var backup = await TrackingHarness.StartAsync();
        var run = place.Run("lost");
        run.Metric("loss", 1, 1);
        Assert.True(await run.FlushAsync());
        (place.Line.LeadsTo, place.Line.HoldsNext) = (backup.Address, HttpMethod.Put);
        run.Metric("loss", 2, 2);
        using var giveUp = new CancellationTokenSource();
        var sending = run.FlushAsync(giveUp.Token);
        await place.Line.Held.Task;
        await giveUp.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => sending);
        await run.DisposeAsync();

        Assert.Equal([1, 2], await StepsAsync(backup, run.Id));
    }

    [Fact]
    public async Task A_server_that_has_lost_a_run_gets_all_of_it_where_its_first_answer_is_lost()
    {
        await using var place = await TrackedPlace.StartAsync();
        await using var backup = await TrackingHarness.StartAsync();
        var run = place.Run("lost");
        run.Metric("loss", 1, 1);
        Assert.True(await run.FlushAsync());
        (place.Line.LeadsTo, place.Line.LosesNext) = (backup.Address, HttpMethod.Put);
        run.Metric("loss", 2, 2);
        // The answer is lost to this one, or to one by itself before it.
        Assert.True(await run.FlushAsync() || await run.FlushAsync());
        Assert.Null(place.Line.LosesNext);
        await run.DisposeAsync();

        Assert.Equal([1, 2], await StepsAsync(backup, run.Id));
    }

    [Fact]
    public async Task What_an_ended_program_left_behind_comes_whole_to_a_server_that_was_set_back()
    {
        await using var place = await TrackedPlace.StartAsync();
        await using var backup = await TrackingHarness.StartAsync();
        var run = place.Run("left");
        run.Metric("loss", 1, 1);
        run.Artifact(place.Write("model.txt", "one"));
        Assert.True(await run.FlushAsync());
        place.Line.IsCut = true;
        run.Metric("loss", 2, 2);
        await run.DisposeAsync();
        place.Line.IsCut = false;
        place.Line.LeadsTo = backup.Address;
        place.Warnings.Clear();
        await using (var next = place.Run("next"))
        {
            await next.LeftOvers;
        }

        Assert.Equal([1, 2], await StepsAsync(backup, run.Id));
        Assert.Contains("the copy of the artifact model.txt", Assert.Single(place.Warnings));
    }

    [Fact]
    public async Task A_run_that_stays_missing_is_put_once_more_and_then_its_lines_are_dropped()
    {
        await using var place = await TrackedPlace.StartAsync();
        await using var run = place.Run();
        Assert.True(await run.FlushAsync());
        var puts = 0;
        place.Line.Stranger = request =>
        {
            puts += request.Method == HttpMethod.Put ? 1 : 0;
            return request.Method == HttpMethod.Post ? Answer(404, Missing) : null;
        };
        for (var step = 0; step < 3; step++)
        {
            run.Metric("loss", 1, step);
            Assert.True(await run.FlushAsync());
        }

        Assert.Equal(3, run.Dropped);
        Assert.Equal(1, puts);
    }

    [Fact]
    public async Task Any_number_of_refused_lines_takes_no_others_with_it()
    {
        const int Points = 700;
        const int Params = 90;
        await using var place = await TrackedPlace.StartAsync();
        await using var run = place.Run();
        Assert.True(await run.FlushAsync());
        // Many in a row, and then every second one.
        var taken = Enumerable.Range(0, Params).Where(number => number < 40 || number % 2 == 0).ToList();
        await place.Server.PostAsync(
            "runs/log-batch",
            new { run_id = run.Id, @params = taken.Select(number => new { key = "p" + number, value = "other" }) }
        );
        for (var step = 0; step < Points; step++)
        {
            run.Metric("loss", step, step);
            if (step < Params)
            {
                run.Param("p" + step, 1);
            }
        }

        Assert.True(await run.FlushAsync());
        Assert.Equal(taken.Count, run.Dropped);
        Assert.Single(place.Warnings);
        Assert.Equal(Points, (await place.PointsAsync(run.Id, "loss")).Count);
        var logged = await place.ParamsAsync(run.Id);
        Assert.Equal(Params - taken.Count, logged.Values.Count(value => value == "1"));
    }

    [Fact]
    public async Task What_is_refused_is_counted_once_however_often_it_is_sent()
    {
        await using var place = await TrackedPlace.StartAsync();
        await using var run = place.Run();
        Assert.True(await run.FlushAsync());
        await place.Server.PostAsync(
            "runs/log-parameter",
            new
            {
                run_id = run.Id,
                key = "p",
                value = "other",
            }
        );
        run.Param("p", 1);
        run.Metric("loss", 1);
        // Refused whole, an empty one is taken, the first half is refused, and then the server is away.
        var requests = 0;
        place.Line.Stranger = _ => ++requests % 4 == 0 ? Answer(503, "") : null;
        Assert.False(await run.FlushAsync());
        Assert.False(await run.FlushAsync());
        Assert.Equal(0, run.Dropped);
        place.Line.Stranger = _ => null;
        Assert.True(await run.FlushAsync());
        Assert.Equal(1, run.Dropped);
        Assert.Equal([(0, "1")], await place.PointsAsync(run.Id, "loss"));
    }

    [Fact]
    public async Task A_server_that_takes_nothing_of_a_run_is_not_asked_about_each_line()
    {
        await using var place = await TrackedPlace.StartAsync();
        await using var run = place.Run();
        Assert.True(await run.FlushAsync());
        await place.Server.PostAsync("runs/delete", new { run_id = run.Id });
        var requests = 0;
        place.Line.Stranger = _ =>
        {
            requests++;
            return null;
        };
        for (var step = 0; step < 500; step++)
        {
            run.Metric("loss", step, step);
        }

        Assert.True(await run.FlushAsync());
        Assert.Equal(500, run.Dropped);
        Assert.Equal(2, requests);
    }

    private static HttpResponseMessage Answer(int status, string body) =>
        new((HttpStatusCode)status) { Content = new StringContent(body) };

    private static async Task<IEnumerable<long>> StepsAsync(TrackingHarness server, string run) =>
        (await server.GetAsync($"metrics/get-history?run_id={run}&metric_key=loss"))
            .GetProperty("metrics")
            .EnumerateArray()
            .Select(point => point.GetProperty("step").GetInt64());
}
