using System.Net;
using Rondo.Kernel;
using Rondo.Registry.Clients;
using Rondo.Tests.Tracking;
using Rondo.Tracking.Removing;

namespace Rondo.Tests.Registry;

/// <summary>What logged the files of a version is not removed for good.</summary>
public sealed class SourceHoldTests : IAsyncLifetime
{
    private TrackingHarness _server = null!;

    public async ValueTask InitializeAsync()
    {
        _server = await TrackingHarness.StartAsync();
        await _server.PostAsync("registered-models/create", new { name = "demand" });
    }

    public ValueTask DisposeAsync() => _server.DisposeAsync();

    [Theory]
    [InlineData("runs:/RUN/model", true)]
    [InlineData("runs:/RUN", false)]
    [InlineData("Runs:///RUN/model", false)]
    [InlineData("mlflow-artifacts:/0/RUN/artifacts/model", false)]
    [InlineData("mlflow-artifacts:/0/RUN/artifacts/", false)]
    [InlineData("mlflow-artifacts:///0//RUN/./artifacts/model", false)]
    [InlineData("mlflow-artifacts:/%30/RUN/%2561rtifacts/model", false)]
    [InlineData("mlflow-artifacts://127.0.0.1:7860/0/RUN/artifacts/model", true)]
    [InlineData("mlflow-artifacts://host/0/RUN/artifacts", false)]
    [InlineData("http://127.0.0.1:7860/api/2.0/mlflow-artifacts/artifacts/0/RUN/artifacts/model", true)]
    [InlineData("https://host/below/ajax-api/2.0/mlflow-artifacts/artifacts/0/RUN/artifacts?x=1", false)]
    [InlineData("https://files.example/another-path/model", true)]
    [InlineData("mlflow-artifacts://old/7/RUN/artifacts/model", true)]
    public async Task A_run_is_held_by_the_version_that_was_made_from_its_files_however_the_source_is_written(
        string source,
        bool named
    )
    {
        var (run, other) = (await RunAsync(), await RunAsync());
        await VersionAsync(source.Replace("RUN", run, StringComparison.Ordinal), named ? run : null);
        await DeleteAsync(run, other);

        var dry = await RemoveAsync(dryRun: true);
        var report = await RemoveAsync();

        Assert.Equal((1L, 1L), (dry.Runs, report.Runs));
        var held = Assert.Single(report.Held);
        Assert.Equal(run, held.Id);
        Assert.Contains("mlflow/production/demand/1", held.Reason, StringComparison.Ordinal);
        Assert.Equal("weights", await _server.Client.GetStringAsync(FileOf(run)));
        Assert.Equal(HttpStatusCode.NotFound, (await _server.SendAsync("GET", FileOf(other))).Status);
    }

    [Theory]
    [InlineData("s3://bucket/0/RUN/artifacts/model")]
    [InlineData("mlflow-artifacts:/0/RUN/artifacts-of-others/model")]
    [InlineData("mlflow-artifacts:/0/RUN0/artifacts/model")]
    [InlineData("runs:/RUN0/model")]
    public async Task A_run_that_a_version_of_other_files_merely_names_is_removed(string source)
    {
        var run = await RunAsync();
        await VersionAsync(source.Replace("RUN", run, StringComparison.Ordinal), run);
        await DeleteAsync(run);

        var report = await RemoveAsync();

        Assert.Equal(1, report.Runs);
        Assert.Empty(report.Held);
    }

    [Theory]
    [InlineData("models:/MODEL", "mlflow-artifacts:/0/models/MODEL/artifacts")]
    [InlineData("models:/MODEL", "models:/MODEL")]
    [InlineData("http://host/api/2.0/mlflow-artifacts/artifacts/0/models/MODEL/artifacts", null)]
    [InlineData("https://files.example/another-path", null)]
    public async Task A_logged_model_is_held_by_the_version_that_was_made_from_its_files(string source, string? storage)
    {
        var model = await ModelAsync();
        await _server.PostAsync(
            "model-versions/create",
            new
            {
                name = "demand",
                source = source.Replace("MODEL", model, StringComparison.Ordinal),
                model_id = model,
            }
        );
        if (storage is not null)
        {
            await AsOfAnEarlierServerAsync(storage.Replace("MODEL", model, StringComparison.Ordinal));
        }

        Assert.Equal(HttpStatusCode.OK, (await _server.SendAsync("DELETE", $"logged-models/{model}")).Status);

        var report = await RemoveAsync();

        Assert.Equal((0L, model), (report.Models, Assert.Single(report.Held).Id));
    }

