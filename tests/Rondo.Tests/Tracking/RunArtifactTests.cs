using System.Net;
using Microsoft.Extensions.Hosting;
using Rondo.Tracking.Artifacts;

namespace Rondo.Tests.Tracking;

/// <summary>Files of a run by the run, datasets of experiments, and what is not offered.</summary>
public sealed class RunArtifactTests
{
    private const string Pages = "/ajax-api/2.0/mlflow/";
    private const string Files = "/api/2.0/mlflow-artifacts/artifacts";

    public static TheoryData<string, int, string> Faults { get; } =
        new()
        {
            { "GET artifacts/list", 400, "INVALID_PARAMETER_VALUE: Missing value for required parameter 'run_id'." },
            { "GET artifacts/list?run_id=none", 404, "RESOURCE_DOES_NOT_EXIST: Run with id=none not found" },
            { "GET artifacts/list?run_id=RUN&page_token=x", 400, "INVALID_PARAMETER_VALUE: Invalid value \"x\"" },
            { "GET artifacts/list?run_id=FAR", 400, "INVALID_PARAMETER_VALUE: The files are at \"s3://bucket/far/" },
            {
                "GET artifacts/list?run_id=HOST",
                400,
                "INVALID_PARAMETER_VALUE: The files are at \"mlflow-artifacts://"
            },
            { "GET artifacts/list?run_id=UP", 400, "INVALID_PARAMETER_VALUE: Invalid path: " },
            {
                "GET PAGES/get-artifact?path=a",
                400,
                "INVALID_PARAMETER_VALUE: Missing value for required parameter 'run_id'."
            },
            {
                "GET PAGES/get-artifact?run_uuid=RUN",
                400,
                "INVALID_PARAMETER_VALUE: Missing value for required parameter 'path'."
            },
            {
                "GET PAGES/get-artifact?run_uuid=none&path=a",
                404,
                "RESOURCE_DOES_NOT_EXIST: Run with id=none not found"
            },
            {
                "GET PAGES/get-artifact?run_uuid=RUN&path=a",
                404,
                "RESOURCE_DOES_NOT_EXIST: There is no artifact \"0/RUN/artifacts/a\"."
            },
            { "GET PAGES/get-artifact?run_uuid=FAR&path=a", 400, "INVALID_PARAMETER_VALUE: The files are at " },
            {
                "POST PAGES/upload-artifact?path=a x",
                400,
                "INVALID_PARAMETER_VALUE: Missing value for required parameter 'run_id'."
            },
            {
                "POST PAGES/upload-artifact?run_uuid=RUN x",
                400,
                "INVALID_PARAMETER_VALUE: Missing value for required parameter 'path'."
            },
            {
                "POST PAGES/upload-artifact?run_uuid=none&path=a x",
                404,
                "RESOURCE_DOES_NOT_EXIST: Run with id=none not found"
            },
            {
                "POST PAGES/upload-artifact?run_uuid=GONE&path=a x",
                400,
                "INVALID_PARAMETER_VALUE: The run GONE must be in the 'active' state."
            },
            { "POST PAGES/upload-artifact?run_uuid=FAR&path=a x", 400, "INVALID_PARAMETER_VALUE: The files are at " },
            { "POST artifacts/presigned-upload-url", 501, "NOT_IMPLEMENTED: Files go through this server" },
            { "POST PROXY/mpu/create/0/a", 501, "NOT_IMPLEMENTED: Files go through this server" },
            { "POST PROXY/mpu/complete/0/a {}", 501, "NOT_IMPLEMENTED: Files go through this server" },
            { "POST PROXY/mpu/abort/0/a {}", 501, "NOT_IMPLEMENTED: Files go through this server" },
            { "GET PROXY/presigned/0/a", 501, "NOT_IMPLEMENTED: Files go through this server" },
            {
                "POST PAGES/experiments/search-datasets {}",
                400,
                "INVALID_PARAMETER_VALUE: Missing value for required parameter 'experiment_ids'."
            },
            {
                "POST PAGES/experiments/search-datasets {\"experiment_ids\":[\"x\"]}",
                400,
                "INVALID_PARAMETER_VALUE: Invalid value \"x\""
            },
            { "POST experiments/search-datasets {\"experiment_ids\":[\"0\"]}", 404, "" },
        };

