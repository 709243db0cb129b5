using System.Net;
using System.Text;
using System.Text.Json;
using Rondo.Tests.Access;

namespace Rondo.Tests.Registry;

/// <summary>What our own addresses do with the models of MLflow's clients: aliases, decisions and deletion, by the rules of both sides.</summary>
public sealed class ClientVersionCareTests(AccessServer server) : IClassFixture<AccessServer>, IAsyncLifetime
{
    private const string Mlflow = "/api/2.0/mlflow/";

    private static int s_models;

    private readonly string _name = FormattableString.Invariant($"demand-{Interlocked.Increment(ref s_models)}");

    private string Model => "/api/v1/projects/mlflow/models/" + _name;

    public async ValueTask InitializeAsync()
    {
        await server.Local.PostAsync(Mlflow + "registered-models/create", new { name = _name });
        for (var version = 1; version <= 3; version++)
        {
            await server.Local.PostAsync(
                Mlflow + "model-versions/create",
                new { name = _name, source = "s3://models/demand" }
            );
        }
    }

    public ValueTask DisposeAsync() => ValueTask.CompletedTask;

    [Theory]
    [InlineData("latest")]
    [InlineData("LATEST")]
    [InlineData("v1")]
    [InlineData("a%20b")]
    [InlineData("%20")]
    [InlineData("a%252Fb")]
    [InlineData("serving")]
    public async Task An_alias_that_cannot_be_is_refused_on_this_side_too(string alias)
    {
        var (status, answer) = await SendAsync("PUT", $"{Model}/aliases/{alias}", """{"version":2}""");

        Assert.True((int)status is >= 400 and < 500, answer);
        Assert.False((await ReadAsync()).TryGetProperty("aliases", out _));
    }

    [Fact]
    public async Task An_alias_is_moved_and_removed_and_the_model_says_when()
    {
        var before = (await ReadAsync()).GetProperty("last_updated_timestamp").GetInt64();
        await Task.Delay(TimeSpan.FromMilliseconds(5), TimeProvider.System, CancellationToken.None);

        Assert.Equal(HttpStatusCode.NoContent, await AliasAsync("PUT", "champion", """{"version":2}"""));
        var model = await ReadAsync();
        Assert.Equal("""[{"alias":"champion","version":"2"}]""", model.GetProperty("aliases").GetRawText());
        Assert.True(model.GetProperty("last_updated_timestamp").GetInt64() > before);

        Assert.Equal(HttpStatusCode.NoContent, await AliasAsync("DELETE", "champion"));
        Assert.Equal(HttpStatusCode.NotFound, await AliasAsync("DELETE", "champion"));
        Assert.Equal(HttpStatusCode.BadRequest, await AliasAsync("PUT", "champion", "{}"));
    }

    [Fact]
    [Trait("Requirement", "R137")]
    public async Task No_way_leads_the_default_to_a_rejected_version()
    {
        await DecideAsync("""{"state":"rejected","reason":"worse by slice"}""", "rejected");

        var ours = await SendAsync("PUT", $"{Model}/aliases/default", """{"version":2}""");
        var theirs = await SendAsync(
            "POST",
            Mlflow + "registered-models/alias",
            $$"""{"name":"{{_name}}","alias":"default","version":"2"}"""
        );
        var import = await SendAsync(
            "POST",
            "/api/v1/projects/mlflow/models/import",
            $$$"""{"kind":"aliases","model":"{{{_name}}}","aliases":{"default":"2"}}"""
        );

        Assert.All([ours, theirs], answer => Assert.True((int)answer.Status is >= 400 and < 500, answer.Body));
        Assert.All([ours, theirs, import], answer => Assert.Contains("was rejected", answer.Body));
        Assert.Contains($"rondo models reopen {_name} 2 --project mlflow", ours.Body);
        Assert.Equal(1, JsonElement.Parse(import.Body).GetProperty("problems").GetArrayLength());
        Assert.NotEqual("2", await DefaultAsync());
    }

