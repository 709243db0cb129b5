using System.Net;
using System.Text.Json;
using Rondo.Kernel;
using Rondo.Kernel.Events;
using Rondo.Kernel.Projects;
using Rondo.Registry;
using Rondo.Registry.Clients;
using Rondo.Tests.Tracking;

namespace Rondo.Tests.Registry;

/// <summary>Who asks for the name of a pipeline's model gets what passed its gate, and no client's model.</summary>
public sealed class PipelineNameTests : IAsyncLifetime
{
    private const string Taken = "transit.production.demand";
    private const string Import = "/api/v1/projects/mlflow/models/import";
    private TrackingHarness _server = null!;

    public async ValueTask InitializeAsync() => _server = await TrackingHarness.StartAsync();

    public ValueTask DisposeAsync() => _server.DisposeAsync();

    [Theory]
    [InlineData(Taken)]
    [InlineData("transit.staging.demand.2")]
    [InlineData("transit.test.x")]
    public async Task A_name_that_a_pipeline_may_give_is_no_clients(string name)
    {
        await ProjectAsync();
        await _server.PostAsync("registered-models/create", new { name = "demand" });

        var made = await RefusedAsync("registered-models/create", new { name });
        var renamed = await RefusedAsync("registered-models/rename", new { name = "demand", new_name = name });
        var (_, imported) = await _server.SendAsync("POST", Import, Record(name));

        Assert.Contains("Pipelines of project 'transit' register models", made, StringComparison.Ordinal);
        Assert.Equal(made, renamed);
        var problem = Assert.Single(JsonElement.Parse(imported).GetProperty("problems").EnumerateArray());
        Assert.Contains("Pipelines of project 'transit'", problem.GetRawText(), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("other.production.demand")]
    [InlineData("transit.nowhere.demand")]
    [InlineData("transit.production")]
    [InlineData("transit.production.")]
    [InlineData("my.transit.production.demand")]
    [InlineData("mlflow.production.demand")]
    public async Task All_other_names_are_free(string name)
    {
        await ProjectAsync();

        await _server.PostAsync("registered-models/create", new { name });
    }

    [Fact]
    public async Task What_was_brought_before_there_was_the_project_is_brought_on()
    {
        await _server.SendAsync("POST", Import, Record(Taken));
        await ProjectAsync();

        var (_, again) = await _server.SendAsync("POST", Import, Record(Taken));

        Assert.Equal(0, JsonElement.Parse(again).GetProperty("problems").GetArrayLength());
    }

    [Fact]
    public async Task A_client_that_had_the_name_first_keeps_its_model_under_another_and_is_told()
    {
        foreach (var name in new[] { "client_" + Taken, Taken })
        {
            await _server.PostAsync(
                "registered-models/create",
                new { name, tags = new[] { new { key = "k", value = name } } }
            );
        }

        await _server.PostAsync("model-versions/create", new { name = Taken, source = "s3://theirs" });
        await _server.PostAsync(
            "registered-models/alias",
            new
            {
                name = Taken,
                alias = "champion",
                version = "1",
            }
        );

        await RegisterAsync("r1");
        await RegisterAsync("r2");

        var version = await _server.GetAsync($"model-versions/get?name={Taken}&version=2");
        Assert.Equal(
            "rondo:/transit/production/demand/2",
            version.GetProperty("model_version").GetProperty("source").GetString()
        );
        const string moved = "client_2_" + Taken;
        var theirs = await _server.GetAsync($"registered-models/alias?name={moved}&alias=champion");
        Assert.Equal("s3://theirs", theirs.GetProperty("model_version").GetProperty("source").GetString());
        var model = await _server.GetAsync("registered-models/get?name=" + moved);
        Assert.Contains($$"""{"key":"k","value":"{{Taken}}"}""", model.GetRawText(), StringComparison.Ordinal);
        var told = Assert.Single(
            await _server.Kernel.Log.ReadAsync(0, 1000, new EventFilter(Type: "model.name.taken"))
        );
        Assert.Equal(("transit", "transit/production/demand"), (told.Project, told.Subject));
        Assert.Equal(new ModelNameTakenEvent("demand", "production", Taken, moved), told.DataAs<ModelNameTakenEvent>());
    }

    [Fact]
    public async Task Who_has_a_role_in_the_project_of_clients_models_has_none_by_it_in_those_of_pipelines()
    {
        await ProjectAsync();
        await RegisterAsync("r1");
        // With it comes the project.
        await _server.PostAsync("registered-models/create", new { name = "demand" });
        const string path = "/api/v1/projects/mlflow/models/" + Taken;

        foreach (
            var (method, address) in new[]
            {
                ("GET", path + "/versions"),
                ("GET", path + "/versions/1"),
                ("DELETE", path + "/versions/1"),
            }
        )
        {
            var (status, answer) = await _server.SendAsync(method, address);
            Assert.False(status == HttpStatusCode.OK, method + ": " + answer);
        }

        await _server.GetAsync($"model-versions/get?name={Taken}&version=1");
        var thrown = await Assert.ThrowsAsync<RondoException>(() =>
            _server.Get<RegisteredModelStore>().RequireOfClientsAsync(Taken, null)
        );
        Assert.Equal(ErrorCode.NotFound, thrown.Code);
    }

    private static string Record(string name) => $$"""{"kind":"registeredModel","name":"{{name}}"}""";

    private Task ProjectAsync() =>
        _server.Kernel.Database.WriteAsync(transaction =>
            _server.Get<ProjectStore>().EnsureAsync(transaction, "transit", Actor.Local)
        );

    private async Task RegisterAsync(string run)
    {
        var registry = _server.Get<ModelRegistry>();
        var proposal = await TestModels.ProposeAsync(_server.Kernel.Blobs, new LineModel(1, 0));
        await _server.Kernel.Database.WriteAsync(t =>
            registry.RegisterAsync(t, TestModels.Origin(run), proposal).AsTask()
        );
    }

    private async Task<string> RefusedAsync(string path, object body)
    {
        var (status, answer) = await _server.SendAsync("POST", path, JsonSerializer.Serialize(body));
        Assert.Equal(HttpStatusCode.BadRequest, status);
        Assert.Equal("INVALID_PARAMETER_VALUE", JsonElement.Parse(answer).GetProperty("error_code").GetString());
        return JsonElement.Parse(answer).GetProperty("message").GetString()!;
    }
}
