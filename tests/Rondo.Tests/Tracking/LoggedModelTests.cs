using System.Net;
using System.Text.Json;
using Rondo.Kernel.Events;
using Rondo.Tracking;

namespace Rondo.Tests.Tracking;

/// <summary>Logged models: requests and their whole answers.</summary>
public sealed class LoggedModelTests
{
    private const string Docs = " See the API docs for more information about request parameters.";

    // In the requests M1 stands for a model that is there, GONE for one that was deleted; experiment 1 was deleted.
    public static TheoryData<string, int, string, string> Faults { get; } =
        new()
        {
            {
                "POST logged-models {}",
                400,
                "INVALID_PARAMETER_VALUE",
                "Missing value for required parameter 'experiment_id'." + Docs
            },
            {
                "POST logged-models {\"experiment_id\":\"x\"}",
                400,
                "INVALID_PARAMETER_VALUE",
                "Invalid value \"x\" for parameter 'experiment_id' supplied: The id of an experiment is a whole number."
            },
            {
                "POST logged-models {\"experiment_id\":\"9\"}",
                404,
                "RESOURCE_DOES_NOT_EXIST",
                "No Experiment with id=9 exists"
            },
            {
                "POST logged-models {\"experiment_id\":\"1\"}",
                400,
                "INVALID_PARAMETER_VALUE",
                "The experiment 1 must be in the 'active' state. Current state is deleted."
            },
            {
                "POST logged-models {\"experiment_id\":\"0\",\"name\":\"a/b\"}",
                400,
                "INVALID_PARAMETER_VALUE",
                "Invalid value \"a/b\" for parameter 'name' supplied: The name of a model is not blank and has none of these characters: / : . % \" '"
            },
            {
                "POST logged-models {\"experiment_id\":\"0\",\"name\":\" \"}",
                400,
                "INVALID_PARAMETER_VALUE",
                "Invalid value \" \" for parameter 'name' supplied: The name of a model is not blank and has none of these characters: / : . % \" '"
            },
            {
                "POST logged-models {\"experiment_id\":\"0\",\"params\":[{\"key\":\"a\",\"value\":\"1\"},{\"key\":\"a\",\"value\":\"1\"}]}",
                400,
                "INVALID_PARAMETER_VALUE",
                "Duplicate parameter keys have been submitted: 'a' is there twice."
            },
            {
                "POST logged-models {\"experiment_id\":\"0\",\"tags\":[{\"value\":\"1\"}]}",
                400,
                "INVALID_PARAMETER_VALUE",
                "Missing value for required parameter 'tags[0].key'." + Docs
            },
            { "GET logged-models/m-none", 404, "RESOURCE_DOES_NOT_EXIST", "Logged model with ID 'm-none' not found." },
            { "GET logged-models/GONE", 404, "RESOURCE_DOES_NOT_EXIST", "Logged model with ID 'GONE' not found." },
            { "DELETE logged-models/GONE", 404, "RESOURCE_DOES_NOT_EXIST", "Logged model with ID 'GONE' not found." },
            {
                "PATCH logged-models/GONE {\"status\":2}",
                404,
                "RESOURCE_DOES_NOT_EXIST",
                "Logged model with ID 'GONE' not found."
            },
            {
                "PATCH logged-models/M1 {}",
                400,
                "INVALID_PARAMETER_VALUE",
                "Missing value for required parameter 'status'." + Docs
            },
            {
                "PATCH logged-models/M1 {\"status\":\"DONE\"}",
                400,
                "INVALID_PARAMETER_VALUE",
                "Invalid value \"DONE\" for parameter 'status' supplied: Use one of: LOGGED_MODEL_PENDING, LOGGED_MODEL_READY, LOGGED_MODEL_UPLOAD_FAILED."
            },
            {
                "POST logged-models/M1/params {\"params\":[{\"key\":\"new\",\"value\":\"1\"},{\"key\":\"depth\",\"value\":\"4\"}]}",
                400,
                "INVALID_PARAMETER_VALUE",
                "Changing param values is not allowed. Param with key='depth' was already logged with value='3' for model ID='M1'. Attempted logging new value '4'."
            },
            {
                "POST logged-models/GONE/params {\"params\":[]}",
                404,
                "RESOURCE_DOES_NOT_EXIST",
                "Logged model with ID 'GONE' not found."
            },
            {
                "PATCH logged-models/GONE/tags {\"tags\":[]}",
                404,
                "RESOURCE_DOES_NOT_EXIST",
                "Logged model with ID 'GONE' not found."
            },
            {
                "PATCH logged-models/M1/tags {\"tags\":[{\"key\":\"a//b\",\"value\":\"1\"}]}",
                400,
                "INVALID_PARAMETER_VALUE",
                "Invalid value \"a//b\" for parameter 'tags[0].key' supplied: A name reads as a path without empty parts, '.' or '..', and does not begin or end with a slash."
            },
            {
                "DELETE logged-models/M1/tags/none",
                404,
                "RESOURCE_DOES_NOT_EXIST",
                "No tag with key 'none' found for model with ID 'M1'."
            },
            {
                "DELETE logged-models/GONE/tags/none",
                404,
                "RESOURCE_DOES_NOT_EXIST",
                "Logged model with ID 'GONE' not found."
            },
            {
                "GET logged-models/GONE/artifacts/directories",
                404,
                "RESOURCE_DOES_NOT_EXIST",
                "Logged model with ID 'GONE' not found."
            },
            {
                "GET logged-models/M1/artifacts/directories?artifact_directory_path=../x",
                400,
                "INVALID_PARAMETER_VALUE",
                "Invalid path: \"0/models/M1/artifacts/../x\" names nothing below the folder of artifacts."
            },
            {
                "POST runs/log-metric {\"run_id\":\"RUN\",\"key\":\"m\",\"value\":1,\"timestamp\":1,\"model_id\":\"GONE\"}",
                404,
                "RESOURCE_DOES_NOT_EXIST",
                "Logged model with ID 'GONE' not found."
            },
        };

