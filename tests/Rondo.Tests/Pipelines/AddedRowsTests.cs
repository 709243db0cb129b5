using System.Globalization;
using System.Text;
using System.Text.Json;
using Microsoft.Extensions.DependencyInjection;
using Rondo.Data;
using Rondo.Datasets;
using Rondo.Datasets.Versions;
using Rondo.Kernel;
using Rondo.Lineage;
using Rondo.Pipelines;
using Rondo.Sdk;
using Rondo.Sdk.Wire;

namespace Rondo.Tests.Pipelines;

/// <summary>What steps add to datasets: once, with how it was made, and found again by lineage.</summary>
public sealed class AddedRowsTests : IAsyncLifetime
{
    private const string Orders = "orders";
    private static readonly DatasetPlace s_orders = new(PipelineWorld.Project, PipelineWorld.Production, Orders);
    private PipelineWorld _world = null!;
    private TestServer _server = null!;
    private int _round;

    public async ValueTask InitializeAsync()
    {
        _world = await PipelineWorld.StartAsync();
        _server = _world.Server();
        _world.Executor.Ports = _ => [new("value", ArtifactTypes.NewRows)];
        _world.Executor.Content = (_, _) => Rows(++_round);
    }

    public ValueTask DisposeAsync() => _world.DisposeAsync();

    [Fact]
    [Trait("Requirement", "R18")]
    [Trait("Requirement", "R22")]
    public async Task A_connector_begins_without_a_version_and_each_run_goes_on_from_the_one_before()
    {
        await _world.DeployAsync(_server, Pull());

        await RunAsync("pull");
        await AddAsync();
        await RunAsync("pull");
        await AddAsync();

        var newest = await DescribeAsync();
        Assert.Equal((2L, 4L, 2L), (newest.Version.Version, newest.Version.Rows, newest.Version.NewRows));
        Assert.Equal(DatasetOrigin.Pipeline, newest.Version.Origin!.Kind);
        Assert.Equal("select * from orders", newest.Version.Origin.Text);
        Assert.Equal([PipelineWorld.Project + "/production/orders/1"], newest.Version.Origin.Parents);
        Assert.Equal("2", newest.Marks!["warehouse"].GetProperty("value").GetString());
        var inputs = _world.Executor.Calls.Select(call => call.Inputs["so-far"].Type);
        Assert.Equal([ArtifactTypes.None, ArtifactTypes.DatasetVersion], inputs);
    }

    [Fact]
    public async Task A_run_that_finds_nothing_new_makes_no_version()
    {
        await _world.DeployAsync(_server, Pull());
        await RunAsync("pull");
        await AddAsync();
        _world.Executor.Content = (_, _) => Rows(0, 1);

        await RunAsync("pull");
        await AddAsync();

        Assert.Equal(1, (await DescribeAsync()).Version.Version);
        Assert.Equal(0, await _world.CountAsync("select count(*) from datasets_arrival"));
    }

    [Fact]
    public async Task What_two_servers_add_at_once_is_there_once()
    {
        await _world.DeployAsync(_server, Pull());
        await RunAsync("pull");
        var other = _world.Server();

        await Task.WhenAll(Task.Run(() => AddAsync()), Task.Run(() => AddAsync(other)));

        Assert.Equal((1L, 2L), ((await DescribeAsync()).Version.Version, (await DescribeAsync()).Version.Rows));
        Assert.Single(await _world.EventsAsync("dataset.version.created"));
        Assert.Empty(await _world.EventsAsync("dataset.rows.refused"));
    }

    [Fact]
    public async Task Somebody_who_pushes_at_the_same_time_does_not_take_its_place()
    {
        await _world.DeployAsync(_server, Pull());
        await RunAsync("pull");

        await Task.WhenAll(
            Task.Run(() => AddAsync()),
            Task.Run(async () =>
            {
                for (var i = 0; i < 5; i++)
                {
                    await PushAsync($"by-hand-{i}.csv", $"id\n{i}\n");
                }
            })
        );

        var newest = await DescribeAsync();
        Assert.Equal((6L, 7L), (newest.Version.Version, newest.Version.Rows));
        Assert.Equal("1", newest.Marks!["warehouse"].GetProperty("value").GetString());
    }

