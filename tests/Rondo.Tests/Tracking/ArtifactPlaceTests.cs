using System.Net;
using System.Text.Json;
using Rondo.Kernel;
using Rondo.Tracking.Removing;

namespace Rondo.Tests.Tracking;

/// <summary>Which places for files experiments may take, and what is removed where one lies inside another.</summary>
public sealed class ArtifactPlaceTests : IAsyncLifetime
{
    private const string Proxy = "/api/2.0/mlflow-artifacts/artifacts/";
    private TrackingHarness _server = null!;

    public async ValueTask InitializeAsync() => _server = await TrackingHarness.StartAsync();

    public ValueTask DisposeAsync() => _server.DisposeAsync();

    [Theory]
    [InlineData("mlflow-artifacts:/1/../7")]
    [InlineData("mlflow-artifacts:/a/./b")]
    [InlineData("mlflow-artifacts:/a/%2e%2e/b")]
    [InlineData("mlflow-artifacts:/a/%252E%252e/b")]
    [InlineData("mlflow-artifacts:/a%2f..")]
    [InlineData("mlflow-artifacts:/a%2Fb")]
    [InlineData("mlflow-artifacts:/a%5Cb")]
    [InlineData("mlflow-artifacts:/a\\\\b")]
    [InlineData("mlflow-artifacts:/a//b")]
    [InlineData("mlflow-artifacts:////a")]
    [InlineData("mlflow-artifacts:///..")]
    [InlineData("MLFLOW-artifacts:/..")]
    [InlineData("mlflow-artifacts:/")]
    [InlineData("mlflow-artifacts:a")]
    [InlineData("mlflow-artifacts://host:5000")]
    [InlineData("mlflow-artifacts://host:5000/a/../b")]
    [InlineData("http://host:5000/api/2.0/mlflow-artifacts/artifacts/a/../b")]
    [InlineData("https://host/below/ajax-api/2.0/mlflow-artifacts/artifacts/%2e%2e")]
    public async Task A_place_that_no_file_could_be_put_in_is_refused(string location)
    {
        var told = await RefusedAsync(location);

        Assert.Contains(
            $"Invalid value \"{location}\" for parameter 'artifact_location'",
            told,
            StringComparison.Ordinal
        );
        Assert.Contains("leave the place out", told, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("mlflow-artifacts:/0/RUN/artifacts/sub", "in the folder of run RUN")]
    [InlineData("mlflow-artifacts:/0/RUN/artifacts", "in the folder of run RUN")]
    [InlineData("mlflow-artifacts:///0/RUN/%61rtifacts/sub/", "in the folder of run RUN")]
    [InlineData("mlflow-artifacts://host:5000/0/RUN/artifacts/sub", "in the folder of run RUN")]
    [InlineData("http://host/api/2.0/mlflow-artifacts/artifacts/0/RUN/artifacts/sub", "in the folder of run RUN")]
    [InlineData("mlflow-artifacts:/0/models/MODEL/artifacts/x", "in the folder of logged model MODEL")]
    [InlineData("mlflow-artifacts:/0/RUN", "in the place of experiment 0 (mlflow-artifacts:/0)")]
    [InlineData("mlflow-artifacts:/0/sub", "in the place of experiment 0 (mlflow-artifacts:/0)")]
    [InlineData("mlflow-artifacts:/team/a/b", "in the place of experiment 1 (mlflow-artifacts:/team/a)")]
    [InlineData("mlflow-artifacts:/team", "above the place of experiment 1 (mlflow-artifacts:/team/a)")]
    [InlineData("mlflow-artifacts://host/team", "above the place of experiment 1 (mlflow-artifacts:/team/a)")]
    public async Task A_place_in_or_above_that_of_others_is_refused(string location, string why)
    {
        var (run, model) = (await _server.NewRunAsync(), await NewModelAsync());
        await NewAsync("mlflow-artifacts:/team/a");
        string Named(string text) => text.Replace("RUN", run).Replace("MODEL", model);

        var told = await RefusedAsync(Named(location));

        Assert.Contains("It lies " + Named(why), told, StringComparison.Ordinal);
        Assert.Contains("leave it out", told, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("mlflow-artifacts:/0")]
    [InlineData("mlflow-artifacts:///team/a/")]
    [InlineData("mlflow-artifacts:/team/ab")]
    [InlineData("mlflow-artifacts:/2")]
    [InlineData("mlflow-artifacts:/7/nobodys")]
    [InlineData("mlflow-artifacts://host:5000/place")]
    [InlineData("s3://bucket/0/RUN/artifacts")]
    [InlineData("/data/../elsewhere")]
    [InlineData("./mlruns")]
    public async Task A_place_apart_and_one_that_is_shared_are_taken(string location)
    {
        await NewAsync("mlflow-artifacts:/team/a");

        var made = await _server.GetAsync("experiments/get?experiment_id=" + await NewAsync(location));

        Assert.Equal(location, made.GetProperty("experiment").GetProperty("artifact_location").GetString());
    }

    [Fact]
    public async Task Of_experiments_that_share_a_place_one_goes_and_the_files_of_the_other_stay()
    {
        var (first, second) = (await NewAsync("mlflow-artifacts:/shared"), await NewAsync("mlflow-artifacts:/shared"));
        var (gone, kept) = (
            await _server.NewRunAsync(experiment: first),
            await _server.NewRunAsync(experiment: second)
        );
        await PutAsync($"shared/{gone}/artifacts/f");
        await PutAsync($"shared/{kept}/artifacts/f");
        await _server.PostAsync("experiments/delete", new { experiment_id = first });

        var report = await RemoveAsync();

        Assert.Equal((1L, 1L), (report.Runs, report.Experiments));
        Assert.Equal(HttpStatusCode.NotFound, await StatusAsync($"shared/{gone}/artifacts/f"));
        Assert.Equal(HttpStatusCode.OK, await StatusAsync($"shared/{kept}/artifacts/f"));
    }

    [Theory]
    [InlineData("mlflow-artifacts:/0/RUN/artifacts/sub")]
    [InlineData("mlflow-artifacts:///0/RUN/artifacts")]
    [InlineData("mlflow-artifacts:/0/RUN/artifacts/two%20words/")]
    public async Task What_an_earlier_server_has_put_inside_the_folder_of_a_run_holds_it(string location)
    {
        var outer = await _server.NewRunAsync();
        var experiment = await _server.ExperimentAtAsync(location.Replace("RUN", outer));
        var inner = await _server.NewRunAsync(experiment: experiment);
        var file =
            Uri.UnescapeDataString(location.TrimEnd('/').Replace("RUN", outer).Split(":/")[1]).Trim('/')
            + $"/{inner}/artifacts/f";
        await PutAsync(file);
        await _server.PostAsync("runs/delete", new { run_id = outer });

        var dry = await RemoveAsync(dryRun: true);
        var report = await RemoveAsync();

        foreach (var told in new[] { dry, report })
        {
            Assert.Equal(0, told.Runs);
            Assert.Equal(
                new HeldFiles(outer, $"the files of run {inner} stand among its own"),
                Assert.Single(told.Held)
            );
        }

        Assert.Equal(HttpStatusCode.OK, await StatusAsync(file));

        // One that can be restored needs its files as well; once it is gone, they go.
        await _server.PostAsync("runs/delete", new { run_id = inner });
        Assert.Equal(1, (await RemoveAsync()).Runs);
        var last = await RemoveAsync();
        Assert.Equal((1L, 0), (last.Runs, last.Held.Count));
        Assert.Equal(HttpStatusCode.NotFound, await StatusAsync(file));
    }

    [Fact]
    public async Task A_logged_model_and_a_run_of_an_experiment_that_is_gone_hold_what_they_stand_in()
    {
        var outer = await NewModelAsync();
        var place = $"mlflow-artifacts:/0/models/{outer}/artifacts/sub";
        var (first, second) = (await _server.ExperimentAtAsync(place + "/a"), await _server.ExperimentAtAsync(place));
        var moved = await _server.NewRunAsync(experiment: first);
        await _server.Get<Rondo.Tracking.Runs.RunMove>().MoveAsync(moved, 0, Actor.Local);
        await _server.PostAsync("experiments/delete", new { experiment_id = first });
        await RemoveAsync();
        var inner = await NewModelAsync(second);
        await _server.SendAsync("DELETE", "logged-models/" + outer);

        Assert.Contains(moved, Assert.Single((await RemoveAsync()).Held).Reason, StringComparison.Ordinal);
        await _server.PostAsync("runs/delete", new { run_id = moved });
        await RemoveAsync();
        Assert.Contains(inner, Assert.Single((await RemoveAsync()).Held).Reason, StringComparison.Ordinal);
    }

    [Fact]
    public async Task An_import_brings_no_place_inside_that_of_others_and_all_else()
    {
        var run = await _server.NewRunAsync();
        var records = string.Join(
            '\n',
            Record("inside", $"http://host/api/2.0/mlflow-artifacts/artifacts/0/{run}/artifacts/x"),
            Record("up", "http://host/api/2.0/mlflow-artifacts/artifacts/a/../b"),
            Record("theirs", $"mlflow-artifacts:/0/{run}/artifacts/x"),
            Record("bucket", "s3://bucket/0")
        );

        var (_, body) = await _server.SendAsync("POST", "/api/v1/tracking/import", records);

        var problems = JsonElement.Parse(body).GetProperty("problems").EnumerateArray().ToList();
        Assert.Equal(["inside", "up"], problems.Select(problem => problem.GetProperty("id").GetString()));
        Assert.Contains("It lies in the folder of run", problems[0].GetRawText(), StringComparison.Ordinal);
        Assert.Equal("mlflow-artifacts:/1", await LocationAsync("1"));
        Assert.Equal("s3://bucket/0", await LocationAsync("2"));
    }

    private static string Record(string name, string location) =>
        $$"""{"kind":"experiment","name":"{{name}}","artifactLocation":"{{location}}"}""";

    private async Task<string> RefusedAsync(string location)
    {
        var (status, body) = await _server.SendAsync(
            "POST",
            "experiments/create",
            $$"""{"name":"odd","artifact_location":"{{location}}"}"""
        );
        Assert.Equal(HttpStatusCode.BadRequest, status);
        var answer = JsonElement.Parse(body);
        Assert.Equal("INVALID_PARAMETER_VALUE", answer.GetProperty("error_code").GetString());
        return answer.GetProperty("message").GetString()!;
    }

    private async Task<string> NewAsync(string location)
    {
        var name = _server.Kernel.Ids.NewUuid();
        var made = await _server.PostAsync("experiments/create", new { name, artifact_location = location });
        return made.GetProperty("experiment_id").GetString()!;
    }

    private async Task<string?> LocationAsync(string experiment) =>
        (await _server.GetAsync("experiments/get?experiment_id=" + experiment))
            .GetProperty("experiment")
            .GetProperty("artifact_location")
            .GetString();

    private async Task<string> NewModelAsync(string experiment = "0") =>
        (await _server.PostAsync("logged-models", new { experiment_id = experiment, name = "m" }))
            .GetProperty("model")
            .GetProperty("info")
            .GetProperty("model_id")
            .GetString()!;

    private async Task PutAsync(string path)
    {
        using var content = new StringContent("x");
        using var response = await _server.Client.PutAsync(Proxy + path, content);
        Assert.True(response.IsSuccessStatusCode);
    }

    private async Task<HttpStatusCode> StatusAsync(string path) =>
        (await _server.SendAsync("GET", Proxy + path)).Status;

    private Task<RemovalReport> RemoveAsync(bool dryRun = false) =>
        _server
            .Get<DeletedRemoval>()
            .RemoveAsync(_server.Kernel.Time.GetUtcNow(), dryRun, Actor.Local, CancellationToken.None);
}
