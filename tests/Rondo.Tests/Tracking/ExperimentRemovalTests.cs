using System.Net;
using System.Text.Json;
using Rondo.Kernel;
using Rondo.Kernel.Db;
using Rondo.Tests.Kernel;
using Rondo.Tests.Pipelines;
using Rondo.Tracking;
using Rondo.Tracking.Experiments;
using Rondo.Tracking.Removing;

namespace Rondo.Tests.Tracking;

/// <summary>Experiments are deleted with what is in them, come back with it, and are removed for good.</summary>
public sealed class ExperimentRemovalTests : IAsyncLifetime
{
    private TrackingHarness _server = null!;

    public async ValueTask InitializeAsync() => _server = await TrackingHarness.StartAsync();

    public ValueTask DisposeAsync() => _server.DisposeAsync();

    [Fact]
    public async Task Logged_models_go_with_their_experiment_and_those_that_went_with_it_come_back_with_it()
    {
        var (experiment, other) = (await ExperimentAsync("one"), await ExperimentAsync("other"));
        var (before, with, apart) = (
            await ModelAsync(experiment),
            await ModelAsync(experiment),
            await ModelAsync(other)
        );
        await _server.SendAsync("DELETE", $"logged-models/{before}");

        await DeleteAsync(experiment);

        Assert.Equal(HttpStatusCode.NotFound, await StatusAsync(with));
        Assert.Equal(HttpStatusCode.OK, await StatusAsync(apart));
        Assert.Empty(await FoundAsync(experiment));

        await _server.PostAsync("experiments/restore", new { experiment_id = experiment });

        Assert.Equal([with], await FoundAsync(experiment));
        Assert.Equal(HttpStatusCode.NotFound, await StatusAsync(before));

        // Once more: what was deleted by itself since does not come back either.
        await _server.SendAsync("DELETE", $"logged-models/{with}");
        await DeleteAsync(experiment);
        await _server.PostAsync("experiments/restore", new { experiment_id = experiment });
        Assert.Empty(await FoundAsync(experiment));
    }

    [Fact]
    public async Task An_experiment_with_logged_models_is_removed_with_their_files()
    {
        var experiment = await ExperimentAsync("trial");
        await _server.NewRunAsync(experiment: experiment);
        var model = await ModelAsync(experiment);
        var file = $"/api/2.0/mlflow-artifacts/artifacts/{experiment}/models/{model}/artifacts/MLmodel";
        using var content = new StringContent("weights");
        using var put = await _server.Client.PutAsync(file, content);
        Assert.True(put.IsSuccessStatusCode);
        await DeleteAsync(experiment);

        var dry = await RemoveAsync(dryRun: true);
        Assert.Equal(HttpStatusCode.OK, (await _server.SendAsync("GET", file)).Status);
        var done = await RemoveAsync();

        Assert.Equal((1L, 1L, 1L), (dry.Runs, dry.Models, dry.Experiments));
        Assert.Equal((1L, 1L, 1L), (done.Runs, done.Models, done.Experiments));
        Assert.Empty(done.Held);
        Assert.Equal(HttpStatusCode.NotFound, (await _server.SendAsync("GET", file)).Status);
        Assert.NotEqual(experiment, await ExperimentAsync("trial"));
    }

    [Fact]
    public async Task An_experiment_that_stays_is_named_with_what_is_in_it()
    {
        var (needed, late, empty) = (
            await ExperimentAsync("needed"),
            await ExperimentAsync("late"),
            await ExperimentAsync("empty")
        );
        var model = await ModelAsync(needed);
        await _server.PostAsync("registered-models/create", new { name = "demand" });
        await _server.PostAsync("model-versions/create", new { name = "demand", source = $"models:/{model}" });
        var run = await _server.NewRunAsync(experiment: late);
        foreach (var experiment in new[] { needed, late, empty })
        {
            await DeleteAsync(experiment);
        }

        await _server.PostAsync("runs/restore", new { run_id = run });

        var dry = await RemoveAsync(dryRun: true);
        var done = await RemoveAsync();

        Assert.Equal((0L, 0L, 1L), (done.Runs, done.Models, done.Experiments));
        Assert.Equal(1, dry.Experiments);
        Assert.Equal(dry.Held, done.Held);
        Assert.Equal(
            [
                new HeldFiles(model, "model version mlflow/production/demand/1 was registered from its files"),
                new HeldFiles($"experiment {needed}", $"its logged model {model} stays"),
                new HeldFiles($"experiment {late}", $"its run {run} was not deleted, or not long enough ago"),
            ],
            done.Held
        );
    }

