using System.Net;
using System.Text.Json;

namespace Rondo.Tests.Access;

/// <summary>What is listed across projects shows those that one may read.</summary>
public sealed class ProjectAccessTests(AccessServer server) : IClassFixture<AccessServer>
{
    [Fact]
    [Trait("Requirement", "R142")]
    public async Task Projects_and_events_that_one_may_not_read_are_not_shown()
    {
        var ada = await server.UserAsync("data-engineer", project: "transit");
        var auditor = await server.UserAsync("auditor");
        var client = await server.UserAsync("client");
        await server.Local.ExperimentAsync("somewhere/else");
        await AppendAsync("transit");
        await AppendAsync("secret-lab");

        Assert.Equal(["transit"], await ProjectsAsync(ada));
        Assert.Equal(["transit"], (await EventsAsync(ada, "")).Distinct());
        Assert.Equal(["transit"], (await EventsAsync(ada, "&newest=true")).Distinct());
        Assert.Empty(await EventsAsync(ada, "&project=secret-lab"));
        Assert.Superset(
            new HashSet<string>(StringComparer.Ordinal) { "", "secret-lab", "transit" },
            (await EventsAsync(auditor, "")).ToHashSet(StringComparer.Ordinal)
        );
        await client.RefusedAsync("GET", "/api/v1/events");
        Assert.Empty(await ProjectsAsync(client));

        Task AppendAsync(string project) =>
            server.Local.PostAsync(
                $"/api/v1/projects/{project}/events",
                new { type = "upstream.ready", data = new { } }
            );
    }

    // The server is shared: others' models stand beside this one.
    private static async Task<int> OverviewAsync(AccessUser user) =>
        (await user.GetAsync("/api/v1/models/overview"))
            .GetProperty("items")
            .EnumerateArray()
            .Count(standing => standing.GetProperty("model").GetString() == "m");

    private static bool IsM(JsonElement model) => model.GetProperty("name").GetString() == "m";

    private static async Task<int> FoundAsync(AccessUser user) =>
        (await user.GetAsync("/api/v1/models/find?text=m")).GetProperty("total").GetInt32();

    [Fact]
    [Trait("Requirement", "R142")]
    public async Task Registered_models_belong_to_a_project_also_where_clients_of_mlflow_ask_for_them()
    {
        await server.Local.PostAsync("registered-models/create", new { name = "m" });
        var ada = await server.UserAsync("model-researcher", project: "transit");
        var bob = await server.UserAsync("model-researcher", project: "mlflow");
        var approver = await server.UserAsync("approver", project: "mlflow");
        var experiment = await server.Local.ExperimentAsync("private/a");
        var run = await server.Local.RunAsync(experiment);

        Assert.Equal("{}", (await ada.GetAsync("registered-models/search")).ToString());
        await ada.RefusedAsync("GET", "registered-models/get?name=m");
        await ada.RefusedAsync("POST", "registered-models/create", new { name = "n" });
        Assert.Single(
            (await bob.GetAsync("registered-models/search")).GetProperty("registered_models").EnumerateArray(),
            IsM
        );
        Assert.Equal((0, 1), (await OverviewAsync(ada), await OverviewAsync(bob)));
        Assert.Equal((0, 1), (await FoundAsync(ada), await FoundAsync(bob)));
        await bob.RefusedAsync("GET", "webhooks");
        await bob.RefusedAsync("POST", "webhooks", new { name = "w", url = "https://example.com" });

        // A version is no way to the files of a run that one may not read.
        var source = $"mlflow-artifacts:/{experiment}/{run}/artifacts/model";
        await bob.RefusedAsync("POST", "model-versions/create", Version(source, null));
        await bob.RefusedAsync("POST", "model-versions/create", Version("s3://bucket/model", run));
        foreach (
            var form in new[] { "runs:/{0}/model", "RUNS:/{0}", "runs:///{0}/model", "runs://profile@host/{0}/model" }
        )
        {
            await bob.RefusedAsync("POST", "model-versions/create", Version(string.Format(null, form, run), null));
        }

        const string proxy = "http://host:5000/api/2.0/mlflow-artifacts/artifacts";
        await bob.RefusedAsync(
            "POST",
            "model-versions/create",
            Version($"{proxy}/{experiment}/{run}/artifacts/model", null)
        );
        await bob.RefusedAsync(
            "POST",
            "/api/v1/projects/mlflow/models/import",
            $$"""{"kind":"modelVersion","model":"m","version":9,"stage":"None","source":"runs:/{{run}}/model"}"""
        );
        await bob.PostAsync("model-versions/create", Version("s3://bucket/model", null));
        var stage = new
        {
            name = "m",
            version = "1",
            stage = "Production",
            archive_existing_versions = false,
        };
        await bob.RefusedAsync("POST", "model-versions/transition-stage", stage);
        await approver.PostAsync("model-versions/transition-stage", stage);

        // A run that there is not is nobody's; whoever may read one registers from it.
        await bob.PostAsync("model-versions/create", Version("runs:/nothing/model", null));
        await bob.PostAsync("model-versions/create", Version($"{proxy}/1/nothing/artifacts/model", null));
        await server.Local.PostAsync("model-versions/create", Version($"runs:/{run}/model", null));

        static object Version(string source, string? run) =>
            new
            {
                name = "m",
                source,
                run_id = run,
            };
    }

