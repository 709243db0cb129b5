using System.Net;
using System.Text.Json;

namespace Rondo.Tests.Access;

/// <summary>What clients of MLflow see and change who have a role in a folder of experiments.</summary>
public sealed class TrackingAccessTests(AccessServer server) : IClassFixture<AccessServer>
{
    private static int s_folders;

    [Fact]
    [Trait("Requirement", "R142")]
    public async Task What_is_granted_on_a_folder_holds_below_it_and_nowhere_else()
    {
        var root = NewFolder();
        var ada = await server.UserAsync("model-researcher", folder: root + "/vision");
        var own = await ada.ExperimentAsync($"/{root}//vision/cats/resnet");
        var run = await ada.RunAsync(own);
        await ada.PostAsync("runs/log-metric", Metric(run));
        foreach (var name in new[] { $"{root}/visionary/x", $"{root}/Vision/x", $"{root}/x", $"x/{root}/vision/x" })
        {
            var other = await server.Local.ExperimentAsync(name);
            var foreign = await server.Local.RunAsync(other);

            await ada.RefusedAsync("POST", "experiments/create", new { name = name + "/mine" });
            await ada.RefusedAsync("GET", "experiments/get?experiment_id=" + other);
            await ada.RefusedAsync("GET", "experiments/get-by-name?experiment_name=" + Uri.EscapeDataString(name));
            await ada.RefusedAsync("POST", "runs/create", new { experiment_id = other });
            await ada.RefusedAsync("GET", "runs/get?run_id=" + foreign);
            await ada.RefusedAsync("GET", $"metrics/get-history?run_id={foreign}&metric_key=m");
            await ada.RefusedAsync("POST", "runs/log-metric", Metric(foreign));
            await ada.RefusedAsync("POST", "runs/log-batch", new { run_id = foreign, tags = Tags("k") });
            await ada.RefusedAsync("POST", "runs/delete", new { run_id = foreign });
            await ada.RefusedAsync("POST", "experiments/delete", new { experiment_id = other });
            await ada.RefusedAsync("GET", "/api/v1/tracking/export?experiment=" + Uri.EscapeDataString(name));
            await ada.RefusedAsync("GET", $"/api/v1/tracking/compare?run={run}&run={foreign}");
        }

        // What is not there is told as such, so that a client makes it.
        var (status, _) = await ada.SendAsync("GET", $"experiments/get-by-name?experiment_name={root}/vision/new");
        Assert.Equal(HttpStatusCode.NotFound, status);
    }

    [Fact]
    [Trait("Requirement", "R142")]
    public async Task By_words_only_that_is_found_which_may_be_read()
    {
        var root = NewFolder();
        var ada = await server.UserAsync("model-researcher", folder: root + "/vision");
        foreach (var name in new[] { $"{root}/vision/zebra", $"{root}/visionary/zebra" })
        {
            var experiment = await server.Local.ExperimentAsync(name);
            await server.Local.PostAsync(
                "runs/set-tag",
                new
                {
                    run_id = await server.Local.RunAsync(experiment),
                    key = "k",
                    value = "zebra " + root,
                }
            );
        }

        var address = "/api/v1/tracking/find?text=" + Uri.EscapeDataString("zebra " + root);
        var all = await server.Local.GetAsync(address);
        var seen = await ada.GetAsync(address);

        Assert.Equal(4, all.GetProperty("total").GetInt32());
        Assert.Equal(2, seen.GetProperty("total").GetInt32());
        Assert.All(
            seen.GetProperty("items").EnumerateArray(),
            item => Assert.Equal($"{root}/vision/zebra", item.GetProperty("experiment").GetString())
        );
    }

    [Fact]
    [Trait("Requirement", "R142")]
    public async Task Whoever_may_only_read_a_folder_changes_nothing_in_it()
    {
        var folder = NewFolder();
        var experiment = await server.Local.ExperimentAsync(folder + "/a");
        var run = await server.Local.RunAsync(experiment);
        var reader = await server.UserAsync("auditor", folder: folder);

        await reader.GetAsync("runs/get?run_id=" + run);
        await reader.RefusedAsync("POST", "runs/log-metric", Metric(run));
        await reader.RefusedAsync(
            "POST",
            "runs/log-parameter",
            new
            {
                run_id = run,
                key = "k",
                value = "v",
            }
        );
        await reader.RefusedAsync(
            "POST",
            "runs/set-tag",
            new
            {
                run_uuid = run,
                key = "k",
                value = "v",
            }
        );
        await reader.RefusedAsync("POST", "runs/update", new { run_id = run, status = "FAILED" });
        await reader.RefusedAsync("POST", "logged-models", new { experiment_id = experiment, name = "m" });
        await reader.RefusedAsync("PUT", $"/api/2.0/mlflow-artifacts/artifacts/{experiment}/{run}/artifacts/f", "x");
        await reader.RefusedAsync("PUT", "/api/v1/tracking/runs/" + run, new { experiment = folder + "/a" });
    }