    [Fact]
    public async Task The_default_experiment_is_deleted_and_restored_but_not_removed()
    {
        var run = await _server.NewRunAsync();
        await DeleteAsync("0");

        var dry = await RemoveAsync(dryRun: true);
        var done = await RemoveAsync();

        Assert.Equal((1L, 0L, 1L, 0L), (dry.Runs, dry.Experiments, done.Runs, done.Experiments));
        Assert.Equal(dry.Held, done.Held);
        Assert.Equal("experiment 0", Assert.Single(done.Held).Id);
        Assert.Equal(HttpStatusCode.NotFound, (await _server.SendAsync("GET", $"runs/get?run_id={run}")).Status);
        await _server.PostAsync("experiments/restore", new { experiment_id = "0" });
        await _server.NewRunAsync();
    }

    [Theory]
    [InlineData("restored")]
    [InlineData("restored and deleted again")]
    [InlineData("filled")]
    public async Task An_experiment_that_somebody_uses_again_while_it_is_removed_stays_with_all_that_it_has(string how)
    {
        var experiment = await ExperimentAsync("brought");
        var tag = new
        {
            experiment_id = experiment,
            key = "owner",
            value = "ann",
        };
        await _server.PostAsync("experiments/set-experiment-tag", tag);
        await DeleteAsync(experiment);
        var before = _server.Kernel.Time.GetUtcNow().ToUnixTimeMilliseconds();
        _server.Kernel.Time.Advance(TimeSpan.FromDays(1));
        var interleaved = new InterleavedDatabase(_server.Kernel.Database)
        {
            // It was found and is not removed yet.
            Before = number => number == 2 ? UseAsync(experiment, how) : Task.CompletedTask,
        };

        var removal = new ExperimentRemoval(interleaved, _server.Kernel.Ids, _server.Kernel.Log);

        Assert.Equal(0, await removal.RemoveAsync(before, Actor.Local, CancellationToken.None));
        var found = (await _server.GetAsync($"experiments/get?experiment_id={experiment}")).GetProperty("experiment");
        Assert.Equal(
            ("brought", how == "restored" ? "active" : "deleted"),
            (found.GetProperty("name").GetString(), found.GetProperty("lifecycle_stage").GetString())
        );
        Assert.Equal("ann", found.GetProperty("tags")[0].GetProperty("value").GetString());
    }

    private async Task UseAsync(string experiment, string how)
    {
        if (how == "filled")
        {
            await ImportAsync("m-" + new string('1', 32), "deleted");
            return;
        }

        await _server.PostAsync("experiments/restore", new { experiment_id = experiment });
        if (how != "restored")
        {
            await DeleteAsync(experiment);
        }
    }

    [Theory]
    [InlineData("Default", "Default 0")]
    [InlineData(null, "Default")]
    public async Task A_default_experiment_that_is_gone_is_there_again_at_the_next_start(string? taken, string name)
    {
        // As an earlier server has left it.
        await _server.Kernel.Database.WriteAsync(async transaction =>
        {
            await transaction.ExecuteAsync("delete from tracking_word where experiment = 0");
            await transaction.ExecuteAsync(
                "update tracking_experiment set lifecycle = 'removed', name = 'removed x', path = '' where id = 0"
            );
        });
        if (taken is not null)
        {
            await ExperimentAsync(taken);
        }

        var start = new DefaultExperiment(_server.Kernel.Database, _server.Kernel.Time);
        await start.StartAsync(CancellationToken.None);
        await start.StartAsync(CancellationToken.None);

        var found = (await _server.GetAsync("experiments/get?experiment_id=0")).GetProperty("experiment");
        Assert.Equal(
            (name, "active"),
            (found.GetProperty("name").GetString(), found.GetProperty("lifecycle_stage").GetString())
        );
        await _server.NewRunAsync();
        var words = await _server.GetAsync("experiments/search?max_results=10&filter=text%20MATCHES%20'default'");
        Assert.Equal(taken is null ? 1 : 2, words.GetProperty("experiments").GetArrayLength());
    }

    [Fact]
    public async Task A_model_that_was_active_in_a_deleted_experiment_elsewhere_goes_and_comes_with_it()
    {
        var model = "m-" + new string('1', 32);
        await ImportAsync(model, "deleted");
        Assert.Equal(HttpStatusCode.NotFound, await StatusAsync(model));
        await ImportAsync(model, "deleted");
        Assert.Equal(HttpStatusCode.NotFound, await StatusAsync(model));

        await ImportAsync(model, "active");
        Assert.Equal(HttpStatusCode.OK, await StatusAsync(model));

        await ImportAsync(model, "deleted");
        Assert.Equal(HttpStatusCode.NotFound, await StatusAsync(model));
        Assert.Equal((1L, 1L), ((await RemoveAsync(dryRun: true)).Models, (await RemoveAsync()).Experiments));
    }

