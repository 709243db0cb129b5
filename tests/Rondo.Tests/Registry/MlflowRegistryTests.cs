using System.Net;
using System.Text.Json;
using Microsoft.Extensions.DependencyInjection;
using Rondo.Kernel;
using Rondo.Registry;
using Rondo.Registry.Governance;
using Rondo.Tests.Tracking;

namespace Rondo.Tests.Registry;

/// <summary>The registry as clients of MLflow use it: requests and their whole answers, and that stages and aliases are views of one state.</summary>
public sealed class MlflowRegistryTests : IAsyncLifetime
{
    private const string Demand =
        """{"name":"demand","creation_timestamp":1704067200000,"last_updated_timestamp":1704067200000}""";

    private const string First =
        """{"name":"demand","version":"1","creation_timestamp":1704067200000,"last_updated_timestamp":1704067200000,"current_stage":"None","source":"s3://models/demand","status":"READY","user_id":"local"}""";

    private TrackingHarness _server = null!;

    public async ValueTask InitializeAsync() => _server = await TrackingHarness.StartAsync();

    public ValueTask DisposeAsync() => _server.DisposeAsync();

    [Fact]
    [Trait("Requirement", "R133")]
    public async Task Models_are_made_found_renamed_and_deleted()
    {
        await ExpectAsync(
            "POST",
            "registered-models/create",
            """{"name":"demand"}""",
            200,
            $$"""{"registered_model":{{Demand}}}"""
        );
        await ExpectAsync(
            "POST",
            "registered-models/create",
            """{"name":"demand"}""",
            400,
            """{"error_code":"RESOURCE_ALREADY_EXISTS","message":"Registered Model (name=demand) already exists."}"""
        );
        await ExpectAsync(
            "GET",
            "registered-models/get?name=demand",
            null,
            200,
            $$"""{"registered_model":{{Demand}}}"""
        );
        await ExpectAsync(
            "GET",
            "registered-models/get?name=nothing",
            null,
            404,
            """{"error_code":"RESOURCE_DOES_NOT_EXIST","message":"Registered Model with name=nothing not found"}"""
        );
        await ExpectAsync(
            "POST",
            "registered-models/set-tag",
            """{"name":"demand","key":"team","value":"rail"}""",
            200,
            "{}"
        );
        await ExpectAsync(
            "POST",
            "registered-models/rename",
            """{"name":"demand","new_name":"rides"}""",
            200,
            """{"registered_model":{"name":"rides","creation_timestamp":1704067200000,"last_updated_timestamp":1704067200000,"tags":[{"key":"team","value":"rail"}]}}"""
        );
        await ExpectAsync(
            "PATCH",
            "registered-models/update",
            """{"name":"rides","description":"by hour"}""",
            200,
            """{"registered_model":{"name":"rides","creation_timestamp":1704067200000,"last_updated_timestamp":1704067200000,"description":"by hour","tags":[{"key":"team","value":"rail"}]}}"""
        );
        await ExpectAsync("DELETE", "registered-models/delete-tag", """{"name":"rides","key":"team"}""", 200, "{}");
        await ExpectAsync("DELETE", "registered-models/delete", """{"name":"rides"}""", 200, "{}");
        await ExpectAsync("GET", "registered-models/search", null, 200, "{}");
        await ExpectAsync("POST", "registered-models/create", """{"name":"rides"}""", 200, null);
    }

