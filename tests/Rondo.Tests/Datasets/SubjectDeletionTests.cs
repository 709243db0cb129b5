using System.Text;
using System.Text.Json;
using Rondo.Data;
using Rondo.Datasets;
using Rondo.Kernel;
using Rondo.Kernel.Db;
using Rondo.Kernel.Events;
using Rondo.Kernel.Projects;
using Rondo.Lineage;
using Rondo.Sdk.Wire;
using Rondo.Tests.Kernel;

namespace Rondo.Tests.Datasets;

public sealed class SubjectDeletionTests : IAsyncLifetime
{
    private static readonly DatasetPlace s_people = new("transit", "production", "people");
    private static readonly SubjectRequest s_ada = new("email", "ada@example.org", "asked on paper");
    private static readonly Actor s_clerk = new("user:clerk");

    private TestKernel _kernel = null!;
    private DatasetStore _datasets = null!;
    private SubjectDeletion _subjects = null!;

    public async ValueTask InitializeAsync()
    {
        _kernel = await TestKernel.StartAsync(LineageModule.Schema, DatasetsModule.Schema);
        var projects = new ProjectStore(_kernel.Database, _kernel.Log, _kernel.Time);
        await projects.CreateAsync("transit", Actor.Local);
        _datasets = new DatasetStore(_kernel.Database, _kernel.Blobs, _kernel.Log, projects, _kernel.Time);
        _subjects = Subjects();
    }

    public ValueTask DisposeAsync() => _kernel.DisposeAsync();

    [Fact]
    [Trait("Requirement", "R46")]
    public async Task The_rows_go_from_the_newest_version_and_every_version_that_held_them_is_deleted()
    {
        await PushAsync("0.csv", "day,email\n2001-01-01,bob@example.org\n");
        await PushAsync("1.csv", "day,email\n2002-01-01,ada@example.org\n2002-01-02,bob@example.org\n");
        await PushAsync("2.csv", "day,email\n2003-01-01,ada@example.org\n");

        var report = await _subjects.ForgetAsync(s_people, s_ada, s_clerk);

        Assert.Equal(
            [(2L, 1L, "deleted"), (3L, 2L, "deleted")],
            report.Versions.Select(v => (v.Version, v.Rows, v.State))
        );
        Assert.Equal((2L, 4L, true), (report.Rows, report.NewVersion, report.IsComplete));
        var newest = (await _datasets.NewestAsync("transit", "production", "people"))!;
        Assert.Equal((4L, 2L, "2002-01-02"), (newest.Version, newest.Rows, newest.AsOf));
        Assert.Equal(
            ["day,email\n2001-01-01,bob@example.org\n", "day,email\n2002-01-02,bob@example.org\n", "day,email\n"],
            await TextsAsync(newest)
        );
        Assert.Null((await _datasets.FindAsync("transit", "production", "people", 1))!.DeletedAt);
        Assert.Equal("user:clerk", (await _datasets.FindAsync("transit", "production", "people", 2))!.DeletedBy);
    }

    [Fact]
    [Trait("Requirement", "R46")]
    public async Task No_version_that_is_left_needs_the_old_bytes_and_the_new_ones_are_needed()
    {
        var dirty = await PushAsync("1.csv", "email\nada@example.org\nbob@example.org\n");
        await PushAsync("2.csv", "email\ncy@example.org\n");

        await _subjects.ForgetAsync(s_people, s_ada, s_clerk);

        var references = new Rondo.Datasets.Versions.DatasetReferences(new(_kernel.Database, _kernel.Blobs));
        var newest = (await _datasets.NewestAsync("transit", "production", "people"))!;
        var files = (await ContentAsync(newest)).Files.Select(file => file.Digest).ToList();
        string[] asked = [dirty.File.Digest, dirty.Version.ContentDigest, newest.ContentDigest, .. files];
        var needed = await _kernel.Database.ReadAsync(async s => await references.NeededAsync(s, asked));
        Assert.Equal(
            asked.Except([dirty.File.Digest, dirty.Version.ContentDigest]).Order(StringComparer.Ordinal),
            needed.Order(StringComparer.Ordinal)
        );
    }

