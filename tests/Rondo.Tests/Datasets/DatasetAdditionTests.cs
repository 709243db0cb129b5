using System.Text;
using System.Text.Json;
using Rondo.Data;
using Rondo.Datasets;
using Rondo.Datasets.Versions;
using Rondo.Kernel;
using Rondo.Kernel.Events;
using Rondo.Kernel.Projects;
using Rondo.Tests.Kernel;

namespace Rondo.Tests.Datasets;

/// <summary>Several files of any kind in one version, how it was made, and what it holds.</summary>
public sealed class DatasetAdditionTests : IAsyncLifetime
{
    private static readonly DatasetPlace s_days = new("transit", "production", "days");
    private TestKernel _kernel = null!;
    private DatasetStore _datasets = null!;
    private DatasetDescriptions _descriptions = null!;

    public async ValueTask InitializeAsync()
    {
        _kernel = await TestKernel.StartAsync(DatasetsModule.Schema);
        var projects = new ProjectStore(_kernel.Database, _kernel.Log, _kernel.Time);
        await projects.CreateAsync("transit", Actor.Local);
        _datasets = new DatasetStore(_kernel.Database, _kernel.Blobs, _kernel.Log, projects, _kernel.Time);
        _descriptions = new DatasetDescriptions(_kernel.Database, _datasets, _kernel.Blobs);
    }

    public ValueTask DisposeAsync() => _kernel.DisposeAsync();

    [Fact]
    [Trait("Requirement", "R18")]
    public async Task Files_of_every_kind_make_one_version_that_describes_them_together()
    {
        var table = new Table([Column.Of("day", [new DateOnly(2003, 1, 1)]), Column.Of("rides", [6L])]);
        var added = await AddAsync(
            null,
            ("a.csv", Bytes("day,rides\n2001-01-01,1\n2001-01-02,2\n")),
            ("b.tsv", Bytes("day\trides\n2001-01-03\t3\n")),
            ("c.jsonl", Bytes("{\"day\":\"2002-01-01\",\"rides\":4}\nno json\n")),
            ("d.csv.gz", Packed("day,rides\n2002-02-01,5\n")),
            ("e.parquet", Written(stream => Parquet.Write(table, stream)))
        );

        Assert.True(added.Created);
        Assert.Equal(
            (1L, 6L, 5L, 1L),
            (added.Version.Version, added.Version.Rows, added.Version.Files, added.Version.Quarantined)
        );
        Assert.Equal("2003-01-01", added.Version.AsOf);
        var described = await _descriptions.DescribeAsync(s_days, null);
        Assert.Equal(6, described.Statistics.Rows);
        Assert.Equal(
            (1, 6, 3.5),
            (
                described.Statistics.Find("rides")!.Numbers!.Min,
                described.Statistics.Find("rides")!.Numbers!.Max,
                described.Statistics.Find("rides")!.Numbers!.Mean
            )
        );
        Assert.Single(await _kernel.Log.ReadAsync(0, 10, new EventFilter(Type: "dataset.version.created")));
    }

    [Fact]
    public async Task What_is_there_already_makes_no_version_and_needs_no_bytes()
    {
        var bytes = Bytes("day,rides\n2001-01-01,1\n");
        var first = await AddAsync(null, ("a.csv", bytes));

        var digest = Digest(bytes);
        var again = await _datasets.AddAsync(
            s_days,
            new DatasetAddition([new NewDatasetFile("a.csv", digest)]),
            Actor.Local
        );

        Assert.Empty(await _datasets.MissingAsync(s_days, [digest]));
        Assert.False(again.Created);
        Assert.Equal(first.Version, again.Version);
    }