    [Fact]
    [Trait("Requirement", "R142")]
    public async Task Pages_of_a_search_are_full_and_hold_what_may_be_seen_alone()
    {
        var root = NewFolder();
        var ada = await server.UserAsync("model-researcher", folder: root + "/mine");
        var (mine, all) = (new List<string>(), new List<string>());
        for (var i = 0; i < 7; i++)
        {
            mine.Add(await ada.ExperimentAsync($"{root}/mine/{i}"));
            all.Add(mine[^1]);
            all.Add(await server.Local.ExperimentAsync($"{root}/mine-not/{i}"));
            await ada.RunAsync(mine[^1]);
            await server.Local.RunAsync(all[^1]);
        }

        var experiments = await PagesAsync(ada, "experiments/search", "experiments", new { max_results = 3 });
        var runs = await PagesAsync(ada, "runs/search", "runs", new { max_results = 3, experiment_ids = all });
        var named = new { experiment_ids = all.Except(mine) };

        Assert.Equal([3, 3, 1], experiments.Select(page => page.Count));
        Assert.Equal([3, 3, 1], runs.Select(page => page.Count));
        Assert.All(
            experiments.SelectMany(page => page),
            one => Assert.StartsWith(root + "/mine/", one.GetProperty("name").GetString())
        );
        Assert.All(
            runs.SelectMany(page => page),
            one => Assert.Contains(one.GetProperty("info").GetProperty("experiment_id").GetString(), mine)
        );
        Assert.Equal("{}", (await ada.PostAsync("runs/search", named)).ToString());
        Assert.Equal("{}", (await ada.PostAsync("/api/2.0/mlflow/logged-models/search", named)).ToString());
    }

    [Fact]
    [Trait("Requirement", "R142")]
    public async Task An_experiment_moves_by_its_name_only_between_folders_where_both_may_be_written()
    {
        var root = NewFolder();
        var ada = await server.UserAsync("model-researcher", folder: root + "/mine");
        var own = await ada.ExperimentAsync(root + "/mine/a");
        var foreign = await server.Local.ExperimentAsync(root + "/theirs/a");

        await ada.RefusedAsync("POST", "experiments/update", Renamed(own, root + "/theirs/b"));
        await ada.RefusedAsync("POST", "experiments/update", Renamed(foreign, root + "/mine/b"));
        await ada.PostAsync("experiments/update", Renamed(own, root + "/mine/sub/b"));
        await server.Local.PostAsync("experiments/update", Renamed(own, root + "/theirs/b"));

        // It is out of her folder now, and whatever is in it with it.
        await ada.RefusedAsync("POST", "runs/create", new { experiment_id = own });
        await ada.RefusedAsync("POST", "experiments/restore", new { experiment_id = own });

        static object Renamed(string id, string name) => new { experiment_id = id, new_name = name };
    }

    [Fact]
    [Trait("Requirement", "R142")]
    public async Task A_run_moves_only_between_folders_where_both_may_be_written_and_its_files_go_with_it()
    {
        var root = NewFolder();
        var ada = await server.UserAsync("model-researcher", folder: root + "/mine");
        var own = await ada.ExperimentAsync(root + "/mine/a");
        var foreign = await server.Local.ExperimentAsync(root + "/theirs/a");
        var run = await ada.RunAsync(own);
        var theirs = await server.Local.RunAsync(foreign);
        var file = $"/api/2.0/mlflow-artifacts/artifacts/{own}/{run}/artifacts/f.txt";
        await ada.SendAsync("PUT", file, "x");

        await ada.RefusedAsync("POST", $"/api/v1/tracking/runs/{run}/experiment", new { experimentId = foreign });
        await ada.RefusedAsync("POST", $"/api/v1/tracking/runs/{theirs}/experiment", new { experimentId = own });
        await server.Local.PostAsync($"/api/v1/tracking/runs/{run}/experiment", new { experimentId = foreign });

        await ada.RefusedAsync("GET", "runs/get?run_id=" + run);
        await ada.RefusedAsync("GET", file);
        await ada.RefusedAsync("PUT", file, "y");
        await ada.RefusedAsync("DELETE", $"/api/2.0/mlflow-artifacts/artifacts/{own}");
        Assert.Equal(HttpStatusCode.OK, (await server.Local.SendAsync("GET", file)).Status);
    }