    [Fact]
    [Trait("Requirement", "R46")]
    public async Task What_was_done_is_recorded_without_the_value_and_can_be_listed()
    {
        await PushAsync("1.csv", "email\nada@example.org\nbob@example.org\n");

        var report = await _subjects.ForgetAsync(s_people, s_ada, s_clerk);

        var e = Assert.Single(await _kernel.Log.ReadAsync(0, 100, new EventFilter(Type: DatasetSubjectForgotten.Type)));
        var listed = Assert.Single((await _subjects.ListAsync("transit", 10)).Items);
        Assert.Equal(("transit/production/people", "user:clerk"), (e.Subject, e.Actor));
        Assert.Equal(Json(report), Json(listed));
        Assert.Equal("asked on paper", e.Data.GetProperty("reason").GetString());
        Assert.Equal(report.Identity!.Hash, e.Data.GetProperty("identity").GetProperty("hash").GetString());
        var all = await _kernel.Log.ReadAsync(0, 100, new EventFilter());
        Assert.All(all, logged => Assert.DoesNotContain("ada@", logged.Data.GetRawText(), StringComparison.Ordinal));
        Assert.DoesNotContain("ada@", Json(listed), StringComparison.Ordinal);
        Assert.True(report.Identity.Is(new ColumnValue("E_Mail", "ada@example.org")));
        Assert.False(report.Identity.Is(new ColumnValue("email", "bob@example.org")));
    }

    [Fact]
    public async Task A_plan_says_the_same_and_changes_nothing()
    {
        await PushAsync("1.csv", "email\nada@example.org\nAda@Example.org\nbob@example.org\n");

        var plan = await _subjects.PlanAsync(s_people, s_ada);

        Assert.Equal((null, 1L, 1L, null), (plan.Id, plan.Rows, plan.ButForCase, plan.NewVersion));
        Assert.Equal([("found", 1L)], plan.Versions.Select(v => (v.State, v.Rows)));
        Assert.Equal(1, (await _datasets.NewestAsync("transit", "production", "people"))!.Version);
        Assert.Empty((await _subjects.ListAsync("transit", 10)).Items);
    }

    [Fact]
    public async Task Where_only_older_versions_hold_the_rows_no_new_version_is_made()
    {
        await PushAsync("1.csv", "email\nada@example.org\n");
        await PushAsync("1.csv", "email\nbob@example.org\n");

        var report = await _subjects.ForgetAsync(s_people, s_ada, s_clerk);

        Assert.Null(report.NewVersion);
        Assert.Equal([1L], report.Versions.Select(v => v.Version));
        Assert.Equal(2, (await _datasets.NewestAsync("transit", "production", "people"))!.Version);
    }

    [Fact]
    public async Task A_second_time_finds_nothing_and_records_nothing()
    {
        await PushAsync("1.csv", "email\nada@example.org\nbob@example.org\n");
        await _subjects.ForgetAsync(s_people, s_ada, s_clerk);

        var again = await _subjects.ForgetAsync(s_people, s_ada, s_clerk);

        Assert.Equal((null, 0L, 0), (again.Id, again.Rows, again.Versions.Count));
        Assert.Single((await _subjects.ListAsync("transit", 10)).Items);
    }

    [Fact]
    public async Task Pushes_at_the_same_time_are_neither_lost_nor_do_they_bring_rows_back()
    {
        await PushAsync("1.csv", "email\nada@example.org\nbob@example.org\n");

        await Task.WhenAll([
            .. Enumerable.Range(2, 8).Select(i => (Task)PushAsync($"{i}.csv", $"email\nuser{i}@example.org\n")),
            _subjects.ForgetAsync(s_people, s_ada, s_clerk),
        ]);
        // Versions that were made from the old one before the rows were removed went with it.
        var newest = (await _datasets.NewestAsync("transit", "production", "people"))!;

        Assert.Equal((10L, 9L), (newest.Version, newest.Rows));
        Assert.DoesNotContain(await TextsAsync(newest), text => text.Contains("ada@", StringComparison.Ordinal));
        Assert.Empty((await _subjects.PlanAsync(s_people, s_ada)).Versions);
    }

