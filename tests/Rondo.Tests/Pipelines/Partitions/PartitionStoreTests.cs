using Rondo.Pipelines;
using Rondo.Pipelines.Partitions;
using Rondo.Sdk.Wire;

namespace Rondo.Tests.Pipelines;

/// <summary>What has become of each partition, in pages.</summary>
public sealed class PartitionStoreTests : IAsyncLifetime
{
    private TriggerScene _scene = null!;

    public async ValueTask InitializeAsync() => _scene = await TriggerScene.StartAsync();

    public ValueTask DisposeAsync() => _scene.DisposeAsync();

    [Fact]
    public async Task Partitions_are_listed_newest_first_with_their_newest_run_and_counted_by_state()
    {
        await DeployAsync(new PartitionsManifest("daily", "2023-12-28", null, null));
        await RunAsync("2023-12-29", Script.Fail);
        await RunAsync("2023-12-29", Script.Succeed);
        await RunAsync("2023-12-30", Script.Stop);
        _scene.Set("2024-01-01 12:00");

        var first = await PageAsync(null, 3);
        var second = await PageAsync(first.Next, 3);

        Assert.Equal(["2024-01-01", "2023-12-31", "2023-12-30"], first.Items.Select(item => item.Key));
        Assert.Equal([false, true, true], first.Items.Select(item => item.Complete));
        Assert.Equal(["missing", "missing", "stopped"], first.Items.Select(item => item.State));
        Assert.Equal(["2023-12-29", "2023-12-28"], second.Items.Select(item => item.Key));
        Assert.Equal("succeeded", second.Items[0].State);
        Assert.NotNull(second.Items[0].RunId);
        Assert.Null(second.Next);
        Assert.Equal((5, "missing 3, stopped 1, succeeded 1"), (first.Total, Words(first)));
    }

    [Fact]
    public async Task Values_of_a_list_are_listed_in_their_order()
    {
        await DeployAsync(new PartitionsManifest("list", null, null, ["south", "north", "east"]));
        await RunAsync("north", Script.Succeed);

        var first = await PageAsync(null, 2);
        var second = await PageAsync(first.Next, 2);

        Assert.Equal(["south", "north"], first.Items.Select(item => item.Key));
        Assert.Equal(["east"], second.Items.Select(item => item.Key));
    }

    [Theory]
    [InlineData(null, "runs for one of its list partitions")]
    [InlineData("west", "There is south, north.")]
    public async Task A_run_by_hand_needs_a_partition_that_there_is(string? key, string because)
    {
        await DeployAsync(new PartitionsManifest("list", null, null, ["south", "north"]));

        var refused = await Assert.ThrowsAsync<RondoException>(() =>
            _scene.Server.Runs.CreateAsync(PipelineWorld.Wish(TriggerScene.Train) with { Partition = key })
        );

        Assert.Contains(because, refused.Message);
    }

    [Fact]
    public async Task A_page_of_a_hundred_thousand_partitions_takes_as_many_statements_as_one_of_ten()
    {
        await DeployAsync(new PartitionsManifest("hourly", "2012-08-01T00", "Europe/Berlin", null));
        await FillAsync(100_000);
        await PageAsync(null, 1);
        var few = await StatementsAsync(null, 10);

        var page = await PageAsync("2018-01-01T00", 1000);
        var many = await StatementsAsync("2018-01-01T00", 1000);

        Assert.Equal(few, many);
        Assert.Equal(1000, page.Items.Count);
        Assert.Equal("2017-12-31T23", page.Items[0].Key);
        Assert.True(page.Total > 100_000);
        Assert.Equal(100_000, page.States["succeeded"]);
    }

    private Task DeployAsync(PartitionsManifest partitions) =>
        _scene.DeployAsync(TriggerScene.Pipeline() with { Partitions = partitions });

    private async Task RunAsync(string key, Script script)
    {
        _scene.World.Executor.Decide = _ => script;
        await _scene.Server.Runs.CreateAsync(
            PipelineWorld.Wish(TriggerScene.Train) with
            {
                Partition = key,
                Fresh = true,
            }
        );
        await _scene.FinishAsync();
        _scene.World.Kernel.Time.Advance(TimeSpan.FromSeconds(1));
    }

    private Task<PartitionPage> PageAsync(string? after, int limit) =>
        _scene
            .Server.Get<PartitionStore>()
            .ListAsync(new(PipelineWorld.Project, PipelineWorld.Production, TriggerScene.Train, after, limit));

    private async Task<long> StatementsAsync(string? after, int limit)
    {
        var before = _scene.World.Kernel.Database.Statements;
        await PageAsync(after, limit);
        return _scene.World.Kernel.Database.Statements - before;
    }

    // Rows as ended runs leave them, without running each.
    private async Task FillAsync(int count)
    {
        var scheme = PartitionScheme.Of(new("hourly", "2012-08-01T00", "Europe/Berlin", null));
        var keys = Enumerable.Range(0, count + 100).Select(i => scheme.At(i)?.Key).OfType<string>().Take(count);
        await _scene.World.Kernel.Database.WriteAsync(async t =>
            await t.ExecuteManyAsync(
                """
                insert into pipelines_run
                    (id, project, environment, pipeline, version_id, package, commit_id, parameters, sources, trigger_kind, evidence,
                     actor, created_position, state, remaining, created_at, finished_at, partition_key)
                values
                    (@id, 'transit', 'production', 'train', 'v', 'p', 'c', '{}', '{}', 'backfill', '{}', 'local', 0, 'succeeded', 0,
                     0, 0, @key)
                """,
                ["id", "key"],
                keys.Select(key => new object?[] { "run_" + key, key })
            )
        );
    }

    private static string Words(PartitionPage page) =>
        string.Join(", ", page.States.Select(state => $"{state.Key} {state.Value}"));
}