    [Fact]
    [Trait("Requirement", "R133")]
    public async Task Versions_are_numbered_and_a_number_is_never_used_again_while_its_model_lives()
    {
        await CreateAsync("demand");
        await ExpectAsync(
            "POST",
            "model-versions/create",
            """{"name":"demand","source":"s3://models/demand"}""",
            200,
            $$"""{"model_version":{{First}}}"""
        );
        await ExpectAsync(
            "GET",
            "model-versions/get?name=demand&version=1",
            null,
            200,
            $$"""{"model_version":{{First}}}"""
        );
        await ExpectAsync(
            "GET",
            "model-versions/get-download-uri?name=demand&version=1",
            null,
            200,
            """{"artifact_uri":"s3://models/demand"}"""
        );
        Assert.Equal("2", await VersionAsync("demand"));
        await ExpectAsync("DELETE", "model-versions/delete", """{"name":"demand","version":"2"}""", 200, "{}");
        await ExpectAsync(
            "GET",
            "model-versions/get?name=demand&version=2",
            null,
            404,
            """{"error_code":"RESOURCE_DOES_NOT_EXIST","message":"Model Version (name=demand, version=2) not found"}"""
        );
        Assert.Equal("3", await VersionAsync("demand"));
        await ExpectAsync(
            "GET",
            "model-versions/get?name=demand&version=x",
            null,
            400,
            """{"error_code":"INVALID_PARAMETER_VALUE","message":"Model version must be an integer, got 'x'"}"""
        );
        await ExpectAsync("DELETE", "registered-models/delete", """{"name":"demand"}""", 200, "{}");
        await CreateAsync("demand");
        Assert.Equal("1", await VersionAsync("demand"));
    }

    [Fact]
    [Trait("Requirement", "R134")]
    public async Task Stages_are_a_view_of_the_states_and_every_move_is_kept()
    {
        await CreateAsync("demand");
        await VersionAsync("demand");
        await VersionAsync("demand");

        await MoveAsync("1", "production", archive: false);
        var second = await MoveAsync("2", "Production", archive: true);

        Assert.Equal("Production", second.GetProperty("current_stage").GetString());
        var archived = await _server.GetAsync("/api/2.0/mlflow/model-versions/get?name=demand&version=1");
        Assert.Equal("Archived", archived.GetProperty("model_version").GetProperty("current_stage").GetString());
        var governance = _server.Get<ModelGovernance>();
        var history = await governance.HistoryAsync(new ModelKey("mlflow", "production", "demand"), 1);
        Assert.Equal(["pending", "approved", "production", "archived"], history.Select(transition => transition.To));
        Assert.Equal("version 2 took its stage", history[^1].Reason);
        Assert.All(history, transition => Assert.Equal("local", transition.By));

        var latest = await _server.GetAsync(
            "/api/2.0/mlflow/registered-models/get-latest-versions?name=demand&stages=Production&stages=none"
        );
        Assert.Equal(["2"], Versions(latest));
        var all = await _server.PostAsync("registered-models/get-latest-versions", new { name = "demand" });
        Assert.Equal(["1", "2"], Versions(all));
    }

    [Fact]
    public async Task What_no_stage_is_and_what_cannot_be_archived_is_refused()
    {
        await CreateAsync("demand");
        await VersionAsync("demand");

        await ExpectAsync(
            "POST",
            "model-versions/transition-stage",
            """{"name":"demand","version":"1","stage":"Live","archive_existing_versions":false}""",
            400,
            """{"error_code":"INVALID_PARAMETER_VALUE","message":"Invalid Model Version stage: Live. Value must be one of None, Staging, Production, Archived."}"""
        );
        await ExpectAsync(
            "POST",
            "model-versions/transition-stage",
            """{"name":"demand","version":"1","stage":"None","archive_existing_versions":true}""",
            400,
            """{"error_code":"INVALID_PARAMETER_VALUE","message":"Model version transition cannot archive existing model versions because 'None' is not an Active stage. Valid stages are Staging, Production"}"""
        );
    }

