using Rondo.Datasets;
using Rondo.Datasets.Versions;
using Rondo.Kernel;
using Rondo.Kernel.Events;
using Rondo.Lineage;
using Rondo.Registry;
using Rondo.Registry.Deletion;
using Rondo.Serving;
using Rondo.Tests.Pipelines;
using Rondo.Tests.Registry;

namespace Rondo.Tests.Retention;

/// <summary>Five versions were trained and served, one after the other, each from a dataset version of its own.</summary>
public sealed class DeletionTests : IAsyncLifetime
{
    private static readonly Actor s_ada = new("user:ada");

    private TrainedWorld _trained = null!;
    private readonly List<string> _runs = [];

    public async ValueTask InitializeAsync()
    {
        _trained = await TrainedWorld.StartAsync();
        for (var year = 2001; year <= 2005; year++)
        {
            _runs.Add((await _trained.TrainAsync(year)).Id);
        }
    }

    public ValueTask DisposeAsync() => _trained.DisposeAsync();

    [Fact]
    [Trait("Requirement", "R113")]
    public async Task A_dataset_version_is_not_deleted_while_a_model_that_serves_or_may_be_rolled_back_to_was_made_from_it()
    {
        await _trained.PushAsync("2006.csv", "date,rides\n2006-01-01,1\n");

        var served = await RefusedAsync(() => DeleteDataAsync(5));
        var eligible = await RefusedAsync(() => DeleteDataAsync(2));
        var newest = await RefusedAsync(() => DeleteDataAsync(6));

        Assert.Contains(
            "transit/production/demand/5 was made from it, and is served by endpoint 'line'",
            served,
            StringComparison.Ordinal
        );
        Assert.Contains(
            "transit/production/demand/5 was made from it, and has the alias 'serving'",
            served,
            StringComparison.Ordinal
        );
        Assert.Contains(
            "transit/production/demand/2 was made from it, and is one that endpoint 'line' may be rolled back to",
            eligible,
            StringComparison.Ordinal
        );
        Assert.Contains("newest version", newest, StringComparison.Ordinal);
        var deleted = await DeleteDataAsync(1);
        Assert.Equal(("transit/production/days/1", "user:ada"), (deleted.Id, deleted.DeletedBy));
    }

    [Fact]
    [Trait("Requirement", "R113")]
    public async Task A_model_version_is_not_deleted_while_it_serves_or_may_be_rolled_back_to()
    {
        foreach (
            var (version, why) in new[]
            {
                (5, "is served by endpoint 'line'"),
                (4, "may be rolled back to"),
                (2, "may be rolled back to"),
            }
        )
        {
            Assert.Contains(why, await RefusedAsync(() => DeleteModelAsync(version)), StringComparison.Ordinal);
        }

        await DeleteModelAsync(1);

        var e = Assert.Single(await _trained.World.EventsAsync("model.deleted"));
        Assert.Equal(("transit/production/demand/1", "user:ada"), (e.Subject, e.Actor));
        var registry = _trained.Server.Get<ModelRegistry>();
        Assert.Null(await registry.FindAsync("transit", "production", "demand", 1));
        Assert.Equal("user:ada", (await registry.LookUpAsync(TestModels.Key, 1))?.DeletedBy);
        Assert.Equal(5, (await TestModels.ListAsync(_trained.World.Kernel.Database)).Count);
        Assert.Contains(
            "was deleted",
            await RefusedAsync(() => DeleteModelAsync(1), ErrorCode.FailedPrecondition),
            StringComparison.Ordinal
        );
        Assert.Contains(
            "was deleted by user:ada",
            await RefusedAsync(() => _trained.Server.Get<PinnedEndpoints>().MoveAsync("line", 1, Actor.Local)),
            StringComparison.Ordinal
        );
    }

    [Fact]
    [Trait("Requirement", "R113")]
    public async Task What_was_deleted_cannot_be_used_any_more_and_lineage_still_knows_it()
    {
        await DeleteModelAsync(1);
        await DeleteDataAsync(1);

        var rerun = await RefusedAsync(() => _trained.Server.Runs.RerunAsync(_runs[0], Actor.Local));

        Assert.Contains("transit/production/days/1 was deleted by user:ada", rerun, StringComparison.Ordinal);
        var up = await _trained.Server.Get<LineageStore>().UpAsync("transit/production/demand/1");
        var data = up.Nodes.Single(node => node.Id == "transit/production/days/1");
        Assert.Equal("user:ada", data.Properties["deletedBy"]);
        var versions = await _trained.Server.Get<DatasetStore>().VersionsAsync(TrainedWorld.Days, 10, null);
        Assert.Equal(
            [1],
            versions.Items.Where(version => version.DeletedAt is not null).Select(version => version.Version)
        );
    }

    [Fact]
    public async Task What_a_run_that_has_not_ended_took_is_not_deleted_and_nothing_of_a_refused_deletion_stays()
    {
        await _trained.PushAsync("2006.csv", "date,rides\n2006-01-01,1\n");
        _trained.World.Executor.Decide = _ => Script.Pause;
        var run = await _trained.Server.Runs.CreateAsync(PipelineWorld.Wish("train"));
        await _trained.PushAsync("2007.csv", "date,rides\n2007-01-01,1\n");

        var refused = await RefusedAsync(() => DeleteDataAsync(6));

        Assert.Contains($"it is taken by run {run.Id}", refused, StringComparison.Ordinal);
        await _trained.Server.Get<DatasetStore>().RequireUsableAsync("transit/production/days/6");
        Assert.Empty(await _trained.World.EventsAsync("dataset.version.deleted"));
        await _trained.Server.Runs.CancelAsync(run.Id, Actor.Local);
        await DeleteDataAsync(6);
    }

    [Fact]
    public async Task A_version_that_never_was_there_is_said_not_to_be()
    {
        await RefusedAsync(() => DeleteDataAsync(99), ErrorCode.NotFound);
        await RefusedAsync(() => DeleteModelAsync(99), ErrorCode.NotFound);
    }

    private Task<DeletedDatasetVersion> DeleteDataAsync(long version) =>
        _trained.Server.Get<DatasetDeletion>().DeleteAsync(TrainedWorld.Days, version, s_ada);

    private Task<DeletedModelVersion> DeleteModelAsync(long version) =>
        _trained.Server.Get<ModelDeletion>().DeleteAsync(TestModels.Key, version, s_ada);

    private static async Task<string> RefusedAsync(Func<Task> act, ErrorCode code = ErrorCode.FailedPrecondition)
    {
        var error = await Assert.ThrowsAsync<RondoException>(act);
        Assert.Equal(code, error.Code);
        return error.Message;
    }
}