    [Fact]
    public async Task Two_runs_that_began_from_the_same_version_add_their_rows_once()
    {
        await _world.DeployAsync(_server, Pull());
        _world.Executor.Content = (_, _) => Rows(1, 0);
        await RunAsync("pull");
        // The second run has seen one order more than the first, and all that the first has seen.
        _world.Executor.Content = (_, _) => Rows(2, 0);
        await RunAsync("pull");

        await AddAsync();

        var newest = await DescribeAsync();
        Assert.Equal((1L, 2L), (newest.Version.Version, newest.Version.Rows));
        var refused = Assert.Single(await _world.EventsAsync("dataset.rows.refused"));
        Assert.Contains(
            "read on by another run",
            refused.Data.GetProperty("reason").GetString(),
            StringComparison.Ordinal
        );

        var mark = int.Parse(
            newest.Marks!["warehouse"].GetProperty("value").GetString()!,
            CultureInfo.InvariantCulture
        );
        _world.Executor.Content = (_, _) => Rows(3, mark);
        await RunAsync("pull");
        await AddAsync();
        Assert.Equal((2L, 4L), ((await DescribeAsync()).Version.Version, (await DescribeAsync()).Version.Rows));
    }

    [Fact]
    public async Task Rows_are_added_also_where_they_were_made_before_anybody_said_so()
    {
        _world.Executor.Ports = _ => [new("value", ArtifactTypes.Table)];
        _world.Executor.Content = (_, _) => Parquet(1, 2);
        await _world.DeployAsync(
            _server,
            Manifests.Pipeline("clean", Adding("clean", ArtifactTypes.Table, Orders, null) with { Additions = [] })
        );
        await RunAsync("clean");
        await AddAsync();
        Assert.Null(await Datasets.NewestAsync(PipelineWorld.Project, "production", Orders));

        await _world.DeployAsync(_server, Clean("clean", null));
        await RunAsync("clean");
        await AddAsync();

        Assert.Equal(2, (await DescribeAsync()).Version.Rows);
    }

    [Fact]
    public async Task Rows_that_were_taken_from_the_cache_are_not_added_again_but_a_named_file_is_put_back()
    {
        _world.Executor.Ports = _ => [new("value", ArtifactTypes.Table)];
        _world.Executor.Content = (_, _) => Parquet(1, 2);
        await _world.DeployAsync(_server, Clean("clean", null), Clean("named", "clean.parquet"));

        await RunAsync("clean");
        await RunAsync("clean");
        await AddAsync();
        Assert.Equal((1L, 2L), ((await DescribeAsync()).Version.Version, (await DescribeAsync()).Version.Rows));

        await RunAsync("named");
        await AddAsync();
        await PushAsync("clean.parquet", Parquet(7));
        await RunAsync("named");
        await AddAsync();

        var newest = await DescribeAsync();
        Assert.Equal((4L, 4L), (newest.Version.Version, newest.Version.Rows));
    }

    [Fact]
    public async Task What_cannot_be_added_is_told_and_stands_in_nobodys_way()
    {
        await _world.DeployAsync(_server, Pull(), Pull("other", "customers"));
        _world.Executor.Content = (_, _) => "no Parquet"u8.ToArray();
        await RunAsync("pull");
        _world.Executor.Content = (_, _) => Rows(1);
        await RunAsync("other");

        await AddAsync();

        var refused = Assert.Single(await _world.EventsAsync("dataset.rows.refused"));
        Assert.Contains("Parquet", refused.Data.GetProperty("reason").GetString(), StringComparison.Ordinal);
        Assert.Null(await Datasets.NewestAsync(PipelineWorld.Project, "production", Orders));
        Assert.NotNull(await Datasets.NewestAsync(PipelineWorld.Project, "production", "customers"));
    }