    [Fact]
    [Trait("Requirement", "R142")]
    public async Task Files_of_another_run_are_reached_by_no_address()
    {
        var root = NewFolder();
        var ada = await server.UserAsync("model-researcher", folder: root + "/mine");
        var own = await ada.ExperimentAsync(root + "/mine/a");
        var run = await ada.RunAsync(own);
        var foreign = await server.Local.ExperimentAsync(root + "/theirs/a");
        var theirs = await server.Local.RunAsync(foreign);
        const string proxy = "/api/2.0/mlflow-artifacts/artifacts";
        var secret = $"{foreign}/{theirs}/artifacts";
        await server.Local.SendAsync("PUT", $"{proxy}/{secret}/f", "secret");
        var mine = Uri.EscapeDataString($"{own}/{run}/artifacts");

        await ada.RefusedAsync("GET", $"{proxy}/{secret}/f");
        await ada.RefusedAsync("PUT", $"{proxy}/{secret}/g", "x");
        await ada.RefusedAsync("DELETE", $"{proxy}/{secret}/f");
        await ada.RefusedAsync("GET", $"{proxy}?path={secret}");
        await ada.RefusedAsync("GET", $"{proxy}?path={mine}&path={Uri.EscapeDataString(secret)}");
        await ada.RefusedAsync("GET", $"{proxy}?path={foreign}");
        await ada.RefusedAsync("GET", proxy);
        await ada.RefusedAsync("PUT", $"{proxy}/nobodys/f", "x");
        await ada.RefusedAsync("GET", "artifacts/list?run_id=" + theirs);
        await ada.RefusedAsync("GET", $"/ajax-api/2.0/mlflow/get-artifact?run_id={theirs}&path=f");
        await ada.RefusedAsync("POST", $"/ajax-api/2.0/mlflow/upload-artifact?run_id={theirs}&path=f", "x");
        // An experiment of one's own whose files would stand among another's.
        await ada.RefusedAsync(
            "POST",
            "experiments/create",
            new { name = root + "/mine/b", artifact_location = "mlflow-artifacts:/" + secret }
        );
        Assert.Equal(HttpStatusCode.OK, (await ada.SendAsync("PUT", $"{proxy}/{own}/{run}/artifacts/f", "x")).Status);
    }

    [Fact]
    [Trait("Requirement", "R142")]
    public async Task A_request_that_names_several_is_refused_where_one_of_them_is_forbidden()
    {
        var root = NewFolder();
        var ada = await server.UserAsync("model-researcher", folder: root + "/mine");
        var own = await ada.ExperimentAsync(root + "/mine/a");
        var run = await ada.RunAsync(own);
        var foreign = await server.Local.ExperimentAsync(root + "/theirs/a");
        var theirs = await server.Local.RunAsync(foreign);
        var model = (await server.Local.PostAsync("logged-models", new { experiment_id = foreign, name = "m" }))
            .GetProperty("model")
            .GetProperty("info")
            .GetProperty("model_id")
            .GetString()!;

        const string pages = "/ajax-api/2.0/mlflow/";
        await ada.RefusedAsync(
            "POST",
            pages + "experiments/search-datasets",
            new { experiment_ids = new[] { own, foreign } }
        );
        await ada.RefusedAsync("GET", pages + $"metrics/get-history-bulk?run_id={run}&run_id={theirs}&metric_key=m");
        await ada.RefusedAsync("GET", $"metrics/get-history-bulk-interval?run_ids={run}&run_ids={theirs}&metric_key=m");
        await ada.RefusedAsync("GET", "logged-models/" + model);
        await ada.RefusedAsync("DELETE", "logged-models/" + model);
        await ada.RefusedAsync("PATCH", $"logged-models/{model}/tags", new { tags = Tags("k") });
        // Points of a model that stands elsewhere, sent with a run of one's own.
        var point = new
        {
            key = "m",
            value = 1.0,
            timestamp = 1,
            model_id = model,
        };
        await ada.RefusedAsync("POST", "runs/log-batch", new { run_id = run, metrics = new[] { point } });
        await ada.RefusedAsync(
            "POST",
            "runs/log-metric",
            new
            {
                run_id = run,
                key = "m",
                value = 1.0,
                timestamp = 1,
                model_id = model,
            }
        );
        await ada.RefusedAsync(
            "POST",
            "runs/outputs",
            new { run_id = run, models = new[] { new { model_id = model } } }
        );
    }

