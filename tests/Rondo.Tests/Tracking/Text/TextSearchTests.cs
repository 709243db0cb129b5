using System.Net;

namespace Rondo.Tests.Tracking.Text;

public sealed class TextSearchTests
{
    [Theory]
    [InlineData("text MATCHES 'drop'", "a,c")]
    [InlineData("text MATCHES 'dropout baseline'", "a")]
    [InlineData("attributes.text matches 'BASE'", "a,b")]
    [InlineData("NOT text MATCHES 'baseline'", "c,d")]
    [InlineData("text MATCHES 'baseline' AND tags.team = 'vision'", "b")]
    [InlineData("text MATCHES 'dropout' OR text MATCHES 'vision'", "a,b,c")]
    [InlineData("text MATCHES 'cafe'", "d")]
    [InlineData("text MATCHES 'zebra'", "")]
    [InlineData("text MATCHES 'ann'", "")]
    public async Task A_filter_by_words_finds_runs_whose_name_tags_or_note_have_them(string filter, string names)
    {
        await using var server = await FourRunsAsync();
        Assert.Equal(names, string.Join(',', (await server.FindAsync(filter, "run_name")).Select(name => name[..1])));
        Assert.Equal(
            names,
            string.Join(',', (await server.FindAsync(filter)).Select(name => name[..1]).Order(StringComparer.Ordinal))
        );
    }

    [Theory]
    [InlineData("text = 'a'", "MATCHES compares 'text'")]
    [InlineData("run_name MATCHES 'a'", "MATCHES compares 'text'")]
    [InlineData("text MATCHES '--'", "no word")]
    [InlineData("text MATCHES a", "wants a text in quotes")]
    public async Task What_cannot_be_asked_is_refused_with_what_can(string filter, string words)
    {
        await using var server = await TrackingHarness.StartAsync();
        var body = System.Text.Json.JsonSerializer.Serialize(new { experiment_ids = new[] { "0" }, filter });

        var (status, answer) = await server.SendAsync("POST", "runs/search", body);

        Assert.Equal(HttpStatusCode.BadRequest, status);
        Assert.Contains(words, System.Text.RegularExpressions.Regex.Unescape(answer));
    }

    [Fact]
    public async Task A_filter_is_for_so_many_words_as_a_statement_can_hold()
    {
        await using var server = await TrackingHarness.StartAsync();
        // Twenty letters that two hundred words begin with each: each word is an argument.
        var values = Enumerable
            .Range(0, 4000)
            .Select(i => $"{(char)('a' + (i % 20))}{i}")
            .Chunk(1000)
            .Select((words, i) => new { key = $"k{i}", value = string.Join(' ', words) });
        foreach (var tag in values)
        {
            await server.PostAsync(
                "runs/set-tag",
                new
                {
                    run_id = await server.NewRunAsync(),
                    tag.key,
                    tag.value,
                }
            );
        }

        var letters = string.Join(' ', Enumerable.Range(0, 20).Select(i => (char)('a' + i)));
        var filter = string.Join(" OR ", Enumerable.Repeat($"text MATCHES '{letters}'", 10));

        var (status, answer) = await server.SendAsync(
            "POST",
            "runs/search",
            System.Text.Json.JsonSerializer.Serialize(new { experiment_ids = new[] { "0" }, filter })
        );

        Assert.True(status == HttpStatusCode.BadRequest, $"{status} {answer}");
        Assert.Contains("200 words", answer);
        filter = string.Join(" OR ", Enumerable.Repeat($"text MATCHES '{letters}'", 2));
        Assert.Equal(4, (await server.FindAsync(filter)).Length);
    }

    [Fact]
    public async Task That_there_is_more_than_was_looked_at_is_said_also_where_some_of_that_was_deleted()
    {
        await using var server = await TrackingHarness.StartAsync();
        await server.NewRunAsync("zebra");
        await server.Kernel.Database.WriteAsync(async transaction =>
        {
            await transaction.ExecuteAsync(
                """
                insert into tracking_word (word, experiment, run)
                with recursive n (i) as (select 1 union all select i + 1 from n where i < 10001)
                select 'zebra', 0, 'zz' || i from n
                """
            );
            await transaction.ExecuteAsync(
                """
                insert into tracking_run (number, id, experiment, name, user_id, status, started_at, lifecycle, artifact_uri)
                select 1000 + row_number() over (order by run), run, 0, run, 'ann', 'FINISHED', 1, 'deleted', 'mlflow-artifacts:/0/x' from tracking_word where run like 'zz%'
                """
            );
        });

        var found = await server.GetAsync("/api/v1/tracking/find?text=zebra");

        Assert.Equal(0, found.GetProperty("total").GetInt32());
        Assert.True(found.GetProperty("isPart").GetBoolean());
    }

    [Fact]
    public async Task Nothing_is_ordered_by_text()
    {
        await using var server = await TrackingHarness.StartAsync();
        var body = System.Text.Json.JsonSerializer.Serialize(
            new { experiment_ids = new[] { "0" }, order_by = new[] { "text" } }
        );

        var (status, answer) = await server.SendAsync("POST", "runs/search", body);

        Assert.Equal(HttpStatusCode.BadRequest, status);
        Assert.Contains("Invalid attribute key", answer);
    }

