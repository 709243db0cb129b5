using System.Net;
using System.Text.Json;

namespace Rondo.Tests.Tracking;

/// <summary>Logged models are found by what is known of them, in the order asked for, page by page.</summary>
public sealed class LoggedModelSearchTests
{
    // a: acc 0.1, on days/d1 0.9. b: acc 0.5, on days/d2 0.4. c: acc NaN, on rides/d1 0.7. d: nothing.
    private static readonly string[] s_points =
    [
        "a 0.1",
        "a 0.9 days d1",
        "b 0.5",
        "b 0.4 days d2",
        "c NaN",
        "c 0.7 rides d1",
    ];

    [Theory]
    [InlineData("", "d c b a")]
    [InlineData("name = 'b'", "b")]
    [InlineData("attributes.name != 'b' AND params.kind IS NOT NULL", "c a")]
    [InlineData("name LIKE 'B' OR name ILIKE 'B'", "b")]
    [InlineData("name IN ('a', 'd')", "d a")]
    [InlineData("NOT name IN ('a', 'd')", "c b")]
    [InlineData("params.kind = 'tree'", "b a")]
    [InlineData("params.kind != 'tree'", "c")]
    [InlineData("NOT params.kind = 'tree'", "d c")]
    [InlineData("params.kind IS NULL", "d")]
    [InlineData("tags.`of a` = '1' OR tags.\"of b\" = '1'", "b a")]
    [InlineData("(tags.`of a` = '1' OR name = 'c') AND NOT params.kind = 'tree'", "c")]
    [InlineData("metrics.acc > 0.6", "c a")]
    [InlineData("metrics.acc < 0.45", "b a")]
    [InlineData("metrics.acc != 7", "c b a")]
    [InlineData("metrics.none > 0", "")]
    [InlineData("status = 'READY'", "a")]
    [InlineData("status IN ('LOGGED_MODEL_READY', 'FAILED')", "b a")]
    [InlineData("status LIKE 'LOGGED%' AND NOT status != 'PENDING'", "d c")]
    [InlineData("model_type = 'torch'", "a")]
    [InlineData("model_type != 'torch'", "")]
    [InlineData("NOT model_type = 'torch'", "d c b")]
    [InlineData("source_run_id = 'RUN' AND name = 'c'", "c")]
    [InlineData("creation_timestamp >= 1704067202000 AND creation_time < 1704067203000", "c")]
    [InlineData("last_updated_timestamp_ms > 1704067203000", "b a")]
    [InlineData("artifact_uri LIKE 'mlflow-artifacts:/0/models/%'", "d c b a")]
    [InlineData("model_id = 'a'' or ''1'' = ''1'", "")]
    public async Task A_filter_finds(string filter, string expected)
    {
        await using var server = await TrackingHarness.StartAsync();
        var run = await FillAsync(server);
        Assert.Equal(
            expected,
            await NamesAsync(server, new { experiment_ids = s_here, filter = filter.Replace("RUN", run) })
        );
    }

    [Theory]
    [InlineData("metrics.acc > 0", "days", null, "b a")]
    [InlineData("metrics.acc > 0", "days", "d1", "a")]
    [InlineData("metrics.acc > 0.5", "days", null, "a")]
    [InlineData("metrics.acc > 0 AND name != 'a'", "days", null, "b")]
    [InlineData("", "rides", null, "c")]
    [InlineData("", "none", null, "")]
    [InlineData("NOT metrics.acc > 0.5", "days", null, "b")]
    public async Task Datasets_say_which_metrics_count(string filter, string name, string? digest, string expected)
    {
        await using var server = await TrackingHarness.StartAsync();
        await FillAsync(server);
        var datasets = new[] { new { dataset_name = name, dataset_digest = digest } };
        Assert.Equal(
            expected,
            await NamesAsync(
                server,
                new
                {
                    experiment_ids = s_here,
                    filter,
                    datasets,
                }
            )
        );
    }

    [Theory]
    [InlineData("""{"field_name":"name"}""", "a b c d")]
    [InlineData("""{"field_name":"name","ascending":false}""", "d c b a")]
    [InlineData("""{"field_name":"attributes.creation_timestamp","ascending":true}""", "a b c d")]
    // The latest points are a 0.1 (no dataset, step 1), b 0.5, c NaN.
    [InlineData("""{"field_name":"metrics.acc"}""", "a b c d")]
    [InlineData("""{"field_name":"metrics.acc","ascending":false}""", "b a c d")]
    [InlineData("""{"field_name":"metrics.acc","dataset_name":"days"}""", "b a d c")]
    [InlineData("""{"field_name":"metrics.acc","ascending":false,"dataset_name":"days"}""", "a b d c")]
    [InlineData("""{"field_name":"metrics.acc","dataset_name":"days","dataset_digest":"d1"}""", "a d c b")]
    [InlineData("""{"field_name":"model_type","ascending":false},{"field_name":"name"}""", "a b c d")]
    [InlineData("""{"field_name":"params.kind"},{"field_name":"name","ascending":false}""", "c b a d")]
    [InlineData("""{"field_name":"tags.`of b`"}""", "b d c a")]
    [InlineData(
        """{"field_name":"metrics.acc","dataset_name":"days"},{"field_name":"metrics.acc","dataset_name":"rides"}""",
        "b a c d"
    )]
    public async Task An_order_is_by_fields_and_datasets(string order, string expected)
    {
        await using var server = await TrackingHarness.StartAsync();
        await FillAsync(server);
        var body = $$"""{"experiment_ids":["0"],"order_by":[{{order}}]}""";
        Assert.Equal(expected, await NamesAsync(server, JsonElement.Parse(body)));
    }

