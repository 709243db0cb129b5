using System.CommandLine;
using System.Globalization;
using System.Net;
using System.Text.Json;
using Rondo.Cli.Api;
using Rondo.Cli.Commands;
using Rondo.Cli.Output;
using Rondo.Evaluation;
using Rondo.Kernel.Projects;
using Rondo.Registry;
using Rondo.Tests.Tracking;

namespace Rondo.Tests.Registry;

/// <summary>Lists of models and versions end where there are no more, and not before without a word.</summary>
public sealed class ModelListTests : IAsyncLifetime
{
    private const string Models = "/api/v1/projects/mlflow/models";
    private TrackingHarness _server = null!;

    public async ValueTask InitializeAsync() => _server = await TrackingHarness.StartAsync();

    public ValueTask DisposeAsync() => _server.DisposeAsync();

    [Fact]
    public async Task More_than_a_thousand_versions_of_a_client_are_listed_page_by_page()
    {
        await _server.PostAsync("registered-models/create", new { name = "big" });
        await FillAsync(
            2100,
            """
            insert into registry_entry (id, project, environment, model, version, name, state, source, storage, created_at, updated_at)
            values ('mlflow/production/big/' || @text, 'mlflow', 'production', 'big', @number, 'big', 'pending', 's3://x', 's3://x', 1, 1)
            """
        );
        await FillAsync(
            1200,
            """
            insert into registry_alias (project, environment, model, alias, version, moved_at, moved_by)
            values ('mlflow', 'production', 'big', 'a' || @text, 7, 1, 'x')
            """
        );

        var first = await _server.GetAsync($"{Models}/big/versions");
        var all = await AllAsync($"{Models}/big/versions?limit=1000");

        Assert.Equal(100, first.GetProperty("items").GetArrayLength());
        Assert.Equal("2001", first.GetProperty("next").GetString());
        Assert.Equal(
            Enumerable.Range(1, 2100).Reverse(),
            all.Select(version => version.GetProperty("version").GetInt32())
        );
        Assert.Equal(1200, all[^7].GetProperty("aliases").GetArrayLength());
        var model = Assert.Single(await AllAsync(Models));
        Assert.Equal(1200, model.GetProperty("aliases").EnumerateObject().Count());
    }

    [Fact]
    public async Task More_than_a_thousand_models_are_listed_page_by_page()
    {
        await _server.PostAsync("registered-models/create", new { name = "0" });
        await FillAsync(
            1104,
            """
            insert into registry_model (project, environment, model, newest, name)
            values ('mlflow', 'production', @text, 0, @text)
            """
        );

        var names = (await AllAsync(Models + "?limit=500"))
            .Select(found => found.GetProperty("model").GetString()!)
            .ToList();

        Assert.Equal(1105, names.Count);
        Assert.Equal(names.Count, names.Distinct().Count());
    }

    [Fact]
    public async Task Versions_of_a_pipeline_come_once_each_also_where_several_were_registered_at_once()
    {
        var registry = _server.Get<ModelRegistry>();
        var proposal = await TestModels.ProposeAsync(_server.Kernel.Blobs, new LineModel(1, 0));
        foreach (var environment in new[] { "production", "test", "staging" })
        {
            foreach (var run in new[] { "a", "b" })
            {
                var origin = TestModels.Origin(run + environment, environment);
                await _server.Kernel.Database.WriteAsync(t => registry.RegisterAsync(t, origin, proposal).AsTask());
            }
        }

        await _server.Kernel.Database.WriteAsync(t =>
            _server.Get<ProjectStore>().EnsureAsync(t, "transit", Rondo.Kernel.Actor.Local)
        );
        const string path = "/api/v1/projects/transit/models";
        foreach (var limit in new[] { 1, 2, 5, 6 })
        {
            var versions = await AllAsync($"{path}/demand/versions?limit={limit}");
            Assert.Equal(6, versions.Select(version => version.GetProperty("id").GetString()).Distinct().Count());
            Assert.Equal([2, 2, 2, 1, 1, 1], versions.Select(version => version.GetProperty("version").GetInt32()));
            Assert.Equal(2, (await AllAsync($"{path}/demand/versions?limit={limit}&environment=test")).Count);
            Assert.Equal(3, (await AllAsync($"{path}?limit={limit}")).Count);
        }

        Assert.Equal(HttpStatusCode.BadRequest, (await _server.SendAsync("GET", path + "?after=nothing")).Status);
        Assert.Equal(
            HttpStatusCode.BadRequest,
            (await _server.SendAsync("GET", path + "/demand/versions?after=1/x/y")).Status
        );
    }

