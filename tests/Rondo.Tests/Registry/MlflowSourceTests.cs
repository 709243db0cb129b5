using System.Net;
using System.Text.Json;
using Rondo.Tests.Tracking;

namespace Rondo.Tests.Registry;

/// <summary>Where the files of a version may be, and where not.</summary>
public sealed class MlflowSourceTests : IAsyncLifetime
{
    private TrackingHarness _server = null!;

    public async ValueTask InitializeAsync() => _server = await TrackingHarness.StartAsync();

    public ValueTask DisposeAsync() => _server.DisposeAsync();

    [Theory]
    [InlineData("/etc")]
    [InlineData("file:///etc/passwd")]
    [InlineData("../secrets")]
    [InlineData("s3://bucket/../other")]
    [InlineData("s3://bucket/%2e%2e/other")]
    [InlineData("mlflow-artifacts:/0/%252e%252e/other")]
    [InlineData("models:/demand")]
    [InlineData("models:/nothing@champion")]
    public async Task A_source_that_leads_elsewhere_is_refused(string source)
    {
        await CreateAsync("demand");

        var (status, body) = await SendAsync(
            "POST",
            "model-versions/create",
            JsonSerializer.Serialize(new { name = "demand", source })
        );

        Assert.True(status is 400 or 404, body);
        Assert.Equal("{}", (await SendAsync("GET", "model-versions/search", null)).Body);
    }

    [Fact]
    public async Task A_source_that_is_a_version_means_what_it_means_today()
    {
        await CreateAsync("demand");
        await VersionAsync("demand", "s3://models/first");
        await CreateAsync("copy");
        var made = await _server.PostAsync("model-versions/create", new { name = "copy", source = "models:/demand/1" });
        Assert.Equal("models:/demand/1", made.GetProperty("model_version").GetProperty("source").GetString());
        await ExpectAsync(
            "GET",
            "model-versions/get-download-uri?name=copy&version=1",
            null,
            200,
            """{"artifact_uri":"s3://models/first"}"""
        );
    }

    [Theory]
    [InlineData("models:/a@b/1")]
    [InlineData("models:///a@b/1/")]
    [InlineData("models:/a@b@champion")]
    public async Task A_source_may_be_a_version_of_a_model_whose_name_has_an_at_sign(string source)
    {
        await CreateAsync("a");
        await CreateAsync("a@b");
        await VersionAsync("a@b", "s3://models/first");
        await _server.PostAsync(
            "registered-models/alias",
            new
            {
                name = "a@b",
                alias = "champion",
                version = "1",
            }
        );
        await CreateAsync("copy");

        await _server.PostAsync("model-versions/create", new { name = "copy", source });

        await ExpectAsync(
            "GET",
            "model-versions/get-download-uri?name=copy&version=1",
            null,
            200,
            """{"artifact_uri":"s3://models/first"}"""
        );
    }

    [Theory]
    [InlineData(".")]
    [InlineData("..")]
    public async Task A_name_that_no_address_leads_to_is_refused(string name)
    {
        await CreateAsync("demand");
        var told = $"Invalid value \"{name}\" for parameter 'name' supplied";

        var (made, answer) = await SendAsync("POST", "registered-models/create", $$"""{"name":"{{name}}"}""");
        var (renamed, said) = await SendAsync(
            "POST",
            "registered-models/rename",
            $$"""{"name":"demand","new_name":"{{name}}"}"""
        );
        var (_, imported) = await SendAsync(
            "POST",
            "/api/v1/projects/mlflow/models/import",
            $$"""{"kind":"registeredModel","name":"{{name}}"}"""
        );

        Assert.Equal((400, 400), ((int)made, (int)renamed));
        Assert.Contains(told, Message(answer), StringComparison.Ordinal);
        Assert.Contains(told, Message(said), StringComparison.Ordinal);
        var problem = Assert.Single(JsonElement.Parse(imported).GetProperty("problems").EnumerateArray());
        Assert.Contains("neither '.' nor '..'", problem.GetRawText(), StringComparison.Ordinal);

        static string Message(string body) => JsonElement.Parse(body).GetProperty("message").GetString()!;
    }

