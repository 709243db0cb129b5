using Rondo.Datasets;
using Rondo.Datasets.Versions;
using Rondo.Kernel;
using Rondo.Lineage;
using Rondo.Pipelines;
using Rondo.Registry;
using Rondo.Registry.Deletion;
using Rondo.Retention;
using Rondo.Sdk.Wire;
using Rondo.Tests.Kernel;
using Rondo.Tests.Pipelines;
using Rondo.Tests.Registry;

namespace Rondo.Tests.Retention;

public sealed class GarbageTests : IAsyncLifetime
{
    private TrainedWorld _trained = null!;

    private PipelineWorld World => _trained.World;

    public async ValueTask InitializeAsync() => _trained = await TrainedWorld.StartAsync();

    public ValueTask DisposeAsync() => _trained.DisposeAsync();

    [Fact]
    public async Task Bytes_that_nobody_refers_to_go_after_the_grace_period_and_not_before()
    {
        var orphan = await PutAsync("orphan");
        await _trained.TrainAsync(2001);
        World.Kernel.Time.Advance(TimeSpan.FromHours(23));
        Assert.False((await CollectAsync()).Any);

        World.Kernel.Time.Advance(TimeSpan.FromHours(2));
        var dry = await CollectAsync(dryRun: true);
        Assert.True(_trained.Has(orphan));
        var report = await CollectAsync();

        var blobs = Assert.Single(report.Kinds, kind => kind.Kind == "blobs" && kind.Items > 0);
        Assert.Equal((1, 6, orphan), (blobs.Items, blobs.Bytes, blobs.Examples[0]));
        Assert.Equivalent(blobs, dry.Kinds.Single(kind => kind.Kind == "blobs"));
        Assert.False(_trained.Has(orphan));
        var e = Assert.Single(await World.EventsAsync("garbage.collected"));
        Assert.Equal("local", e.Actor);
    }

    [Fact]
    public async Task Content_that_was_asked_for_or_put_again_is_kept_as_if_it_were_new()
    {
        var asked = await PutAsync("asked");
        var again = await PutAsync("again");
        var adopted = await PutAsync("adopted");
        World.Kernel.Time.Advance(TimeSpan.FromDays(2));

        Assert.True(await World.Kernel.Blobs.ExistsAsync(asked, TestContext.Current.CancellationToken));
        await PutAsync("again");
        var file = Path.Combine(World.Kernel.Folder, "file");
        await File.WriteAllTextAsync(file, "adopted", TestContext.Current.CancellationToken);
        await World.Kernel.Blobs.AdoptAsync(file, adopted, TestContext.Current.CancellationToken);

        Assert.False((await CollectAsync()).Any);
        Assert.True(_trained.Has(asked) && _trained.Has(again) && _trained.Has(adopted));
    }

    [Fact]
    [Trait("Requirement", "R113")]
    public async Task After_a_year_everything_behind_the_models_that_serve_is_there_and_what_was_deleted_is_gone()
    {
        var runs = new List<Run>();
        for (var year = 2001; year <= 2006; year++)
        {
            runs.Add(await _trained.TrainAsync(year));
        }

        var content = (
            await _trained.Server.Get<DatasetStore>().FindAsync("transit", "production", "days", 1)
        )!.ContentDigest;
        await _trained.Server.Get<ModelDeletion>().DeleteAsync(TestModels.Key, 1, Actor.Local);
        await _trained.Server.Get<DatasetDeletion>().DeleteAsync(TrainedWorld.Days, 1, Actor.Local);
        World.Kernel.Time.Advance(TimeSpan.FromDays(365));
        await CollectAsync();

        // Versions 3 to 6 serve or may be rolled back to; 2 is only registered; 1 was deleted.
        foreach (var run in runs.Skip(2))
        {
            Assert.All(DigestsOf(run), digest => Assert.True(_trained.Has(digest), digest));
        }

        var second = runs[1].Steps.ToDictionary(step => step.NodeId, step => step.Outputs[0].Artifact.Digest);
        Assert.False(_trained.Has(second["load"]));
        Assert.True(_trained.Has(second["train"]) && _trained.Has(second["register"]));
        Assert.All(
            runs[0].Steps.Where(step => step.Kind == "step").Select(step => step.Outputs[0].Artifact.Digest),
            digest => Assert.False(_trained.Has(digest))
        );
        Assert.False(_trained.Has(content));
        Assert.True(_trained.Has(TestDigests.Of("date,rides\n2001-01-01,2001\n")));
        Assert.Equal(0, await World.CountAsync("select count(*) from pipelines_cache"));
        Assert.False((await CollectAsync()).Any);
    }

