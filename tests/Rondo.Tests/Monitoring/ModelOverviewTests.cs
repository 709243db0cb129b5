using System.Globalization;
using System.Net;
using System.Net.Http.Json;
using System.Text.Json;
using Microsoft.Extensions.DependencyInjection;
using Rondo.Kernel;
using Rondo.Kernel.Access;
using Rondo.Kernel.Db;
using Rondo.Kernel.Projects;
using Rondo.Monitoring;
using Rondo.Monitoring.Predictions;
using Rondo.Registry;
using Rondo.Registry.Governance;
using Rondo.Sdk.Wire;
using Rondo.Serving;
using Rondo.Tests.Kernel;
using Rondo.Tests.Registry;
using Rondo.Tests.Serving;

namespace Rondo.Tests.Monitoring;

/// <summary>All models at a glance: what serves where, what watches it, and what needs attention.</summary>
[Trait("Requirement", "R141")]
public sealed class ModelOverviewTests
{
    private static readonly DateOnly s_first = new(2005, 1, 1);

    [Fact]
    public async Task A_model_that_serves_unwatched_and_unowned_says_so_in_words()
    {
        await using var serving = await StartAsync(
            new MonitorManifest("freshness", "freshness", "days", 100_000, 1, 1)
        );
        serving.Kernel.Time.Advance(TimeSpan.FromDays(3));

        var model = Assert.Single((await OverviewAsync(serving)).GetProperty("items").EnumerateArray());

        Assert.Equal("warning", model.GetProperty("attention").GetString());
        Assert.Equal(
            [
                "line serves without a quality or drift monitor",
                "line serves without a schema monitor",
                "nobody has said its risk",
                "nobody owns it",
            ],
            Texts(model)
        );
        var served = model.GetProperty("serving")[0];
        Assert.Equal(["quality", "drift", "schema"], Strings(served.GetProperty("missing")));
        var version = served.GetProperty("versions")[0];
        Assert.Equal((1, 100, 3), (Int(version, "version"), Int(version, "percent"), Int(version, "ageDays")));
        Assert.Equal("production", version.GetProperty("state").GetString());
    }

    [Fact]
    public async Task An_alert_is_open_until_a_later_window_is_within_the_limit_and_one_that_says_nothing_closes_none()
    {
        await using var serving = await StartAsync(new MonitorManifest("quality-rmse", "quality", "rmse", 2, 10, 10));
        // Right for ten days, 3 off for twenty, then days of which nobody has learnt the truth yet.
        for (var day = 0; day < 55; day++)
        {
            await PredictAsync(serving, day, truth: day >= 30 ? null : (2 * day) + (day >= 10 ? 3 : 0));
        }

        await SettleAsync(serving);
        var model = (await OverviewAsync(serving, "attention=alert")).GetProperty("items")[0];

        Assert.Equal("alert: quality-rmse of line 3 > 2 since 2005-01-11", Texts(model)[0]);
        var alert = Assert.Single(model.GetProperty("alerts").EnumerateArray());
        Assert.Equal(
            new DateTimeOffset(2005, 1, 11, 0, 0, 0, TimeSpan.Zero),
            alert.GetProperty("since").GetDateTimeOffset()
        );
        Assert.Equal(
            new DateTimeOffset(2005, 1, 21, 0, 0, 0, TimeSpan.Zero),
            alert.GetProperty("windowFrom").GetDateTimeOffset()
        );
        var windows = model.GetProperty("serving")[0].GetProperty("monitors")[0].GetProperty("windows");
        Assert.Equal(
            ["passed", "alert", "alert", "insufficient"],
            windows.EnumerateArray().Select(w => w.GetProperty("state").GetString())
        );

        // The window that ends on day 50 is right again.
        for (var day = 40; day < 50; day++)
        {
            await TruthAsync(serving, Date(day), 2 * day);
        }

        await SettleAsync(serving);
        var overview = await OverviewAsync(serving, "attention=alert");

        Assert.Empty(overview.GetProperty("items").EnumerateArray());
        Assert.Equal(0, Int(overview.GetProperty("counts"), "alerts"));
    }