    [Fact]
    public async Task A_file_whose_bytes_did_not_come_is_refused_and_nothing_is_made()
    {
        var digest = Digest(Bytes("never sent"));

        var error = await Assert.ThrowsAsync<RondoException>(() =>
            _datasets.AddAsync(s_days, new DatasetAddition([new NewDatasetFile("a.csv", digest)]), Actor.Local)
        );

        Assert.Equal([digest], await _datasets.MissingAsync(s_days, [digest]));
        Assert.Equal(ErrorCode.FailedPrecondition, error.Code);
        Assert.Null(await _datasets.NewestAsync("transit", "production", "days"));
    }

    [Fact]
    public async Task Bytes_that_are_not_what_their_digest_says_are_refused()
    {
        var error = await Assert.ThrowsAsync<RondoException>(() =>
            _datasets.PutContentAsync(s_days, Digest(Bytes("one")), new MemoryStream(Bytes("another")))
        );

        Assert.Equal(ErrorCode.InvalidArgument, error.Code);
    }

    [Fact]
    [Trait("Requirement", "R22")]
    public async Task A_version_knows_how_it_was_made_and_from_what()
    {
        var raw = await AddAsync(null, ("a.csv", Bytes("day,rides\n2001-01-01,1\n2001-01-02,\n")));
        var clean = new DatasetPlace("transit", "production", "clean");
        var content = Bytes("day,rides\n2001-01-01,1\n");
        await _datasets.PutContentAsync(clean, Digest(content), new MemoryStream(content));

        var made = await _datasets.AddAsync(
            clean,
            new DatasetAddition(
                [new NewDatasetFile("clean.csv", Digest(content))],
                new DatasetOrigin(
                    DatasetOrigin.Query,
                    "select * from days where rides is not null",
                    [raw.Version.Id],
                    2
                )
            ),
            Actor.Local
        );

        var found = await _datasets.FindAsync("transit", "production", "clean", made.Version.Version);
        Assert.Equal("select * from days where rides is not null", found!.Origin!.Text);
        Assert.Equal((2L, 1L), (found.Origin.RowsIn, found.Rows));
        Assert.Equal([raw.Version.Id], found.Origin.Parents);
        Assert.Equal([made.Version.Id], (await _descriptions.DescribeAsync(s_days, 1)).Children);
    }

    [Fact]
    public async Task What_cannot_be_sent_is_refused_before_anybody_sends_it()
    {
        var digest = Digest(Bytes("x"));

        await RefusedAsync("no digest", () => _datasets.MissingAsync(s_days, ["../../etc/passwd"]));
        await RefusedAsync("cannot name a dataset", () => _datasets.MissingAsync(s_days with { Dataset = "a b" }, []));
        await RefusedAsync("no digest", () => _datasets.PutContentAsync(s_days, "x", new MemoryStream([1])));
        await RefusedAsync("nothing to add", () => _datasets.AddAsync(s_days, new DatasetAddition(null!), Actor.Local));
        await RefusedAsync("lacks its name", () => NameAsync(new NewDatasetFile("a.csv", null!)));
        await RefusedAsync("lacks its name", () => NameAsync([null!]));
        await RefusedAsync(
            "twice",
            () => NameAsync(new NewDatasetFile("a.csv", digest), new NewDatasetFile("a.csv", digest))
        );
        await RefusedAsync(
            "-5 rows",
            () => AddAsync(new DatasetOrigin(DatasetOrigin.Files, RowsIn: -5), ("a.csv", Bytes("n\n1\n")))
        );

        Task<DatasetAdded> NameAsync(params NewDatasetFile[] files) =>
            _datasets.AddAsync(s_days, new DatasetAddition(files), Actor.Local);
    }

