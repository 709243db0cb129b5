using System.Globalization;
using System.Net;
using System.Text.Json;
using Rondo.Mlflow.Wire;
using Rondo.Tracking;

namespace Rondo.Tests.Tracking;

/// <summary>What is refused, with which status, code and words.</summary>
public sealed class RefusalTests
{
    private const string Docs = " See the API docs for more information about request parameters.";

    // In the bodies RUN stands for a run that is there, GONE for one that was deleted.
    public static TheoryData<string, int, string, string> Faults { get; } =
        new()
        {
            { "GET experiments/get?experiment_id=77", 404, "RESOURCE_DOES_NOT_EXIST", "id=77" },
            { "GET experiments/get?experiment_id=abc", 400, "INVALID_PARAMETER_VALUE", "\"abc\"" },
            {
                "GET experiments/get",
                400,
                "INVALID_PARAMETER_VALUE",
                "Missing value for required parameter 'experiment_id'." + Docs
            },
            { "GET experiments/get-by-name?experiment_name=none", 404, "RESOURCE_DOES_NOT_EXIST", "'none'" },
            { "experiments/create {\"name\":\"Default\"}", 400, "RESOURCE_ALREADY_EXISTS", "Default" },
            { "experiments/create {\"name\":\"old\"}", 400, "RESOURCE_ALREADY_EXISTS", "restored" },
            { "experiments/create {}", 400, "INVALID_PARAMETER_VALUE", "Missing value for required parameter 'name'." },
            {
                "experiments/create {\"name\":5}",
                400,
                "INVALID_PARAMETER_VALUE",
                "Invalid value 5 for parameter 'name' supplied:  Hint: Value was of type 'int'." + Docs
            },
            {
                "experiments/create {\"name\":\"x\",\"artifact_location\":\"runs:/a\"}",
                400,
                "INVALID_PARAMETER_VALUE",
                "artifact_location"
            },
            {
                "experiments/create {\"name\":\"x\",\"artifact_location\":\"s3://a?b\"}",
                400,
                "INVALID_PARAMETER_VALUE",
                "artifact_location"
            },
            { "experiments/search {}", 400, "INVALID_PARAMETER_VALUE", "Invalid value 0 for parameter 'max_results'" },
            { "experiments/search {\"max_results\":50001}", 400, "INVALID_PARAMETER_VALUE", "50001" },
            {
                "experiments/search {\"max_results\":5,\"view_type\":\"SOME\"}",
                400,
                "INVALID_PARAMETER_VALUE",
                "ACTIVE_ONLY"
            },
            {
                "experiments/search {\"max_results\":5,\"page_token\":\"what\"}",
                400,
                "INVALID_PARAMETER_VALUE",
                "page_token"
            },
            {
                "experiments/search {\"max_results\":5,\"order_by\":[\"tags.a\"]}",
                400,
                "INVALID_PARAMETER_VALUE",
                "'a'"
            },
            { "experiments/update {\"experiment_id\":\"1\",\"new_name\":\"x\"}", 400, "INVALID_STATE", "Restore" },
            { "experiments/delete {\"experiment_id\":\"1\"}", 404, "RESOURCE_DOES_NOT_EXIST", "id=1" },
            { "experiments/restore {\"experiment_id\":\"0\"}", 404, "RESOURCE_DOES_NOT_EXIST", "id=0" },
            {
                "experiments/delete-experiment-tag {\"experiment_id\":\"0\",\"key\":\"k\"}",
                404,
                "RESOURCE_DOES_NOT_EXIST",
                "k"
            },
            {
                "runs/create {\"experiment_id\":\"1\"}",
                400,
                "INVALID_PARAMETER_VALUE",
                "must be in the 'active' state"
            },
            {
                "runs/create {\"experiment_id\":\"0\",\"run_name\":\"a\",\"tags\":[{\"key\":\"mlflow.runName\",\"value\":\"b\"}]}",
                400,
                "INVALID_PARAMETER_VALUE",
                "mlflow.runName"
            },
            { "GET runs/get", 400, "INVALID_PARAMETER_VALUE", "Missing value for required parameter 'run_id'." + Docs },
            { "GET runs/get?run_id=none", 404, "RESOURCE_DOES_NOT_EXIST", "id=none" },
            {
                "runs/update {\"run_id\":\"GONE\",\"status\":\"FAILED\"}",
                400,
                "INVALID_PARAMETER_VALUE",
                "must be in the 'active' state"
            },
            { "runs/update {\"run_id\":\"RUN\",\"status\":\"DONE\"}", 400, "INVALID_PARAMETER_VALUE", "FINISHED" },
            {
                "runs/search {\"experiment_ids\":[\"0\"],\"max_results\":0}",
                400,
                "INVALID_PARAMETER_VALUE",
                "max_results"
            },
            {
                "runs/search {\"experiment_ids\":[\"0\"],\"max_results\":-1}",
                400,
                "INVALID_PARAMETER_VALUE",
                "max_results"
            },
            {
                "runs/search {\"experiment_ids\":[\"0\"],\"page_token\":\"eyJhIjoxfQ==\"}",
                400,
                "INVALID_PARAMETER_VALUE",
                "page_token"
            },
            {
                "runs/search {\"experiment_ids\":[\"0\"],\"filter\":\"params.a = 'x' !\"}",
                400,
                "INVALID_PARAMETER_VALUE",
                "character 16"
            },
            {
                "runs/search {\"experiment_ids\":[\"0\"],\"order_by\":[\"start_time\",\"created\"]}",
                400,
                "INVALID_PARAMETER_VALUE",
                "twice"
            },
            { "runs/search {\"experiment_ids\":[\"x\"]}", 400, "INVALID_PARAMETER_VALUE", "\"x\"" },
            {
                "runs/log-metric {\"run_id\":\"RUN\",\"key\":\"a\",\"value\":true,\"timestamp\":1}",
                400,
                "INVALID_PARAMETER_VALUE",
                "'bool'"
            },
            {
                "runs/log-metric {\"run_id\":\"RUN\",\"key\":\"a\",\"timestamp\":1}",
                400,
                "INVALID_PARAMETER_VALUE",
                "required parameter 'value'"
            },
            {
                "runs/log-metric {\"run_id\":\"RUN\",\"key\":\"a\",\"value\":1}",
                400,
                "INVALID_PARAMETER_VALUE",
                "required parameter 'timestamp'"
            },
            {
                "runs/log-metric {\"run_id\":\"RUN\",\"key\":\"a\",\"value\":1,\"timestamp\":-1}",
                400,
                "INVALID_PARAMETER_VALUE",
                "Invalid value -1 for parameter 'timestamp'"
            },
            {
                "runs/log-metric {\"run_id\":\"RUN\",\"key\":\"a/../b\",\"value\":1,\"timestamp\":1}",
                400,
                "INVALID_PARAMETER_VALUE",
                "Invalid value \"a/../b\" for parameter 'key'"
            },
            {
                "runs/log-metric {\"run_id\":\"GONE\",\"key\":\"a\",\"value\":1,\"timestamp\":1}",
                400,
                "INVALID_PARAMETER_VALUE",
                "must be in the 'active' state"
            },
            {
                "runs/log-metric {\"run_id\":\"none\",\"key\":\"a\",\"value\":1,\"timestamp\":1}",
                404,
                "RESOURCE_DOES_NOT_EXIST",
                "none"
            },
            {
                "runs/log-batch {\"run_id\":\"RUN\",\"metrics\":[{\"key\":\"a#\",\"value\":1,\"timestamp\":1}]}",
                400,
                "INVALID_PARAMETER_VALUE",
                "Invalid value \"a#\" for parameter 'metrics[0].name' supplied:"
            },
            {
                "runs/log-batch {\"run_id\":\"RUN\",\"metrics\":[{\"key\":\"a\",\"value\":1}]}",
                400,
                "INVALID_PARAMETER_VALUE",
                "'metrics[0].timestamp'"
            },
            {
                "runs/log-batch {\"run_id\":\"RUN\",\"params\":[{\"key\":\"a\",\"value\":\"1\"},{\"key\":\"a\",\"value\":\"1\"}]}",
                400,
                "INVALID_PARAMETER_VALUE",
                "'a'"
            },
            { "runs/log-batch {\"run_id\":\"RUN\",\"metrics\":{}}", 400, "INVALID_PARAMETER_VALUE", "'dict'" },
            {
                "runs/log-parameter {\"run_id\":\"RUN\",\"key\":\"p\",\"value\":\"2\"}",
                400,
                "INVALID_PARAMETER_VALUE",
                "Changing param values is not allowed. Param with key='p' was already logged with value='1' for run ID='RUN'. Attempted logging new value '2'."
            },
            {
                "runs/log-batch {\"run_id\":\"RUN\",\"params\":[{\"key\":\"p\",\"value\":\"2\"}]}",
                400,
                "INVALID_PARAMETER_VALUE",
                "Params were already logged='[{'key': 'p', 'old_value': '1', 'new_value': '2'}]' for run ID='RUN'."
            },
            {
                "runs/set-tag {\"run_id\":\"RUN\",\"value\":\"2\"}",
                400,
                "INVALID_PARAMETER_VALUE",
                "required parameter 'key'"
            },
            {
                "runs/set-tag {\"run_id\":\"RUN\",\"key\":\"k\",\"value\":\"\\u0000\"}",
                400,
                "INVALID_PARAMETER_VALUE",
                "U+0000"
            },
            {
                "runs/set-tag {\"run_id\":\"RUN\",\"key\":\"k\",\"value\":\"\\ud800\"}",
                400,
                "INVALID_PARAMETER_VALUE",
                "half of a character"
            },
            { "runs/delete-tag {\"run_id\":\"RUN\",\"key\":\"none\"}", 404, "RESOURCE_DOES_NOT_EXIST", "none" },
            {
                "runs/log-inputs {\"run_id\":\"RUN\",\"datasets\":[{}]}",
                400,
                "INVALID_PARAMETER_VALUE",
                "'datasets[0].dataset'"
            },
            {
                "runs/log-model {\"run_id\":\"RUN\",\"model_json\":\"[]\"}",
                400,
                "INVALID_PARAMETER_VALUE",
                "model_json"
            },
            {
                "GET metrics/get-history?run_id=RUN&metric_key=a&max_results=0",
                400,
                "INVALID_PARAMETER_VALUE",
                "max_results"
            },
            {
                "GET metrics/get-history?run_id=RUN&metric_key=a&max_results=5&page_token=!",
                400,
                "INVALID_PARAMETER_VALUE",
                "page_token"
            },
            {
                "GET metrics/get-history?run_id=RUN&metric_key=a&max_results=5&page_token=eyJhZnRlciI6WyIxIiwiMSIsIk5hTiIsIjAiXX0=",
                400,
                "INVALID_PARAMETER_VALUE",
                "page_token"
            },
            { "runs/set-tag {\"run_id\":[\"\\ud800\"],\"key\":\"a\"}", 400, "INVALID_PARAMETER_VALUE", "'list'" },
            { "experiments/create {\"name\":{\"x\":\"\\udc00\"}}", 400, "INVALID_PARAMETER_VALUE", "'dict'" },
            { "runs/create nonsense", 400, "INVALID_PARAMETER_VALUE", "not JSON" },
            { "runs/create [1]", 400, "INVALID_PARAMETER_VALUE", "not an object" },
        };

