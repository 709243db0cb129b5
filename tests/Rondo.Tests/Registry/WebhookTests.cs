using System.Collections.Concurrent;
using System.Net;
using System.Text.Json;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;
using Rondo.Kernel.Events;
using Rondo.Registry.Webhooks;
using Rondo.Tests.Tracking;

namespace Rondo.Tests.Registry;

/// <summary>Webhooks, with a real server that listens: what it is told, how that is signed, and what becomes of it where it does not answer.</summary>
public sealed class WebhookTests : IAsyncLifetime
{
    private readonly ConcurrentQueue<Heard> _heard = new();
    private TrackingHarness _server = null!;
    private WebApplication _listener = null!;
    private int _status = 200;

    public async ValueTask InitializeAsync()
    {
        _server = await TrackingHarness.StartAsync(
            webhooks: new WebhookOptions { AllowPrivate = true, FailuresMax = 3 }
        );
        var builder = WebApplication.CreateSlimBuilder();
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        builder.Logging.ClearProviders();
        _listener = builder.Build();
        _listener.MapPost(
            "/hook",
            async (HttpContext context) =>
            {
                using var reader = new StreamReader(context.Request.Body);
                _heard.Enqueue(
                    new Heard(
                        await reader.ReadToEndAsync(),
                        context.Request.Headers["X-MLflow-Signature"],
                        context.Request.Headers["X-MLflow-Timestamp"]!,
                        context.Request.Headers["X-MLflow-Delivery-Id"]!
                    )
                );
                return Results.Text("heard", statusCode: _status);
            }
        );
        await _listener.StartAsync();
    }

    public async ValueTask DisposeAsync()
    {
        await _listener.DisposeAsync();
        await _server.DisposeAsync();
    }

    [Fact]
    public async Task A_webhook_is_made_read_changed_and_deleted_and_its_secret_is_never_told()
    {
        var made = await CreateAsync("s3cret-of-the-hook", ("MODEL_VERSION", "CREATED"));
        var id = made.GetProperty("webhook_id").GetString()!;

        var read = await _server.GetAsync($"/api/2.0/mlflow/webhooks/{id}");
        Assert.Equal(made.GetRawText(), read.GetProperty("webhook").GetRawText());
        Assert.Equal("ACTIVE", made.GetProperty("status").GetString());
        Assert.Equal("""[{"entity":"MODEL_VERSION","action":"CREATED"}]""", made.GetProperty("events").GetRawText());
        var (status, changed) = await _server.SendAsync(
            "PATCH",
            $"webhooks/{id}",
            """{"status":"DISABLED","name":"quiet"}"""
        );
        Assert.Equal(HttpStatusCode.OK, status);
        Assert.Contains("\"DISABLED\"", changed, StringComparison.Ordinal);
        Assert.Contains("\"quiet\"", changed, StringComparison.Ordinal);
        var listed = await _server.GetAsync("/api/2.0/mlflow/webhooks?max_results=10");
        Assert.Single(listed.GetProperty("webhooks").EnumerateArray());
        Assert.DoesNotContain(
            "s3cret",
            made.GetRawText() + read.GetRawText() + changed + listed.GetRawText(),
            StringComparison.Ordinal
        );
        Assert.DoesNotContain(
            await _server.Kernel.Log.ReadAsync(0, 1000, new EventFilter()),
            e => e.Data.GetRawText().Contains("s3cret", StringComparison.Ordinal)
        );

        Assert.Equal(HttpStatusCode.OK, (await _server.SendAsync("DELETE", $"webhooks/{id}", "{}")).Status);
        Assert.Equal(HttpStatusCode.NotFound, (await _server.SendAsync("GET", $"webhooks/{id}")).Status);
    }

