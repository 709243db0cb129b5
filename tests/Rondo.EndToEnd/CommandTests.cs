using System.Net.Http.Json;
using System.Text.Json;

namespace Rondo.EndToEnd;

/// <summary>Every command as a person and as a program uses it, and the mistakes that people make.</summary>
[Collection(nameof(CommandServer))]
public sealed class CommandTests(CommandServer server)
{
    private CancellationToken Cancellation { get; } = TestContext.Current.CancellationToken;

    [Theory]
    [InlineData("status", "busy with")]
    [InlineData("events", "what happened")]
    [InlineData("projects", "workbench")]
    [InlineData("pipelines", "languages")]
    [InlineData("runs", "succeeded")]
    [InlineData("triggers", "event orders.closed with region = north")]
    [InlineData("partitions tally --limit 3", "daily partitions")]
    [InlineData("backfills", "backfill")]
    [InlineData("builds", "succeeded")]
    [InlineData("releases", "production")]
    [InlineData("datasets", "readings")]
    [InlineData("datasets versions readings", "2024-01-03")]
    [InlineData("models", "No model is registered yet")]
    [InlineData("models --limit 3 --all", "No model is registered yet")]
    [InlineData("models rejections nope", "was rejected by its gate")]
    [InlineData("models find zebra", "Nothing has all of these words")]
    [InlineData("models overview", "0 models")]
    [InlineData("tracking find default", "1 of 1")]
    [InlineData("experiments", "Default")]
    [InlineData("roles", "auditor")]
    [InlineData("endpoints", "Nothing is served yet")]
    [InlineData("alerts", "No monitor has raised an alert")]
    public async Task A_list_is_words_for_people_and_a_document_for_programs(string command, string shown)
    {
        var words = command.Split(' ');

        var asDocument = server.JsonAsync(words);
        var table = await server.TableAsync(words);
        var document = await asDocument;

        Assert.Contains(shown, table);
        Assert.DoesNotContain("{", table);
        Assert.True(document.ValueKind is JsonValueKind.Object or JsonValueKind.Array);
    }

    [Fact]
    [Trait("Requirement", "R22")]
    public async Task Two_versions_of_a_dataset_are_compared()
    {
        var folder = Directory.CreateDirectory(Path.Combine(server.Folder, "diffed")).FullName;
        await File.WriteAllTextAsync(Path.Combine(folder, "1.csv"), "day,rides\n2024-01-01,1\n2024-01-02,3\n");
        await File.WriteAllTextAsync(Path.Combine(folder, "2.csv"), "day,rides,wind\n2024-01-03,9,2.5\n");
        await server.TableAsync("datasets", "push", "diffed", Path.Combine(folder, "1.csv"));
        await server.TableAsync("datasets", "push", "diffed", Path.Combine(folder, "2.csv"));

        var table = await server.TableAsync("datasets", "diff", "diffed", "1", "2");

        Assert.Contains(
            "version 1: 2 rows up to 2024-01-02; version 2: 3 rows up to 2024-01-03",
            table,
            StringComparison.Ordinal
        );
        Assert.Matches("2.csv +added", table);
        Assert.Matches("wind +added +Number|wind +added +number", table);
        Assert.Matches("rides +values +integer .* 2 → 4.333 +1.65", table);
    }