    [Fact]
    [Trait("Requirement", "R142")]
    public async Task A_model_is_imported_with_a_decision_only_by_whoever_may_decide()
    {
        await server.Local.PostAsync("registered-models/create", new { name = "imported" });
        var bob = await server.UserAsync("model-researcher", project: "mlflow");
        const string import = "/api/v1/projects/mlflow/models/import";

        await bob.PostAsync(import, Version(1, "None", "s3://bucket/m"));
        await bob.RefusedAsync("POST", import, Version(2, "Production", "s3://bucket/m"));
        await bob.RefusedAsync("POST", import, Version(2, "None", "mlflow-artifacts:/0/x/artifacts/m"));
        await server.Local.PostAsync(import, Version(2, "Production", "s3://bucket/m"));
        // Nor does it take one out of its stage.
        var left = await bob.PostAsync(import, Version(2, "None", "s3://bucket/m"));
        Assert.Contains("models.decide", Assert.Single(left.GetProperty("problems").EnumerateArray()).ToString());
        var versions = "/api/v1/projects/mlflow/models/imported/versions/2";
        Assert.Contains("production", (await server.Local.SendAsync("GET", versions)).Body);

        static string Version(int version, string stage, string source) =>
            JsonSerializer.Serialize(
                new
                {
                    kind = "modelVersion",
                    model = "imported",
                    version,
                    stage,
                    source,
                }
            );
    }

    [Fact]
    [Trait("Requirement", "R142")]
    public async Task What_belongs_to_another_project_is_refused_in_the_words_of_each_protocol()
    {
        var ada = await server.UserAsync("data-scientist", project: "transit");

        await ada.RefusedAsync("GET", "/git/secret-lab.git/info/refs?service=git-upload-pack");
        await ada.RefusedAsync("POST", "/api/v1/endpoints", NewEndpoint("secret-lab"));
        await ada.RefusedAsync("POST", "/api/v1/projects/secret-lab/pipelines/train/runs", new { });
        var engineer = await server.UserAsync("deployment-engineer", project: "transit");
        await engineer.RefusedAsync("POST", "/api/v1/endpoints", NewEndpoint("secret-lab"));
        var (status, _) = await engineer.SendAsync("POST", "/api/v1/endpoints", NewEndpoint("transit"));
        Assert.Equal(HttpStatusCode.NotFound, status);
        var reader = await server.UserAsync("auditor", project: "transit");
        var (code, answer) = await reader.SendAsync("POST", "/v2/models/m/infer", new { });
        Assert.Equal(HttpStatusCode.Forbidden, code);
        Assert.Contains("predict", JsonElement.Parse(answer).GetProperty("error").GetString());

        static object NewEndpoint(string project) =>
            new
            {
                name = "x",
                project,
                model = "m",
                version = 1,
            };
    }

    private static async Task<string[]> ProjectsAsync(AccessUser user) =>
        [
            .. (await user.GetAsync("/api/v1/projects"))
                .EnumerateArray()
                .Select(one => one.GetProperty("name").GetString()!),
        ];

    private static async Task<string[]> EventsAsync(AccessUser user, string query) =>
        [
            .. (await user.GetAsync("/api/v1/events?limit=1000" + query))
                .GetProperty("items")
                .EnumerateArray()
                .Select(one => one.GetProperty("project").GetString()!),
        ];
}