    [Fact]
    public async Task A_model_is_logged_read_and_deleted()
    {
        await using var server = await TrackingHarness.StartAsync();
        var run = await server.NewRunAsync();
        var (_, made) = await server.SendAsync(
            "POST",
            "logged-models",
            $$"""{"experiment_id":"0","name":"net","model_type":"torch","source_run_id":"{{run}}","params":[{"key":"depth","value":"3"}],"tags":[{"key":"a","value":"1"}]}"""
        );
        var id = IdOf(made);
        Assert.Matches("^m-[0-9a-f]{32}$", id);
        var tail = $"\",\"model_type\":\"torch\",\"source_run_id\":\"{run}\",";
        string Model(int seconds, string rest, string data) => ModelOf(id, (seconds, rest, data));
        const string depth = """{"params":[{"key":"depth","value":"3"}]}""";
        Assert.Equal(Model(0, $$"""PENDING{{tail}}"tags":[{"key":"a","value":"1"}]}""", depth), made);

        server.Kernel.Time.Advance(TimeSpan.FromSeconds(1));
        (string Request, string Answer)[] steps =
        [
            (
                $"PATCH logged-models/{id} {{\"model_id\":\"{id}\",\"status\":\"LOGGED_MODEL_READY\"}}",
                Model(1, $$"""READY{{tail}}"tags":[{"key":"a","value":"1"}]}""", depth)
            ),
            (
                $"PATCH logged-models/{id} {{\"status\":3,\"status_message\":\"disk full\"}}",
                Model(
                    1,
                    $$"""UPLOAD_FAILED{{tail}}"status_message":"disk full","tags":[{"key":"a","value":"1"}]}""",
                    depth
                )
            ),
            (
                $"PATCH logged-models/{id} {{\"status\":\"2\"}}",
                Model(1, $$"""READY{{tail}}"tags":[{"key":"a","value":"1"}]}""", depth)
            ),
            (
                $$"""POST logged-models/{{id}}/params {"params":[{"key":"rate","value":""},{"key":"depth","value":"3"}]}""",
                "{}"
            ),
            (
                $$"""PATCH logged-models/{{id}}/tags {"tags":[{"key":"a","value":"2"},{"key":"b/c","value":"é"}]}""",
                "{}"
            ),
            ($"DELETE logged-models/{id}/tags/a", "{}"),
            (
                $"GET logged-models/{id}",
                Model(
                    1,
                    $$"""READY{{tail}}"tags":[{"key":"b/c","value":"é"}]}""",
                    """{"params":[{"key":"depth","value":"3"},{"key":"rate","value":""}]}"""
                )
            ),
            ($"DELETE logged-models/{id}/tags/b/c", "{}"),
            ($"DELETE logged-models/{id}", "{}"),
        ];
        foreach (var (request, answer) in steps)
        {
            Assert.Equal((HttpStatusCode.OK, answer), await SendAsync(server, request));
        }

        await IsGoneAsync(server, id);
    }

