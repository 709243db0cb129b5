using System.Text;
using System.Text.Json;
using Rondo.Data;
using Rondo.Datasets;
using Rondo.Kernel;
using Rondo.Kernel.Events;
using Rondo.Kernel.Projects;
using Rondo.Sdk.Wire;
using Rondo.Tests.Kernel;

namespace Rondo.Tests.Datasets;

public sealed class DatasetStoreTests : IAsyncLifetime
{
    private static readonly DatasetPlace s_days = new("transit", "production", "days");
    private TestKernel _kernel = null!;
    private DatasetStore _datasets = null!;

    public async ValueTask InitializeAsync()
    {
        _kernel = await TestKernel.StartAsync(DatasetsModule.Schema);
        var projects = new ProjectStore(_kernel.Database, _kernel.Log, _kernel.Time);
        await projects.CreateAsync("transit", Actor.Local);
        _datasets = new DatasetStore(_kernel.Database, _kernel.Blobs, _kernel.Log, projects, _kernel.Time);
    }

    public ValueTask DisposeAsync() => _kernel.DisposeAsync();

    [Fact]
    public async Task Each_pushed_file_makes_a_version_that_holds_the_files_before_it()
    {
        await Push("2001.csv", "date,rides\n2001-01-01,1\n2001-12-31,2\n");

        var second = await Push("2002.csv", "date,rides\n2002-01-01,3\n");

        Assert.Equal("transit/production/days/2", second.Version.Id);
        Assert.Equal(3, second.Version.Rows);
        Assert.Equal(1, second.Version.NewRows);
        Assert.Equal("2002-01-01", second.Version.AsOf);
        var content = JsonSerializer.Deserialize<DatasetVersionContent>(
            await _kernel.Blobs.ReadAsync(second.Version.ContentDigest),
            RondoJson.Options
        )!;
        Assert.Equal(["2001.csv", "2002.csv"], content.Files.Select(file => file.Name));
    }

    [Fact]
    public async Task Pushing_identical_bytes_makes_no_version_and_no_event()
    {
        var first = await Push("a.csv", "date,rides\n2001-01-01,1\n");

        var again = await Push("a.csv", "date,rides\n2001-01-01,1\n");

        Assert.False(again.Created);
        Assert.Equal(first.Version, again.Version);
        Assert.Single(await _kernel.Log.ReadAsync(0, 10, new EventFilter(Type: "dataset.version.created")));
    }

    [Fact]
    public async Task A_replaced_file_leaves_the_older_version_as_it_was()
    {
        var first = await Push("a.csv", "date,rides\n2001-01-01,1\n");

        var second = await Push("a.csv", "date,rides\n2001-01-01,1\n2001-01-02,2\n");

        Assert.Equal((2, 1), (second.Version.Rows, second.Version.NewRows));
        Assert.Equal(first.Version, await _datasets.FindAsync("transit", "production", "days", 1));
        Assert.NotEqual(first.Version.ContentDigest, second.Version.ContentDigest);
    }

    [Fact]
    public async Task A_file_that_lacks_a_column_is_accepted_because_validation_decides_about_it()
    {
        await Push("a.csv", "date,rides,temp\n2001-01-01,1,5\n");

        var narrow = await Push("b.csv", "date,rides\n2001-01-02,1\n");

        Assert.True(narrow.Created);
        Assert.Equal(["date", "rides"], narrow.File.Columns);
    }

    [Theory]
    [InlineData("", "empty")]
    [InlineData("a,b\n1\n", "a.csv, line 2")]
    public async Task What_nobody_could_read_is_refused_with_its_place(string text, string expected)
    {
        var error = await Assert.ThrowsAsync<RondoException>(() => Push("a.csv", text));

        Assert.Equal(ErrorCode.InvalidArgument, error.Code);
        Assert.Contains(expected, error.Message, StringComparison.Ordinal);
        Assert.Null(await _datasets.NewestAsync("transit", "production", "days"));
    }

    [Fact]
    public async Task Bytes_that_are_not_text_are_refused_with_their_place()
    {
        byte[] bytes = [.. "date,rides\n2001-01-01,1\n2001-01-02,"u8, 0xC3, 0x28, (byte)'\n'];

        var error = await Assert.ThrowsAsync<RondoException>(() =>
            _datasets.PushFileAsync(s_days, "a.csv", new MemoryStream(bytes), Actor.Local)
        );

        Assert.Contains("a.csv, line 3", error.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("production", "days", "../etc.csv")]
    [InlineData("production", "days", ".hidden")]
    [InlineData("production", "days", "a.json")]
    [InlineData("production", "a/b", "a.csv")]
    [InlineData("production", "days\n", "a.csv")]
    [InlineData("prod", "days", "a.csv")]
    public async Task Hostile_names_are_refused(string environment, string dataset, string file)
    {
        var error = await Assert.ThrowsAsync<RondoException>(() =>
            _datasets.PushFileAsync(
                new DatasetPlace("transit", environment, dataset),
                file,
                Text("a\n1\n"),
                Actor.Local
            )
        );

        Assert.Equal(ErrorCode.InvalidArgument, error.Code);
    }

    [Fact]
    public async Task Files_pushed_at_once_all_arrive_and_are_numbered_without_gaps()
    {
        var pushes = await Task.WhenAll(
            Enumerable.Range(0, 20).Select(i => Push($"{i}.csv", $"date,rides\n2001-01-{i + 1:00},{i}\n"))
        );

        Assert.Equal(Enumerable.Range(1, 20).Select(i => (long)i), pushes.Select(push => push.Version.Version).Order());
        Assert.Equal(20, (await _datasets.NewestAsync("transit", "production", "days"))!.Rows);
    }

    [Fact]
    public async Task A_declared_event_time_is_preferred_to_the_first_column_of_dates()
    {
        var declared = new DatasetManifest("days", new TableSchema("days", []), "seen", null);
        await _kernel.Database.WriteAsync(async transaction =>
            await DatasetStore.DeclareAsync(transaction, "transit", "production", declared)
        );

        var push = await Push("a.csv", "born,seen\n2001-01-01,2005-06-07\n");

        Assert.Equal("2005-06-07", push.Version.AsOf);
    }

    [Fact]
    public async Task Versions_are_listed_newest_first_and_by_page()
    {
        for (var day = 1; day <= 3; day++)
        {
            await Push($"{day}.csv", $"date\n2001-01-0{day}\n");
        }

        var page = await _datasets.VersionsAsync(s_days, limit: 2, before: null);
        var rest = await _datasets.VersionsAsync(s_days, limit: 2, before: long.Parse(page.Next!));

        Assert.Equal([3L, 2L], page.Items.Select(version => version.Version));
        Assert.Equal([1L], rest.Items.Select(version => version.Version));
        Assert.Null(rest.Next);
        Assert.Equal(3, Assert.Single(await _datasets.ListAsync("transit")).Version);
    }

    private Task<DatasetPush> Push(string name, string text) =>
        _datasets.PushFileAsync(s_days, name, Text(text), Actor.Local);

    private static MemoryStream Text(string text) => new(Encoding.UTF8.GetBytes(text));
}