    [Fact]
    [Trait("Requirement", "R136")]
    public async Task Aliases_move_and_one_of_them_always_means_a_version()
    {
        await CreateAsync("demand");
        await ExpectAsync(
            "GET",
            "registered-models/alias?name=demand&alias=default",
            null,
            400,
            """{"error_code":"INVALID_PARAMETER_VALUE","message":"Registered model alias default not found."}"""
        );
        await VersionAsync("demand");
        await VersionAsync("demand");

        Assert.Equal("2", await AliasAsync("default"));
        await MoveAsync("1", "Staging", archive: false);
        Assert.Equal("1", await AliasAsync("default"));
        Assert.Equal("2", await AliasAsync("latest"));

        await ExpectAsync(
            "POST",
            "registered-models/alias",
            """{"name":"demand","alias":"champion","version":"2"}""",
            200,
            "{}"
        );
        await ExpectAsync(
            "POST",
            "registered-models/alias",
            """{"name":"demand","alias":"champion","version":"1"}""",
            200,
            "{}"
        );
        Assert.Equal("1", await AliasAsync("champion"));
        var read = await _server.GetAsync("/api/2.0/mlflow/registered-models/get?name=demand");
        Assert.Equal(
            """[{"alias":"champion","version":"1"}]""",
            read.GetProperty("registered_model").GetProperty("aliases").GetRawText()
        );
        await ExpectAsync("DELETE", "model-versions/delete", """{"name":"demand","version":"1"}""", 200, "{}");
        await ExpectAsync(
            "GET",
            "registered-models/alias?name=demand&alias=champion",
            null,
            400,
            """{"error_code":"INVALID_PARAMETER_VALUE","message":"Registered model alias champion not found."}"""
        );
        Assert.Equal("2", await AliasAsync("default"));
        await ExpectAsync("DELETE", "registered-models/alias", """{"name":"demand","alias":"champion"}""", 200, "{}");
        foreach (var reserved in new[] { "latest", "v12", "a b" })
        {
            var (status, _) = await SendAsync(
                "POST",
                "registered-models/alias",
                JsonSerializer.Serialize(
                    new
                    {
                        name = "demand",
                        alias = reserved,
                        version = "2",
                    }
                )
            );
            Assert.Equal(400, status);
        }
    }

    [Fact]
    [Trait("Requirement", "R8")]
    public async Task Models_and_versions_are_found_by_filters_and_prompts_show_where_they_are_asked_for()
    {
        foreach (var name in new[] { "alpha", "beta", "gamma" })
        {
            await CreateAsync(name);
            _server.Kernel.Time.Advance(TimeSpan.FromSeconds(1));
            await VersionAsync(name, "s3://models/" + name);
        }

        await _server.PostAsync(
            "registered-models/set-tag",
            new
            {
                name = "beta",
                key = "team",
                value = "rail",
            }
        );
        await _server.PostAsync(
            "registered-models/set-tag",
            new
            {
                name = "gamma",
                key = "mlflow.prompt.is_prompt",
                value = "true",
            }
        );

        Assert.Equal(["alpha", "beta"], await ModelsAsync(""));
        Assert.Equal(["beta"], await ModelsAsync("tags.team = 'rail'"));
        Assert.Equal(["alpha"], await ModelsAsync("name ILIKE 'AL%'"));
        Assert.Equal(["alpha", "beta"], await ModelsAsync("tags.`mlflow.prompt.is_prompt` != 'true'"));
        Assert.Equal(["gamma"], await ModelsAsync("tags.`mlflow.prompt.is_prompt` = 'true'"));
        Assert.Equal(["beta", "alpha"], await ModelsAsync("name != 'gamma'", "name DESC"));
        Assert.Equal(["gamma", "beta", "alpha"], await VersionsOfAsync(""));
        Assert.Equal(["beta"], await VersionsOfAsync("source_path LIKE '%/beta' AND version_number >= 1"));
        Assert.Equal(["alpha", "beta"], await VersionsOfAsync("name IN ('alpha', 'beta')", "name ASC"));
    }

    [Fact]
    public async Task Pages_of_models_follow_each_other()
    {
        foreach (var name in new[] { "a", "b", "c" })
        {
            await CreateAsync(name);
        }

        var first = await _server.GetAsync("/api/2.0/mlflow/registered-models/search?max_results=2");
        var token = first.GetProperty("next_page_token").GetString()!;
        var second = await _server.GetAsync(
            $"/api/2.0/mlflow/registered-models/search?max_results=2&page_token={Uri.EscapeDataString(token)}"
        );

        Assert.Equal(["a", "b"], NamesOf(first, "registered_models"));
        Assert.Equal(["c"], NamesOf(second, "registered_models"));
        Assert.False(second.TryGetProperty("next_page_token", out _));
    }