    [Fact]
    public async Task Versions_that_an_earlier_server_registered_hold_their_files()
    {
        var run = await RunAsync();
        await VersionAsync("s3://bucket/model", null);
        await AsOfAnEarlierServerAsync($"http://host/api/2.0/mlflow-artifacts/artifacts/0/{run}/artifacts/model");
        await DeleteAsync(run);

        Assert.Equal(run, Assert.Single((await RemoveAsync(dryRun: true)).Held).Id);
        Assert.Equal(run, Assert.Single((await RemoveAsync()).Held).Id);
    }

    [Fact]
    public async Task A_version_that_was_deleted_holds_nothing()
    {
        var run = await RunAsync();
        await VersionAsync($"runs:/{run}/model", run);
        await DeleteAsync(run);
        await _server.SendAsync("DELETE", "model-versions/delete", """{"name":"demand","version":"1"}""");

        Assert.Equal(1, (await RemoveAsync()).Runs);
    }

    [Fact]
    public async Task What_holds_many_runs_is_asked_in_few_statements()
    {
        var statements = new List<long>();
        foreach (var count in new[] { 5, 90 })
        {
            var runs = new List<string>();
            for (var i = 0; i < count; i++)
            {
                runs.Add(await _server.NewRunAsync());
                await VersionAsync($"runs:/{runs[^1]}/model", runs[^1]);
            }

            await DeleteAsync([.. runs]);
            await RemoveAsync(dryRun: true);
            var before = _server.Kernel.Database.Statements;
            var report = await RemoveAsync(dryRun: true);
            statements.Add(_server.Kernel.Database.Statements - before);
            Assert.Equal(
                runs.Order(StringComparer.Ordinal),
                report.Held.Select(held => held.Id).Intersect(runs).Order(StringComparer.Ordinal)
            );
        }

        Assert.Equal(statements[0], statements[1]);
    }

    [Fact]
    public void An_address_that_is_longer_than_an_index_takes_counts_as_below_all_that_begin_so()
    {
        var root = "mlflow-artifacts:/" + new string('a', 600);
        var (from, to) = FilesAddress.Below(root + "/1/artifacts");

        Assert.InRange(FilesAddress.Of(root + "/1/artifacts/model").Length, 1, 512);
        Assert.True(IsBetween(FilesAddress.Of(root + "/1/artifacts/model"), from, to));
        Assert.False(IsBetween(FilesAddress.Of("mlflow-artifacts:/" + new string('b', 600)), from, to));
        // Half a letter is none.
        Assert.False(
            char.IsHighSurrogate(FilesAddress.Of("s3://" + string.Concat(Enumerable.Repeat("🌍", 300)) + "/")[^1])
        );
        Assert.False(char.IsHighSurrogate(FilesAddress.Of("s3:///" + string.Concat(Enumerable.Repeat("🌍", 300)))[^1]));
    }

    private static bool IsBetween(string address, string from, string to) =>
        string.CompareOrdinal(address, from) >= 0 && string.CompareOrdinal(address, to) < 0;

    private async Task<string> RunAsync()
    {
        var run = await _server.NewRunAsync();
        using var content = new StringContent("weights");
        using var response = await _server.Client.PutAsync(FileOf(run), content);
        Assert.True(response.IsSuccessStatusCode);
        return run;
    }

    private async Task<string> ModelAsync() =>
        (await _server.PostAsync("logged-models", new { experiment_id = "0", name = "line" }))
            .GetProperty("model")
            .GetProperty("info")
            .GetProperty("model_id")
            .GetString()!;

    private Task VersionAsync(string source, string? run) =>
        _server.PostAsync(
            "model-versions/create",
            new
            {
                name = "demand",
                source,
                run_id = run,
            }
        );

    private Task AsOfAnEarlierServerAsync(string storage) =>
        _server.Kernel.Database.WriteAsync(async transaction =>
            await transaction.ExecuteAsync(
                "update registry_entry set files = null, run_id = null, logged_model = null, storage = @storage",
                new { storage }
            )
        );

    private async Task DeleteAsync(params string[] runs)
    {
        foreach (var run in runs)
        {
            await _server.PostAsync("runs/delete", new { run_id = run });
        }
    }

    private Task<RemovalReport> RemoveAsync(bool dryRun = false) =>
        _server
            .Get<DeletedRemoval>()
            .RemoveAsync(_server.Kernel.Time.GetUtcNow(), dryRun, Actor.Local, CancellationToken.None);

    private static string FileOf(string run) => $"/api/2.0/mlflow-artifacts/artifacts/0/{run}/artifacts/model/a.txt";
}