    [Fact]
    public async Task What_is_wrong_stands_above_what_is_to_be_mended_and_above_what_is_well()
    {
        await using var serving = await StartAsync();
        await RegisterAsync(serving, "calm", "low", "ada");
        await RegisterAsync(serving, "anonymous", "high", null);
        await serving.Get<ModelGovernance>().DecideAsync(Rejection(TestModels.Key, 1), Caller.Local);
        await serving.SettleAsync();

        var models = (await OverviewAsync(serving)).GetProperty("items").EnumerateArray().ToList();

        Assert.Equal(["demand", "anonymous", "calm"], models.Select(model => model.GetProperty("model").GetString()));
        Assert.Equal(["alert", "warning", "none"], models.Select(model => model.GetProperty("attention").GetString()));
        Assert.Contains("line answers with version 1, which was rejected", Texts(models[0]));
        Assert.Equal(["risk high and no owner"], Texts(models[1]));
    }

    [Fact]
    public async Task A_version_that_waits_beside_the_serving_one_is_told_and_a_rollout_that_was_turned_back_with_its_reason()
    {
        await using var serving = await StartAsync();
        await serving.RegisterAsync(new LineModel(3, 0, Drifts: true));
        await serving.SettleAsync();

        var back = Assert.Single((await OverviewAsync(serving)).GetProperty("items").EnumerateArray());
        Assert.Contains(
            Texts(back),
            text => text.StartsWith("the rollout of version 2 at line was rolled back: ", StringComparison.Ordinal)
        );
        Assert.DoesNotContain("approved version 2 waits beside serving 1", Texts(back));

        await serving.RegisterAsync(new LineModel(3, 0), needsApproval: true);
        await serving.SettleAsync();
        var waits = (await OverviewAsync(serving)).GetProperty("items")[0];
        Assert.Contains("version 3 waits for approval", Texts(waits));
        Assert.Equal("pending", waits.GetProperty("newest").GetProperty("state").GetString());
    }

    [Fact]
    public async Task A_model_of_MLflows_clients_is_there_too_and_nothing_is_asked_of_what_is_not_served_here()
    {
        await using var serving = await StartAsync();
        var answer = await serving.Client.PostAsJsonAsync(
            "/api/2.0/mlflow/registered-models/create",
            new { name = "price" }
        );
        Assert.Equal(HttpStatusCode.OK, answer.StatusCode);

        var model = (await OverviewAsync(serving))
            .GetProperty("items")
            .EnumerateArray()
            .Single(model => model.GetProperty("model").GetString() == "price");

        Assert.Equal(
            ("mlflow", "none"),
            (model.GetProperty("project").GetString(), model.GetProperty("attention").GetString())
        );
        Assert.Empty(model.GetProperty("serving").EnumerateArray());
    }

    [Fact]
    public async Task Pages_of_any_size_show_every_model_once_in_one_order_and_filters_narrow_them()
    {
        await using var serving = await StartAsync();
        await FillAsync(serving, 40);
        var all = await KeysAsync(serving, "limit=1000");
        Assert.Equal(41, all.Count);

        foreach (var size in new[] { 1, 7, 40 })
        {
            Assert.Equal(all, await PagedAsync(serving, size));
        }

        Assert.Equal(40, (await KeysAsync(serving, "project=many")).Count);
        Assert.Equal(20, (await KeysAsync(serving, "project=many&environment=test")).Count);
        Assert.Equal(2, (await KeysAsync(serving, "project=many&risk=high")).Count);
        Assert.Equal(30, (await KeysAsync(serving, "project=many&risk=unknown")).Count);
        Assert.Equal(2, (await KeysAsync(serving, "project=many&attention=warning")).Count);
    }

    [Fact]
    public async Task A_page_asks_the_database_as_often_for_ten_thousand_models_as_for_ten()
    {
        await using var serving = await StartAsync(new MonitorManifest("quality-rmse", "quality", "rmse", 2, 10, 10));
        await FillAsync(serving, 10);
        var few = await StatementsAsync(serving, "limit=5");

        await FillAsync(serving, 10_000);

        Assert.Equal(few, await StatementsAsync(serving, "limit=1000"));
        Assert.Equal(10_001, Int((await OverviewAsync(serving, "limit=1")).GetProperty("counts"), "models"));
        Assert.InRange(few, 1, 9);
    }

