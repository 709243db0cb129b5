using System.Collections.Concurrent;
using System.Text.Json;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;
using Rondo.Kernel.Events;
using Rondo.Registry.Webhooks;
using Rondo.Tests.Tracking;

namespace Rondo.Tests.Registry;

/// <summary>Webhooks beside one that answers late, wrongly or not at all: nobody else waits for it, and nothing is told twice because of it.</summary>
public sealed class WebhookSilenceTests : IAsyncLifetime
{
    private static readonly TimeSpan s_long = TimeSpan.FromMinutes(5);

    private readonly ConcurrentQueue<(string Hook, string Body)> _heard = new();
    private readonly TaskCompletionSource _hanging = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly CancellationTokenSource _end = new();
    private TrackingHarness _server = null!;
    private WebApplication _listener = null!;
    private Func<string, IResult> _answer = _ => Results.Text("heard");

    public async ValueTask InitializeAsync()
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        builder.Logging.ClearProviders();
        _listener = builder.Build();
        _listener.MapPost(
            "/{hook}",
            async (string hook, HttpContext context) =>
            {
                using var reader = new StreamReader(context.Request.Body);
                var body = await reader.ReadToEndAsync();
                _heard.Enqueue((hook, body));
                if (hook == "hang")
                {
                    _hanging.TrySetResult();
                    await Task.Delay(Timeout.InfiniteTimeSpan, TimeProvider.System, _end.Token)
                        .ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
                }

                return _answer(body);
            }
        );
        await _listener.StartAsync();
    }

    public async ValueTask DisposeAsync()
    {
        await _end.CancelAsync();
        await _listener.DisposeAsync();
        await _server.DisposeAsync();
        _end.Dispose();
    }

    [Fact]
    public async Task One_that_does_not_answer_keeps_nothing_from_others()
    {
        await StartAsync(s_long, "hang", "ok");
        await MakeAsync(Enumerable.Range(0, 100).Select(i => $"m{i:000}"));

        for (var turn = 0; turn < 10_000 && HeardBy("ok").Count() < 100; turn++)
        {
            await TurnToTheEndAsync(_server.TurnAsync());
        }

        Assert.Equal(Enumerable.Range(0, 100).Select(i => $"m{i:000}"), HeardBy("ok"));
        Assert.Equal(["m000"], HeardBy("hang"));
    }

    [Fact]
    public async Task One_that_does_not_answer_is_given_up_after_its_time_and_says_so()
    {
        var id = Assert.Single(await StartAsync(TimeSpan.FromMilliseconds(100), "hang"));

        var tried = await _server.PostAsync($"webhooks/{id}/test", new { });

        var result = tried.GetProperty("result");
        Assert.False(result.GetProperty("success").GetBoolean());
        Assert.Contains("No answer within 0.1 s.", result.GetRawText(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Others_are_told_while_one_is_waited_for()
    {
        await StartAsync(s_long, "hang", "ok");
        await MakeAsync(["first"]);
        var round = _server.TurnAsync();
        await _hanging.Task;
        // A round has its time; what is waited for goes on beside the next ones.
        await TurnToTheEndAsync(round);

        await MakeAsync(["second"]);
        for (var turn = 0; turn < 10_000 && HeardBy("ok").Count() < 2; turn++)
        {
            await TurnToTheEndAsync(_server.TurnAsync());
        }

        Assert.Equal(["first", "second"], HeardBy("ok"));
        Assert.Equal(["first"], HeardBy("hang"));
    }

    [Fact]
    public async Task A_server_that_stops_waits_for_nobody_and_tells_it_the_next_time()
    {
        await StartAsync(s_long, "hang");
        await MakeAsync(["first"]);
        using var stopping = new CancellationTokenSource();
        var round = _server.TurnAsync(stopping.Token);
        await _hanging.Task;

        await stopping.CancelAsync();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => round);
        await _end.CancelAsync();
        await _server.TurnAsync(CancellationToken.None);
        Assert.Equal(["first", "first"], HeardBy("hang"));
    }

    [Fact]
    public async Task What_is_never_taken_keeps_nothing_from_being_told_after_it()
    {
        _answer = body => body.Contains("poison", StringComparison.Ordinal) ? Results.StatusCode(500) : Results.Ok();
        await StartAsync(s_long, "hook");
        await MakeAsync(["poison", "one", "two"]);

        await _server.TurnAsync();
        _server.Kernel.Time.Advance(TimeSpan.FromSeconds(20));
        await _server.TurnAsync();

        Assert.Equal(["poison", "one", "two", "poison"], HeardBy("hook"));
    }

    [Fact]
    public async Task What_waits_for_one_that_takes_nothing_is_given_up_together_and_with_few_attempts()
    {
        _answer = _ => Results.StatusCode(503);
        await StartAsync(s_long, "hook");
        await MakeAsync(["one", "two", "three", "four", "five"]);

        for (var i = 0; i < 5; i++)
        {
            await _server.TurnAsync();
            await _server.TurnAsync();
            _server.Kernel.Time.Advance(s_long);
        }

        Assert.Equal(["one", "two", "three"], HeardBy("hook"));
        var lost = await _server.Kernel.Log.ReadAsync(0, 1000, new EventFilter(Type: WebhookGaveUpEventType));
        Assert.Equal([3L, 3, 3, 3, 3], lost.Select(e => e.Data.GetProperty("failures").GetInt64()));
    }

    [Fact]
    public async Task A_webhook_that_is_mended_is_told_at_once()
    {
        _answer = _ => Results.StatusCode(503);
        var id = Assert.Single(await StartAsync(s_long, "hook"));
        await MakeAsync(["one"]);
        await _server.TurnAsync();
        _answer = _ => Results.Ok();

        await _server.SendAsync("PATCH", $"webhooks/{id}", """{"name":"mended"}""");
        await MakeAsync(["two"]);
        await _server.TurnAsync();

        Assert.Equal(["one", "one", "two"], HeardBy("hook"));
    }

    [Fact]
    public async Task An_attempt_that_was_begun_before_a_webhook_was_mended_says_nothing_of_it()
    {
        var id = Assert.Single(await StartAsync(s_long, "hang"));
        await MakeAsync(["first"]);
        var round = _server.TurnAsync();
        await _hanging.Task;
        await TurnToTheEndAsync(round);

        await _server.SendAsync("PATCH", $"webhooks/{id}", $$"""{"url":"{{_listener.Urls.First()}}/ok"}""");
        _answer = _ => Results.StatusCode(500);
        await _end.CancelAsync();
        await _server.TurnAsync();
        _answer = _ => Results.Ok();
        await _server.TurnAsync();

        Assert.Equal(["first"], HeardBy("ok"));
    }

    [Fact]
    public async Task A_webhook_that_has_taken_something_is_left_alone_for_a_short_while_only()
    {
        _answer = _ => Results.StatusCode(503);
        await StartAsync(s_long, "hook");
        await MakeAsync(["one"]);
        await _server.TurnAsync();
        _answer = body => body.Contains("three", StringComparison.Ordinal) ? Results.StatusCode(503) : Results.Ok();
        _server.Kernel.Time.Advance(TimeSpan.FromSeconds(20));
        await MakeAsync(["two", "three"]);
        await _server.TurnAsync();
        _answer = _ => Results.Ok();
        _server.Kernel.Time.Advance(TimeSpan.FromSeconds(20));
        await _server.TurnAsync();

        Assert.Equal(["one", "two", "three", "one", "three"], HeardBy("hook"));
    }

    [Fact]
    public async Task Two_who_change_a_webhook_at_once_both_have_changed_it()
    {
        var id = Assert.Single(await StartAsync(s_long, "hook"));
        for (var i = 0; i < 20; i++)
        {
            await Task.WhenAll(
                _server.SendAsync("PATCH", $"webhooks/{id}", $$"""{"name":"name-{{i}}"}"""),
                _server.SendAsync("PATCH", $"webhooks/{id}", $$"""{"url":"{{_listener.Urls.First()}}/{{i}}"}""")
            );

            var webhook = (await _server.GetAsync($"/api/2.0/mlflow/webhooks/{id}")).GetProperty("webhook");
            Assert.Equal($"name-{i}", webhook.GetProperty("name").GetString());
            Assert.EndsWith($"/{i}", webhook.GetProperty("url").GetString());
        }
    }

    [Fact]
    public async Task An_answer_that_cannot_be_read_is_one_all_the_same()
    {
        _answer = _ => Results.Bytes([0xff, (byte)'x'], "text/plain; charset=bogus");
        var id = Assert.Single(await StartAsync(s_long, "hook"));

        var tried = await _server.PostAsync($"webhooks/{id}/test", new { });
        await MakeAsync(["one"]);
        await _server.TurnAsync();
        await _server.TurnAsync();

        Assert.True(tried.GetProperty("result").GetProperty("success").GetBoolean());
        Assert.Equal("\uFFFDx", tried.GetProperty("result").GetProperty("response_body").GetString());
        Assert.Equal(["example_model", "one"], HeardBy("hook"));
    }

    [Fact]
    public async Task A_version_whose_model_was_renamed_at_once_is_told_as_it_was_made()
    {
        await StartAsync(s_long, [new WebhookEvent("model_version", "created")], "hook");
        await MakeAsync(["first"]);
        await _server.PostAsync("model-versions/create", new { name = "first", source = "s3://models/first" });
        await _server.PostAsync("registered-models/rename", new { name = "first", new_name = "second" });

        await _server.TurnAsync();

        Assert.Contains(
            """ "data":{"name":"first","version":"1","source":"s3://models/first","tags":{}} """.Trim(),
            Assert.Single(_heard).Body,
            StringComparison.Ordinal
        );
    }

    private const string WebhookGaveUpEventType = "webhook.gaveup";

    private Task<List<string>> StartAsync(TimeSpan timeout, params string[] hooks) =>
        StartAsync(timeout, [new WebhookEvent("registered_model", "created")], hooks);

    private async Task<List<string>> StartAsync(
        TimeSpan timeout,
        IReadOnlyList<WebhookEvent> events,
        params string[] hooks
    )
    {
        _server = await TrackingHarness.StartAsync(
            webhooks: new WebhookOptions
            {
                AllowPrivate = true,
                FailuresMax = 3,
                Timeout = timeout,
            }
        );
        var made = new List<string>();
        foreach (var hook in hooks)
        {
            var answer = await _server.PostAsync(
                "webhooks",
                new
                {
                    name = hook,
                    url = $"{_listener.Urls.First()}/{hook}",
                    events = events.Select(e => new { entity = e.Entity, action = e.Action }),
                }
            );
            made.Add(answer.GetProperty("webhook").GetProperty("webhook_id").GetString()!);
        }

        return made;
    }

    private async Task MakeAsync(IEnumerable<string> models)
    {
        foreach (var name in models)
        {
            await _server.PostAsync("registered-models/create", new { name });
        }
    }

    // Time stands still in a test: it goes on until the round has ended.
    private async Task TurnToTheEndAsync(Task round)
    {
        while (!round.IsCompleted)
        {
            _server.Kernel.Time.Advance(TimeSpan.FromSeconds(1));
            await Task.WhenAny(
                round,
                Task.Delay(TimeSpan.FromMilliseconds(20), TimeProvider.System, CancellationToken.None)
            );
        }

        await round;
    }

    private IEnumerable<string> HeardBy(string hook) =>
        _heard
            .Where(heard => heard.Hook == hook)
            .Select(heard => JsonElement.Parse(heard.Body).GetProperty("data").GetProperty("name").GetString()!);
}