    [Fact]
    public async Task Experiments_are_found_by_words_too()
    {
        await using var server = await TrackingHarness.StartAsync();
        await server.PostAsync("experiments/create", new { name = "Churn of spring" });
        var noted = await server.PostAsync("experiments/create", new { name = "other" });
        await server.PostAsync(
            "experiments/set-experiment-tag",
            new
            {
                experiment_id = noted.GetProperty("experiment_id").GetString(),
                key = "mlflow.note.content",
                value = "as the churn one, with weather",
            }
        );

        var found = await server.PostAsync(
            "experiments/search",
            new { max_results = 10, filter = "text MATCHES 'churn'" }
        );
        var both = await server.PostAsync(
            "experiments/search",
            new { max_results = 10, filter = "text MATCHES 'churn' AND NOT text MATCHES 'weath'" }
        );

        Assert.Equal(["Churn of spring", "other"], Names(found).Order(StringComparer.Ordinal));
        Assert.Equal(["Churn of spring"], Names(both));
    }

    [Fact]
    public async Task Find_tells_where_the_words_stand_names_first_and_then_the_newest()
    {
        await using var server = await FourRunsAsync();
        await server.PostAsync("experiments/create", new { name = "dropout study" });

        var found = await server.GetAsync("/api/v1/tracking/find?text=dropout");

        Assert.Equal(3, found.GetProperty("total").GetInt32());
        Assert.False(found.GetProperty("isPart").GetBoolean());
        var items = found.GetProperty("items").EnumerateArray().ToList();
        Assert.Equal(
            ["experiment dropout study name", "run c dropout name", "run a note"],
            items.Select(item => $"{item.GetProperty("kind")} {item.GetProperty("name")} {item.GetProperty("where")}")
        );
        Assert.Contains("with dropout of 0.5", items[2].GetProperty("excerpt").GetString());
        Assert.Equal("Default", items[2].GetProperty("experiment").GetString());
    }

    [Fact]
    public async Task What_was_deleted_is_not_found_until_it_is_restored()
    {
        await using var server = await TrackingHarness.StartAsync();
        var run = await server.NewRunAsync("unique1");
        await server.PostAsync("runs/delete", new { run_id = run });
        Assert.Empty(
            (await server.GetAsync("/api/v1/tracking/find?text=unique1")).GetProperty("items").EnumerateArray()
        );

        await server.PostAsync("runs/restore", new { run_id = run });

        Assert.Single(
            (await server.GetAsync("/api/v1/tracking/find?text=unique1")).GetProperty("items").EnumerateArray()
        );
    }

    [Fact]
    public async Task Pages_show_everything_once()
    {
        await using var server = await TrackingHarness.StartAsync();
        foreach (var i in Enumerable.Range(0, 23))
        {
            await server.NewRunAsync($"word {i}", startTime: i % 5);
        }

        var (seen, token) = (new List<string>(), "");
        do
        {
            var page = await server.GetAsync(
                $"/api/v1/tracking/find?text=wor&limit=5&token={Uri.EscapeDataString(token)}"
            );
            seen.AddRange(
                page.GetProperty("items").EnumerateArray().Select(item => item.GetProperty("id").GetString()!)
            );
            token = page.GetProperty("next").GetString() ?? "";
        } while (token.Length > 0);

        Assert.Equal(23, seen.Count);
        Assert.Equal(23, seen.Distinct(StringComparer.Ordinal).Count());
    }

    [Fact]
    public async Task A_beginning_of_many_words_is_found_as_well()
    {
        await using var server = await TrackingHarness.StartAsync();
        foreach (var chunk in Enumerable.Range(0, 300).Chunk(60))
        {
            await server.NewRunAsync(string.Join(' ', chunk.Select(i => $"w{i}")));
        }

        Assert.Equal(5, (await server.FindAsync("text MATCHES 'w'")).Length);
        Assert.Single(await server.FindAsync("text MATCHES 'w w299'"));
    }

    private static async Task<TrackingHarness> FourRunsAsync()
    {
        var server = await TrackingHarness.StartAsync();
        var a = await server.NewRunAsync("a", startTime: 1);
        await TagAsync(server, a, "mlflow.note.content", "The baseline,\nwith dropout of 0.5");
        var b = await server.NewRunAsync("b Baseline", startTime: 2);
        await TagAsync(server, b, "team", "vision");
        await server.NewRunAsync("c dropout", startTime: 3);
        await server.NewRunAsync("d Café", startTime: 4);
        return server;
    }

    private static Task TagAsync(TrackingHarness server, string run, string key, string value) =>
        server.PostAsync(
            "runs/set-tag",
            new
            {
                run_id = run,
                key,
                value,
            }
        );

    private static IEnumerable<string> Names(System.Text.Json.JsonElement found) =>
        found.GetProperty("experiments").EnumerateArray().Select(item => item.GetProperty("name").GetString()!);
}
