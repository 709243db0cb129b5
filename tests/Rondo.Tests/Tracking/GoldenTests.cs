using System.Net;
using System.Text.Json;

namespace Rondo.Tests.Tracking;

/// <summary>Requests and their whole answers, as a client of MLflow sends and reads them.</summary>
public sealed class GoldenTests
{
    private const string Default =
        """{"experiment_id":"0","name":"Default","artifact_location":"mlflow-artifacts:/0","lifecycle_stage":"active","last_update_time":1704067200000,"creation_time":1704067200000}""";

    [Fact]
    public async Task Experiments_are_created_found_and_changed()
    {
        await using var server = await TrackingHarness.StartAsync();

        await ExpectAsync(
            server,
            "GET",
            "experiments/get?experiment_id=0",
            null,
            (200, $$"""{"experiment":{{Default}}}""")
        );
        await ExpectAsync(
            server,
            "POST",
            "experiments/create",
            """{"name":"demand","tags":[{"key":"team","value":"transit"}]}""",
            (200, """{"experiment_id":"1"}""")
        );
        server.Kernel.Time.Advance(TimeSpan.FromSeconds(1));
        await ExpectAsync(
            server,
            "POST",
            "experiments/set-experiment-tag",
            """{"experiment_id":"1","key":"team","value":"rail"}""",
            (200, "{}")
        );
        await ExpectAsync(
            server,
            "POST",
            "experiments/update",
            """{"experiment_id":"1","new_name":"rides"}""",
            (200, "{}")
        );
        const string rides =
            """{"experiment_id":"1","name":"rides","artifact_location":"mlflow-artifacts:/1","lifecycle_stage":"active","last_update_time":1704067201000,"creation_time":1704067200000,"tags":[{"key":"team","value":"rail"}]}""";
        await ExpectAsync(
            server,
            "GET",
            "experiments/get-by-name?experiment_name=rides",
            null,
            (200, $$"""{"experiment":{{rides}}}""")
        );
        await ExpectAsync(
            server,
            "POST",
            "experiments/search",
            """{"max_results":10,"filter":"name LIKE 'r%' AND tags.team = 'rail'"}""",
            (200, $$"""{"experiments":[{{rides}}]}""")
        );
        await ExpectAsync(
            server,
            "GET",
            "experiments/search?max_results=1&order_by=experiment_id+DESC&view_type=ALL",
            null,
            (200, $$"""{"experiments":[{{rides}}],"next_page_token":"eyJvZmZzZXQiOjF9"}""")
        );
        await ExpectAsync(
            server,
            "GET",
            "experiments/search?max_results=1&order_by=experiment_id+DESC&page_token=eyJvZmZzZXQiOjF9",
            null,
            (200, $$"""{"experiments":[{{Default}}]}""")
        );
    }

    [Fact]
    public async Task An_experiment_is_untagged_deleted_and_restored()
    {
        await using var server = await TrackingHarness.StartAsync();
        await server.PostAsync(
            "experiments/create",
            new { name = "rides", tags = new[] { new { key = "team", value = "rail" } } }
        );
        server.Kernel.Time.Advance(TimeSpan.FromSeconds(1));
        await ExpectAsync(
            server,
            "POST",
            "experiments/delete-experiment-tag",
            """{"experiment_id":"1","key":"team"}""",
            (200, "{}")
        );
        await ExpectAsync(server, "POST", "experiments/delete", """{"experiment_id":"1"}""", (200, "{}"));
        await ExpectAsync(
            server,
            "GET",
            "experiments/get?experiment_id=1",
            null,
            (
                200,
                """{"experiment":{"experiment_id":"1","name":"rides","artifact_location":"mlflow-artifacts:/1","lifecycle_stage":"deleted","last_update_time":1704067201000,"creation_time":1704067200000}}"""
            )
        );
        await ExpectAsync(server, "POST", "experiments/restore", """{"experiment_id":"1"}""", (200, "{}"));
    }