    [Theory]
    [InlineData("")]
    [InlineData("""{"field_name":"name"}""")]
    public async Task Pages_follow_each_other_without_gap_or_overlap(string order)
    {
        await using var server = await TrackingHarness.StartAsync();
        await FillAsync(server);
        foreach (var limit in new[] { 1, 2, 3, 4 })
        {
            var names = new List<string>();
            string? token = null;
            var pages = 0;
            do
            {
                var found = await server.PostAsync(
                    "logged-models/search",
                    JsonElement.Parse(
                        $$"""{"experiment_ids":["0"],"max_results":{{limit}},"order_by":[{{order}}],"page_token":"{{token}}"}"""
                    )
                );
                names.AddRange(NamesOf(found));
                token = found.TryGetProperty("next_page_token", out var next) ? next.GetString() : null;
                pages++;
            } while (token is not null);
            Assert.Equal(order.Length == 0 ? "d c b a" : "a b c d", string.Join(' ', names));
            Assert.Equal((4 + limit - 1) / limit, pages);
        }
    }

    [Fact]
    public async Task A_search_is_in_the_experiments_that_it_names()
    {
        await using var server = await TrackingHarness.StartAsync();
        await FillAsync(server);
        await server.PostAsync("experiments/create", new { name = "other" });
        await server.PostAsync("logged-models", new { experiment_id = "1", name = "e" });

        Assert.Equal("e", await NamesAsync(server, new { experiment_ids = new[] { "1" } }));
        Assert.Equal("e d c b a", await NamesAsync(server, new { experiment_ids = new[] { "1", "0" } }));
        Assert.Equal("", await NamesAsync(server, new { experiment_ids = Array.Empty<string>() }));
    }

    [Fact]
    public async Task Who_names_no_limit_gets_a_hundred()
    {
        await using var server = await TrackingHarness.StartAsync();
        for (var i = 0; i < 101; i++)
        {
            await server.PostAsync("logged-models", new { experiment_id = "0", name = "m" + i });
        }

        var found = await server.PostAsync("logged-models/search", new { experiment_ids = s_here });
        Assert.Equal(100, NamesOf(found).Count());
        Assert.True(found.TryGetProperty("next_page_token", out _));
    }

