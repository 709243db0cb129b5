using System.Net;
using System.Text.Json;
using Rondo.Tests.Access;

namespace Rondo.Tests.Registry;

/// <summary>On what versions of MLflow's clients are approved: the results that somebody gives, or those that were logged for them.</summary>
public sealed class ClientEvidenceTests(AccessServer server) : IClassFixture<AccessServer>
{
    private static int s_names;

    private readonly string _name = FormattableString.Invariant($"cats-{Interlocked.Increment(ref s_names)}");

    private string Model => "/api/v1/projects/mlflow/models/" + _name;

    [Fact]
    [Trait("Requirement", "R137")]
    public async Task It_is_approved_on_what_its_run_has_logged_at_that_moment()
    {
        var run = await RunAsync();
        await RegisterAsync(new { run_id = run });
        await LogAsync(run, "auc", "0.9");
        await LogAsync(run, "loss", "\"NaN\"");

        var (status, answer) = await ApproveAsync(server.Local);
        await ApproveAsync(server.Local);

        Assert.True(status == HttpStatusCode.OK, answer);
        await LogAsync(run, "auc", "0.1", step: 2);
        var approval = Assert.Single(await HistoryAsync(), move => move.GetProperty("to").GetString() == "approved");
        Assert.Equal(
            $$"""{"run":"{{run}}","metrics":[{"name":"auc","value":0.9},{"name":"loss","value":"NaN"}]}""",
            approval.GetProperty("evidence").GetRawText()
        );
    }

    [Fact]
    [Trait("Requirement", "R137")]
    public async Task The_figures_of_its_logged_model_come_before_those_of_the_run_and_say_on_which_dataset()
    {
        var run = await RunAsync();
        var logged = (
            await server.Local.PostAsync("logged-models", new { experiment_id = "0", source_run_id = run })
        ).GetProperty("model");
        var model = logged.GetProperty("info").GetProperty("model_id").GetString()!;
        await server.Local.PostAsync(
            "runs/log-metric",
            new
            {
                run_id = run,
                key = "auc",
                value = 0.8,
                timestamp = 1,
                model_id = model,
                dataset_name = "held-out",
                dataset_digest = "d1",
            }
        );
        await RegisterAsync(new { run_id = run, model_id = model });

        await StageAsync("Production");

        var moves = await HistoryAsync();
        Assert.Equal(["pending", "approved", "production"], moves.Select(move => move.GetProperty("to").GetString()!));
        Assert.All(
            moves.Skip(1),
            move =>
                Assert.Equal(
                    $$"""{"loggedModel":"{{model}}","metrics":[{"name":"auc","value":0.8,"dataset":"held-out"}]}""",
                    move.GetProperty("evidence").GetRawText()
                )
        );
    }

    [Fact]
    [Trait("Requirement", "R137")]
    public async Task Without_any_result_it_is_not_approved_and_stays_as_it_was()
    {
        await RegisterAsync(new { run_id = await RunAsync() });

        var (status, answer) = await ApproveAsync(server.Local);
        var (given, _) = await ApproveAsync(server.Local, """{"auc":0.7}""");

        Assert.Equal(HttpStatusCode.PreconditionFailed, status);
        Assert.Contains("No results of version 1", answer, StringComparison.Ordinal);
        Assert.Contains("--evidence", answer, StringComparison.Ordinal);
        Assert.Equal(HttpStatusCode.OK, given);
        Assert.Equal("""{"auc":0.7}""", (await HistoryAsync())[^1].GetProperty("evidence").GetRawText());
    }

    [Fact]
    public async Task A_client_sets_stages_without_results_as_ever()
    {
        await RegisterAsync(new { run_id = await RunAsync() });

        await StageAsync("Production");

        Assert.Equal("production", (await HistoryAsync())[^1].GetProperty("to").GetString());
    }

    [Fact]
    public async Task What_was_released_before_is_taken_down_put_away_and_back_without_its_results_again()
    {
        await RegisterAsync(new { run_id = await RunAsync() });
        await StageAsync("Production");

        Assert.Equal(HttpStatusCode.OK, (await ApproveAsync(server.Local)).Status);
        await server.Local.PostAsync(Model + "/versions/1/state", new { state = "archived", reason = "of the past" });
        Assert.Equal(HttpStatusCode.OK, (await ApproveAsync(server.Local)).Status);
        await server.Local.PostAsync(Model + "/versions/1/state", new { state = "rejected", reason = "unfair" });
        await server.Local.PostAsync(Model + "/versions/1/state", new { state = "pending", reason = "look again" });
        Assert.Equal(HttpStatusCode.PreconditionFailed, (await ApproveAsync(server.Local)).Status);
    }

