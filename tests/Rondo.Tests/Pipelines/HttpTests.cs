using System.Net;
using System.Net.Http.Json;
using System.Text.Json;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Rondo.Kernel;
using Rondo.Kernel.Access;
using Rondo.Kernel.Reconcilers;
using Rondo.Lineage;
using Rondo.Pipelines;
using Rondo.Sdk.Wire;

namespace Rondo.Tests.Pipelines;

/// <summary>The routes of pipelines and lineage over a real port, as clients see them.</summary>
public sealed class HttpTests : IAsyncLifetime
{
    private PipelineWorld _world = null!;
    private TestServer _server = null!;
    private WebApplication _app = null!;
    private HttpClient _http = null!;

    public async ValueTask InitializeAsync()
    {
        _world = await PipelineWorld.StartAsync();
        _server = _world.Server();
        var pipeline = Manifests.Pipeline("train", Manifests.Step("load"), Manifests.Step("fit", "load")) with
        {
            Triggers = [new TriggerManifest(TriggerKinds.Schedule, "0 3 * * *", "America/Chicago")],
        };
        await _world.DeployAsync(_server, pipeline);
        var builder = WebApplication.CreateSlimBuilder();
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        builder.Logging.ClearProviders();
        _world.AddModules(builder.Services, _world.Executor);
        foreach (
            var loop in builder
                .Services.Where(s => s.ServiceType == typeof(IHostedService) && s.ImplementationFactory is not null)
                .ToList()
        )
        {
            // Loops turn in the test only.
            if (loop.ImplementationFactory!.Method.DeclaringType!.Assembly == typeof(ReconcilerService).Assembly)
            {
                builder.Services.Remove(loop);
            }
        }

        _app = builder.Build();
        _app.Use(
            (context, next) =>
            {
                context.SetCaller(Caller.Unlimited(new Actor("user:ada")));
                return next(context);
            }
        );
        _app.UseAccess();
        _app.MapPipelines();
        _app.MapLineage();
        await _app.StartAsync();
        _http = new HttpClient { BaseAddress = new Uri(_app.Urls.First()) };
    }

    public async ValueTask DisposeAsync()
    {
        _http.Dispose();
        await _app.DisposeAsync();
        await _world.DisposeAsync();
    }

    [Fact]
    public async Task A_deployed_pipeline_is_exported_with_its_losses()
    {
        var address = "/api/v1/projects/transit/pipelines/train/export/kfp?entry=App.dll&image=app:1&platform=vertex";
        var export = await GetAsync(address);

        Assert.False(export.GetProperty("refused").GetBoolean());
        Assert.Equal("train.yaml", export.GetProperty("files")[0].GetProperty("name").GetString());
        Assert.Equal("triggers", export.GetProperty("losses")[0].GetProperty("construct").GetString());
    }

    [Fact]
    public async Task A_run_is_created_listed_shown_and_its_log_and_lineage_can_be_read()
    {
        var created = await _http.PostAsJsonAsync(
            "/api/v1/projects/transit/pipelines/train/runs",
            new { environment = "production", reason = "the file came again" }
        );
        Assert.Equal(HttpStatusCode.Created, created.StatusCode);
        var id = (await created.Content.ReadFromJsonAsync<JsonElement>()).GetProperty("id").GetString()!;
        await _server.FinishAsync(id);

        var run = await GetAsync("/api/v1/runs/" + id);
        var list = await GetAsync("/api/v1/runs?project=transit&state=succeeded&limit=1");
        var logs = await GetAsync($"/api/v1/runs/{id}/logs?node=fit&after=0&wait=5");
        var artifact = run.GetProperty("steps")[1].GetProperty("outputs")[0].GetProperty("artifact");
        var lineage = await GetAsync(
            $"/api/v1/lineage/rondo/json:{artifact.GetProperty("digest").GetString()}?direction=up"
        );
        var same = await GetAsync(
            $"/api/v1/lineage?of={Uri.EscapeDataString(lineage.GetProperty("root").GetString()!)}"
        );

        Assert.Equal(
            ("user:ada", "manual"),
            (run.GetProperty("actor").GetString(), run.GetProperty("trigger").GetString())
        );
        Assert.Equal("the file came again", run.GetProperty("evidence").GetProperty("reason").GetString());
        Assert.Equal(id, list.GetProperty("items")[0].GetProperty("id").GetString());
        Assert.Equal("fit attempt 1", logs.GetProperty("lines")[0].GetProperty("text").GetString());
        Assert.True(logs.GetProperty("finished").GetBoolean());
        Assert.Equal(lineage.GetProperty("nodes").GetArrayLength(), same.GetProperty("nodes").GetArrayLength());
    }

    [Fact]
    public async Task A_run_by_hand_without_a_reason_has_empty_evidence_and_a_long_reason_is_refused()
    {
        const string Runs = "/api/v1/projects/transit/pipelines/train/runs";
        var silent = await _http.PostAsJsonAsync(Runs, new { environment = "production" });
        var run = await silent.Content.ReadFromJsonAsync<JsonElement>();
        Assert.Empty(run.GetProperty("evidence").EnumerateObject());

        var endless = await _http.PostAsJsonAsync(Runs, new { reason = new string('x', 1001) });
        Assert.False(endless.IsSuccessStatusCode);
    }

