using System.Text.Json;
using Rondo.Data;
using Rondo.Kernel;
using Rondo.Kernel.Events;
using Rondo.Kernel.Reconcilers;
using Rondo.Lineage;
using Rondo.Lineage.Events;
using Rondo.Lineage.Graph;
using Rondo.Sdk.Wire;
using Rondo.Tests.Kernel;

namespace Rondo.Tests.Lineage;

/// <summary>Walks over recorded graphs of shapes that a small pipeline does not make.</summary>
public sealed class LineageWalkTests : IAsyncLifetime
{
    private const string First = "transit/production/demand/1";
    private const string Second = "transit/production/demand/2";

    private TestKernel _kernel = null!;
    private LineageRecords _records = null!;

    private LineageStore Store => _records.Store;

    public async ValueTask InitializeAsync()
    {
        _kernel = await TestKernel.StartAsync(LineageModule.Schema);
        _records = new LineageRecords(_kernel);
    }

    public ValueTask DisposeAsync() => _kernel.DisposeAsync();

    [Theory]
    [InlineData(LineageKinds.Run)]
    [InlineData(LineageKinds.ModelVersion)]
    [InlineData(LineageKinds.DatasetVersion)]
    [InlineData(LineageKinds.Artifact)]
    public async Task A_walk_begins_with_what_it_reaches_and_never_with_all_there_is(string kind)
    {
        if (TestKernel.OnPostgres)
        {
            // It knows how many rows there are, and which are few.
            return;
        }

        foreach (var direction in Enum.GetValues<LineageDirection>())
        {
            var walk = WalkSql.Of(_kernel.Database.Dialect, direction, WalkSql.Seeds(kind, direction));
            foreach (
                var what in new[]
                {
                    WalkSql.Executions,
                    WalkSql.Events,
                    WalkSql.Names,
                    WalkSql.Runs,
                    WalkSql.Deployments,
                }
            )
            {
                var plan = await _kernel.Database.ReadAsync(async session =>
                    await session.QueryAsync<(long, long, long, string Line)>(
                        "explain query plan " + walk + what,
                        new
                        {
                            root = First,
                            through = 1L,
                            only = "%",
                            executions = 10L,
                            events = 10L,
                            names = 10L,
                            runs = 10L,
                            deployments = 10L,
                        }
                    )
                );
                string[] few = ["p", "r", "t", "m", "own", "walk", "picked", "made", "reached"];
                Assert.All(
                    plan.Where(step => step.Line.StartsWith("SCAN ", StringComparison.Ordinal)),
                    step => Assert.Contains(step.Line.Split(' ')[1], few)
                );
                Assert.DoesNotContain(plan, step => step.Line.Contains("AUTOMATIC", StringComparison.Ordinal));
            }
        }
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    [Trait("Requirement", "R110")]
    public async Task A_for_each_of_ten_thousand_items_is_walked_whole_with_as_many_statements_as_one_of_three(
        bool equal
    )
    {
        await _records.FanOutAsync("small", 3, equal);
        var few = await CostAsync("small");
        await _records.FanOutAsync("large", 10_000, equal);
        await AnalyzeAsync();

        var many = await CostAsync("large");

        Assert.Equal(few, many);
        var model = LineageStore.ArtifactId(LineageRecords.Artifact(ArtifactTypes.Model, "large model"));
        var up = await Store.UpAsync(model);
        Assert.Equal(10_002, up.Nodes.Count(node => node.Kind == "execution"));
        Assert.False(up.Truncated);
        var down = await Store.DownAsync(
            LineageStore.ArtifactId(LineageRecords.Artifact(ArtifactTypes.Table, "large rows"))
        );
        Assert.Equal(10_001, down.Nodes.Count(node => node.Kind == "execution"));
        Assert.Contains(down.Nodes, node => node.Id == First);
        var grouped = await Store.GetAsync(new LineageQuery(model, LineageDirection.Both, Grouped: true));
        Assert.InRange(grouped.Nodes.Count, 5, 20);

        // What PostgreSQL knows of the tables by now makes whole reads of them look cheap.
        Task AnalyzeAsync() =>
            _kernel.Database.WriteAsync(async t =>
            {
                foreach (var table in new[] { "lineage_event", "lineage_execution", "lineage_name" })
                {
                    await t.ExecuteAsync("analyze " + table);
                }
            });
    }

    [Fact]
    public async Task Items_of_a_for_each_are_drawn_together_where_that_is_asked_for()
    {
        await _records.FanOutAsync("large", 100);

        var graph = await Store.GetAsync(new LineageQuery(First, Grouped: true));

        Assert.InRange(graph.Nodes.Count, 5, 20);
        var items = Assert.Single(graph.Nodes, node => node.Label == "each.*.score");
        Assert.Equal((100, "100 succeeded"), (items.Properties["count"], items.Properties["state"]));
        var scores = Assert.Single(graph.Nodes, node => node.Label == "rondo/json × 100");
        Assert.Contains(new LineageEdge(items.Id, scores.Id, "value"), graph.Edges);
        Assert.Contains(new LineageEdge(scores.Id, "large/collect", "scores.*"), graph.Edges);
        Assert.All(graph.Edges, edge => Assert.Contains(graph.Nodes, node => node.Id == edge.From));
    }

    [Fact]
    [Trait("Requirement", "R111")]
    public async Task A_rival_is_named_in_the_lineage_of_a_model_and_its_own_lineage_is_not_walked()
    {
        await TwoModelsAsync();

        var graph = await Store.UpAsync(Second);

        Assert.Contains(graph.Nodes, node => node.Id == First && node.Kind == "model-version");
        Assert.DoesNotContain(
            graph.Nodes,
            node => node.Properties.GetValueOrDefault("run") is "r1" && node.Kind == "execution"
        );
        var through = await Store.GetAsync(new LineageQuery(Second, Through: true));
        Assert.Contains(through.Nodes, node => node.Id == "r1/train");
        Assert.Contains((await Store.DownAsync(First)).Nodes, node => node.Id == "r2/gate");
    }

    [Fact]
    [Trait("Requirement", "R112")]
    public async Task The_closure_of_a_model_lists_data_files_code_packages_and_commits_and_says_what_only_judged_it()
    {
        await TwoModelsAsync();

        var closure = await Store.ClosureAsync(Second);

        var made = closure
            .Items.Where(item => item.Role == "made")
            .Select(item => $"{item.Kind} {item.Id} {item.Detail}");
        string[] expected =
        [
            "code code of load Steps.load",
            "code code of train Steps.train",
            "commit commit-r2 ",
            "dataset-version transit/production/days/2 ",
            $"file {TestDigests.Of("2001.csv")} days/2001.csv",
            $"file {TestDigests.Of("2002.csv")} days/2002.csv",
            $"package {TestDigests.Of("package-r2")} ",
            "run r2 train in production",
        ];
        Assert.Equal(expected.Order(StringComparer.Ordinal), made.Order(StringComparer.Ordinal));
        var judged = closure.Items.Where(item => item.Role == "judged").Select(item => $"{item.Kind} {item.Id}");
        Assert.Equal(["code code of gate", $"model-version {First}"], judged.Order(StringComparer.Ordinal));
        Assert.False(closure.Truncated);
    }

    [Fact]
    [Trait("Requirement", "R111")]
    public async Task An_endpoint_leads_to_run_and_data_and_data_leads_to_the_endpoints()
    {
        await TwoModelsAsync();
        await ListenAsync(
            (
                "endpoint.created",
                new
                {
                    endpoint = "demand",
                    model = "demand",
                    environment = "production",
                }
            ),
            ("rollout.completed", Rollout(1, null, 100)),
            ("rollout.started", Rollout(2, 1, 10))
        );

        var up = await Store.UpAsync("demand");
        var down = await Store.DownAsync("transit/production/days/1");

        Assert.Equal("endpoint:demand", up.Root);
        Assert.Contains(new LineageEdge(First, "endpoint:demand", "serving"), up.Edges);
        Assert.Contains(new LineageEdge(Second, "endpoint:demand", "canary"), up.Edges);
        Assert.Contains(new LineageEdge("r1", First, "registered"), up.Edges);
        Assert.Contains(up.Nodes, node => node.Id == "transit/production/days/1");
        Assert.Contains(new LineageEdge(First, "endpoint:demand", "serving"), down.Edges);
        Assert.DoesNotContain(down.Nodes, node => node.Id == Second);

        await ListenAsync(("rollout.completed", Rollout(2, 1, 100)));
        Assert.Contains(new LineageEdge(First, "endpoint:demand", "retired"), (await Store.DownAsync(First)).Edges);
        Assert.DoesNotContain((await Store.UpAsync("endpoint:demand")).Nodes, node => node.Id == "r1/train");
    }

    [Fact]
    public async Task Both_ways_are_one_graph_and_the_beginning_of_a_digest_finds_its_artifact()
    {
        await TwoModelsAsync();
        var model = LineageRecords.Artifact(ArtifactTypes.Model, "model 1");

        var graph = await Store.GetAsync(new LineageQuery(model.Digest[..8], LineageDirection.Both));

        Assert.Equal(LineageStore.ArtifactId(model), graph.Root);
        Assert.Contains(graph.Nodes, node => node.Id == "r1/load");
        Assert.Contains(graph.Nodes, node => node.Id == "r2/gate");
        await _records.ExecutionAsync(
            "r1",
            "copy",
            [],
            [new PortArtifact("value", model with { Type = ArtifactTypes.File })]
        );
        var several = await Assert.ThrowsAsync<RondoException>(() => Store.UpAsync(model.Digest[..8]));
        Assert.Equal(ErrorCode.InvalidArgument, several.Code);
        Assert.Contains("rondo/file:" + model.Digest, several.Message, StringComparison.Ordinal);
        Assert.Equal(LineageStore.ArtifactId(model), (await Store.UpAsync("rondo/model:" + model.Digest[..8])).Root);
    }

    [Fact]
    public async Task A_dataset_version_that_no_run_has_taken_has_an_empty_lineage()
    {
        await ListenAsync(("dataset.version.created", new { contentDigest = TestDigests.Of("fresh") }));

        var graph = await Store.DownAsync("subject");

        Assert.Equal(["dataset-version", "artifact"], graph.Nodes.Select(node => node.Kind).OrderDescending());
    }

    // Version 2 was judged beside version 1, which served, and has nothing of it.
    private async Task TwoModelsAsync()
    {
        foreach (var n in new[] { 1, 2 })
        {
            var run = $"r{n}";
            await _records.RunAsync(run);
            var days = await ContentAsync(n);
            await _records.NameDatasetAsync($"transit/production/days/{n}", run, days);
            var model = LineageRecords.Port("model", $"model {n}", ArtifactTypes.Model);
            var proposal = LineageRecords.Port("proposal", $"proposal {n}", ArtifactTypes.ModelProposal);
            await _records.ExecutionAsync(
                run,
                "load",
                [new PortArtifact("days", days)],
                [LineageRecords.Port("rows", $"rows {n}")]
            );
            await _records.ExecutionAsync(run, "train", [LineageRecords.Port("rows", $"rows {n}")], [model]);
            PortArtifact[] rival = n == 2 ? [LineageRecords.Port("rival", "model 1", ArtifactTypes.Model)] : [];
            await _records.ExecutionAsync(run, "gate", [model, .. rival], [proposal]);
            await _records.NameModelAsync($"transit/production/demand/{n}", run, model.Artifact, proposal.Artifact);
        }
    }

    private async Task<ArtifactRef> ContentAsync(int version)
    {
        var files = Enumerable
            .Range(2001, version)
            .Select(year => new DatasetFile($"{year}.csv", TestDigests.Of($"{year}.csv"), 10))
            .ToList();
        var json = JsonSerializer.SerializeToUtf8Bytes(new DatasetVersionContent("days", files), RondoJson.Options);
        var blob = await _kernel.Blobs.PutAsync(new MemoryStream(json), TestContext.Current.CancellationToken);
        return new ArtifactRef(ArtifactTypes.DatasetVersion, blob.Digest, blob.Size);
    }

    private static object Rollout(int version, int? previous, int percent) =>
        new
        {
            endpoint = "demand",
            model = "demand",
            version,
            previous,
            percent,
        };

    private async Task ListenAsync(params (string Type, object Data)[] events)
    {
        EventSubscriber subscriber = new LineageSubscriber();
        foreach (var (type, data) in events)
        {
            Assert.Contains(type, subscriber.Types);
            await _kernel.Database.WriteAsync(async t =>
            {
                var position = await _kernel.Log.AppendAsync(
                    t,
                    new NewEvent(type, "transit", "subject", Actor.Local, data)
                );
                var e = new LoggedEvent(
                    position,
                    "evt",
                    _kernel.Time.GetUtcNow(),
                    "transit",
                    type,
                    "subject",
                    "local",
                    null,
                    JsonSerializer.SerializeToElement(data)
                );
                await subscriber.HandleAsync(t, e);
            });
        }
    }

    private async Task<long> CostAsync(string run)
    {
        var before = _kernel.Database.Statements;
        await Store.UpAsync(LineageStore.ArtifactId(LineageRecords.Artifact(ArtifactTypes.Model, run + " model")));
        return _kernel.Database.Statements - before;
    }
}