    [Fact]
    [Trait("Requirement", "R46")]
    public async Task What_ends_in_the_middle_leaves_everything_as_it_was_and_can_be_begun_anew()
    {
        await PushAsync("1.csv", "email\nada@example.org\nbob@example.org\n");
        await PushAsync("2.csv", "email\ncy@example.org\n");
        // The new version stands, and the first old one is deleted, when the second is asked about.
        var ends = Subjects(new EndingHold("transit/production/people/2"));

        await Assert.ThrowsAsync<NotSupportedException>(() => ends.ForgetAsync(s_people, s_ada, s_clerk));

        Assert.Equal(2, (await _datasets.NewestAsync("transit", "production", "people"))!.Version);
        Assert.Null((await _datasets.FindAsync("transit", "production", "people", 1))!.DeletedAt);
        Assert.Empty(await _kernel.Log.ReadAsync(0, 100, new EventFilter(Type: "dataset.version.deleted")));
        Assert.Empty((await _subjects.ListAsync("transit", 10)).Items);
        var report = await _subjects.ForgetAsync(s_people, s_ada, s_clerk);
        Assert.Equal((3L, true), (report.NewVersion, report.IsComplete));
    }

    [Fact]
    public async Task Copies_elsewhere_are_told_and_left_alone()
    {
        await PushAsync("1.csv", "email\nada@example.org\n");
        var test = s_people with { Environment = "test" };
        await _datasets.PushFileAsync(test, "copy.csv", Text("email\nada@example.org\n"), Actor.Local);

        var report = await _subjects.ForgetAsync(s_people, s_ada, s_clerk);

        Assert.Equal(["transit/test/people/1"], report.Elsewhere);
        Assert.Null((await _datasets.FindAsync("transit", "test", "people", 1))!.DeletedAt);
    }

    [Theory]
    [InlineData("people", "mail", "x", ErrorCode.InvalidArgument, "has a column 'mail'")]
    [InlineData("people", "email", " ", ErrorCode.InvalidArgument, "belong to nobody")]
    [InlineData("nobody", "email", "x", ErrorCode.NotFound, "Dataset 'nobody' has no version")]
    [InlineData("no/body", "email", "x", ErrorCode.InvalidArgument, "cannot name a dataset")]
    public async Task A_wrong_question_is_answered_with_what_is_wrong(
        string dataset,
        string column,
        string value,
        ErrorCode code,
        string words
    )
    {
        await PushAsync("1.csv", "email\nada@example.org\n");

        var error = await Assert.ThrowsAsync<RondoException>(() =>
            _subjects.ForgetAsync(s_people with { Dataset = dataset }, new SubjectRequest(column, value), s_clerk)
        );

        Assert.Equal(code, error.Code);
        Assert.Contains(words, error.Message, StringComparison.Ordinal);
    }

    private SubjectDeletion Subjects(params IHold[] holds) =>
        new(
            _kernel.Database,
            _kernel.Blobs,
            _kernel.Log,
            new LineageStore(_kernel.Database, _kernel.Log, _kernel.Blobs),
            new LineageHolds(holds),
            _kernel.Ids,
            _kernel.Time
        );

    private Task<DatasetPush> PushAsync(string name, string text) =>
        _datasets.PushFileAsync(s_people, name, Text(text), Actor.Local);

    private async Task<DatasetVersionContent> ContentAsync(DatasetVersion version) =>
        JsonSerializer.Deserialize<DatasetVersionContent>(
            await _kernel.Blobs.ReadAsync(version.ContentDigest),
            RondoJson.Options
        )!;

    private async Task<IReadOnlyList<string>> TextsAsync(DatasetVersion version)
    {
        var texts = new List<string>();
        foreach (var file in (await ContentAsync(version)).Files)
        {
            texts.Add(Encoding.UTF8.GetString(await _kernel.Blobs.ReadAsync(file.Digest)));
        }

        return texts;
    }

    private static string Json(SubjectReport report) => JsonSerializer.Serialize(report, RondoJson.Options);

    private static MemoryStream Text(string text) => new(Encoding.UTF8.GetBytes(text));

    private sealed class EndingHold(string name) : IHold
    {
        public ValueTask<IReadOnlyList<Hold>> OfAsync(Session session, Dependents dependents) =>
            dependents.Name == name ? throw new NotSupportedException() : ValueTask.FromResult<IReadOnlyList<Hold>>([]);
    }
}