    [Fact]
    [Trait("Requirement", "R5")]
    public async Task A_run_logs_and_is_read_as_a_whole()
    {
        await using var server = await TrackingHarness.StartAsync();
        var (_, made) = await server.SendAsync(
            "POST",
            "runs/create",
            """{"experiment_id":"0","user_id":"ann","start_time":"1000","run_name":"first","tags":[{"key":"a","value":"1"}]}"""
        );
        var run = JsonElement.Parse(made).GetProperty("run").GetProperty("info").GetProperty("run_id").GetString()!;
        Assert.Matches("^[0-9a-f]{12}4[0-9a-f]{3}[89ab][0-9a-f]{15}$", run);
        var info =
            $$$"""{"run_uuid":"{{{run}}}","run_id":"{{{run}}}","run_name":"first","experiment_id":"0","user_id":"ann","status":"RUNNING","start_time":1000,"artifact_uri":"mlflow-artifacts:/0/{{{run}}}/artifacts","lifecycle_stage":"active"}""";
        Assert.Equal(
            $$$$"""{"run":{"info":{{{{info}}}},"data":{"tags":[{"key":"a","value":"1"},{"key":"mlflow.runName","value":"first"}]},"inputs":{},"outputs":{}}}""",
            made
        );

        string[] logs =
        [
            $$$"""log-metric {"run_id":"{{{run}}}","key":"rmse","value":1.5,"timestamp":10,"step":1}""",
            $$$"""log-metric {"run_uuid":"{{{run}}}","run_id":"{{{run}}}","key":"nan","value":"NaN","timestamp":"10"}""",
            $$$"""log-metric {"run_id":"{{{run}}}","key":"nan","value":"NaN","timestamp":10}""",
            $$$"""log-metric {"run_id":"{{{run}}}","key":"inf","value":"-Infinity","timestamp":10,"step":-3}""",
            $$$"""log-parameter {"run_id":"{{{run}}}","key":"depth","value":"3"}""",
            $$$"""log-parameter {"run_id":"{{{run}}}","key":"depth","value":"3"}""",
            $$$"""log-parameter {"run_id":"{{{run}}}","key":"empty","value":""}""",
            $$$"""set-tag {"run_id":"{{{run}}}","key":"a","value":"2"}""",
            $$$"""log-batch {"run_id":"{{{run}}}","metrics":[{"key":"rmse","value":1,"timestamp":11,"step":1}],"params":[{"key":"p","value":"q"}],"tags":[{"key":"b","value":"3"}]}""",
            $$$"""delete-tag {"run_id":"{{{run}}}","key":"b"}""",
            $$$"""log-inputs {"run_id":"{{{run}}}","datasets":[{"tags":[{"key":"mlflow.data.context","value":"train"}],"dataset":{"name":"days","digest":"d1","source_type":"local","source":"days.csv","schema":"{}"}}],"models":[{"model_id":"m-1"}]}""",
            $$$"""log-inputs {"run_id":"{{{run}}}","datasets":[{"dataset":{"name":"days","digest":"d1","source_type":"local","source":"days.csv"}}]}""",
            $$$"""outputs {"run_id":"{{{run}}}","models":[{"model_id":"m-2","step":4}]}""",
        ];
        foreach (var log in logs)
        {
            var parts = log.Split(' ', 2);
            await ExpectAsync(server, "POST", "runs/" + parts[0], parts[1], (200, "{}"));
        }

        var ended = info.Replace("RUNNING", "FINISHED").Replace(":1000,", ":1000,\"end_time\":2000,");
        await ExpectAsync(
            server,
            "POST",
            "runs/update",
            $$$"""{"run_id":"{{{run}}}","status":3,"end_time":2000}""",
            (200, $$"""{"run_info":{{ended}}}""")
        );
        await ExpectAsync(
            server,
            "GET",
            $"runs/get?run_uuid={run}&run_id={run}",
            null,
            (
                200,
                $$$$"""{"run":{"info":{{{{ended}}}},"data":{"metrics":[{"key":"inf","value":-1.7976931348623157E+308,"timestamp":10,"step":-3},{"key":"nan","value":"NaN","timestamp":10,"step":0},{"key":"rmse","value":1,"timestamp":11,"step":1}],"params":[{"key":"depth","value":"3"},{"key":"empty","value":""},{"key":"p","value":"q"}],"tags":[{"key":"a","value":"2"},{"key":"mlflow.runName","value":"first"}]},"inputs":{"dataset_inputs":[{"tags":[{"key":"mlflow.data.context","value":"train"}],"dataset":{"name":"days","digest":"d1","source_type":"local","source":"days.csv","schema":"{}"}}],"model_inputs":[{"model_id":"m-1"}]},"outputs":{"model_outputs":[{"model_id":"m-2","step":4}]}}}"""
            )
        );
        await ExpectAsync(
            server,
            "GET",
            $"metrics/get-history?run_id={run}&metric_key=rmse",
            null,
            (
                200,
                """{"metrics":[{"key":"rmse","value":1.5,"timestamp":10,"step":1},{"key":"rmse","value":1,"timestamp":11,"step":1}]}"""
            )
        );
    }