    [Fact]
    public async Task One_that_was_put_away_before_anybody_decided_needs_results_too()
    {
        await RegisterAsync(new { run_id = await RunAsync() });
        await server.Local.PostAsync(Model + "/versions/1/state", new { state = "archived", reason = "of the past" });

        Assert.Equal(HttpStatusCode.PreconditionFailed, (await ApproveAsync(server.Local)).Status);
    }

    [Fact]
    public async Task Figures_of_a_run_that_the_approver_may_not_read_are_not_told_to_the_readers_of_the_history()
    {
        var hidden = await server.Local.ExperimentAsync($"vault/{_name}");
        var run = await server.Local.RunAsync(hidden);
        await LogAsync(run, "auc", "0.9");
        await RegisterAsync(new { run_id = run });
        var approver = await server.UserAsync("approver", project: "mlflow");

        var (status, answer) = await ApproveAsync(approver);

        Assert.True(status == HttpStatusCode.PreconditionFailed, answer);
        Assert.DoesNotContain(
            "evidence\":{",
            (await server.Local.GetAsync(Model + "/versions/1/history")).GetRawText(),
            StringComparison.Ordinal
        );
        Assert.Equal(HttpStatusCode.OK, (await ApproveAsync(server.Local)).Status);
        // Whoever may read it has decided on it; others see that he did.
        foreach (var path in new[] { "/versions/1/history", "/card?version=1" })
        {
            Assert.Contains(run, (await server.Local.GetAsync(Model + path)).GetRawText(), StringComparison.Ordinal);
            var seen = (await approver.GetAsync(Model + path)).GetRawText();
            Assert.Contains("good enough", seen, StringComparison.Ordinal);
            Assert.DoesNotContain("0.9", seen, StringComparison.Ordinal);
        }
    }

    [Fact]
    [Trait("Requirement", "R136")]
    public async Task A_version_that_was_named_the_default_is_it_no_longer_when_it_is_rejected()
    {
        await RegisterAsync(new { });
        await RegisterAsync(new { });
        await server.Local.SendAsync("PUT", Model + "/aliases/default", new { version = 1 });
        Assert.Equal("1", await DefaultAsync());

        await server.Local.PostAsync(Model + "/versions/1/state", new { state = "rejected", reason = "unfair" });

        Assert.Equal("2", await DefaultAsync());
        Assert.Equal(
            HttpStatusCode.NotFound,
            (await server.Local.SendAsync("DELETE", Model + "/aliases/default")).Status
        );
    }

    private Task<string> RunAsync() => server.Local.RunAsync("0");

    private Task LogAsync(string run, string key, string value, int step = 0) =>
        server.Local.PostAsync(
            "runs/log-metric",
            JsonElement.Parse(
                $$"""{"run_id":"{{run}}","key":"{{key}}","value":{{value}},"timestamp":1,"step":{{step}}}"""
            )
        );

    private async Task RegisterAsync(object more)
    {
        await server.Local.SendAsync("POST", "registered-models/create", new { name = _name });
        var fields = JsonSerializer.Deserialize<Dictionary<string, object>>(JsonSerializer.Serialize(more))!;
        fields["name"] = _name;
        fields["source"] = "s3://models/cats";
        await server.Local.PostAsync("model-versions/create", fields);
    }

    private Task StageAsync(string stage) =>
        server.Local.PostAsync(
            "model-versions/transition-stage",
            new
            {
                name = _name,
                version = "1",
                stage,
                archive_existing_versions = false,
            }
        );

    private Task<(HttpStatusCode Status, string Body)> ApproveAsync(AccessUser user, string? evidence = null) =>
        user.SendAsync(
            "POST",
            Model + "/versions/1/state",
            $$"""{"state":"approved","reason":"good enough","evidence":{{evidence ?? "null"}}}"""
        );

    private async Task<IReadOnlyList<JsonElement>> HistoryAsync() =>
        [.. (await server.Local.GetAsync(Model + "/versions/1/history")).EnumerateArray()];

    private async Task<string?> DefaultAsync() =>
        (await server.Local.GetAsync($"registered-models/alias?name={_name}&alias=default"))
            .GetProperty("model_version")
            .GetProperty("version")
            .GetString();
}