    [Theory]
    [MemberData(nameof(Faults))]
    public async Task A_fault_of_the_caller_is_told_as_such(string request, int status, string code, string words)
    {
        await using var server = await TrackingHarness.StartAsync();
        var run = await server.NewRunAsync();
        var gone = await server.NewRunAsync();
        await server.PostAsync("runs/delete", new { run_id = gone });
        await server.PostAsync(
            "runs/log-parameter",
            new
            {
                run_id = run,
                key = "p",
                value = "1",
            }
        );
        await server.PostAsync("experiments/create", new { name = "old" });
        await server.PostAsync("experiments/delete", new { experiment_id = "1" });
        var parts = request.Replace("RUN", run).Replace("GONE", gone).Split(' ', 2);
        var isGet = parts[0] == "GET";

        var (answered, body) = await server.SendAsync(
            isGet ? "GET" : "POST",
            isGet ? parts[1] : parts[0],
            isGet ? null : parts[1]
        );

        Assert.True(status == (int)answered, body);
        var error = JsonElement.Parse(body);
        Assert.Equal(code, error.GetProperty("error_code").GetString());
        Assert.Contains(words.Replace("RUN", run), error.GetProperty("message").GetString());
    }

    [Theory]
    [InlineData("tags.phase LIKE '{0}%'")]
    [InlineData("tags.phase ILIKE '{0}%'")]
    [InlineData("run_name LIKE '{0}'")]
    public async Task A_pattern_has_a_length_that_every_database_takes(string filter)
    {
        await using var server = await TrackingHarness.StartAsync();
        var run = await server.NewRunAsync();
        await server.PostAsync(
            "runs/set-tag",
            new
            {
                run_id = run,
                key = "phase",
                value = "x",
            }
        );
        foreach (var (length, expected) in new[] { (49_000, HttpStatusCode.OK), (60_000, HttpStatusCode.BadRequest) })
        {
            var text = string.Format(CultureInfo.InvariantCulture, filter, new string('y', length));
            var body = JsonSerializer.Serialize(new { experiment_ids = new[] { "0" }, filter = text });
            Assert.Equal(expected, (await server.SendAsync("POST", "runs/search", body)).Status);
        }
    }