    [Fact]
    public async Task A_description_of_a_model_is_appended_to_its_tag()
    {
        await using var server = await TrackingHarness.StartAsync();
        var run = await server.NewRunAsync();
        var model = $$$"""{"artifact_path":"m","flavors":{},"utc_time_created":"2024-01-01","run_id":"{{{run}}}"}""";
        for (var i = 0; i < 2; i++)
        {
            await server.PostAsync("runs/log-model", new { run_id = run, model_json = model });
        }

        var tags = (await server.GetAsync("runs/get?run_id=" + run)).GetProperty("run").GetProperty("data");
        var history = tags.GetProperty("tags").EnumerateArray().First().GetProperty("value").GetString();
        Assert.Equal($"[{model}, {model}]", history);
        var (status, _) = await server.SendAsync(
            "POST",
            "runs/log-model",
            JsonSerializer.Serialize(new { run_id = run, model_json = """{"flavors":{}}""" })
        );
        Assert.Equal(HttpStatusCode.BadRequest, status);
    }

    [Fact]
    public async Task The_server_says_what_it_is()
    {
        await using var server = await TrackingHarness.StartAsync();

        Assert.Equal((HttpStatusCode.OK, "OK"), await server.SendAsync("GET", "/health"));
        Assert.Equal((HttpStatusCode.OK, "3.11.0"), await server.SendAsync("GET", "/version"));
        foreach (var address in new[] { "/api/3.0/mlflow/server-info", "/ajax-api/3.0/mlflow/server-info" })
        {
            Assert.Equal(
                (HttpStatusCode.OK, """{"store_type":"SqlStore","workspaces_enabled":false}"""),
                await server.SendAsync("GET", address)
            );
        }

        Assert.Equal(
            (HttpStatusCode.OK, $$"""{"experiment":{{Default}}}"""),
            await server.SendAsync("GET", "/ajax-api/2.0/mlflow/experiments/get?experiment_id=0")
        );
        Assert.Equal(HttpStatusCode.NotFound, (await server.SendAsync("GET", "no/such/route")).Status);
        await ExpectAsync(server, "GET", "metrics/get-history?run_id=none&metric_key=none", null, (200, "{}"));
    }

    private static async Task ExpectAsync(
        TrackingHarness server,
        string method,
        string path,
        string? body,
        (int Status, string Answer) expected
    )
    {
        var (status, answer) = await server.SendAsync(method, path, body);
        Assert.Equal($"{expected.Status} {expected.Answer}", $"{(int)status} {answer}");
    }
}