    [Fact]
    public async Task What_was_deleted_by_name_goes_although_its_run_is_kept_and_is_made_again_when_it_is_needed()
    {
        var first = await _trained.TrainAsync(2001);
        for (var year = 2002; year <= 2005; year++)
        {
            await _trained.TrainAsync(year);
        }

        var model = first.Steps.Single(step => step.NodeId == "train").Outputs[0].Artifact.Digest;
        await _trained.Server.Get<ModelDeletion>().DeleteAsync(TestModels.Key, 1, Actor.Local);
        World.Kernel.Time.Advance(TimeSpan.FromDays(2));
        await CollectAsync();

        Assert.False(_trained.Has(model));
        Assert.True(_trained.Has(first.Steps.Single(step => step.NodeId == "load").Outputs[0].Artifact.Digest));
        var again = await _trained.Server.FinishAsync(
            (await _trained.Server.Runs.RerunAsync(first.Id, Actor.Local)).Id
        );
        Assert.Equal(RunStates.Succeeded, again.State);
        Assert.True(_trained.Has(model));
        Assert.Equal(6, (await TestModels.ListAsync(_trained.World.Kernel.Database)).Max(version => version.Version));
    }

    [Fact]
    public async Task A_run_under_way_keeps_what_it_has_made_and_taken_however_old_that_is()
    {
        await _trained.PushAsync("2001.csv", "date,rides\n2001-01-01,1\n");
        World.Executor.Decide = r => r.NodeId == "register" ? Script.Pause : Script.Succeed;
        var id = (await _trained.Server.Runs.CreateAsync(PipelineWorld.Wish("train"))).Id;
        while (World.Executor.Paused == 0)
        {
            await _trained.Server.OrchestrateAsync();
            await Task.Yield();
        }

        var staging = Path.Combine(World.Kernel.Folder, "staging", $"{id}~register~1");
        // In one jump: the heartbeats of four hundred days would be millions.
        World.Kernel.Time.AdjustTime(World.Kernel.Time.GetUtcNow() + TimeSpan.FromDays(400));
        var report = await CollectAsync();

        Assert.Equal(0, report.Kinds.SingleOrDefault(kind => kind.Kind == "staging")?.Items ?? 0);
        Assert.True(Directory.Exists(staging));
        var run = await _trained.Server.Runs.GetAsync(id);
        Assert.All(DigestsOf(run), digest => Assert.True(_trained.Has(digest), digest));
        World.Executor.ReleaseAll();
        await _trained.Server.SettleAsync();
    }