    [Fact]
    [Trait("Requirement", "R22")]
    public async Task A_version_says_what_it_holds_how_it_was_made_and_what_was_made_from_it()
    {
        var folder = Directory.CreateDirectory(Path.Combine(server.Folder, "made")).FullName;
        string At(string name, string text)
        {
            File.WriteAllText(Path.Combine(folder, name), text);
            return Path.Combine(folder, name);
        }

        var raw = new[]
        {
            At("1.csv", "day,rides\n2024-01-01,1\nbroken\n"),
            At("2.jsonl", "{\"day\":\"2024-01-02\",\"rides\":3}\n"),
        };
        await server.TableAsync(["datasets", "push", "raw", .. raw]);
        var again = await server.TableAsync(["datasets", "push", "raw", .. raw]);
        var clean = At("clean.csv", "day,rides\n2024-01-02,3\n");
        var query = At("clean.sql", "select * from raw where rides > 1");
        await server.TableAsync([
            "datasets",
            "push",
            "clean",
            clean,
            "--script",
            query,
            "--from",
            "raw@1",
            "--rows-in",
            "2",
        ]);
        var parent = await server.TableAsync(
            "datasets",
            "show",
            "raw",
            "1",
            "--schema",
            Path.Combine(folder, "s.json")
        );
        var child = await server.TableAsync("datasets", "show", "clean", "--html", Path.Combine(folder, "s.html"));

        Assert.Contains("nothing new: as before", again, StringComparison.Ordinal);
        Assert.Matches("lines held back +1", parent);
        Assert.Contains("made from it     workbench/production/clean/1", parent, StringComparison.Ordinal);
        Assert.Contains("select * from raw where rides > 1", child, StringComparison.Ordinal);
        Assert.Matches("made from +workbench/production/raw/1", child);
        Assert.Matches("rows in +2", child);
        Assert.Contains(
            "\"rides\"",
            await File.ReadAllTextAsync(Path.Combine(folder, "s.json")),
            StringComparison.Ordinal
        );
        Assert.Contains("<svg", await File.ReadAllTextAsync(Path.Combine(folder, "s.html")), StringComparison.Ordinal);
    }

    [Fact]
    [Trait("Requirement", "R18")]
    public async Task A_connector_adds_what_is_new_in_a_folder_and_nothing_twice()
    {
        var folder = Directory.CreateDirectory(Path.Combine(server.Folder, "pulled")).FullName;
        await File.WriteAllTextAsync(Path.Combine(folder, "1.csv"), "Day,Value\n2024-01-01,1\n2024-01-02,2\n");
        await PullAsync(folder);
        await File.WriteAllTextAsync(Path.Combine(folder, "2.csv"), "Day,Value\n2024-01-03,3\n");
        var second = await PullAsync(folder);
        await PullAsync(folder);

        var versions = (await server.JsonAsync("datasets", "versions", "inbox")).GetProperty("items");
        Assert.Equal([3, 2], versions.EnumerateArray().Select(version => version.GetProperty("rows").GetInt64()));
        Assert.Equal(second, versions[0].GetProperty("origin").GetProperty("runId").GetString());
        var rows = await server.TableAsync("runs", "rows", second);
        Assert.Matches("pull +2 +1", rows);
    }

    private async Task<string> PullAsync(string folder)
    {
        var run = (await server.JsonAsync("run", "pull", "--set", $"folder={folder}", "--follow"))
            .GetProperty("id")
            .GetString()!;
        await server.AddedAsync();
        return run;
    }

    [Fact]
    [Trait("Requirement", "R46")]
    public async Task A_subject_s_rows_are_removed_when_that_is_confirmed_and_the_record_is_found_by_the_value()
    {
        var file = Path.Combine(Directory.CreateDirectory(Path.Combine(server.Folder, "orders")).FullName, "1.csv");
        await File.WriteAllTextAsync(file, "id,mail\n1,ada@example.org\n2,bob@example.org\n", Cancellation);
        await server.TableAsync("datasets", "push", "orders", file);
        string[] forget = ["datasets", "forget", "orders", "--where", "mail=ada@example.org"];

        var plan = await server.RondoAsync(forget);
        var done = await server.TableAsync([.. forget, "--yes", "--reason", "asked on paper"]);
        var known = await server.TableAsync("datasets", "forgotten", "--where", "mail=ada@example.org");
        var unknown = await server.TableAsync("datasets", "forgotten", "--where", "mail=bob@example.org");
        var events = await server.TableAsync("events", "--type", "dataset.*", "--limit", "100");

        Assert.Equal(2, plan.ExitCode);
        Assert.Contains("1 row in 1 version of orders in production would go.", plan.Out);
        Assert.Contains("Version 2 is without them", done);
        Assert.Contains("asked on paper", known);
        Assert.DoesNotContain("forget_", unknown);
        Assert.Contains("a subject's rows (1) were removed from orders in production: asked on paper", events);
        Assert.DoesNotContain("ada@", plan.Out + done + known + events);
    }