    [Fact]
    [Trait("Requirement", "R137")]
    public async Task A_second_decision_is_kept_with_its_reason_and_evidence_and_the_same_one_once()
    {
        await DecideAsync("""{"state":"approved","reason":"the gate passed","evidence":{"a":1}}""");
        await DecideAsync("""{"state":"approved","reason":"looked at every slice","evidence":{"b":2}}""");
        await DecideAsync("""{"state":"approved","reason":"looked at every slice","evidence":{"b":2}}""");

        var history = JsonElement.Parse((await SendAsync("GET", $"{Model}/versions/2/history")).Body);

        Assert.Equal(
            [
                ("", "pending", "registered"),
                ("pending", "approved", "the gate passed"),
                ("approved", "approved", "looked at every slice"),
            ],
            history
                .EnumerateArray()
                .Select(move =>
                    (
                        move.GetProperty("from").GetString(),
                        move.GetProperty("to").GetString(),
                        move.GetProperty("reason").GetString()
                    )
                )
                .Select(
                    (move, i) =>
                        i == 0 ? (move.Item1!, move.Item2!, "registered") : (move.Item1!, move.Item2!, move.Item3!)
                )
        );
        Assert.Equal("""{"b":2}""", history[2].GetProperty("evidence").GetRawText());
    }

    [Fact]
    public async Task A_version_with_an_alias_is_not_deleted_by_our_own_command_and_one_without_says_who_deleted_it()
    {
        await AliasAsync("PUT", "champion", """{"version":2}""");

        var (held, why) = await SendAsync("DELETE", $"{Model}/versions/2");
        var (deleted, _) = await SendAsync("DELETE", $"{Model}/versions/3");
        var (gone, who) = await SendAsync("GET", $"{Model}/versions/3");
        var (never, _) = await SendAsync("GET", $"{Model}/versions/9");

        Assert.Equal(
            (HttpStatusCode.PreconditionFailed, HttpStatusCode.OK, HttpStatusCode.PreconditionFailed),
            (held, deleted, gone)
        );
        Assert.Contains("champion", why, StringComparison.Ordinal);
        Assert.Contains("was deleted by local", who, StringComparison.Ordinal);
        Assert.Equal(HttpStatusCode.NotFound, never);
        // As MLflow's clients expect, there it goes with its alias.
        await SendAsync("DELETE", Mlflow + "model-versions/delete", $$"""{"name":"{{_name}}","version":"2"}""");
        Assert.Equal(
            HttpStatusCode.NotFound,
            (await SendAsync("GET", $"{Mlflow}model-versions/get?name={_name}&version=2")).Status
        );
    }

    [Fact]
    public async Task The_aliases_of_a_version_that_a_client_deletes_go_with_an_event_each()
    {
        await AliasAsync("PUT", "champion", """{"version":1}""");
        await AliasAsync("PUT", "best", """{"version":1}""");

        await SendAsync("DELETE", Mlflow + "model-versions/delete", $$"""{"name":"{{_name}}","version":"1"}""");

        var events = JsonElement.Parse(
            (await SendAsync("GET", "/api/v1/events?type=model.alias.removed&limit=1000")).Body
        );
        Assert.Equal(
            ["best", "champion"],
            events
                .GetProperty("items")
                .EnumerateArray()
                .Select(e => e.GetProperty("data"))
                .Where(data => data.GetProperty("model").GetString() == _name)
                .Select(data => data.GetProperty("alias").GetString())
        );
    }

    private async Task<JsonElement> ReadAsync() =>
        JsonElement
            .Parse((await SendAsync("GET", $"{Mlflow}registered-models/get?name={_name}")).Body)
            .GetProperty("registered_model");

    [Fact]
    public async Task In_another_environment_than_that_of_all_clients_models_there_is_none_to_delete_or_to_show()
    {
        foreach (
            var (method, path) in new[]
            {
                ("DELETE", "/versions/3"),
                ("GET", "/versions/3"),
                ("GET", "/versions"),
                ("GET", "/versions/3/history"),
            }
        )
        {
            var (status, answer) = await SendAsync(method, $"{Model}{path}?environment=test");
            Assert.True(status == HttpStatusCode.NotFound, $"{method} {path}: {answer}");
        }

        Assert.Equal(HttpStatusCode.OK, (await SendAsync("GET", Model + "/versions/3?environment=production")).Status);
    }