    [Fact]
    public async Task What_happens_to_models_is_told_in_order_and_signed()
    {
        await CreateAsync("key", [.. WebhookEvent.All.Select(e => (e.Entity, e.Action))]);

        await _server.PostAsync(
            "registered-models/create",
            new { name = "demand", tags = new[] { new { key = "team", value = "rail" } } }
        );
        await _server.PostAsync("model-versions/create", new { name = "demand", source = "s3://models/demand" });
        await _server.PostAsync(
            "model-versions/set-tag",
            new
            {
                name = "demand",
                version = "1",
                key = "a",
                value = "b",
            }
        );
        await _server.SendAsync("DELETE", "model-versions/delete-tag", """{"name":"demand","version":"1","key":"a"}""");
        await _server.PostAsync(
            "registered-models/alias",
            new
            {
                name = "demand",
                alias = "best",
                version = "1",
            }
        );
        await _server.SendAsync("DELETE", "registered-models/alias", """{"name":"demand","alias":"best"}""");
        await _server.TurnAsync();

        Assert.Equal(
            [
                """{"entity":"registered_model","action":"created","timestamp":"2024-01-01T00:00:00.000000+00:00","data":{"name":"demand","tags":{"team":"rail"}}}""",
                """{"entity":"model_version","action":"created","timestamp":"2024-01-01T00:00:00.000000+00:00","data":{"name":"demand","version":"1","source":"s3://models/demand","tags":{}}}""",
                """{"entity":"model_version_tag","action":"set","timestamp":"2024-01-01T00:00:00.000000+00:00","data":{"name":"demand","version":"1","key":"a","value":"b"}}""",
                """{"entity":"model_version_tag","action":"deleted","timestamp":"2024-01-01T00:00:00.000000+00:00","data":{"name":"demand","version":"1","key":"a"}}""",
                """{"entity":"model_version_alias","action":"created","timestamp":"2024-01-01T00:00:00.000000+00:00","data":{"name":"demand","alias":"best","version":"1"}}""",
                """{"entity":"model_version_alias","action":"deleted","timestamp":"2024-01-01T00:00:00.000000+00:00","data":{"name":"demand","alias":"best"}}""",
            ],
            _heard.Select(heard => heard.Body)
        );
        Assert.All(
            _heard,
            heard =>
                Assert.Equal(WebhookSender.Sign("key", heard.Delivery, heard.Timestamp, heard.Body), heard.Signature)
        );
        Assert.Equal(_heard.Count, _heard.Select(heard => heard.Delivery).Distinct().Count());
    }

    [Fact]
    public void A_signature_is_as_others_compute_it()
    {
        // printf '%s' 'id.1700000000.{}' | openssl dgst -sha256 -hmac key -binary | base64
        Assert.Equal(
            "v1,/Hqug/JsMUvI3mrKxx95W1oU9WZJN5/KNqtUvtF4fLc=",
            WebhookSender.Sign("key", "id", "1700000000", "{}")
        );
    }

    [Fact]
    public async Task Who_does_not_answer_is_told_again_under_the_same_id_and_given_up_in_the_end()
    {
        _status = 500;
        await CreateAsync(null, ("registered_model", "created"));
        await _server.PostAsync("registered-models/create", new { name = "demand" });

        for (var i = 0; i < 4; i++)
        {
            await _server.TurnAsync();
            _server.Kernel.Time.Advance(TimeSpan.FromMinutes(5));
        }

        Assert.Equal(3, _heard.Count);
        Assert.Single(_heard.Select(heard => heard.Delivery).Distinct());
        Assert.All(_heard, heard => Assert.Null(heard.Signature));
        var gaveUp = Assert.Single(await _server.Kernel.Log.ReadAsync(0, 1000, new EventFilter(Type: WebhookGaveUp)));
        Assert.Equal(3, gaveUp.Data.GetProperty("failures").GetInt64());
    }

    [Fact]
    public async Task Who_answers_again_hears_what_was_missed()
    {
        _status = 503;
        await CreateAsync(null, ("registered_model", "created"));
        await _server.PostAsync("registered-models/create", new { name = "first" });
        await _server.PostAsync("registered-models/create", new { name = "second" });
        await _server.TurnAsync();
        _status = 200;
        _server.Kernel.Time.Advance(TimeSpan.FromMinutes(1));
        await _server.TurnAsync();
        await _server.TurnAsync();

        Assert.Equal(3, _heard.Count);
        Assert.Contains("\"second\"", _heard.Last().Body + _heard.ElementAt(1).Body, StringComparison.Ordinal);
        Assert.Equal(
            0,
            await _server.Kernel.Database.ReadAsync(async s =>
                await s.ScalarAsync<long>("select count(*) from registry_webhook_delivery")
            )
        );
    }