    [Fact]
    public async Task What_a_gate_did_not_let_through_comes_once_each_newest_first_and_says_why()
    {
        var registry = _server.Get<ModelRegistry>();
        var proposal = await TestModels.ProposeAsync(_server.Kernel.Blobs, new LineModel(1, 0)) with
        {
            Verdict = new GateVerdict(false, [new GateCheck("rmse", false, 3, 2, "too high")]),
        };
        foreach (var run in new[] { "a", "c", "b", "e", "d" })
        {
            // Two of them at one moment.
            _server.Kernel.Time.Advance(TimeSpan.FromSeconds(run == "b" ? 0 : 1));
            var origin = TestModels.Origin(run, run == "e" ? "test" : "production");
            await _server.Kernel.Database.WriteAsync(t => registry.RejectAsync(t, origin, proposal).AsTask());
        }

        const string path = "/api/v1/projects/transit/models/demand/rejections";
        var whole = await AllAsync(path);
        foreach (var limit in new[] { 1, 2, 5 })
        {
            var rejections = await AllAsync($"{path}?limit={limit}");
            Assert.Equal(whole.Select(RunOf), rejections.Select(RunOf));
            Assert.Equal(
                ["a", "b", "c", "d"],
                (await AllAsync($"{path}?limit={limit}&environment=production")).Select(RunOf).Order()
            );
        }

        Assert.Equal(["d", "e", "c", "b", "a"], whole.Select(RunOf));
        Assert.All(whole, rejection => Assert.Equal("too high", Words.FailedChecks(rejection)));
        Assert.Equal(HttpStatusCode.BadRequest, (await _server.SendAsync("GET", path + "?after=x")).Status);

        static string? RunOf(JsonElement rejection) => rejection.Text("origin.runId");
    }

    [Fact]
    public async Task The_command_says_that_there_are_more_and_brings_all_that_are_asked_for()
    {
        foreach (var name in new[] { "a", "b", "c" })
        {
            await _server.PostAsync("registered-models/create", new { name });
        }

        var page = await ListAsync("--limit", "2");
        var rest = await ListAsync("--after", page.Text("next")!);
        var all = await ListAsync("--limit", "1", "--all");

        Assert.Equal(["a", "b"], page.Items().Select(model => model.Text("model")));
        Assert.Equal(["c"], rest.Items().Select(model => model.Text("model")));
        Assert.Null(rest.Text("next"));
        Assert.Equal(["a", "b", "c"], all.Items().Select(model => model.Text("model")));
        Assert.Null(all.Text("next"));
        Assert.Equal("--all shows them, --after production/b the next, --limit more at once.", ListPages.More(page));
    }

    private async Task<JsonElement> ListAsync(params string[] options)
    {
        var answer = default(JsonElement);
        var command = CommandBuilding.Make(
            "list",
            "",
            async call => answer = await ListPages.GetAsync(call, Models),
            [GlobalOptions.Server, .. ListPages.Options]
        );
        var code = await command
            .Parse([.. options, "--server", _server.Address.ToString()])
            .InvokeAsync(cancellationToken: TestContext.Current.CancellationToken);
        Assert.Equal(0, code);
        return answer;
    }

    private async Task<List<JsonElement>> AllAsync(string path)
    {
        var (all, next) = (new List<JsonElement>(), (string?)null);
        do
        {
            var from = next is null ? "" : (path.Contains('?') ? "&" : "?") + "after=" + Uri.EscapeDataString(next);
            var page = await _server.GetAsync(path + from);
            all.AddRange(page.GetProperty("items").EnumerateArray());
            next = page.Text("next");
        } while (next is not null);

        return all;
    }

    private Task FillAsync(int rows, string sql) =>
        _server.Kernel.Database.WriteAsync(async transaction =>
        {
            for (var number = 1; number <= rows; number++)
            {
                await transaction.ExecuteAsync(
                    sql,
                    new { number, text = number.ToString(CultureInfo.InvariantCulture) }
                );
            }
        });
}