    [Fact]
    [Trait("Requirement", "R142")]
    public async Task An_import_brings_nothing_into_a_forbidden_folder_and_changes_no_run_there()
    {
        var root = NewFolder();
        var ada = await server.UserAsync("model-researcher", folder: root + "/mine");
        await ada.ExperimentAsync(root + "/mine/a");
        var foreign = await server.Local.ExperimentAsync(root + "/theirs/a");
        var theirs = await server.Local.RunAsync(foreign);
        var records = new[]
        {
            $$"""{"kind":"experiment","name":"{{root}}/theirs/new","lifecycle":"active","createdAt":1,"updatedAt":1}""",
            $$"""{"kind":"run","id":"0123","experiment":"{{root}}/theirs/a","status":"FAILED","lifecycle":"active"}""",
            $$"""{"kind":"run","id":"{{theirs}}","experiment":"{{root}}/mine/a","status":"FAILED","lifecycle":"active"}""",
            $$"""{"kind":"points","run":"{{theirs}}","points":[]}""",
        };

        foreach (var record in records)
        {
            await ada.RefusedAsync("POST", "/api/v1/tracking/import", record);
        }

        var allowed =
            $$"""{"kind":"experiment","name":"{{root}}/mine/new","lifecycle":"active","createdAt":1,"updatedAt":1}""";
        await ada.PostAsync("/api/v1/tracking/import", allowed);
        await ada.RefusedAsync("POST", "/api/v1/tracking/import", allowed + "\n" + records[0]);
        await ada.RefusedAsync("POST", "/api/v1/tracking/gc", new { olderThanDays = 0 });
    }

    [Fact]
    public async Task A_folder_is_listed_with_what_is_below_summed_up()
    {
        var root = NewFolder();
        await server.Local.ExperimentAsync($"{root}/vision/cats/a");
        var dogs = await server.Local.ExperimentAsync($"/{root}/vision/dogs/b");
        await server.Local.RunAsync(dogs);
        await server.Local.RunAsync(await server.Local.ExperimentAsync($"{root}/vision/top"));
        await server.Local.ExperimentAsync($"{root}/visionary/x");
        var ada = await server.UserAsync("auditor", folder: root + "/vision/dogs");

        Assert.Equal($"{root}/vision 3/2, {root}/visionary 1/0 |", Told(await ListAsync(server.Local, root)));
        Assert.Equal(
            $"{root}/vision/cats 1/0, {root}/vision/dogs 1/1 | {root}/vision/top 1",
            Told(await ListAsync(server.Local, $"/{root}/vision/"))
        );
        Assert.Equal($"{root}/vision 1/1 |", Told(await ListAsync(ada, root)));

        static Task<JsonElement> ListAsync(AccessUser user, string folder) =>
            user.GetAsync("/api/v1/tracking/experiments?folder=" + Uri.EscapeDataString(folder));

        static string Told(JsonElement listing) =>
            string.Join(
                ", ",
                listing
                    .GetProperty("folders")
                    .EnumerateArray()
                    .Select(one =>
                        $"{one.GetProperty("folder")} {one.GetProperty("experiments")}/{one.GetProperty("runs")}"
                    )
            )
            + " |"
            + string.Concat(
                listing
                    .GetProperty("experiments")
                    .EnumerateArray()
                    .Select(one => $" {one.GetProperty("name")} {one.GetProperty("runs")}")
            );
    }

    private static async Task<List<List<JsonElement>>> PagesAsync(
        AccessUser user,
        string path,
        string items,
        object asked
    )
    {
        var pages = new List<List<JsonElement>>();
        string? token = null;
        do
        {
            var body = JsonSerializer.SerializeToNode(asked)!.AsObject();
            body["page_token"] = token;
            var page = await user.PostAsync(path, body);
            pages.Add([.. page.GetProperty(items).EnumerateArray()]);
            token = page.TryGetProperty("next_page_token", out var next) ? next.GetString() : null;
        } while (token is not null);

        return pages;
    }

    private static string NewFolder() => $"folder-{Interlocked.Increment(ref s_folders)}";

    private static object Metric(string run) =>
        new
        {
            run_id = run,
            key = "m",
            value = 1.5,
            timestamp = 1,
        };

    private static object[] Tags(string key) => [new { key, value = "v" }];
}