    [Fact]
    [Trait("Requirement", "R137")]
    public async Task The_default_is_in_production_or_approved_or_at_least_not_rejected()
    {
        Assert.Equal("3", await DefaultAsync());
        await SendAsync("POST", Model + "/versions/3/state", """{"state":"rejected","reason":"too slow"}""");
        Assert.Equal("2", await DefaultAsync());
        await StageAsync(1, "Production");
        Assert.Equal("1", await DefaultAsync());
        await StageAsync(2, "Staging");
        Assert.Equal("1", await DefaultAsync());
        await StageAsync(1, "Archived");
        Assert.Equal("2", await DefaultAsync());
        await SendAsync("POST", Model + "/versions/2/state", """{"state":"rejected","reason":"too slow"}""");
        Assert.Equal("3", await DefaultAsync());
    }

    [Fact]
    public async Task Another_version_under_the_number_of_one_that_is_here_is_told_and_not_taken_for_it()
    {
        var (_, other) = await SendAsync("POST", "/api/v1/projects/mlflow/models/import", Record(1, createdAt: 5));
        var (_, more) = await SendAsync("POST", "/api/v1/projects/mlflow/models/import", Record(4, createdAt: 5));
        var (_, again) = await SendAsync("POST", "/api/v1/projects/mlflow/models/import", Record(4, createdAt: 5));

        Assert.Contains(
            "another version 1",
            Assert.Single(JsonElement.Parse(other).GetProperty("problems").EnumerateArray()).GetRawText(),
            StringComparison.Ordinal
        );
        Assert.Empty(JsonElement.Parse(more).GetProperty("problems").EnumerateArray());
        Assert.Empty(JsonElement.Parse(again).GetProperty("problems").EnumerateArray());

        string Record(int version, long createdAt) =>
            JsonSerializer.Serialize(
                new
                {
                    kind = "modelVersion",
                    model = _name,
                    version,
                    source = "s3://theirs/m",
                    createdAt,
                }
            );
    }

    [Fact]
    public async Task A_version_of_clients_is_not_served_and_their_project_takes_no_push()
    {
        var (status, answer) = await SendAsync(
            "POST",
            "/api/v1/endpoints",
            $$"""{"name":"e","project":"mlflow","model":"{{_name}}","version":1}"""
        );
        var (push, words) = await SendAsync("GET", "/git/mlflow.git/info/refs?service=git-receive-pack");

        Assert.Equal(HttpStatusCode.PreconditionFailed, status);
        Assert.Contains("one of MLflow's clients", answer, StringComparison.Ordinal);
        Assert.Equal(HttpStatusCode.PreconditionFailed, push);
        Assert.Contains("projects create", words, StringComparison.Ordinal);
    }

    private Task StageAsync(int version, string stage) =>
        server.Local.PostAsync(
            Mlflow + "model-versions/transition-stage",
            new
            {
                name = _name,
                version = $"{version}",
                stage,
                archive_existing_versions = false,
            }
        );

    private async Task<string?> DefaultAsync() =>
        (await server.Local.GetAsync($"{Mlflow}registered-models/alias?name={_name}&alias=default"))
            .GetProperty("model_version")
            .GetProperty("version")
            .GetString();

    private async Task<(HttpStatusCode Status, string Body)> SendAsync(string method, string path, string? body = null)
    {
        using var request = new HttpRequestMessage(new HttpMethod(method), path);
        request.Content = body is null ? null : new StringContent(body, Encoding.UTF8, "application/json");
        using var answer = await server.Local.Client.SendAsync(request);
        return (answer.StatusCode, await answer.Content.ReadAsStringAsync());
    }

    private async Task<HttpStatusCode> AliasAsync(string method, string alias, string? body = null) =>
        (await SendAsync(method, $"{Model}/aliases/{alias}", body)).Status;

    private async Task DecideAsync(string body, string state = "approved")
    {
        var (status, answer) = await SendAsync("POST", $"{Model}/versions/2/state", body);
        Assert.True(status == HttpStatusCode.OK, answer);
        Assert.Equal(state, JsonElement.Parse(answer).GetProperty("state").GetString());
    }
}