    [Fact]
    public async Task Files_of_a_run_are_sent_listed_and_received()
    {
        await using var server = await TrackingHarness.StartAsync();
        var run = await server.NewRunAsync();
        var root = $"\"root_uri\":\"mlflow-artifacts:/0/{run}/artifacts\"";
        Assert.Equal((HttpStatusCode.OK, $"{{{root}}}"), await server.SendAsync("GET", "artifacts/list?run_id=" + run));
        foreach (var (path, text) in new[] { ("a b.txt", "hello"), ("sub/deep/x.json", "{}") })
        {
            Assert.Equal(
                (HttpStatusCode.OK, "{}"),
                await server.SendAsync("POST", $"{Pages}upload-artifact?run_uuid={run}&path={path}", text, "text/plain")
            );
        }

        foreach (
            var (query, files) in new[]
            {
                ($"run_id={run}", """{"path":"a b.txt","is_dir":false,"file_size":5},{"path":"sub","is_dir":true}"""),
                ($"run_uuid={run}&path=sub", """{"path":"sub/deep","is_dir":true}"""),
                ($"run_id={run}&path=sub/deep", """{"path":"sub/deep/x.json","is_dir":false,"file_size":2}"""),
            }
        )
        {
            Assert.Equal(
                (HttpStatusCode.OK, $"{{{root},\"files\":[{files}]}}"),
                await server.SendAsync("GET", $"{Pages}artifacts/list?{query}")
            );
        }

        Assert.Equal("hello", (await server.SendAsync("GET", $"{Files}/0/{run}/artifacts/a%20b.txt")).Body);
        using var read = await server.Client.GetAsync($"{Pages}get-artifact?run_uuid={run}&path=sub/deep/x.json");
        Assert.Equal("{}", await read.Content.ReadAsStringAsync());
        Assert.Equal("application/json", read.Content.Headers.ContentType?.MediaType);
        Assert.Equal("attachment; filename*=UTF-8''x.json", read.Content.Headers.ContentDisposition?.ToString());
        Assert.Equal("nosniff", Assert.Single(read.Headers.GetValues("X-Content-Type-Options")));
    }

    [Theory]
    [InlineData("..")]
    [InlineData("../../x")]
    [InlineData("/etc")]
    [InlineData("a/../../b")]
    [InlineData("a//b")]
    [InlineData(".%2e/x")]
    [InlineData("%252e%252e%252fx")]
    [InlineData("%25252e%25252e/x")]
    [InlineData("..%5cx")]
    [InlineData("a%00b")]
    public async Task No_path_leads_out_of_the_run(string path)
    {
        await using var server = await TrackingHarness.StartAsync();
        var run = await server.NewRunAsync();
        foreach (
            var (method, address) in new[]
            {
                ("GET", "/api/2.0/mlflow/artifacts/list"),
                ("GET", Pages + "get-artifact"),
                ("POST", Pages + "upload-artifact"),
            }
        )
        {
            var (status, answer) = await server.SendAsync(
                method,
                $"{address}?run_id={run}&path={path}",
                method == "GET" ? null : "x",
                "text/plain"
            );
            Assert.True(status == HttpStatusCode.BadRequest, $"{method} {address}: {answer}");
            Assert.StartsWith("INVALID_PARAMETER_VALUE: ", LoggedModelTests.Told(answer), StringComparison.Ordinal);
        }

        Assert.False(Directory.Exists(Path.Combine(server.Kernel.Folder, "artifacts")));
    }

