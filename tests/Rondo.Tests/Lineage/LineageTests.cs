using System.Text;
using Rondo.Datasets;
using Rondo.Kernel;
using Rondo.Lineage;
using Rondo.Pipelines;
using Rondo.Sdk.Wire;
using Rondo.Tests.Pipelines;

namespace Rondo.Tests.Lineage;

public sealed class LineageTests : IAsyncLifetime
{
    private const string Version = "transit/production/station-demand/1";

    private static readonly NodeManifest s_register = Manifests.Step("register", "train") with
    {
        Outputs = [new PortManifest("proposal", ArtifactTypes.ModelProposal)],
    };

    private PipelineWorld _world = null!;
    private TestServer _server = null!;
    private long _alert;
    private Run _run = null!;

    // One run, started by an alert, from data to a registered model.
    public async ValueTask InitializeAsync()
    {
        _world = await PipelineWorld.StartAsync();
        _server = _world.Server();
        _world.Executor.Ports = r =>
            r.NodeId == "register" ? s_register.Outputs
            : r.NodeId == "train" ? [new PortManifest("value", ArtifactTypes.Model)]
            : [new PortManifest("value", ArtifactTypes.Json)];
        _world.Executor.Content = (r, _) =>
            r.NodeId == "register" ? Proposals.Bytes(r.Inputs["in0"], passed: true) : null;
        await DeployAsync("code");
        await PushAsync("2001.csv");
        _alert = await _world.AppendAsync(
            "alert.raised",
            new
            {
                endpoint = "demand",
                kind = "quality",
                metric = "rmse",
                value = 3.0,
                limit = 2.5,
            }
        );
        await _server.TriggerAsync();
        _run = await _server.FinishAsync((await _server.Runs.ListAsync(new RunFilter())).Items[0].Id);
    }

    public ValueTask DisposeAsync() => _world.DisposeAsync();

    [Fact]
    public async Task From_a_model_version_up_one_reaches_run_steps_data_commit_package_and_the_alert_behind_it()
    {
        var graph = await _server.Get<LineageStore>().UpAsync(Version);

        var above = Reached(graph, Version, up: true);
        Assert.Contains(_run.Id, above);
        Assert.Contains("commit:c0ffee", above);
        Assert.Contains("package:" + new string('a', 64), above);
        Assert.Contains("transit/production/days/1", above);
        Assert.Contains($"event:{_alert}", above);
        var executions = graph.Nodes.Where(node => node.Kind == "execution" && above.Contains(node.Id));
        Assert.Equal(["load", "register", "train"], executions.Select(node => node.Label).Order());
        Assert.All(graph.Edges, edge => Assert.Contains(graph.Nodes, node => node.Id == edge.From));
        Assert.All(graph.Edges, edge => Assert.Contains(graph.Nodes, node => node.Id == edge.To));
    }

    [Fact]
    public async Task From_a_dataset_version_down_one_reaches_the_model_versions_that_came_of_it()
    {
        var graph = await _server.Get<LineageStore>().DownAsync("transit/production/days/1");

        Assert.Contains(Version, Reached(graph, "transit/production/days/1", up: false));
    }

    [Fact]
    public async Task The_lineage_of_reused_outputs_leads_to_the_run_that_computed_them()
    {
        await DeployAsync("newer");
        var second = await _server.FinishAsync((await _server.Runs.CreateAsync(PipelineWorld.Wish("train"))).Id);
        Assert.True(second.Steps.Single(step => step.NodeId == "load").Reused);

        var graph = await _server.Get<LineageStore>().UpAsync("transit/production/station-demand/2");

        var above = Reached(graph, graph.Root, up: true);
        Assert.Contains(second.Id, above);
        Assert.Contains(_run.Id, above);
        Assert.Contains(graph.Edges, edge => edge.Label == "reused");
    }

    [Fact]
    public async Task A_walk_takes_the_same_number_of_statements_however_long_the_way_is()
    {
        var lineage = _server.Get<LineageStore>();
        var nodes = Enumerable
            .Range(0, 200)
            .Select(i => Manifests.Step($"n{i}", i == 0 ? [] : [$"n{i - 1}"]))
            .ToArray();
        await _world.DeployAsync(_server, Manifests.Pipeline("chain", nodes));
        var run = await _server.FinishAsync((await _server.Runs.CreateAsync(PipelineWorld.Wish("chain"))).Id);
        var cost = new List<long>();
        foreach (var step in new[] { run.Steps[1], run.Steps[199] })
        {
            var before = _world.Kernel.Database.Statements;
            await lineage.UpAsync(LineageStore.ArtifactId(step.Outputs[0].Artifact));
            cost.Add(_world.Kernel.Database.Statements - before);
        }

        Assert.Equal(cost[0], cost[1]);
        var graph = await lineage.UpAsync(LineageStore.ArtifactId(run.Steps[199].Outputs[0].Artifact));
        Assert.Equal(200, graph.Nodes.Count(node => node.Kind == "execution"));
    }

    [Fact]
    public async Task A_run_and_an_artifact_have_a_lineage_and_a_name_that_is_unknown_is_said_to_be()
    {
        var lineage = _server.Get<LineageStore>();

        Assert.Equal(3, (await lineage.UpAsync(_run.Id)).Nodes.Count(node => node.Kind == "execution"));
        var artifact = LineageStore.ArtifactId(_run.Steps.Single(step => step.NodeId == "train").Outputs[0].Artifact);
        Assert.Contains(_run.Id, Reached(await lineage.UpAsync(artifact), artifact, up: true));
        var unknown = await Assert.ThrowsAsync<RondoException>(() => lineage.UpAsync("nothing"));
        Assert.Equal(ErrorCode.NotFound, unknown.Code);
    }

    private static HashSet<string> Reached(LineageGraph graph, string root, bool up)
    {
        var next = graph.Edges.ToLookup(edge => up ? edge.To : edge.From, edge => up ? edge.From : edge.To);
        var reached = new HashSet<string>();
        var open = new Stack<string>([root]);
        while (open.TryPop(out var id))
        {
            if (reached.Add(id))
            {
                foreach (var other in next[id])
                {
                    open.Push(other);
                }
            }
        }

        return reached;
    }

    private Task DeployAsync(string trainCode) =>
        _world.DeployAsync(
            _server,
            Manifests.Pipeline(
                "train",
                Manifests.Dataset("days", "days"),
                Manifests.Step("load", "days"),
                Manifests.Step("train", "load") with
                {
                    CodeDigest = trainCode,
                    Outputs = [new PortManifest("value", ArtifactTypes.Model)],
                },
                s_register with
                {
                    CodeDigest = trainCode,
                }
            ) with
            {
                Triggers = [new TriggerManifest(TriggerKinds.Degraded, Endpoint: "demand")],
            }
        );

    private Task PushAsync(string file) =>
        _server
            .Get<DatasetStore>()
            .PushFileAsync(
                new(PipelineWorld.Project, PipelineWorld.Production, "days"),
                file,
                new MemoryStream(Encoding.UTF8.GetBytes("date,rides\n2001-01-01,1\n")),
                Actor.Local
            );
}