    [Fact]
    public async Task A_webhook_that_is_disabled_or_wants_other_events_hears_nothing()
    {
        var made = await CreateAsync(null, ("registered_model", "created"));
        await CreateAsync(null, ("model_version", "created"));
        await _server.SendAsync(
            "PATCH",
            $"webhooks/{made.GetProperty("webhook_id").GetString()}",
            """{"status":"DISABLED"}"""
        );

        await _server.PostAsync("registered-models/create", new { name = "demand" });
        await _server.TurnAsync();

        Assert.Empty(_heard);
    }

    [Fact]
    public async Task A_webhook_is_tried_with_data_that_are_made_up()
    {
        var made = await CreateAsync("key", ("model_version", "created"));

        var tried = await _server.PostAsync($"webhooks/{made.GetProperty("webhook_id").GetString()}/test", new { });

        Assert.Equal(
            """{"result":{"success":true,"response_status":200,"response_body":"heard"}}""",
            tried.GetRawText()
        );
        Assert.Contains("example_model", Assert.Single(_heard).Body, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("http://example.com/hook")]
    [InlineData("https://127.0.0.1/hook")]
    [InlineData("https://localhost/hook")]
    [InlineData("https://[::1]/hook")]
    [InlineData("https://[::ffff:10.0.0.1]/hook")]
    [InlineData("https://169.254.169.254/latest/meta-data")]
    [InlineData("https://192.168.1.1/hook")]
    [InlineData("https://user:password@example.com/hook")]
    [InlineData("file:///etc/passwd")]
    [InlineData("nonsense")]
    public async Task An_address_that_leads_into_the_servers_network_is_refused(string url)
    {
        await using var strict = await TrackingHarness.StartAsync();

        var (status, answer) = await strict.SendAsync(
            "POST",
            "webhooks",
            Body(url, null, ("model_version", "created"))
        );

        Assert.Equal(HttpStatusCode.BadRequest, status);
        Assert.Contains("'url'", answer, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_name_that_means_an_address_of_the_servers_network_is_not_called()
    {
        await using var strict = await TrackingHarness.StartAsync();
        var (_, answer) = await strict.SendAsync(
            "POST",
            "webhooks",
            Body(
                $"https://localhost.localdomain:{new Uri(_listener.Urls.First()).Port}/hook",
                null,
                ("model_version", "created")
            )
        );
        var id = JsonElement.Parse(answer).GetProperty("webhook").GetProperty("webhook_id").GetString();

        var tried = await strict.PostAsync($"webhooks/{id}/test", new { });

        Assert.False(tried.GetProperty("result").GetProperty("success").GetBoolean());
        Assert.Empty(_heard);
    }

    [Theory]
    [InlineData("registered_model", "deleted", "Nothing like this happens here")]
    public async Task An_event_that_there_is_not_is_refused(string entity, string action, string why)
    {
        var (status, answer) = await _server.SendAsync(
            "POST",
            "webhooks",
            Body("https://example.com/", null, (entity, action))
        );

        Assert.Equal(HttpStatusCode.BadRequest, status);
        Assert.Contains(why, answer, StringComparison.Ordinal);
    }

    [Fact]
    public async Task An_event_may_be_named_by_the_numbers_of_the_protocol()
    {
        var (status, answer) = await _server.SendAsync(
            "POST",
            "webhooks",
            $$"""{"name":"hook","url":"{{_listener.Urls.First()}}/hook","events":[{"entity":4,"action":3}]}"""
        );

        Assert.True(status == HttpStatusCode.OK, answer);
        Assert.Contains("""[{"entity":"MODEL_VERSION_ALIAS","action":"DELETED"}]""", answer, StringComparison.Ordinal);
    }

    private const string WebhookGaveUp = "webhook.gaveup";

    private async Task<JsonElement> CreateAsync(string? secret, params (string Entity, string Action)[] events)
    {
        var (status, answer) = await _server.SendAsync(
            "POST",
            "webhooks",
            Body(_listener.Urls.First() + "/hook", secret, events)
        );
        Assert.True(status == HttpStatusCode.OK, answer);
        return JsonElement.Parse(answer).GetProperty("webhook");
    }

    private static string Body(string url, string? secret, params (string Entity, string Action)[] events) =>
        JsonSerializer.Serialize(
            new
            {
                name = "hook",
                url,
                secret,
                events = events.Select(e => new { entity = e.Entity, action = e.Action }),
            }
        );

    private sealed record Heard(string Body, string? Signature, string Timestamp, string Delivery);
}