    [Theory]
    [MemberData(nameof(Faults))]
    public async Task What_is_wrong_is_told(string request, int status, string told)
    {
        await using var server = await TrackingHarness.StartAsync();
        var names = new Dictionary<string, string>
        {
            ["PAGES"] = Pages.TrimEnd('/'),
            ["PROXY"] = "/api/2.0/mlflow-artifacts",
            ["RUN"] = await server.NewRunAsync(),
            ["GONE"] = await server.NewRunAsync(),
            ["FAR"] = await NewRunAtAsync(server, "s3://bucket/far"),
            ["HOST"] = await NewRunAtAsync(server, "mlflow-artifacts://elsewhere:5000/x"),
            ["UP"] = await server.NewRunAsync(
                experiment: await server.ExperimentAtAsync("mlflow-artifacts:/a/%2e%2e/%2e%2e")
            ),
        };
        await server.PostAsync("runs/delete", new { run_id = names["GONE"] });
        string Named(string text) => names.Aggregate(text, (made, name) => made.Replace(name.Key, name.Value));

        var (answered, body) = await LoggedModelTests.SendAsync(server, Named(request));

        Assert.Equal(status, (int)answered);
        Assert.StartsWith(Named(told), told.Length == 0 ? "" : LoggedModelTests.Told(body), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("mlflow-artifacts:/mine", "mine")]
    [InlineData("mlflow-artifacts:///mine/", "mine")]
    [InlineData("mlflow-artifacts:/two words", "two words")]
    [InlineData("mlflow-artifacts:/two%20words", "two words")]
    public async Task A_place_that_was_chosen_is_where_the_files_are(string location, string folder)
    {
        await using var server = await TrackingHarness.StartAsync();
        var run = await NewRunAtAsync(server, location);
        await server.SendAsync("PUT", $"{Files}/{Uri.EscapeDataString(folder)}/{run}/artifacts/a", "x", "text/plain");
        var listed = await server.GetAsync("artifacts/list?run_id=" + run);
        Assert.Equal("""[{"path":"a","is_dir":false,"file_size":1}]""", listed.GetProperty("files").GetRawText());
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_file_that_is_sent_by_a_page_has_ten_megabytes_at_most(bool lengthIsTold)
    {
        await using var server = await TrackingHarness.StartAsync();
        var run = await server.NewRunAsync();
        foreach (var extra in new[] { 0, 1 })
        {
            using var request = new HttpRequestMessage(
                HttpMethod.Post,
                $"{Pages}upload-artifact?run_uuid={run}&path=f{extra}"
            );
            request.Content = new ByteArrayContent(new byte[(10 * 1024 * 1024) + extra]);
            request.Headers.TransferEncodingChunked = !lengthIsTold;
            using var response = await server.Client.SendAsync(request);
            Assert.Equal(extra == 0 ? HttpStatusCode.OK : HttpStatusCode.BadRequest, response.StatusCode);
        }

        Assert.Equal(
            """[{"path":"f0","is_dir":false,"file_size":10485760}]""",
            (await server.GetAsync("artifacts/list?run_id=" + run)).GetProperty("files").GetRawText()
        );
    }

    [Fact]
    public async Task A_name_that_no_file_can_have_is_refused()
    {
        await using var server = await TrackingHarness.StartAsync();
        foreach (var length in new[] { 255, 256 })
        {
            var (status, answer) = await server.SendAsync(
                "PUT",
                $"{Files}/{new string('x', length)}",
                "",
                "text/plain"
            );
            Assert.True((length == 255 ? HttpStatusCode.OK : HttpStatusCode.BadRequest) == status, answer);
        }
    }

    [Fact]
    public async Task Datasets_of_experiments_are_listed_once_for_each_context()
    {
        await using var server = await TrackingHarness.StartAsync();
        await server.PostAsync("experiments/create", new { name = "other" });
        string[] contexts = ["train", "", "train", "eval"];
        foreach (var context in contexts)
        {
            await LogDatasetAsync(server, await server.NewRunAsync(), "days", context);
        }

        await LogDatasetAsync(server, await server.NewRunAsync(experiment: "1"), "rides", "train");

        foreach (
            var (experiments, summaries) in new[]
            {
                (
                    "\"1\",\"0\",\"7\"",
                    """{"dataset_summaries":[{"experiment_id":"0","name":"days","digest":"d"},{"experiment_id":"0","name":"days","digest":"d","context":"eval"},{"experiment_id":"0","name":"days","digest":"d","context":"train"},{"experiment_id":"1","name":"rides","digest":"d","context":"train"}]}"""
                ),
                ("\"7\"", "{}"),
            }
        )
        {
            Assert.Equal(
                (HttpStatusCode.OK, summaries),
                await server.SendAsync(
                    "POST",
                    Pages + "experiments/search-datasets",
                    $$"""{"experiment_ids":[{{experiments}}]}"""
                )
            );
        }

        foreach (var count in new[] { 20, 21 })
        {
            var ids = string.Join(',', Enumerable.Range(0, count).Select(i => $"\"{i}\""));
            var (status, _) = await server.SendAsync(
                "POST",
                Pages + "experiments/search-datasets",
                $$"""{"experiment_ids":[{{ids}}]}"""
            );
            Assert.Equal(count == 20 ? HttpStatusCode.OK : HttpStatusCode.BadRequest, status);
        }
    }

    [Fact]
    public async Task A_thousand_datasets_are_listed_at_most()
    {
        await using var server = await TrackingHarness.StartAsync();
        var run = await server.NewRunAsync();
        foreach (var numbers in Enumerable.Range(0, 1001).Chunk(1000))
        {
            var datasets = numbers.Select(i => new
            {
                dataset = new
                {
                    name = "days",
                    digest = i.ToString(),
                    source_type = "local",
                    source = "x",
                },
            });
            await server.PostAsync("runs/log-inputs", new { run_id = run, datasets });
        }

        var found = await server.PostAsync(
            Pages + "experiments/search-datasets",
            new { experiment_ids = new[] { "0" } }
        );
        Assert.Equal(1000, found.GetProperty("dataset_summaries").GetArrayLength());
    }

    [Fact]
    public async Task What_is_left_of_uploads_is_removed_a_day_later_when_a_server_starts()
    {
        await using var server = await TrackingHarness.StartAsync();
        var service = server.Get<IEnumerable<IHostedService>>().OfType<UnfinishedUploads>().Single();
        var root = Directory.CreateDirectory(Path.Combine(server.Kernel.Folder, "artifacts")).FullName;
        var now = server.Kernel.Time.GetUtcNow().UtcDateTime;
        foreach (var (name, hours) in new[] { (".unfinished-old", 25), (".unfinished-new", 23), ("finished", 25) })
        {
            await File.WriteAllTextAsync(Path.Combine(root, name), "x");
            File.SetLastWriteTimeUtc(Path.Combine(root, name), now.AddHours(-hours));
        }

        await service.StartAsync(TestContext.Current.CancellationToken);

        Assert.Equal(
            [".unfinished-new", "finished"],
            Directory.EnumerateFiles(root).Select(Path.GetFileName).Order(StringComparer.Ordinal)
        );
    }

    private static async Task<string> NewRunAtAsync(TrackingHarness server, string location)
    {
        var made = await server.PostAsync("experiments/create", new { name = location, artifact_location = location });
        return await server.NewRunAsync(experiment: made.GetProperty("experiment_id").GetString()!);
    }

    private static Task LogDatasetAsync(TrackingHarness server, string run, string name, string context) =>
        server.PostAsync(
            "runs/log-inputs",
            new
            {
                run_id = run,
                datasets = new[]
                {
                    new
                    {
                        dataset = new
                        {
                            name,
                            digest = "d",
                            source_type = "local",
                            source = "x",
                        },
                        tags = context.Length == 0
                            ? []
                            : new[] { new { key = "mlflow.data.context", value = context } },
                    },
                },
            }
        );
}