    [Fact]
    public async Task A_run_is_shown_with_its_steps_its_log_and_its_lineage()
    {
        var show = await server.TableAsync("runs", "show", server.Run);
        var log = await server.TableAsync("logs", server.Run);
        var step = await server.TableAsync("logs", server.Run, "count");
        var lineage = await server.TableAsync("lineage", server.Run);
        var document = await server.JsonAsync("runs", "show", server.Run);
        var graph = await server.JsonAsync("lineage", server.Run);

        Assert.Contains("readings version 1", show);
        Assert.Contains("mean 3", show);
        Assert.DoesNotContain("{", show);
        Assert.Contains("3 values", log);
        Assert.DoesNotContain("validate |", step);
        Assert.Contains("├─ commit", lineage);
        Assert.Contains("├─ data     workbench/production/readings/1", lineage);
        Assert.Matches(@"validate\s+.*table .*← ingest", lineage);
        Assert.Equal("succeeded", document.GetProperty("state").GetString());
        Assert.NotEmpty(graph.GetProperty("edges").EnumerateArray());
    }

    [Fact]
    public async Task What_is_kept_of_a_run_what_it_depends_on_and_what_nothing_needs_is_shown()
    {
        const string data = "workbench/production/readings/1";
        var both = await server.TableAsync("lineage", data, "--up", "--down");
        var closure = await server.TableAsync("lineage", server.Run, "--closure");
        var list = await server.JsonAsync("lineage", server.Run, "--closure");
        var dot = await server.TableAsync("lineage", server.Run, "--draw", "dot");
        var mermaid = await server.TableAsync("lineage", data, "--down", "--draw", "mermaid");
        var record = await server.TableAsync("runs", "record", server.Run);
        var garbage = await server.TableAsync("gc", "--dry-run");
        var verified = await server.JsonAsync("blobs", "verify");
        var told = await server.TableAsync("openlineage");
        var newest = await server.RondoAsync("datasets", "delete", "readings", "1");

        Assert.Contains("It came from outside", both);
        Assert.Contains("├─ data     " + data, both);
        Assert.Contains("Commits", closure);
        Assert.Contains(
            list.GetProperty("items").EnumerateArray(),
            item => item.GetProperty("kind").GetString() == "file"
        );
        Assert.StartsWith("digraph lineage {", dot, StringComparison.Ordinal);
        Assert.StartsWith("flowchart LR", mermaid, StringComparison.Ordinal);
        Assert.Contains("mean 3", record);
        Assert.Contains("rondo/table:", record);
        Assert.Contains("too young to go", garbage);
        Assert.Empty(verified.GetProperty("bad").EnumerateArray());
        Assert.True(verified.GetProperty("blobs").GetInt64() > 5);
        Assert.Contains("RONDO_OPENLINEAGE_URL", told);
        Assert.Contains("it is the newest version", newest.Error);
        Assert.Equal(4, newest.ExitCode);
    }

    [Fact]
    public async Task Events_are_told_in_words_newest_last_and_narrowed_as_asked()
    {
        var all = await server.TableAsync("events", "--limit", "500");
        var runs = await server.JsonAsync("events", "--type", "run.*", "--limit", "2", "--project", "workbench");
        var first = await server.JsonAsync("events", "--after", "0", "--limit", "1");

        Assert.Contains("run of languages in production succeeded", all);
        Assert.Contains("released", all);
        Assert.All(
            runs.GetProperty("items").EnumerateArray(),
            e => Assert.StartsWith("run.", e.GetProperty("type").GetString(), StringComparison.Ordinal)
        );
        Assert.Equal(1, first.GetProperty("items")[0].GetProperty("position").GetInt64());
    }

    [Fact]
    public async Task A_run_is_started_with_parameters_followed_to_its_end_and_cancelled()
    {
        var followed = await server.TableAsync("run", "held", "--follow");
        var document = await server.JsonAsync("run", "held", "--follow", "--set", "folder=");
        var folder = Directory.CreateDirectory(Path.Combine(server.Folder, "cancelled")).FullName;
        var held = await server.JsonAsync("run", "held", "--set", $"folder={folder}");
        var id = held.GetProperty("id").GetString()!;

        var cancelled = await server.TableAsync("runs", "cancel", id);
        var again = await server.RondoAsync("runs", "cancel", id);

        Assert.Contains("succeeded", followed);
        Assert.Equal("succeeded", document.GetProperty("state").GetString());
        Assert.Contains("is cancelled", cancelled);
        Assert.Equal(4, again.ExitCode);
        await File.WriteAllTextAsync(Path.Combine(folder, "go"), "", Cancellation);
    }