    [Fact]
    public async Task A_model_without_a_name_gets_one_and_stands_below_its_experiment()
    {
        await using var server = await TrackingHarness.StartAsync();
        await server.PostAsync("experiments/create", new { name = "far", artifact_location = "s3://bucket/far/" });
        var model = (
            await server.PostAsync("/ajax-api/3.0/mlflow/logged-models", new { experiment_id = "1", name = "" })
        ).GetProperty("model");

        var info = model.GetProperty("info");
        var id = info.GetProperty("model_id").GetString();
        Assert.Matches("^[a-z]+-[a-z]+-[0-9]+$", info.GetProperty("name").GetString());
        Assert.Equal($"s3://bucket/far/models/{id}/artifacts", info.GetProperty("artifact_uri").GetString());
        Assert.Equal("{}", model.GetProperty("data").GetRawText());
        Assert.Equal($"s3://bucket/far/models/{id}/artifacts", await server.Get<ArtifactRoots>().OfModelAsync(id!));
        foreach (var address in new[] { "/api/2.0", "/api/3.0", "/ajax-api/2.0", "/ajax-api/3.0" })
        {
            Assert.Equal(
                HttpStatusCode.OK,
                (await SendAsync(server, $"GET {address}/mlflow/logged-models/{id}")).Status
            );
        }

        await SendAsync(server, $"DELETE logged-models/{id}");
        Assert.Null(await server.Get<ArtifactRoots>().OfModelAsync(id!));
        Assert.Null(await server.Get<ArtifactRoots>().OfModelAsync("m-none"));
    }

    [Fact]
    public async Task What_a_run_logs_of_a_model_comes_back_with_the_model()
    {
        await using var server = await TrackingHarness.StartAsync();
        var (first, second) = (await server.NewRunAsync(), await server.NewRunAsync());
        var id = await NewModelAsync(server, "net");
        string[] logs =
        [
            $$"""log-metric {"run_id":"{{first}}","key":"acc","value":0.5,"timestamp":10,"step":2,"model_id":"{{id}}"}""",
            // An earlier step, by whichever run, is not the latest.
            $$"""log-metric {"run_id":"{{second}}","key":"acc","value":0.9,"timestamp":20,"step":1,"model_id":"{{id}}"}""",
            $$"""log-batch {"run_id":"{{second}}","metrics":[{"key":"acc","value":0.7,"timestamp":20,"step":1,"model_id":"{{id}}","dataset_name":"days","dataset_digest":"d1"},{"key":"acc","value":0.6,"timestamp":19,"step":1,"model_id":"{{id}}","dataset_name":"days","dataset_digest":"d1"},{"key":"acc","value":"NaN","timestamp":20,"model_id":"{{id}}","dataset_name":"days","dataset_digest":"d2"},{"key":"other","value":1,"timestamp":20}]}""",
            $$"""log-metric {"run_id":"{{second}}","key":"acc","value":"NaN","timestamp":20,"model_id":"{{id}}","dataset_name":"days","dataset_digest":"d2"}""",
        ];
        foreach (var log in logs)
        {
            Assert.Equal((HttpStatusCode.OK, "{}"), await SendAsync(server, "POST runs/" + log));
        }

        var model = (await server.GetAsync("logged-models/" + id)).GetProperty("model");
        Assert.Equal(
            $$"""[{"key":"acc","value":0.5,"timestamp":10,"step":2,"model_id":"{{id}}","run_id":"{{first}}"},{"key":"acc","value":0.7,"timestamp":20,"step":1,"dataset_name":"days","dataset_digest":"d1","model_id":"{{id}}","run_id":"{{second}}"},{"key":"acc","value":"NaN","timestamp":20,"step":0,"dataset_name":"days","dataset_digest":"d2","model_id":"{{id}}","run_id":"{{second}}"}]""",
            model.GetProperty("data").GetProperty("metrics").GetRawText()
        );
        // The run has its own history, whatever the points tell of.
        var history = await server.GetAsync($"metrics/get-history?run_id={second}&metric_key=acc");
        Assert.Equal(
            """[{"key":"acc","value":0.6,"timestamp":19,"step":1},{"key":"acc","value":"NaN","timestamp":20,"step":0},{"key":"acc","value":0.7,"timestamp":20,"step":1},{"key":"acc","value":0.9,"timestamp":20,"step":1}]""",
            history.GetProperty("metrics").GetRawText()
        );
    }