    [Theory]
    [InlineData("attention=much", "Use one of: note, warning, alert.", HttpStatusCode.BadRequest)]
    [InlineData("risk=huge", "Use one of: low, medium, high, unknown.", HttpStatusCode.BadRequest)]
    [InlineData("after=x", "Send what the page before gave as 'next'", HttpStatusCode.BadRequest)]
    [InlineData("format=pdf", "Use json or html.", HttpStatusCode.BadRequest)]
    [InlineData("project=nowhere", "nowhere", HttpStatusCode.NotFound)]
    public async Task A_question_that_cannot_be_answered_is_refused_with_what_can(
        string query,
        string says,
        HttpStatusCode status
    )
    {
        await using var serving = await StartAsync();
        var error = await Assert.ThrowsAsync<RondoException>(() => AskAsync(serving, query));
        Assert.Contains(says, error.Message + error.Mend);
        Assert.Equal(status == HttpStatusCode.NotFound ? ErrorCode.NotFound : ErrorCode.InvalidArgument, error.Code);
    }

    [Fact]
    public async Task The_page_escapes_what_people_wrote_and_draws_the_windows_of_each_monitor_against_its_limit()
    {
        await using var serving = await StartAsync(new MonitorManifest("quality-rmse", "quality", "rmse", 2, 10, 10));
        for (var day = 0; day < 21; day++)
        {
            await PredictAsync(serving, day, truth: (2 * day) + (day < 10 ? 0 : 3));
        }

        await SettleAsync(serving);
        await CardAsync(serving, TestModels.Key, "low", "<script>alert(1)</script>");

        var page = await serving.Client.GetStringAsync("/models?project=&attention=warning&limit=1");

        Assert.DoesNotContain("<script", page);
        Assert.Contains("&lt;script&gt;", page);
        Assert.Contains("alert: quality-rmse of line 3 &gt; 2 since 2005-01-11", page);
        Assert.Contains("aria-label=\"quality-rmse of line, the last 2 windows against the limit\"", page);
        Assert.Contains("<option selected>warning</option>", page);
        Assert.DoesNotContain("http://", page);
        Assert.Equal(page, await serving.Client.GetStringAsync("/models?attention=warning&limit=1"));
    }

    private static async Task<IReadOnlyList<string>> PagedAsync(ServingHarness serving, int size)
    {
        var keys = new List<string>();
        string? after = null;
        do
        {
            var page = await OverviewAsync(
                serving,
                $"limit={size}" + (after is null ? "" : "&after=" + Uri.EscapeDataString(after))
            );
            keys.AddRange(Keys(page));
            after = page.GetProperty("next").GetString();
        } while (after is not null);

        return keys;
    }

    private static async Task<IReadOnlyList<string>> KeysAsync(ServingHarness serving, string query) =>
        Keys(await OverviewAsync(serving, query));

    private static List<string> Keys(JsonElement page) =>
        [
            .. page.GetProperty("items")
                .EnumerateArray()
                .Select(m => $"{m.GetProperty("project")}/{m.GetProperty("environment")}/{m.GetProperty("model")}"),
        ];

    // The loops of the server ask, too: the least of several times is what the page asks for.
    private static async Task<long> StatementsAsync(ServingHarness serving, string query)
    {
        var least = long.MaxValue;
        for (var time = 0; time < 5; time++)
        {
            var before = serving.Kernel.Database.Statements;
            await OverviewAsync(serving, query);
            least = Math.Min(least, serving.Kernel.Database.Statements - before);
        }

        return least;
    }

    private static Task<JsonElement> OverviewAsync(ServingHarness serving, string query = "") =>
        serving.Client.GetFromJsonAsync<JsonElement>("/api/v1/models/overview?" + query);

    // The harness has no error page: what is refused is seen where it is thrown.
    private static async Task AskAsync(ServingHarness serving, string query)
    {
        var parts = query.Split('=');
        string? Of(string name) => parts[0] == name ? parts[1] : null;
        await Rondo.Monitoring.Overview.OverviewEndpoints.ReadAsync(
            new(Of("project"), null, Of("attention"), Of("risk"), Of("after"), null, Of("format")),
            serving.Get<Rondo.Monitoring.Overview.ModelOverviews>(),
            serving.Get<ProjectStore>(),
            Local()
        );
    }

    private static Microsoft.AspNetCore.Http.DefaultHttpContext Local()
    {
        var context = new Microsoft.AspNetCore.Http.DefaultHttpContext();
        context.SetCaller(Rondo.Kernel.Access.Caller.Local);
        return context;
    }

    private static VersionMove Rejection(ModelKey model, long version) =>
        new(model, version, VersionState.Rejected, Actor.Local, "unfair");

    private static List<string> Texts(JsonElement model) =>
        [.. model.GetProperty("concerns").EnumerateArray().Select(concern => concern.GetProperty("text").GetString()!)];