    [Fact]
    public async Task Triggers_are_paused_and_resumed_and_an_event_from_outside_starts_a_run()
    {
        var paused = await server.TableAsync("triggers", "pause", "tally", "1", "--reason", "holidays");
        var listed = await server.TableAsync("triggers");
        await server.TableAsync("triggers", "resume", "tally");
        var appended = await server.TableAsync("events", "append", "orders.closed", "--set", "region=north");
        await server.EventAsync("trigger.fired");
        var after = await server.JsonAsync("triggers");
        var events = await server.TableAsync("events", "--limit", "1000");

        Assert.Contains("Trigger 1 of tally is paused", paused);
        Assert.Contains("by local: holidays", listed);
        Assert.Contains("orders.closed, is in the log", appended);
        Assert.StartsWith("run_", after[0].GetProperty("lastFired").GetProperty("runId").GetString());
        Assert.Contains("trigger 1 (event) of tally was paused: holidays", events);
        Assert.Contains("all triggers of tally were resumed", events);
    }

    [Fact]
    public async Task A_range_of_partitions_is_filled_and_followed_to_its_end()
    {
        var filled = await server.TableAsync([
            "backfill",
            "tally",
            "--from",
            "2024-03-30",
            "--to",
            "2024-04-02",
            "--set",
            "by=2",
            "--follow",
        ]);
        var again = await server.RondoAsync("backfill", "tally", "--from", "2024-03-30", "--to", "2024-04-02");
        var partitions = await server.TableAsync("partitions", "tally", "--after", "2024-04-01", "--limit", "2");
        var backfills = await server.TableAsync("backfills");

        Assert.Contains("4 succeeded of 4", filled);
        Assert.Equal(4, again.ExitCode);
        Assert.Contains("none is missing", again.Error);
        // The day in Berlin on which clocks went forward.
        Assert.Matches(@"2024-03-31\s+2024-03-30 23:00:00\s+2024-03-31 22:00:00\s+succeeded", partitions);
        Assert.Contains("2024-03-30 … 2024-04-02 (missing)", backfills);
    }

    [Fact]
    public async Task What_looks_like_a_slip_in_a_push_is_said()
    {
        var file = Path.Combine(server.Folder, "rows.csv");
        await File.WriteAllTextAsync(file, "Day,Value\n2024-02-01,3\n", Cancellation);

        var pushed = await server.RondoAsync("datasets", "push", "readngs", file, "--environment", "staging");

        Assert.Equal(0, pushed.ExitCode);
        Assert.Contains("No deployed pipeline reads 'readngs'; they read inbox, readings.", pushed.Error);
    }