    [Fact]
    public async Task Points_of_a_model_that_is_not_there_leave_nothing_behind()
    {
        await using var server = await TrackingHarness.StartAsync();
        var run = await server.NewRunAsync();

        var (status, _) = await SendAsync(
            server,
            $$"""POST runs/log-batch {"run_id":"{{run}}","metrics":[{"key":"a","value":1,"timestamp":1},{"key":"b","value":1,"timestamp":1,"model_id":"m-none"}]}"""
        );

        Assert.Equal(HttpStatusCode.NotFound, status);
        Assert.Equal("{}", (await server.GetAsync($"metrics/get-history?run_id={run}&metric_key=a")).GetRawText());
    }

    [Theory]
    [InlineData("a/b", "a/b")]
    [InlineData("a%2Fb", "a/b")]
    [InlineData("a%2fb%20c", "a/b c")]
    [InlineData("a%252Fb", "a%2Fb")]
    [InlineData("tags/x%2Ftags%2Fy?z=1", "tags/x/tags/y")]
    [InlineData("50%25+1", "50%+1")]
    public async Task The_key_of_a_tag_is_the_rest_of_the_address_read_once(string written, string key)
    {
        await using var server = await TrackingHarness.StartAsync();
        var made = await server.PostAsync("logged-models", new { experiment_id = "0", name = "line" });
        var id = made.GetProperty("model").GetProperty("info").GetProperty("model_id").GetString()!;
        await server.Kernel.Database.WriteAsync(async transaction =>
        {
            foreach (var tag in new[] { key, "other", "a", "b" })
            {
                await transaction.ExecuteAsync(
                    "insert into tracking_logged_model_tag (model, key, value) values (@id, @tag, '1')",
                    new { id, tag }
                );
            }
        });
        using var client = new HttpClient();
        using var request = new HttpRequestMessage(
            HttpMethod.Delete,
            new Uri(
                $"{server.Address}api/2.0/mlflow/logged-models/{id}/tags/{written}",
                new UriCreationOptions { DangerousDisablePathAndQueryCanonicalization = true }
            )
        );

        using var response = await client.SendAsync(request);

        Assert.True(response.IsSuccessStatusCode, await response.Content.ReadAsStringAsync());
        var left = await server.Kernel.Database.ReadAsync(async session =>
            await session.QueryAsync<string>(
                "select key from tracking_logged_model_tag where model = @id order by key",
                new { id }
            )
        );
        Assert.Equal(["a", "b", "other"], left);
    }

    [Fact]
    public async Task Files_of_a_model_are_listed_by_their_paths_below_it()
    {
        await using var server = await TrackingHarness.StartAsync();
        var id = await NewModelAsync(server, "net");
        var place = $"/api/2.0/mlflow-artifacts/artifacts/0/models/{id}/artifacts";
        await server.SendAsync("PUT", place + "/MLmodel", "x", "text/plain");
        await server.SendAsync("PUT", place + "/data/weights.bin", "12", "text/plain");
        var root = $"\"root_uri\":\"mlflow-artifacts:/0/models/{id}/artifacts\"";

        foreach (
            var (query, files) in new[]
            {
                (
                    "",
                    ",\"files\":[{\"path\":\"MLmodel\",\"is_dir\":false,\"file_size\":1},{\"path\":\"data\",\"is_dir\":true}]"
                ),
                (
                    "?artifact_directory_path=data",
                    ",\"files\":[{\"path\":\"data/weights.bin\",\"is_dir\":false,\"file_size\":2}]"
                ),
                ("?artifact_directory_path=none", ""),
            }
        )
        {
            Assert.Equal(
                (HttpStatusCode.OK, $"{{{root}{files}}}"),
                await SendAsync(server, $"GET logged-models/{id}/artifacts/directories{query}")
            );
        }
    }

    [Theory]
    [MemberData(nameof(Faults))]
    public async Task What_is_wrong_is_told(string request, int status, string code, string message)
    {
        await using var server = await TrackingHarness.StartAsync();
        var run = await server.NewRunAsync();
        var model = await NewModelAsync(server, "net");
        var gone = await NewModelAsync(server, "gone");
        await SendAsync(server, "DELETE logged-models/" + gone);
        await server.PostAsync("experiments/create", new { name = "old" });
        await server.PostAsync("experiments/delete", new { experiment_id = "1" });
        string Named(string text) => text.Replace("M1", model).Replace("GONE", gone).Replace("RUN", run);

        var (answered, body) = await SendAsync(server, Named(request));

        Assert.Equal($"{status} {code}: {Named(message)}", $"{(int)answered} {Told(body)}");
        var data = (await server.GetAsync("logged-models/" + model)).GetProperty("model").GetProperty("data");
        Assert.Equal("""{"params":[{"key":"depth","value":"3"}]}""", data.GetRawText());
    }