    [Fact]
    [Trait("Requirement", "R22")]
    public async Task Lineage_leads_from_a_version_through_the_run_to_the_version_before_it()
    {
        await _world.DeployAsync(_server, Pull());
        await RunAsync("pull");
        await AddAsync();
        var second = await RunAsync("pull");
        await AddAsync();
        await LearnAsync();

        var lineage = _server.Get<LineageStore>();
        var up = await lineage.UpAsync("transit/production/orders/2");
        var down = await lineage.DownAsync("transit/production/orders/1");

        Assert.Contains(up.Nodes, node => node.Id == "transit/production/orders/1");
        Assert.Contains(up.Nodes, node => node.Kind == "execution" && node.Label == "pull");
        Assert.Contains(up.Nodes, node => node.Kind == "run" && node.Id == second);
        Assert.Contains(down.Nodes, node => node.Label == "added to orders");
    }

    private DatasetStore Datasets => _server.Get<DatasetStore>();

    private static PipelineManifest Pull(string name = "pull", string dataset = Orders) =>
        Manifests.Pipeline(
            name,
            Manifests.Dataset("so-far", dataset) with
            {
                Optional = true,
            },
            Adding("pull", ArtifactTypes.NewRows, dataset, null) with
            {
                Cache = false,
                Inputs =
                [
                    new InputManifest("so-far", ArtifactTypes.DatasetVersion, "so-far", "value") { AllowNone = true },
                ],
            }
        );

    private static PipelineManifest Clean(string name, string? file) =>
        Manifests.Pipeline(name, Adding("clean", ArtifactTypes.Table, Orders, file));

    private static NodeManifest Adding(string id, string type, string dataset, string? file) =>
        Manifests.Step(id) with
        {
            Outputs = [new PortManifest("value", type)],
            Additions = [new AdditionManifest("value", dataset, file)],
        };

    private async Task<string> RunAsync(string pipeline)
    {
        var run = await _server.Runs.CreateAsync(PipelineWorld.Wish(pipeline));
        Assert.Equal(RunStates.Succeeded, (await _server.FinishAsync(run.Id)).State);
        _world.Kernel.Time.Advance(TimeSpan.FromSeconds(1));
        return run.Id;
    }

    private Task AddAsync(TestServer? server = null) => (server ?? _server).TurnAsync("datasets.arrivals");

    private Task LearnAsync() => _server.TurnAsync("subscriber.lineage");

    private Task<DatasetDescription> DescribeAsync() =>
        _server.Get<DatasetDescriptions>().DescribeAsync(s_orders, null);

    private Task PushAsync(string name, string text) => PushAsync(name, Encoding.UTF8.GetBytes(text));

    private Task PushAsync(string name, byte[] bytes) =>
        Datasets.PushFileAsync(s_orders, name, new MemoryStream(bytes), Actor.Local);

    private static JsonElement? Mark(int round) =>
        round == 0 ? null : JsonSerializer.SerializeToElement(new { type = "Integer", value = $"{round}" });

    // Two rows in each round, read since the one before; none in round 0.
    private static byte[] Rows(int round) => Rows(round, round - 1);

    private static byte[] Rows(int round, int since)
    {
        using var stream = new MemoryStream();
        Rondo.Data.Parquet.Write(
            TableSource.Of(round == 0 ? Ids() : Ids(round * 10, (round * 10) + 1)),
            stream,
            () =>
                new Dictionary<string, string>
                {
                    [NewRowsFacts.Key] = JsonSerializer.Serialize(
                        new NewRowsFacts(
                            "warehouse",
                            "select * from orders",
                            round == 0 ? 0 : 2,
                            0,
                            Mark(since),
                            Mark(round)
                        ),
                        RondoJson.Options
                    ),
                }
        );
        return stream.ToArray();
    }

    private static byte[] Parquet(params long[] ids)
    {
        using var stream = new MemoryStream();
        Rondo.Data.Parquet.Write(Ids(ids), stream);
        return stream.ToArray();
    }

    private static Table Ids(params long[] ids) => new(Column.Of("id", ids));
}