    [Fact]
    public async Task A_follower_of_a_log_is_woken_by_the_next_line_and_by_the_end_of_the_run()
    {
        var run = await _server.Runs.CreateAsync(PipelineWorld.Wish("train"));
        var following = GetAsync($"/api/v1/runs/{run.Id}/logs?after=0&wait=60");

        await _http.PostAsync($"/api/v1/runs/{run.Id}/cancel", null);

        Assert.True((await following).GetProperty("finished").GetBoolean());
    }

    [Fact]
    public async Task Pipelines_are_listed_with_their_triggers_and_the_next_time()
    {
        var pipelines = await GetAsync("/api/v1/projects/transit/pipelines");

        var trigger = pipelines[0].GetProperty("triggers")[0];
        Assert.Equal("schedule", trigger.GetProperty("trigger").GetProperty("kind").GetString());
        Assert.Equal("2024-01-01T09:00:00+00:00", trigger.GetProperty("nextAt").GetString());
    }

    [Fact]
    public async Task Triggers_are_shown_paused_and_resumed_and_events_from_outside_start_runs()
    {
        await _world.DeployAsync(
            _server,
            Manifests.Pipeline("train", Manifests.Step("fit")) with
            {
                Triggers =
                [
                    new TriggerManifest(TriggerKinds.Schedule, "0 3 * * *", "America/Chicago"),
                    new TriggerManifest(TriggerKinds.Event) { Event = "orders.closed" },
                ],
            }
        );
        const string Triggers = "/api/v1/projects/transit/pipelines/train/triggers/";
        var paused = await PostAsync(Triggers + "pause", new { number = 1, reason = "holidays" });
        var resumed = await PostAsync(Triggers + "resume", new { });
        var unknown = await _http.PostAsJsonAsync(Triggers + "pause", new { number = 9 });

        var appended = await PostAsync(
            "/api/v1/projects/transit/events",
            new { type = "orders.closed", data = new { region = "north" } }
        );
        await _server.TriggerAsync();
        var listed = await GetAsync("/api/v1/projects/transit/triggers");
        var runs = await GetAsync("/api/v1/runs?project=transit");

        Assert.Equal("user:ada", paused[0].GetProperty("paused").GetProperty("by").GetString());
        Assert.Equal(JsonValueKind.Null, paused[1].GetProperty("paused").ValueKind);
        Assert.Equal(JsonValueKind.Null, resumed[0].GetProperty("paused").ValueKind);
        Assert.False(unknown.IsSuccessStatusCode);
        Assert.Equal("2024-01-01T09:00:00+00:00", listed[0].GetProperty("nextAt").GetString());
        var run = Assert.Single(runs.GetProperty("items").EnumerateArray()).GetProperty("id").GetString();
        Assert.Equal(run, listed[1].GetProperty("lastFired").GetProperty("runId").GetString());
        Assert.Equal(9_999, listed[1].GetProperty("budget").GetProperty("left").GetInt32());
        var shown = await GetAsync("/api/v1/runs/" + run);
        Assert.Equal(
            appended.GetProperty("position").GetInt64(),
            shown.GetProperty("evidence").GetProperty("eventPosition").GetInt64()
        );
    }

    [Fact]
    public async Task Partitions_are_listed_filled_and_the_filling_is_shown_and_cancelled()
    {
        await _world.DeployAsync(
            _server,
            Manifests.Pipeline("daily", Manifests.Step("fit")) with
            {
                Partitions = new PartitionsManifest("daily", "2023-12-01", null, null),
            }
        );
        const string Daily = "/api/v1/projects/transit/pipelines/daily/";
        var refused = await _http.PostAsJsonAsync(Daily + "backfills", new { from = "2023-12-02" });
        var created = await PostAsync(Daily + "backfills", new { from = "2023-12-02", to = "2023-12-04" });
        var id = created.GetProperty("id").GetString();

        var listed = await GetAsync("/api/v1/projects/transit/backfills");
        var waiting = await GetAsync($"/api/v1/backfills/{id}/partitions?state=waiting&limit=2");
        var cancelled = await PostAsync($"/api/v1/backfills/{id}/cancel", new { });
        var partitions = await GetAsync(Daily + "partitions?limit=3&after=2023-12-05");

        Assert.False(refused.IsSuccessStatusCode);
        Assert.Equal(3, created.GetProperty("partitions").GetProperty("waiting").GetInt32());
        Assert.Equal(id, listed.GetProperty("items")[0].GetProperty("id").GetString());
        Assert.Equal("2023-12-02", waiting.GetProperty("items")[0].GetProperty("key").GetString());
        Assert.Equal("1", waiting.GetProperty("next").GetString());
        Assert.Equal("cancelling", cancelled.GetProperty("state").GetString());
        Assert.Equal("2023-12-04", partitions.GetProperty("items")[0].GetProperty("key").GetString());
        Assert.Equal(31, partitions.GetProperty("total").GetInt64() - 1);
    }

    private async Task<JsonElement> PostAsync(string path, object body)
    {
        var response = await _http.PostAsJsonAsync(path, body);
        response.EnsureSuccessStatusCode();
        return await response.Content.ReadFromJsonAsync<JsonElement>();
    }

    private Task<JsonElement> GetAsync(string path) => _http.GetFromJsonAsync<JsonElement>(path);
}
