using System.Text.Json;
using Rondo.Pipelines;
using Rondo.Pipelines.Rows;
using Rondo.Sdk.Wire;

namespace Rondo.Tests.Pipelines;

/// <summary>Rows are counted from step to step, and somebody is told where some are lost that usually are not.</summary>
public sealed class RowAccountTests : IAsyncLifetime
{
    private PipelineWorld _world = null!;
    private TestServer _server = null!;
    private Dictionary<string, long> _rows = null!;

    public async ValueTask InitializeAsync()
    {
        _world = await PipelineWorld.StartAsync();
        _server = _world.Server();
        _world.Executor.Ports = _ => [new("value", ArtifactTypes.Table)];
        _world.Executor.Facts = (request, _) =>
            JsonSerializer.SerializeToElement(new { rows = _rows[request.Template ?? request.NodeId] });
        await _world.DeployAsync(
            _server,
            Manifests.Pipeline("clean", Table("read"), Table("filter", "read"), Table("part", "filter"))
        );
    }

    public ValueTask DisposeAsync() => _world.DisposeAsync();

    [Fact]
    [Trait("Requirement", "R43")]
    public async Task Each_step_says_what_came_in_what_went_out_and_what_it_left_out_and_why()
    {
        _world.Executor.Metrics = request =>
            request.NodeId == "filter"
                ? new Dictionary<string, double> { ["rows.dropped.no price"] = 8, ["rows.dropped.twice"] = 1 }
                : new Dictionary<string, double>();

        var flows = await RunAsync(100, 90, 90);

        Assert.Equal(["filter", "part"], flows.Select(flow => flow.NodeId));
        Assert.Equal((100, 90, 9, 1), (flows[0].RowsIn, flows[0].RowsOut, flows[0].Dropped, flows[0].Unexplained));
        Assert.Equal((8, 1), (flows[0].Reasons["no price"], flows[0].Reasons["twice"]));
        Assert.Equal((90, 90, 0, 0), (flows[1].RowsIn, flows[1].RowsOut, flows[1].Dropped, flows[1].Unexplained));
    }

    [Fact]
    [Trait("Requirement", "R43")]
    public async Task A_step_that_loses_more_than_it_usually_does_is_told_of_once()
    {
        // A tenth is lost each time, now a little more, now a little less: that is how this filter is.
        await RunAsync(100, 90, 90);
        await RunAsync(200, 178, 178);
        await RunAsync(50, 46, 46);
        await RunAsync(120, 109, 109);
        Assert.Empty(await LostAsync());

        var flows = await RunAsync(100, 60, 60);

        Assert.True(flows[0].IsSuspicious);
        Assert.False(flows[1].IsSuspicious);
        var lost = Assert.Single(await LostAsync());
        Assert.Equal(("filter", 100L, 60L), (lost.NodeId, lost.RowsIn, lost.RowsOut));
        Assert.Equal(0.4, lost.Loss, 12);
        Assert.InRange(lost.UsualLoss, 0.08, 0.11);
    }

    [Fact]
    public async Task What_a_step_says_that_it_left_out_is_no_loss()
    {
        for (var i = 0; i < 4; i++)
        {
            await RunAsync(100 + i, 100 + i, 100 + i);
        }

        _world.Executor.Metrics = request =>
            request.NodeId == "filter"
                ? new Dictionary<string, double> { ["rows.dropped.holiday"] = 50 }
                : new Dictionary<string, double>();
        await RunAsync(110, 60, 60);

        Assert.Empty(await LostAsync());
    }

    [Fact]
    public async Task A_join_that_makes_rows_loses_none_and_too_few_runs_tell_nothing()
    {
        var first = await RunAsync(100, 10, 300);

        Assert.Equal((90, 0), (first[0].Unexplained, first[1].Unexplained));
        Assert.Null(first[0].UsualLoss);
        Assert.Empty(await LostAsync());
    }

    [Fact]
    public async Task The_items_of_a_for_each_count_together_and_each_takes_what_stands_outside_whole()
    {
        var loop = Manifests.ForEach("each", ["a", "b", "c"]);
        await _world.DeployAsync(
            _server,
            Manifests.Pipeline("loop", Table("read"), loop, Table("each.pick", "read").In("each"))
        );
        _rows = new() { ["read"] = 30, ["each.pick"] = 10 };
        var run = await _server.Runs.CreateAsync(PipelineWorld.Wish("loop"));
        await _server.FinishAsync(run.Id);

        var flow = Assert.Single(await _server.Get<RowAccounts>().OfAsync(run.Id));

        Assert.Equal(("each.pick", 90L, 30L), (flow.NodeId, flow.RowsIn, flow.RowsOut));
    }

    private static NodeManifest Table(string id, params string[] from) =>
        Manifests.Step(id, from) with
        {
            Cache = false,
            Outputs = [new PortManifest("value", ArtifactTypes.Table)],
            Inputs = [.. from.Select(node => new InputManifest("in", ArtifactTypes.Table, node, "value"))],
        };

    private async Task<IReadOnlyList<RowFlow>> RunAsync(long read, long filter, long part)
    {
        _rows = new()
        {
            ["read"] = read,
            ["filter"] = filter,
            ["part"] = part,
        };
        var run = await _server.Runs.CreateAsync(PipelineWorld.Wish("clean"));
        Assert.Equal(RunStates.Succeeded, (await _server.FinishAsync(run.Id)).State);
        _world.Kernel.Time.Advance(TimeSpan.FromMinutes(1));
        return await _server.Get<RowAccounts>().OfAsync(run.Id);
    }

    private async Task<IReadOnlyList<RowsLostEvent>> LostAsync() =>
        [.. (await _world.EventsAsync(RowsLostEvent.Type)).Select(e => e.DataAs<RowsLostEvent>())];
}
