using Rondo.Datasets;
using Rondo.Kernel;
using Rondo.Lineage;
using Rondo.Retention;
using Rondo.Tests.Pipelines;

namespace Rondo.Tests.Retention;

/// <summary>A model was trained from each of two versions and served; the rows of 2001 are in both.</summary>
public sealed class ForgettingTests : IAsyncLifetime
{
    private static readonly SubjectRequest s_subject = new("rides", "2001", "asked on paper");
    private static readonly Actor s_clerk = new("user:clerk");

    private TrainedWorld _trained = null!;

    private SubjectDeletion Subjects => _trained.Server.Get<SubjectDeletion>();

    public async ValueTask InitializeAsync()
    {
        _trained = await TrainedWorld.StartAsync();
        await _trained.TrainAsync(2001);
        await _trained.TrainAsync(2002);
    }

    public ValueTask DisposeAsync() => _trained.DisposeAsync();

    [Fact]
    [Trait("Requirement", "R46")]
    public async Task Held_versions_are_told_with_what_holds_them_and_all_that_was_made_from_them_is_listed()
    {
        var report = await Subjects.ForgetAsync(TrainedWorld.Days, s_subject, s_clerk);

        Assert.Equal(["held", "held"], report.Versions.Select(version => version.State));
        Assert.Contains(
            "transit/production/demand/1 was made from it, and is one that endpoint 'line' may be rolled back to: train on the version without the rows and let that take over, or use force",
            report.Versions[0].Holds
        );
        Assert.Contains(
            report.Versions[1].Holds,
            hold => hold.Contains("is served by endpoint 'line'", StringComparison.Ordinal)
        );
        Assert.Equal((3L, false), (report.NewVersion, report.IsComplete));
        Assert.Equal(
            ["transit/production/demand/1 retired at line 1", "transit/production/demand/2 serving at line 2"],
            report
                .Derived.Where(made => made.Kind == "model-version")
                .Select(made => $"{made.Id} {made.State} {string.Join(',', made.From)}")
        );
        Assert.Equal(2, report.Derived.Count(made => made.Id.StartsWith("rondo/table:", StringComparison.Ordinal)));
        await _trained.Server.Get<DatasetStore>().RequireUsableAsync("transit/production/days/2");
    }

    [Fact]
    [Trait("Requirement", "R46")]
    public async Task Trained_anew_without_the_rows_the_old_versions_are_free_when_nothing_serves_them_any_more()
    {
        await Subjects.ForgetAsync(TrainedWorld.Days, s_subject, s_clerk);
        for (var year = 2003; year <= 2007; year++)
        {
            await _trained.TrainAsync(year);
        }

        var report = await Subjects.ForgetAsync(TrainedWorld.Days, s_subject, s_clerk);

        Assert.Equal([(1L, "deleted"), (2L, "deleted")], report.Versions.Select(v => (v.Version, v.State)));
        Assert.Null(report.NewVersion);
        Assert.True(report.IsComplete);
    }

    [Fact]
    [Trait("Requirement", "R46")]
    public async Task With_force_the_versions_go_and_their_bytes_at_the_next_cleaning_and_the_record_says_what_was_overridden()
    {
        var dirty = (await _trained.PushAsync("again.csv", "date,rides\n2001-01-01,2001\n2001-01-02,7\n")).File.Digest;

        var report = await Subjects.ForgetAsync(TrainedWorld.Days, s_subject with { Force = true }, s_clerk);

        Assert.Equal(["deleted", "deleted", "deleted"], report.Versions.Select(version => version.State));
        Assert.NotEmpty(report.Versions[1].Holds);
        Assert.True(report.Forced && report.IsComplete);
        var e = Assert.Single(await _trained.World.EventsAsync("dataset.subject.forgotten"));
        Assert.True(e.Data.GetProperty("forced").GetBoolean());
        Assert.True(_trained.Has(dirty));
        await CleanAsync();
        Assert.False(_trained.Has(dirty));
        var newest = await _trained.Server.Get<DatasetStore>().NewestAsync("transit", "production", "days");
        Assert.True(_trained.Has(newest!.ContentDigest));
    }

    [Fact]
    [Trait("Requirement", "R46")]
    public async Task Tables_that_runs_computed_from_the_rows_go_too_but_for_those_that_a_served_model_needs()
    {
        var report = await Subjects.ForgetAsync(TrainedWorld.Days, s_subject with { Force = true }, s_clerk);
        var tables = Tables(report);
        for (var year = 2003; year <= 2005; year++)
        {
            await _trained.TrainAsync(year);
        }

        await CleanAsync();
        var afterThree = tables.Select(_trained.Has).ToList();
        await _trained.TrainAsync(2006);
        var own = await OwnTablesAsync();
        await CleanAsync();

        Assert.Equal(2, tables.Count);
        // Both models are retired; the second is still one of the three that the endpoint may be rolled back to, until one more serves.
        Assert.Equal(1, afterThree.Count(has => has));
        Assert.DoesNotContain(tables, _trained.Has);
        Assert.All(own, digest => Assert.True(_trained.Has(digest)));
    }

    [Fact]
    public async Task A_version_that_a_run_takes_is_held_even_so_until_the_run_has_ended()
    {
        _trained.World.Executor.Decide = _ => Script.Pause;
        await _trained.PushAsync("2003.csv", "date,rides\n2003-01-01,1\n");
        var run = await _trained.Server.Runs.CreateAsync(PipelineWorld.Wish("train"));

        var report = await Subjects.ForgetAsync(TrainedWorld.Days, s_subject with { Force = true }, s_clerk);

        Assert.Equal(["deleted", "deleted", "held"], report.Versions.Select(version => version.State));
        Assert.Equal(
            [$"it is taken by run {run.Id}, which has not ended: let it end, or cancel it"],
            report.Versions[2].Holds
        );
        await _trained.Server.Runs.CancelAsync(run.Id, Actor.Local);
        var again = await Subjects.ForgetAsync(TrainedWorld.Days, s_subject, s_clerk);
        Assert.Equal([(3L, "deleted")], again.Versions.Select(v => (v.Version, v.State)));
    }

    private static IReadOnlyList<string> Tables(SubjectReport report) =>
        [
            .. report
                .Derived.Where(made => made.Id.StartsWith("rondo/table:", StringComparison.Ordinal))
                .Select(made => made.Id[12..]),
        ];

    // What was computed from versions without the rows, by the last run.
    private async Task<IReadOnlyList<string>> OwnTablesAsync()
    {
        var graph = await _trained.Server.Get<LineageStore>().DownAsync("transit/production/days/7");
        return
        [
            .. graph
                .Nodes.Where(node => node.Id.StartsWith("rondo/table:", StringComparison.Ordinal))
                .Select(node => node.Id[12..]),
        ];
    }

    private async Task CleanAsync()
    {
        _trained.World.Kernel.Time.Advance(TimeSpan.FromHours(25));
        await _trained.Server.Get<GarbageCollector>().RunAsync(false, Actor.Local, CancellationToken.None);
    }
}