    [Fact]
    public async Task Models_of_experiments_that_an_earlier_server_deleted_go_with_them()
    {
        await using var kernel = await TestKernel.StartAsync();
        var scripts = TrackingModule.Schema.Scripts.TakeWhile(script => script.Name != "0011_with_experiment.sql");
        await Migrations.ApplyAsync(kernel.Database, [new ModuleSchema("tracking", [.. scripts])], kernel.Time);
        await kernel.Database.WriteAsync(async transaction =>
        {
            foreach (var (id, lifecycle) in new[] { (1L, "active"), (2L, "deleted") })
            {
                await transaction.ExecuteAsync(
                    """
                    insert into tracking_experiment (id, name, artifact_location, lifecycle, created_at, updated_at)
                    values (@id, @lifecycle, '', @lifecycle, 1, 50)
                    """,
                    new { id, lifecycle }
                );
                foreach (var own in new[] { "active", "deleted" })
                {
                    await transaction.ExecuteAsync(
                        """
                        insert into tracking_logged_model
                            (id, experiment, name, status, artifact_uri, lifecycle, created_at, updated_at)
                        values (@model, @id, 'line', 'READY', '', @own, 1, 9)
                        """,
                        new
                        {
                            id,
                            own,
                            model = $"{lifecycle}/{own}",
                        }
                    );
                }
            }
        });

        await Migrations.ApplyAsync(kernel.Database, [TrackingModule.Schema], kernel.Time);

        var models = await kernel.Database.ReadAsync(async session =>
            await session.QueryAsync<(string, string, long, long)>(
                "select id, lifecycle, with_experiment, updated_at from tracking_logged_model order by id"
            )
        );
        Assert.Equal(
            [
                ("active/active", "active", 0, 9),
                ("active/deleted", "deleted", 0, 9),
                ("deleted/active", "deleted", 1, 50),
                ("deleted/deleted", "deleted", 0, 9),
            ],
            models
        );
    }

    private async Task<string> ExperimentAsync(string name) =>
        (await _server.PostAsync("experiments/create", new { name })).GetProperty("experiment_id").GetString()!;

    private async Task<string> ModelAsync(string experiment) =>
        (await _server.PostAsync("logged-models", new { experiment_id = experiment, name = "line" }))
            .GetProperty("model")
            .GetProperty("info")
            .GetProperty("model_id")
            .GetString()!;

    private Task DeleteAsync(string experiment) =>
        _server.PostAsync("experiments/delete", new { experiment_id = experiment });

    private async Task<HttpStatusCode> StatusAsync(string model) =>
        (await _server.SendAsync("GET", $"logged-models/{model}")).Status;

    private async Task<string[]> FoundAsync(string experiment)
    {
        var found = await _server.PostAsync("logged-models/search", new { experiment_ids = new[] { experiment } });
        return found.TryGetProperty("models", out var models)
            ? [.. models.EnumerateArray().Select(m => m.GetProperty("info").GetProperty("model_id").GetString()!)]
            : [];
    }

    private async Task ImportAsync(string model, string lifecycle)
    {
        var lines = string.Join(
            '\n',
            JsonSerializer.Serialize(
                new
                {
                    kind = "experiment",
                    name = "brought",
                    lifecycle,
                    createdAt = 1,
                    updatedAt = 5,
                }
            ),
            JsonSerializer.Serialize(
                new
                {
                    kind = "loggedModel",
                    id = model,
                    experiment = "brought",
                    name = "line",
                    status = "LOGGED_MODEL_READY",
                    lifecycle = "active",
                    createdAt = 1,
                    updatedAt = 2,
                }
            )
        );
        var (status, body) = await _server.SendAsync("POST", "/api/v1/tracking/import", lines);
        Assert.True(status == HttpStatusCode.OK, body);
        Assert.Empty(JsonElement.Parse(body).GetProperty("problems").EnumerateArray());
    }

    private Task<RemovalReport> RemoveAsync(bool dryRun = false) =>
        _server
            .Get<DeletedRemoval>()
            .RemoveAsync(_server.Kernel.Time.GetUtcNow(), dryRun, Actor.Local, CancellationToken.None);
}