    [Fact]
    public async Task Folders_of_attempts_that_are_over_and_packages_that_nothing_runs_go_and_so_do_old_logs()
    {
        var run = await _trained.TrainAsync(2001);
        var left = Directory
            .CreateDirectory(Path.Combine(World.Kernel.Folder, "staging", $"{run.Id}~train~7"))
            .FullName;
        await File.WriteAllTextAsync(Path.Combine(left, "value"), "left", TestContext.Current.CancellationToken);
        var deployed = Directory
            .CreateDirectory(Path.Combine(World.Kernel.Folder, "packages", new string('a', 64)))
            .FullName;
        var former = Directory
            .CreateDirectory(Path.Combine(World.Kernel.Folder, "packages", new string('b', 64)))
            .FullName;
        foreach (var folder in new[] { left, deployed, former })
        {
            Directory.SetLastWriteTimeUtc(folder, World.Kernel.Time.GetUtcNow().UtcDateTime);
        }

        Assert.True(await World.CountAsync("select count(*) from pipelines_log") > 0);
        World.Kernel.Time.Advance(TimeSpan.FromDays(31));
        var report = await CollectAsync();

        Assert.Equal(
            ["logs 1", "packages 1", "staging 1"],
            report.Kinds.Where(kind => kind.Items > 0).Select(kind => $"{kind.Kind} {kind.Items}")
        );
        Assert.False(Directory.Exists(left) || Directory.Exists(former));
        Assert.True(Directory.Exists(deployed));
        Assert.Equal(0, await World.CountAsync("select count(*) from pipelines_log"));
    }

    [Fact]
    public async Task Files_of_datasets_that_an_earlier_version_began_are_known_again_and_a_list_that_cannot_be_read_stops_everything()
    {
        await _trained.PushAsync("a.csv", "date,rides\n2001-01-01,1\n");
        await _trained.PushAsync("a.csv", "date,rides\n2001-01-01,2\n");
        await _trained.PushAsync("b.csv", "date,rides\n2002-01-01,3\n");
        await World.Kernel.Database.WriteAsync(async t =>
        {
            await t.ExecuteAsync("delete from datasets_indexed");
            await t.ExecuteAsync("delete from datasets_span");
        });
        World.Kernel.Time.Advance(TimeSpan.FromDays(2));
        Assert.False((await CollectAsync()).Any);
        await _trained.Server.Get<DatasetDeletion>().DeleteAsync(TrainedWorld.Days, 1, Actor.Local);
        Assert.Equal(2, (await CollectAsync()).Kinds.Single(kind => kind.Kind == "blobs").Items);
        Assert.False(_trained.Has(TestDigests.Of("date,rides\n2001-01-01,1\n")));

        await World.Kernel.Database.WriteAsync(async t => await t.ExecuteAsync("delete from datasets_indexed"));
        var list = (
            await _trained.Server.Get<DatasetStore>().FindAsync("transit", "production", "days", 2)
        )!.ContentDigest;
        await File.WriteAllTextAsync(_trained.PathOf(list), "{}", TestContext.Current.CancellationToken);
        var orphan = await PutAsync("orphan");
        World.Kernel.Time.Advance(TimeSpan.FromDays(2));

        await Assert.ThrowsAsync<RondoException>(() => CollectAsync());
        Assert.True(_trained.Has(orphan));
    }

    [Fact]
    public async Task The_bytes_of_a_model_version_without_a_run_are_needed_as_well()
    {
        var proposal = await TestModels.ProposeAsync(World.Kernel.Blobs, new LineModel(3, 4));
        await World.Kernel.Database.WriteAsync(t =>
            _trained.Server.Get<ModelRegistry>().RegisterAsync(t, TestModels.Origin("elsewhere"), proposal).AsTask()
        );
        World.Kernel.Time.Advance(TimeSpan.FromDays(400));

        await CollectAsync();

        Assert.True(_trained.Has(proposal.Artifact.Digest));
    }

    private Task<CollectionReport> CollectAsync(bool dryRun = false) =>
        _trained.Server.Get<GarbageCollector>().RunAsync(dryRun, Actor.Local, TestContext.Current.CancellationToken);

    private async Task<string> PutAsync(string text) =>
        (
            await World.Kernel.Blobs.PutAsync(
                new MemoryStream(System.Text.Encoding.UTF8.GetBytes(text)),
                TestContext.Current.CancellationToken
            )
        ).Digest;

    private static IEnumerable<string> DigestsOf(Run run) =>
        run.Steps.SelectMany(step => step.Outputs).Select(output => output.Artifact.Digest);
}