    [Theory]
    [InlineData(2, "'frobnicate' is not known here", "frobnicate")]
    [InlineData(2, "pipeline", "run")]
    [InlineData(2, "one of: create, revoke", "credentials")]
    [InlineData(2, "from 1 to 1000", "events --limit 0")]
    [InlineData(2, "table", "status --output xml")]
    [InlineData(2, "names nothing", "runs show ..")]
    [InlineData(2, "production", "run held --environment nowhere")]
    [InlineData(2, "It takes folder", "run held --set nope=1")]
    [InlineData(2, "name=value", "run held --set folder")]
    [InlineData(3, "There is held in production", "run nope")]
    [InlineData(2, "Say which, such as 2", "run tally")]
    [InlineData(2, "Write it as 2024-01-01", "run tally --partition today")]
    [InlineData(4, "which is yet to come", "run tally --partition 2199-01-01")]
    [InlineData(4, "has no partitions", "partitions held")]
    [InlineData(2, "begins after it ends", "backfill tally --from 2024-02-02 --to 2024-02-01")]
    [InlineData(2, "Say 1 to 100", "backfill tally --from 2024-01-01 --to 2024-02-01 --parallel 1000")]
    [InlineData(2, "--from", "backfill tally --to 2024-02-01")]
    [InlineData(3, "rondo backfills", "backfills show nope")]
    [InlineData(3, "have the numbers 1 to 2", "triggers pause tally 3")]
    [InlineData(3, "rondo triggers", "triggers pause nope")]
    [InlineData(2, "is not the number", "triggers resume tally one")]
    [InlineData(2, "by the platform only", "events append run.finished")]
    [InlineData(2, "is not the type of an event", "events append closed")]
    [InlineData(3, "There are: workbench", "runs --project nope")]
    [InlineData(3, "projects create nope", "builds --project nope")]
    [InlineData(3, "rondo runs", "runs show nope")]
    [InlineData(3, "no run 'nope'", "logs nope")]
    [InlineData(3, "Lineage knows nothing", "lineage nope")]
    [InlineData(3, "readings in production", "datasets versions nope")]
    [InlineData(3, "no data file", "datasets push readings nope.csv")]
    [InlineData(3, "rondo models", "models show nope")]
    [InlineData(2, "what a page of this list ended with", "models --after nope")]
    [InlineData(2, "from 1 to 1000", "models show nope --limit 0")]
    [InlineData(3, "no version 1", "models history nope 1")]
    [InlineData(3, "no version 1", "models deployments nope 1")]
    [InlineData(2, "as a whole number", "models approve nope abc --reason ok")]
    [InlineData(3, "no version 1", "models reopen nope 1 --reason again")]
    [InlineData(2, "number of days: at least 0", "tracking gc --older-than -1")]
    [InlineData(2, "bad/alias", "models alias nope bad/alias 1")]
    [InlineData(3, "no version 4", "models alias nope best 4")]
    [InlineData(2, "Which version", "models alias nope best")]
    [InlineData(2, "whatever it means", "models alias nope best 4 --remove")]
    [InlineData(3, "no alias 'best'", "models alias nope best --remove")]
    [InlineData(3, "rondo endpoints", "endpoints show nope")]
    [InlineData(3, "rondo endpoints", "alerts --endpoint nope")]
    [InlineData(3, "no version 1", "endpoints create e1 --model nope --pin 1")]
    [InlineData(3, "no folder 'nope' to write x.zip to", "tracking export Default nope/x.zip")]
    [InlineData(2, "is a folder", "tracking export Default .")]
    [InlineData(2, "at most 36500", "tracking gc --older-than 99999999999 --dry-run")]
    [InlineData(2, "nothing to predict from", "predict nope")]
    [InlineData(3, "rondo builds", "builds log nope")]
    [InlineData(5, "cannot be reached", "status --server http://127.0.0.1:1")]
    [InlineData(2, "http://HOST:PORT", "status --server nonsense")]
    [InlineData(4, "already", "projects create workbench")]
    public async Task A_mistake_is_answered_with_its_place_what_to_do_and_an_exit_code(
        int exitCode,
        string said,
        string command
    )
    {
        var result = await server.RondoAsync(command.Split(' '));

        Assert.True(exitCode == result.ExitCode, command + ": " + result);
        Assert.Contains(said, result.Error);
        Assert.StartsWith("error: ", result.Error, StringComparison.Ordinal);
        Assert.DoesNotContain("   at ", result.Error);
    }

    [Theory]
    [InlineData("nope", "rondo projects create nope")]
    [InlineData("mlflow", "models that MLflow's clients register")]
    public async Task Git_shows_why_a_push_comes_to_no_project(string project, string said)
    {
        var announced = JsonDocument.Parse(
            await File.ReadAllTextAsync(Path.Combine(server.Folder, ".rondo", "server.json"), Cancellation)
        );
        var url = announced.RootElement.GetProperty("url").GetString()!.TrimEnd('/');

        var result = await Shell.RunAsync(server.Folder, "git", ["ls-remote", $"{url}/git/{project}.git"]);

        Assert.NotEqual(0, result.ExitCode);
        Assert.Contains(said, result.Error);
    }