    private static List<string> Strings(JsonElement list) =>
        [.. list.EnumerateArray().Select(text => text.GetString()!)];

    private static int Int(JsonElement element, string name) => element.GetProperty(name).GetInt32();

    private static async Task<ServingHarness> StartAsync(params MonitorManifest[] monitors)
    {
        var serving = await ServingHarness.StartAsync(
            services => services.AddMonitoring(),
            app => app.MapMonitoring(),
            MonitoringModule.Schema
        );
        await serving.Get<ProjectStore>().CreateAsync("transit", Actor.Local);
        await serving.Get<ProjectStore>().CreateAsync("many", Actor.Local);
        await serving.ReleaseAsync(ServingHarness.Manifest(monitors: monitors));
        await serving.RegisterAsync(new LineModel(2, 0));
        await serving.SettleAsync();
        return serving;
    }

    private static async Task RegisterAsync(ServingHarness serving, string model, string? risk, string? owner)
    {
        var proposal = (await TestModels.ProposeAsync(serving.Kernel.Blobs, new LineModel(1, 0))) with
        {
            Model = model,
        };
        var origin = TestModels.Origin("run-of-" + model);
        await serving.Kernel.Database.WriteAsync(t => serving.Registry.RegisterAsync(t, origin, proposal).AsTask());
        await CardAsync(serving, new ModelKey("transit", "production", model), risk, owner);
    }

    private static async Task CardAsync(ServingHarness serving, ModelKey key, string? risk, string? owner)
    {
        var answer = await serving.Client.PutAsJsonAsync(
            $"/api/v1/projects/{key.Project}/models/{key.Model}/card",
            new { card = new { risk, owner }, basedOn = 0 }
        );
        Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
    }

    // Many models at once, as their tables have them; every fourth has a card, and every fifth of these says that the risk is high.
    private static Task FillAsync(ServingHarness serving, int count) =>
        serving.Kernel.Database.WriteAsync(async transaction =>
        {
            await transaction.ExecuteAsync("delete from registry_card where project = 'many'");
            await transaction.ExecuteAsync("delete from registry_entry where project = 'many'");
            await transaction.ExecuteAsync("delete from registry_model where project = 'many'");
            var rows = Enumerable.Range(0, count).Select(Row).ToList();
            await transaction.ExecuteManyAsync(
                "insert into registry_model (project, environment, model, newest, name) values ('many', @environment, @model, 1, @model)",
                ["environment", "model"],
                rows
            );
            await transaction.ExecuteManyAsync(
                """
                insert into registry_entry (id, project, environment, model, version, name, state, source, storage, created_at, updated_at)
                values ('many/' || @environment || '/' || @model || '/1', 'many', @environment, @model, 1, @model, 'approved', '', '', 1, 1)
                """,
                ["environment", "model"],
                rows
            );
            await transaction.ExecuteManyAsync(
                """
                insert into registry_card (project, environment, model, revision, body, edited_at, edited_by)
                values ('many', @environment, @model, 1, @body, 1, 'ada')
                """,
                ["environment", "model", "body"],
                Enumerable.Range(0, count).Where(i => i % 4 == 0).Select(i => (object?[])[.. Row(i), Body(i)])
            );
        });

    private static object?[] Row(int i) =>
        [i % 2 == 0 ? "production" : "test", string.Create(CultureInfo.InvariantCulture, $"model-{i / 2:00000}")];

    private static string Body(int i) => i % 20 == 0 ? """{"risk":"high"}""" : """{"risk":"low","caveats":"none"}""";

    private static async Task PredictAsync(ServingHarness serving, int day, double? truth)
    {
        var answer = await serving.InferAsync(day, id: Date(day), eventTime: Date(day));
        Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
        if (truth is { } value)
        {
            await TruthAsync(serving, Date(day), value);
        }
    }

    private static async Task TruthAsync(ServingHarness serving, string id, double value)
    {
        var told = await serving.Client.PostAsJsonAsync(
            "/api/v1/endpoints/line/ground-truth",
            new[] { new { inferenceId = id, value } }
        );
        Assert.Equal(HttpStatusCode.OK, told.StatusCode);
    }

    private static string Date(int day) => s_first.AddDays(day).ToString("yyyy-MM-dd", CultureInfo.InvariantCulture);

    private static async Task SettleAsync(ServingHarness serving)
    {
        await serving.Get<PredictionLog>().WaitFlushedAsync();
        await serving.SettleAsync();
    }
}
