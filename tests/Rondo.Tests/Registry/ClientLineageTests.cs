using Rondo.Kernel;
using Rondo.Kernel.Access;
using Rondo.Lineage;
using Rondo.Tests.Tracking;

namespace Rondo.Tests.Registry;

/// <summary>Where versions come from that clients have registered: a run, what it has read, and the model that it has logged.</summary>
public sealed class ClientLineageTests : IAsyncLifetime
{
    private TrackingHarness _server = null!;
    private string _prepared = "";
    private string _trained = "";
    private string _base = "";
    private string _logged = "";

    // A run logs a base model; another one reads it and a dataset, and logs a model that is registered and copied.
    public async ValueTask InitializeAsync()
    {
        _server = await TrackingHarness.StartAsync();
        var experiment = (await _server.PostAsync("experiments/create", new { name = "vision/cats" }))
            .GetProperty("experiment_id")
            .GetString()!;
        _prepared = await _server.NewRunAsync("prepare");
        _base = await LogModelAsync("0", "base", _prepared);
        _trained = await _server.NewRunAsync("train", experiment);
        _logged = await LogModelAsync(experiment, "tuned", _trained);
        await _server.PostAsync(
            "runs/log-inputs",
            new
            {
                run_id = _trained,
                datasets = new[]
                {
                    new
                    {
                        tags = new[] { new { key = "mlflow.data.context", value = "training" } },
                        dataset = new
                        {
                            name = "cats",
                            digest = "c0ffee",
                            source_type = "local",
                            source = "cats.csv",
                        },
                    },
                },
                models = new[] { new { model_id = _base } },
            }
        );
        await _server.PostAsync("registered-models/create", new { name = "cat" });
        await _server.PostAsync("registered-models/create", new { name = "copied" });
        await _server.PostAsync(
            "model-versions/create",
            new
            {
                name = "cat",
                source = "models:/" + _logged,
                model_id = _logged,
                run_id = _trained,
            }
        );
        await _server.PostAsync("model-versions/create", new { name = "copied", source = "models:/cat/1" });
    }

    public ValueTask DisposeAsync() => _server.DisposeAsync();

    [Fact]
    [Trait("Requirement", "R133")]
    public async Task A_version_of_a_client_comes_of_its_run_and_of_what_that_has_read()
    {
        var graph = await GetAsync("mlflow/production/copied/1", LineageDirection.Up);

        Assert.Equal(
            [
                "dataset:cats:c0ffee > " + _trained + " training",
                _base + " > " + _trained + " read",
                _trained + " > " + _logged + " logged",
                _logged + " > mlflow/production/cat/1 registered",
                "mlflow/production/cat/1 > mlflow/production/copied/1 copied",
            ],
            Edges(graph).OrderBy(Rank)
        );
        var run = Assert.Single(graph.Nodes, node => node.Kind == "run");
        Assert.Equal(("train", "vision/cats"), (run.Label, run.Properties["experiment"]));

        int Rank(string edge) =>
            Array.IndexOf(["training", "read", "logged", "registered", "copied"], edge.Split(' ')[^1]);
    }

    [Fact]
    public async Task A_walk_that_goes_through_comes_to_the_run_behind_a_model_that_was_read()
    {
        var near = await GetAsync("mlflow/production/cat/1", LineageDirection.Up);
        var far = await GetAsync("mlflow/production/cat/1", LineageDirection.Up, through: true);
        var all = await _server.Get<LineageStore>().ClosureAsync("mlflow/production/cat/1");

        Assert.DoesNotContain(near.Nodes, node => node.Id == _prepared);
        Assert.Contains($"{_prepared} > {_base} logged", Edges(far));
        Assert.Equal(
            new[] { "dataset", "logged-model", "logged-model", "run", "run" },
            all.Items.Select(item => item.Kind).Order(StringComparer.Ordinal)
        );
    }

    [Fact]
    public async Task What_came_of_a_run_are_the_models_that_it_logged_and_their_versions()
    {
        var down = await GetAsync(_trained, LineageDirection.Down);
        var both = await GetAsync(_logged, LineageDirection.Both);

        Assert.Equal(
            [$"{_trained} > {_logged} logged", $"{_logged} > mlflow/production/cat/1 registered"],
            Edges(down)
        );
        Assert.Contains("mlflow/production/cat/1", both.Nodes.Select(node => node.Id));
        Assert.Contains("dataset:cats:c0ffee", both.Nodes.Select(node => node.Id));
    }

    [Fact]
    [Trait("Requirement", "R142")]
    public async Task What_one_may_not_see_is_not_told()
    {
        var ofModels = CallerOf(Place.Project("mlflow"));
        var ofCats = CallerOf(Place.ParseFolder("vision/cats"));
        var store = _server.Get<LineageStore>();

        var withoutRuns = await store.GetAsync(new LineageQuery("mlflow/production/cat/1"), ofModels);
        var withoutVersions = await store.GetAsync(new LineageQuery(_trained, LineageDirection.Down), ofCats);
        var withoutBase = await store.GetAsync(new LineageQuery(_trained, Through: true), ofCats);

        Assert.Equal(["mlflow/production/cat/1"], withoutRuns.Nodes.Select(node => node.Id));
        Assert.Equal([_trained, _logged], withoutVersions.Nodes.Select(node => node.Id));
        Assert.Equal([_trained, "dataset:cats:c0ffee"], withoutBase.Nodes.Select(node => node.Id));
        foreach (var (start, caller) in new[] { (_prepared, ofCats), (_trained, ofModels), (_base, ofCats) })
        {
            var refused = await Assert.ThrowsAsync<RondoException>(() =>
                store.GetAsync(new LineageQuery(start), caller)
            );
            Assert.Equal(ErrorCode.PermissionDenied, refused.Code);
        }
    }

    private Task<LineageGraph> GetAsync(string id, LineageDirection direction, bool through = false) =>
        _server.Get<LineageStore>().GetAsync(new LineageQuery(id, direction, through));

    private static IEnumerable<string> Edges(LineageGraph graph) =>
        graph.Edges.Select(edge => $"{edge.From} > {edge.To} {edge.Label}");

    private static Caller CallerOf(Place place) =>
        new(new Actor("user:ada"), [new Grant("g", "ada", Role.Parse("model-researcher"), place)]);

    private async Task<string> LogModelAsync(string experiment, string name, string run) => (
            await _server.PostAsync(
                "logged-models",
                new
                {
                    experiment_id = experiment,
                    name,
                    source_run_id = run,
                }
            )
        ).GetProperty("model").GetProperty("info").GetProperty("model_id").GetString()!;
}