    private static async Task RefusedAsync(string because, Func<Task> attempt)
    {
        var error = await Assert.ThrowsAsync<RondoException>(attempt);
        Assert.Equal(ErrorCode.InvalidArgument, error.Code);
        Assert.Contains(because, error.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("nonsense", null)]
    [InlineData("script", "transit/production/days/7")]
    [InlineData("script", "other/production/days/1")]
    public async Task An_origin_that_cannot_be_is_refused_and_nothing_is_made(string kind, string? parent)
    {
        await AddAsync(null, ("a.csv", Bytes("day\n2001-01-01\n")));

        await Assert.ThrowsAsync<RondoException>(() =>
            AddAsync(
                new DatasetOrigin(kind, null, parent is null ? [] : [parent]),
                ("b.csv", Bytes("day\n2001-01-02\n"))
            )
        );

        Assert.Equal(1, (await _datasets.NewestAsync("transit", "production", "days"))!.Version);
    }

    [Fact]
    public async Task How_far_a_connector_was_read_is_carried_from_version_to_version()
    {
        await AddAsync(null, ("a.csv", Bytes("day\n2001-01-01\n")));
        var marks = new Dictionary<string, JsonElement>
        {
            ["orders"] = JsonSerializer.SerializeToElement("2001-01-01"),
        };
        var second = Bytes("day\n2001-01-02\n");
        await _datasets.PutContentAsync(s_days, Digest(second), new MemoryStream(second));
        await _datasets.AddAsync(
            s_days,
            new DatasetAddition([new NewDatasetFile("b.csv", Digest(second))]) { Marks = marks },
            Actor.Local
        );
        await AddAsync(null, ("c.csv", Bytes("day\n2001-01-03\n")));

        Assert.Null((await _descriptions.DescribeAsync(s_days, 1)).Marks);
        Assert.Equal("2001-01-01", (await _descriptions.DescribeAsync(s_days, 3)).Marks!["orders"].GetString());
    }

    [Fact]
    public async Task Statistics_are_computed_once_and_go_with_the_last_version_that_has_them()
    {
        await AddAsync(null, ("a.csv", Bytes("day,rides\n2001-01-01,1\n")));
        var first = await _descriptions.DescribeAsync(s_days, 1);
        var before = _kernel.Database.Statements;

        var again = await _descriptions.DescribeAsync(s_days, 1);

        Assert.Equal(
            JsonSerializer.Serialize(first.Statistics, RondoJson.Options),
            JsonSerializer.Serialize(again.Statistics, RondoJson.Options)
        );
        // The version (twice: found, and not deleted), the digest, the children: nothing is written.
        Assert.Equal(4, _kernel.Database.Statements - before);
    }

    [Fact]
    public async Task Many_who_add_at_once_each_get_a_version_and_no_file_is_lost()
    {
        await Task.WhenAll(
            Enumerable
                .Range(0, 12)
                .Select(i =>
                    Task.Run(() =>
                        AddAsync(null, ($"a{i}.csv", Bytes($"n\n{i}\n")), ($"b{i}.csv", Bytes($"n\n{i}\n{i}\n")))
                    )
                )
        );

        var newest = await _descriptions.DescribeAsync(s_days, null);
        Assert.Equal((12L, 24, 36L), (newest.Version.Version, newest.Files.Count, newest.Statistics.Rows));
    }

    private async Task<DatasetAdded> AddAsync(DatasetOrigin? origin, params (string Name, byte[] Content)[] files)
    {
        foreach (var (_, content) in files)
        {
            await _datasets.PutContentAsync(s_days, Digest(content), new MemoryStream(content));
        }

        return await _datasets.AddAsync(
            s_days,
            new DatasetAddition([.. files.Select(file => new NewDatasetFile(file.Name, Digest(file.Content)))], origin),
            Actor.Local
        );
    }

    private static string Digest(byte[] bytes) =>
        Convert.ToHexStringLower(System.Security.Cryptography.SHA256.HashData(bytes));

    private static byte[] Bytes(string text) => Encoding.UTF8.GetBytes(text);

    private static byte[] Packed(string text) =>
        Written(stream =>
        {
            using var packed = new System.IO.Compression.GZipStream(
                stream,
                System.IO.Compression.CompressionLevel.Fastest,
                leaveOpen: true
            );
            packed.Write(Bytes(text));
        });

    private static byte[] Written(Action<Stream> write)
    {
        using var stream = new MemoryStream();
        write(stream);
        return stream.ToArray();
    }
}