    [Fact]
    public async Task A_source_that_is_a_logged_model_means_its_files()
    {
        await CreateAsync("demand");
        var model = (await _server.PostAsync("logged-models", new { experiment_id = "0", name = "line" }))
            .GetProperty("model")
            .GetProperty("info");
        var id = model.GetProperty("model_id").GetString()!;

        var made = await _server.PostAsync(
            "model-versions/create",
            new
            {
                name = "demand",
                source = $"models:/{id}",
                model_id = id,
            }
        );

        Assert.Equal(id, made.GetProperty("model_version").GetProperty("model_id").GetString());
        await ExpectAsync(
            "GET",
            "model-versions/get-download-uri?name=demand&version=1",
            null,
            200,
            $$"""{"artifact_uri":"{{model.GetProperty("artifact_uri").GetString()}}"}"""
        );
        var (status, _) = await SendAsync(
            "POST",
            "model-versions/create",
            Body(("name", "demand"), ("source", "models:/m-" + new string('0', 32)))
        );
        Assert.Equal(404, status);
    }

    [Fact]
    public async Task A_path_of_the_server_is_a_source_below_the_artifacts_of_its_run_only()
    {
        await CreateAsync("demand");
        var experiment = (
            await _server.PostAsync("experiments/create", new { name = "local", artifact_location = "/data/local" })
        )
            .GetProperty("experiment_id")
            .GetString()!;
        var run = await _server.NewRunAsync(experiment: experiment);

        var inside = $$"""{"name":"demand","source":"/data/local/{{run}}/artifacts/model","run_id":"{{run}}"}""";
        var beside = $$"""{"name":"demand","source":"/data/local/{{run}}/artifacts-of-others","run_id":"{{run}}"}""";

        Assert.Equal(200, (await SendAsync("POST", "model-versions/create", inside)).Status);
        Assert.Equal(400, (await SendAsync("POST", "model-versions/create", beside)).Status);
    }

    [Fact]
    public async Task A_source_that_names_a_run_means_the_files_of_that_run()
    {
        await CreateAsync("demand");
        var run = await _server.NewRunAsync();
        var root = (await _server.GetAsync("runs/get?run_id=" + run))
            .GetProperty("run")
            .GetProperty("info")
            .GetProperty("artifact_uri")
            .GetString();
        await VersionAsync("demand", $"runs:/{run}/model");
        await VersionAsync("demand", "runs:/ofanotherserver/model");

        await ExpectAsync(
            "GET",
            "model-versions/get-download-uri?name=demand&version=1",
            null,
            200,
            $$"""{"artifact_uri":"{{root}}/model"}"""
        );
        await ExpectAsync(
            "GET",
            "model-versions/get-download-uri?name=demand&version=2",
            null,
            200,
            """{"artifact_uri":"runs:/ofanotherserver/model"}"""
        );
    }

    private Task CreateAsync(string name) => _server.PostAsync("registered-models/create", new { name });

    private async Task<string> VersionAsync(string name, string source = "s3://models/demand") =>
        (await _server.PostAsync("model-versions/create", new { name, source }))
            .GetProperty("model_version")
            .GetProperty("version")
            .GetString()!;

    private static string Body(params (string Key, string Value)[] fields) =>
        JsonSerializer.Serialize(fields.ToDictionary(field => field.Key, field => field.Value));

    private async Task<(int Status, string Body)> SendAsync(string method, string path, string? body)
    {
        var (status, answer) = await _server.SendAsync(method, path, body);
        return ((int)status, answer);
    }

    private async Task ExpectAsync(string method, string path, string? body, int status, string? answer)
    {
        var (gotStatus, got) = await SendAsync(method, path, body);
        Assert.True(gotStatus == status, $"{path}: {gotStatus} {got}");
        if (answer is not null)
        {
            Assert.Equal(answer, got);
        }
    }
}