    [Theory]
    [InlineData("""{"experiment_ids":["x"]}""", "\"x\"")]
    [InlineData("""{"experiment_ids":["0"],"max_results":0}""", "Ask for at least 1 and at most 50000.")]
    [InlineData("""{"experiment_ids":["0"],"max_results":50001}""", "Ask for at least 1 and at most 50000.")]
    [InlineData("""{"experiment_ids":["0"],"page_token":"what"}""", "'page_token'")]
    [InlineData("""{"experiment_ids":["0"],"page_token":"eyJhZnRlciI6WyIxIl19"}""", "'page_token'")]
    [InlineData(
        """{"experiment_ids":["0"],"page_token":"eyJhZnRlciI6WyIxIiwiYSJdfQ==","order_by":[{"field_name":"name"}]}""",
        "'page_token'"
    )]
    [InlineData("""{"experiment_ids":["0"],"filter":"colour = 'red'"}""", "logged models have none of this name")]
    [InlineData("""{"experiment_ids":["0"],"filter":"dataset.name = 'x'"}""", "'dataset' names nothing")]
    [InlineData("""{"experiment_ids":["0"],"filter":"name = 'a' AND"}""", "a comparison is missing")]
    [InlineData("""{"experiment_ids":["0"],"filter":"status > 'READY'"}""", "Invalid comparator")]
    [InlineData("""{"experiment_ids":["0"],"datasets":[{"dataset_digest":"d1"}]}""", "'datasets[0].dataset_name'")]
    [InlineData("""{"experiment_ids":["0"],"order_by":["name"]}""", "'order_by[0]'")]
    [InlineData("""{"experiment_ids":["0"],"order_by":[{}]}""", "'order_by[0].field_name'")]
    [InlineData("""{"experiment_ids":["0"],"order_by":[{"field_name":"colour"}]}""", "'colour'")]
    [InlineData("""{"experiment_ids":["0"],"order_by":[{"field_name":"name DESC"}]}""", "told by 'ascending'")]
    [InlineData(
        """{"experiment_ids":["0"],"order_by":[{"field_name":"metrics.a","dataset_digest":"d"}]}""",
        "'order_by[0].dataset_name'"
    )]
    [InlineData(
        """{"experiment_ids":["0"],"order_by":[{"field_name":"name","dataset_name":"d"}]}""",
        "Only metrics are those of a dataset."
    )]
    [InlineData(
        """{"experiment_ids":["0"],"order_by":[{"field_name":"name"},{"field_name":"attributes.name"}]}""",
        "names 'name' twice"
    )]
    public async Task What_cannot_be_searched_is_refused(string body, string words)
    {
        await using var server = await TrackingHarness.StartAsync();
        var (status, answer) = await server.SendAsync("POST", "logged-models/search", body);
        Assert.Equal(HttpStatusCode.BadRequest, status);
        Assert.StartsWith("INVALID_PARAMETER_VALUE: ", LoggedModelTests.Told(answer), StringComparison.Ordinal);
        Assert.Contains(words, LoggedModelTests.Told(answer), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("datasets", 100, """{"dataset_name":"d"}""")]
    [InlineData("order_by", 20, """{"field_name":"params.pNUMBER"}""")]
    public async Task Lists_have_an_end(string field, int countMax, string item)
    {
        await using var server = await TrackingHarness.StartAsync();
        foreach (var count in new[] { countMax, countMax + 1 })
        {
            var items = Enumerable.Range(0, count).Select(i => item.Replace("NUMBER", i.ToString()));
            var (status, answer) = await server.SendAsync(
                "POST",
                "logged-models/search",
                $$"""{"experiment_ids":["0"],"{{field}}":[{{string.Join(',', items)}}]}"""
            );
            Assert.True((count == countMax ? HttpStatusCode.OK : HttpStatusCode.BadRequest) == status, answer);
        }
    }

    [Fact]
    public async Task The_longest_search_that_may_be_asked_is_answered()
    {
        await using var server = await TrackingHarness.StartAsync();
        await FillAsync(server);
        var body = new
        {
            experiment_ids = Enumerable.Range(0, 1000).Select(i => i.ToString()),
            filter = string.Join(" OR ", Enumerable.Repeat("metrics.acc > 0.8", 200)),
            datasets = Enumerable
                .Range(0, 99)
                .Select(i => new { dataset_name = "none" + i, dataset_digest = "d1" })
                .Append(new { dataset_name = "days", dataset_digest = "d1" }),
            order_by = Enumerable
                .Range(0, 20)
                .Select(i => new
                {
                    field_name = "metrics.acc",
                    dataset_name = "n" + i,
                    dataset_digest = "d",
                }),
        };
        Assert.Equal("a", await NamesAsync(server, body));
    }

    private static readonly string[] s_here = ["0"];

    /// <summary>Logs the models a, b, c and d a second after each other; returns the run that they are of.</summary>
    private static async Task<string> FillAsync(TrackingHarness server)
    {
        var run = await server.NewRunAsync();
        var ids = new Dictionary<string, string>();
        foreach (var name in new[] { "a", "b", "c", "d" })
        {
            var kind = name == "c" ? "linear" : "tree";
            var body = new
            {
                experiment_id = "0",
                name,
                model_type = name == "a" ? "torch" : null,
                source_run_id = run,
                tags = new[] { new { key = "of " + name, value = "1" } },
                @params = name == "d" ? null : new[] { new { key = "kind", value = kind } },
            };
            var made = await server.PostAsync("logged-models", body);
            ids[name] = made.GetProperty("model").GetProperty("info").GetProperty("model_id").GetString()!;
            server.Kernel.Time.Advance(TimeSpan.FromSeconds(1));
        }

        await LoggedModelTests.SendAsync(server, $$"""PATCH logged-models/{{ids["a"]}} {"status":2}""");
        await LoggedModelTests.SendAsync(server, $$"""PATCH logged-models/{{ids["b"]}} {"status":3}""");
        foreach (var point in s_points.Select(point => point.Split(' ')))
        {
            await server.PostAsync(
                "runs/log-metric",
                new
                {
                    run_id = run,
                    key = "acc",
                    value = point[1],
                    timestamp = 1,
                    step = point.Length > 2 ? 0 : 1,
                    model_id = ids[point[0]],
                    dataset_name = point.ElementAtOrDefault(2),
                    dataset_digest = point.ElementAtOrDefault(3),
                }
            );
        }

        return run;
    }

    private static async Task<string> NamesAsync(TrackingHarness server, object body) =>
        string.Join(' ', NamesOf(await server.PostAsync("logged-models/search", body)));

    private static IEnumerable<string> NamesOf(JsonElement found) =>
        found.TryGetProperty("models", out var models)
            ? models.EnumerateArray().Select(m => m.GetProperty("info").GetProperty("name").GetString()!)
            : [];
}