    [Fact]
    public async Task A_model_of_a_client_is_found_without_its_project_and_given_an_alias()
    {
        var announced = JsonDocument.Parse(
            await File.ReadAllTextAsync(Path.Combine(server.Folder, ".rondo", "server.json"), Cancellation)
        );
        using var client = new HttpClient
        {
            BaseAddress = new Uri(announced.RootElement.GetProperty("url").GetString()!),
        };
        var made = await SendAsync("runs/create", """{"experiment_id":"0","run_name":"[priced]"}""");
        var run = made.GetProperty("run").GetProperty("info").GetProperty("run_id").GetString();
        await SendAsync(
            "runs/log-inputs",
            $$$"""
            {"run_id":"{{{run}}}","datasets":[{"tags":[{"key":"mlflow.data.context","value":"training"}],
            "dataset":{"name":"prices","digest":"c0ffee","source_type":"local","source":"prices.csv"}}]}
            """
        );
        await SendAsync("registered-models/create", """{"name":"priced"}""");
        await SendAsync("model-versions/create", $$"""{"name":"priced","source":"s3://b/m","run_id":"{{run}}"}""");

        var given = await server.RondoAsync("models", "alias", "priced", "best", "1");
        var shown = await server.RondoAsync("models", "--project", "mlflow");
        var removed = await server.RondoAsync("models", "alias", "priced", "best", "--remove");

        Assert.Equal((0, 0), (given.ExitCode, removed.ExitCode));
        Assert.Contains("best", shown.Out);
        Assert.Contains("s3://b/m", (await server.RondoAsync("models", "show", "priced")).Out);
        Assert.Contains("models --project mlflow", (await server.RondoAsync("models")).Error);
        Assert.DoesNotContain("best", (await server.RondoAsync("models", "--project", "mlflow")).Out);

        var lineage = (await server.RondoAsync("lineage", "mlflow/production/priced/1")).Out;
        Assert.Contains("[priced] in Default", lineage);
        Assert.Contains("prices (c0ffee, training)", lineage);
        Assert.Matches("made +mlflow/production/priced/1", lineage);
        Assert.Contains(run!, (await server.RondoAsync("lineage", "mlflow/production/priced/1", "--closure")).Out);
        await SendAsync("model-versions/create", """{"name":"priced","source":"models:/priced/1"}""");
        Assert.Contains(
            "mlflow/production/priced/2 was registered from mlflow/production/priced/1",
            (await server.RondoAsync("lineage", "mlflow/production/priced/2")).Out
        );

        // Other tests of this server have no model.
        using var deletion = new HttpRequestMessage(HttpMethod.Delete, "/api/2.0/mlflow/registered-models/delete")
        {
            Content = JsonContent.Create(new { name = "priced" }),
        };
        using var deleted = await client.SendAsync(deletion, Cancellation);
        Assert.True(deleted.IsSuccessStatusCode, await deleted.Content.ReadAsStringAsync(Cancellation));

        async Task<JsonElement> SendAsync(string path, string body)
        {
            using var content = new StringContent(body);
            content.Headers.ContentType = new("application/json");
            using var answer = await client.PostAsync($"/api/2.0/mlflow/{path}", content, Cancellation);
            var text = await answer.Content.ReadAsStringAsync(Cancellation);
            Assert.True(answer.IsSuccessStatusCode, text);
            return JsonElement.Parse(text);
        }
    }

    [Fact]
    public async Task A_step_that_a_run_does_not_have_is_named_beside_those_it_has()
    {
        var result = await server.RondoAsync("logs", server.Run, "nope");

        Assert.Equal(3, result.ExitCode);
        Assert.Contains("ingest, validate", result.Error);
    }

    [Fact]
    public async Task A_server_cannot_start_where_another_listens_or_where_it_cannot_write()
    {
        var announced = JsonDocument.Parse(
            await File.ReadAllTextAsync(Path.Combine(server.Folder, ".rondo", "server.json"), Cancellation)
        );
        var taken = announced.RootElement.GetProperty("url").GetString()!;
        var file = Path.Combine(server.Folder, "a-file");
        await File.WriteAllTextAsync(file, "", Cancellation);

        var busy = await server.RondoAsync("up", "--data", "other", "--listen", taken);
        var nowhere = await server.RondoAsync("up", "--data", file, "--listen", "http://127.0.0.1:0");

        Assert.Equal(4, busy.ExitCode);
        Assert.Contains("--listen", busy.Error);
        Assert.NotEqual(0, nowhere.ExitCode);
        Assert.Contains("a-file", nowhere.Error);
        Assert.DoesNotContain("   at ", busy.Error + nowhere.Error);
    }
}