    [Fact]
    public async Task Models_of_pipelines_are_seen_tagged_and_aliased_but_not_made_or_renamed_from_here()
    {
        var proposal = await TestModels.ProposeAsync(_server.Kernel.Blobs, new LineModel(1, 2));
        var registry = _server.Get<ModelRegistry>();
        var version = await _server.Kernel.Database.WriteAsync(t =>
            registry.RegisterAsync(t, TestModels.Origin("run-1"), proposal).AsTask()
        );
        var name = $"{version.Project}.{version.Environment}.{version.Model}";

        Assert.Equal([name], await ModelsAsync(""));
        var read = (await _server.GetAsync($"/api/2.0/mlflow/model-versions/get?name={name}&version=1")).GetProperty(
            "model_version"
        );
        Assert.Equal("Staging", read.GetProperty("current_stage").GetString());
        Assert.Equal(
            200,
            (
                await SendAsync(
                    "POST",
                    "registered-models/alias",
                    Body(("name", name), ("alias", "best"), ("version", "1"))
                )
            ).Status
        );
        foreach (
            var (method, path, body) in new[]
            {
                ("POST", "registered-models/create", Body(("name", name))),
                ("POST", "registered-models/rename", Body(("name", name), ("new_name", "x"))),
                ("DELETE", "registered-models/delete", Body(("name", name))),
                ("POST", "model-versions/create", Body(("name", name), ("source", "s3://x"))),
                ("POST", "registered-models/alias", Body(("name", name), ("alias", "serving"), ("version", "1"))),
                ("DELETE", "model-versions/delete", Body(("name", name), ("version", "1"))),
            }
        )
        {
            var (status, answer) = await SendAsync(method, path, body);
            Assert.True(status == 400, $"{path}: {status} {answer}");
        }
    }

    [Fact]
    public async Task Many_clients_at_once_get_a_number_each()
    {
        await CreateAsync("demand");

        var made = await Task.WhenAll(Enumerable.Range(0, 20).Select(_ => VersionAsync("demand")));

        Assert.Equal(Enumerable.Range(1, 20), made.Select(int.Parse).Order());
    }

    private Task CreateAsync(string name) => _server.PostAsync("registered-models/create", new { name });

    private async Task<string> VersionAsync(string name, string source = "s3://models/demand") =>
        (await _server.PostAsync("model-versions/create", new { name, source }))
            .GetProperty("model_version")
            .GetProperty("version")
            .GetString()!;

    private async Task<JsonElement> MoveAsync(string version, string stage, bool archive) =>
        (
            await _server.PostAsync(
                "model-versions/transition-stage",
                new
                {
                    name = "demand",
                    version,
                    stage,
                    archive_existing_versions = archive,
                }
            )
        ).GetProperty("model_version");

    private async Task<string> AliasAsync(string alias) =>
        (await _server.GetAsync($"/api/2.0/mlflow/registered-models/alias?name=demand&alias={alias}"))
            .GetProperty("model_version")
            .GetProperty("version")
            .GetString()!;

    private async Task<string[]> ModelsAsync(string filter, string? order = null) =>
        NamesOf(
            await _server.GetAsync(
                $"/api/2.0/mlflow/registered-models/search?filter={Uri.EscapeDataString(filter)}{Order(order)}"
            ),
            "registered_models"
        );

    private async Task<string[]> VersionsOfAsync(string filter, string? order = null) =>
        NamesOf(
            await _server.GetAsync(
                $"/api/2.0/mlflow/model-versions/search?filter={Uri.EscapeDataString(filter)}{Order(order)}"
            ),
            "model_versions"
        );

    private static string Order(string? order) => order is null ? "" : "&order_by=" + Uri.EscapeDataString(order);

    private static string[] NamesOf(JsonElement answer, string field) =>
        answer.TryGetProperty(field, out var items)
            ? [.. items.EnumerateArray().Select(item => item.GetProperty("name").GetString()!)]
            : [];

    private static string[] Versions(JsonElement answer) =>
        [
            .. answer
                .GetProperty("model_versions")
                .EnumerateArray()
                .Select(version => version.GetProperty("version").GetString()!),
        ];

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