    [Theory]
    [InlineData("name", 500)]
    [InlineData("model_type", 500)]
    [InlineData("source_run_id", 250)]
    public async Task Texts_have_a_length(string field, int charsMax)
    {
        await using var server = await TrackingHarness.StartAsync();
        foreach (var length in new[] { charsMax, charsMax + 1 })
        {
            var body = new Dictionary<string, string> { ["experiment_id"] = "0", [field] = new('x', length) };
            var (status, answer) = await server.SendAsync("POST", "logged-models", JsonSerializer.Serialize(body));
            Assert.Equal(length == charsMax ? HttpStatusCode.OK : HttpStatusCode.BadRequest, status);
            Assert.True(
                length == charsMax
                    || Told(answer).EndsWith($"'{field}' exceeds the maximum length of {charsMax} characters")
            );
        }
    }

    [Theory]
    [InlineData("params")]
    [InlineData("tags")]
    public async Task A_request_has_a_thousand_params_and_tags_at_most(string field)
    {
        await using var server = await TrackingHarness.StartAsync();
        foreach (var count in new[] { 1000, 1001 })
        {
            var pairs = Enumerable.Range(0, count).Select(i => new { key = "k" + i, value = "v" });
            var body = new Dictionary<string, object> { ["experiment_id"] = "0", [field] = pairs };
            var (status, answer) = await server.SendAsync("POST", "logged-models", JsonSerializer.Serialize(body));
            Assert.True((count == 1000 ? HttpStatusCode.OK : HttpStatusCode.BadRequest) == status, answer);
        }
    }

    /// <summary>Creates a model with one param and returns its id.</summary>
    internal static async Task<string> NewModelAsync(TrackingHarness server, string name) =>
        IdOf(
            (
                await server.SendAsync(
                    "POST",
                    "logged-models",
                    $$"""{"experiment_id":"0","name":"{{name}}","params":[{"key":"depth","value":"3"}]}"""
                )
            ).Body
        );

    /// <summary>Sends a method, a path and perhaps a body, as they stand in a line.</summary>
    internal static Task<(HttpStatusCode Status, string Body)> SendAsync(TrackingHarness server, string request)
    {
        var parts = request.Split(' ', 3);
        return server.SendAsync(parts[0], parts[1], parts.Length > 2 ? parts[2] : null);
    }

    /// <summary>Code and message of an error.</summary>
    internal static string Told(string body)
    {
        var error = JsonElement.Parse(body);
        return $"{error.GetProperty("error_code").GetString()}: {error.GetProperty("message").GetString()}";
    }

    private static async Task IsGoneAsync(TrackingHarness server, string id)
    {
        Assert.Equal(HttpStatusCode.NotFound, (await SendAsync(server, $"GET logged-models/{id}")).Status);
        Assert.Equal("{}", (await SendAsync(server, """POST logged-models/search {"experiment_ids":["0"]}""")).Body);
        Assert.Equal(
            ["created", "moved", "moved", "moved", "deleted"],
            (await server.Kernel.Log.ReadAsync(0, 100, new EventFilter(Type: LoggedModelChangedEvent.Type))).Select(e =>
                e.DataAs<LoggedModelChangedEvent>().Change
            )
        );
    }

    private static string ModelOf(string id, (int Seconds, string Status, string Data) state) =>
        $$$$"""{"model":{"info":{"model_id":"{{{{id}}}}","experiment_id":"0","name":"net","creation_timestamp_ms":1704067200000,"last_updated_timestamp_ms":{{{{1704067200000 + (1000 * state.Seconds)}}}},"artifact_uri":"mlflow-artifacts:/0/models/{{{{id}}}}/artifacts","status":"LOGGED_MODEL_{{{{state.Status}}}},"data":{{{{state.Data}}}}}}""";

    private static string IdOf(string body) =>
        JsonElement.Parse(body).GetProperty("model").GetProperty("info").GetProperty("model_id").GetString()!;
}
