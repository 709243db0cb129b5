using System.Net;
using System.Text.Json;

namespace Rondo.Tests.Tracking;

public sealed class PutRunTests
{
    private const string Id = "0123456789abcdef0123456789abcdef";

    [Fact]
    public async Task A_run_and_its_experiment_are_made_once_and_answered_the_same()
    {
        await using var server = await TrackingHarness.StartAsync();
        var answers = await Task.WhenAll(
            Enumerable
                .Range(0, 32)
                .Select(_ =>
                    Task.Run(() =>
                        PutAsync(server, Id, """{"experiment":"demand","startedAt":5,"user":"ann","tags":{"a":"b"}}""")
                    )
                )
        );

        Assert.All(answers, answer => Assert.Equal(HttpStatusCode.OK, answer.Status));
        Assert.Single(answers, answer => JsonElement.Parse(answer.Body).GetProperty("isNew").GetBoolean());
        Assert.Single(answers.Select(answer => answer.Body.Replace("\"isNew\":true", "\"isNew\":false")).Distinct());
        var run = (await server.GetAsync("runs/get?run_id=" + Id)).GetProperty("run");
        var info = run.GetProperty("info");
        Assert.Equal("ann", info.GetProperty("user_id").GetString());
        Assert.Equal(5, info.GetProperty("start_time").GetInt64());
        Assert.Equal("RUNNING", info.GetProperty("status").GetString());
        var told = JsonElement.Parse(answers[0].Body);
        Assert.Equal(Id, told.GetProperty("id").GetString());
        Assert.Equal(info.GetProperty("artifact_uri").GetString(), told.GetProperty("artifactUri").GetString());
        Assert.Equal(info.GetProperty("run_name").GetString(), told.GetProperty("name").GetString());
        Assert.Equal(2, run.GetProperty("data").GetProperty("tags").GetArrayLength());
    }

    [Fact]
    public async Task A_run_that_is_there_stays_as_it_is_also_where_its_experiment_was_renamed()
    {
        await using var server = await TrackingHarness.StartAsync();
        await PutAsync(server, Id, """{"experiment":"demand","name":"one"}""");
        var made = await server.GetAsync("experiments/get-by-name?experiment_name=demand");
        var experiment = made.GetProperty("experiment").GetProperty("experiment_id").GetString();
        await server.PostAsync("experiments/update", new { experiment_id = experiment, new_name = "renamed" });
        await server.PostAsync("runs/update", new { run_id = Id, status = "FINISHED" });

        var (status, body) = await PutAsync(server, Id, """{"experiment":"demand","name":"two"}""");

        Assert.Equal(HttpStatusCode.OK, status);
        Assert.Contains("\"name\":\"one\",\"status\":\"FINISHED\"", body);
        var (again, _) = await server.SendAsync("GET", "experiments/get-by-name?experiment_name=demand");
        Assert.Equal(HttpStatusCode.NotFound, again);
    }

    [Theory]
    [InlineData("0123456789ABCDEF0123456789abcdef", """{"experiment":"a"}""")]
    [InlineData("1", """{"experiment":"a"}""")]
    [InlineData(Id, """{"experiment":""}""")]
    [InlineData(Id, "{}")]
    [InlineData(Id, """{"experiment":"a\u0000"}""")]
    [InlineData(Id, """{"experiment":"a","tags":{"b?d":"x"}}""")]
    [InlineData(Id, """{"experiment":"a","tags":[]}""")]
    [InlineData(Id, """{"experiment":"a","name":"x","tags":{"mlflow.runName":"y"}}""")]
    public async Task What_cannot_be_is_refused(string id, string body)
    {
        await using var server = await TrackingHarness.StartAsync();
        var (status, answer) = await PutAsync(server, id, body);
        Assert.True(status == HttpStatusCode.BadRequest, answer);
    }

    [Fact]
    public async Task An_experiment_that_was_deleted_takes_no_run()
    {
        await using var server = await TrackingHarness.StartAsync();
        var made = await server.PostAsync("experiments/create", new { name = "demand" });
        await server.PostAsync(
            "experiments/delete",
            new { experiment_id = made.GetProperty("experiment_id").GetString() }
        );
        var (status, body) = await PutAsync(server, Id, """{"experiment":"demand"}""");
        Assert.Equal(HttpStatusCode.BadRequest, status);
        Assert.Contains("must be in the 'active' state", body);
    }

    private static Task<(HttpStatusCode Status, string Body)> PutAsync(
        TrackingHarness server,
        string id,
        string body
    ) => server.SendAsync("PUT", "/api/v1/tracking/runs/" + id, body);
}