    [Fact]
    public async Task A_run_whose_name_is_empty_in_its_tag_gets_one()
    {
        await using var server = await TrackingHarness.StartAsync();

        var made = await server.PostAsync(
            "runs/create",
            new { experiment_id = "0", tags = new[] { new { key = "mlflow.runName", value = "" } } }
        );

        var run = made.GetProperty("run");
        var name = run.GetProperty("info").GetProperty("run_name").GetString();
        Assert.NotEqual("", name);
        Assert.Contains($"\"mlflow.runName\",\"value\":\"{name}\"", run.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_search_by_get_may_have_its_message_as_a_body()
    {
        await using var server = await TrackingHarness.StartAsync();
        var run = await server.NewRunAsync();

        var (status, body) = await server.SendAsync("GET", "runs/get", JsonSerializer.Serialize(new { run_id = run }));

        Assert.Equal(HttpStatusCode.OK, status);
        Assert.Contains(run, body, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_body_is_json_by_its_header_and_may_be_encoded_twice()
    {
        await using var server = await TrackingHarness.StartAsync();

        var (refused, _) = await server.SendAsync("POST", "experiments/create", """{"name":"a"}""", "text/plain");
        var (taken, answer) = await server.SendAsync(
            "POST",
            "experiments/create",
            JsonSerializer.Serialize("""{"name":"a","unknown":[1]}""")
        );

        Assert.Equal(HttpStatusCode.BadRequest, refused);
        Assert.Equal((HttpStatusCode.OK, """{"experiment_id":"1"}"""), (taken, answer));
    }

    [Fact]
    public async Task A_batch_has_a_bound_of_each_kind_and_of_all()
    {
        await using var server = await TrackingHarness.StartAsync();
        var run = await server.NewRunAsync();
        foreach (
            var (metrics, others, fits) in new[]
            {
                (1000, 0, true),
                (1001, 0, false),
                (900, 101, false),
                (901, 100, false),
            }
        )
        {
            var body = JsonSerializer.Serialize(
                new
                {
                    run_id = run,
                    metrics = Enumerable
                        .Range(0, metrics)
                        .Select(i => new
                        {
                            key = "m",
                            value = i,
                            timestamp = i,
                        }),
                    @params = Enumerable.Range(0, others).Select(i => new { key = "p" + i, value = "v" }),
                }
            );
            var (status, answer) = await server.SendAsync("POST", "runs/log-batch", body);
            Assert.True((status == HttpStatusCode.OK) == fits && (int)status < 500, answer);
        }
    }

    [Fact]
    public async Task A_conflict_of_params_leaves_nothing_of_its_batch()
    {
        await using var server = await TrackingHarness.StartAsync();
        var run = await server.NewRunAsync();
        await server.PostAsync(
            "runs/log-parameter",
            new
            {
                run_id = run,
                key = "p",
                value = "1",
            }
        );

        var (status, _) = await server.SendAsync(
            "POST",
            "runs/log-batch",
            $$$"""{"run_id":"{{{run}}}","metrics":[{"key":"m","value":1,"timestamp":1}],"params":[{"key":"o","value":"1"},{"key":"p","value":"2"}],"tags":[{"key":"t","value":"1"}]}"""
        );

        Assert.Equal(HttpStatusCode.BadRequest, status);
        var data = (await server.GetAsync("runs/get?run_id=" + run)).GetProperty("run").GetProperty("data");
        Assert.Equal(
            """{"params":[{"key":"p","value":"1"}],"tags":[{"key":"mlflow.runName","value":"run"}]}""",
            data.GetRawText()
        );
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Values_that_are_too_long_are_cut_or_refused(bool truncate)
    {
        await using var server = await TrackingHarness.StartAsync(
            new TrackingOptions { TruncateLongValues = truncate }
        );
        var run = await server.NewRunAsync();
        // A character of two halves, so that half of one would show.
        var value = string.Concat(Enumerable.Repeat("\U0001F600", 6001));

        var (status, answer) = await server.SendAsync(
            "POST",
            "runs/log-parameter",
            JsonSerializer.Serialize(
                new
                {
                    run_id = run,
                    key = "p",
                    value,
                }
            )
        );

        if (!truncate)
        {
            Assert.Equal(HttpStatusCode.BadRequest, status);
            Assert.Contains("'Param value' exceeds the maximum length of 6000 characters", answer);
            return;
        }

        var data = (await server.GetAsync("runs/get?run_id=" + run)).GetProperty("run").GetProperty("data");
        Assert.Equal(value[..12_000], data.GetProperty("params")[0].GetProperty("value").GetString());
    }
}
