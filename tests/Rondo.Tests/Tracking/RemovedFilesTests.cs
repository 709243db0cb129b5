using System.Net;
using System.Text.Json;
using Microsoft.Extensions.Logging.Abstractions;
using Rondo.Kernel;
using Rondo.Tests.Pipelines;
using Rondo.Tracking.Artifacts;
using Rondo.Tracking.Removing;

namespace Rondo.Tests.Tracking;

/// <summary>Files of what was removed for good go too, in their own time, and only those.</summary>
public sealed class RemovedFilesTests : IAsyncLifetime
{
    private const string Id = "0123456789abcdef0123456789abcdef";

    private TrackingHarness _server = null!;

    public async ValueTask InitializeAsync() => _server = await TrackingHarness.StartAsync();

    public ValueTask DisposeAsync() => _server.DisposeAsync();

    [Fact]
    public async Task What_cannot_be_removed_stands_in_the_way_of_no_other_file_and_of_no_start()
    {
        var run = await WithFileAsync();
        // More than one round takes.
        var stuck = Enumerable.Range(0, 201).Select(Stuck).Order(StringComparer.Ordinal).ToList();
        await NoteAsync([.. stuck, AddressOf(run)]);

        await _server.Get<RemovedFiles>().StartAsync(CancellationToken.None);

        Assert.False(Directory.Exists(FolderOf(run)));
        Assert.Equal(stuck, await NotesAsync());
    }

    [Fact]
    public async Task What_cannot_be_removed_is_told_by_a_removal_with_why()
    {
        var stuck = Stuck(0);
        await NoteAsync([stuck]);
        var run = await WithFileAsync();
        await _server.PostAsync("runs/delete", new { run_id = run });

        var report = await RemoveAsync();

        var held = Assert.Single(report.Held);
        Assert.Equal((1L, stuck), (report.Runs, held.Id));
        Assert.Contains("denied", held.Reason, StringComparison.Ordinal);
        Assert.False(Directory.Exists(FolderOf(run)));
        Assert.Equal([stuck], await NotesAsync());

        // Once it can be removed, the next removal does.
        Directory.Delete(Path.Combine(_server.Kernel.Folder, "artifacts", "-stuck000"));
        Assert.Empty((await RemoveAsync()).Held);
        Assert.Empty(await NotesAsync());
    }

    [Theory]
    [InlineData("run")]
    [InlineData("loggedModel")]
    [InlineData(null)]
    public async Task What_is_put_again_under_the_same_id_keeps_the_files_that_come_then(string? imported)
    {
        await AgainAsync(imported);
        var place = await PlaceAsync(imported);
        await _server.Kernel.Database.WriteAsync(async transaction =>
        {
            foreach (var table in new[] { "tracking_run", "tracking_logged_model" })
            {
                await transaction.ExecuteAsync($"delete from {table}");
            }
        });
        await NoteAsync([place]);

        await AgainAsync(imported);
        await PutFileAsync(place);
        await _server.Get<RemovedFiles>().StartAsync(CancellationToken.None);

        Assert.Equal(place, await PlaceAsync(imported));
        Assert.Equal(HttpStatusCode.OK, (await _server.SendAsync("GET", FileOf(place))).Status);
    }

    [Fact]
    public async Task A_run_that_is_put_again_while_its_files_are_about_to_go_keeps_those_that_come_then()
    {
        await AgainAsync(null);
        var place = await PlaceAsync(null);
        await _server.Kernel.Database.WriteAsync(async transaction =>
            await transaction.ExecuteAsync("delete from tracking_run")
        );
        await NoteAsync([place]);
        var interleaved = new InterleavedDatabase(_server.Kernel.Database)
        {
            // The note was read, and what it says is not done yet.
            Before = async number =>
            {
                if (number == 3)
                {
                    await AgainAsync(null);
                    await PutFileAsync(place);
                }
            },
        };

        await new RemovedFiles(
            interleaved,
            _server.Get<ArtifactFolder>(),
            [],
            NullLogger<RemovedFiles>.Instance
        ).StartAsync(CancellationToken.None);

        Assert.Equal(HttpStatusCode.OK, (await _server.SendAsync("GET", FileOf(place))).Status);
    }

    private async Task AgainAsync(string? imported)
    {
        var record = JsonSerializer.Serialize(
            new
            {
                kind = imported,
                id = Id,
                experiment = "Default",
                name = "again",
                status = imported == "run" ? "FINISHED" : "LOGGED_MODEL_READY",
                createdAt = 1,
                updatedAt = 1,
            }
        );
        var (status, body) = imported is null
            ? await _server.SendAsync("PUT", "/api/v1/tracking/runs/" + Id, """{"experiment":"Default"}""")
            : await _server.SendAsync("POST", "/api/v1/tracking/import", record);
        Assert.True(status == HttpStatusCode.OK, body);
    }

    private Task<string> PlaceAsync(string? imported)
    {
        var table = imported == "loggedModel" ? "tracking_logged_model" : "tracking_run";
        return _server.Kernel.Database.ReadAsync(async session =>
            await session.ScalarAsync<string>($"select artifact_uri from {table} where id = @Id", new { Id })
            ?? throw new InvalidOperationException("It is not there.")
        );
    }

    // An address before those of runs at which there is a file that nobody may remove.
    private string Stuck(int number)
    {
        var artifacts = Directory.CreateDirectory(Path.Combine(_server.Kernel.Folder, "artifacts")).FullName;
        Directory.CreateSymbolicLink(Path.Combine(artifacts, $"-stuck{number:D3}"), "/proc");
        return $"mlflow-artifacts:/-stuck{number:D3}/version";
    }

    private static string AddressOf(string run) => $"mlflow-artifacts:/0/{run}/artifacts";

    private string FolderOf(string run) => Path.Combine(_server.Kernel.Folder, "artifacts", "0", run, "artifacts");

    private async Task<string> WithFileAsync()
    {
        var run = await _server.NewRunAsync();
        await PutFileAsync(AddressOf(run));
        return run;
    }

    private static string FileOf(string address) =>
        $"/api/2.0/mlflow-artifacts/artifacts/{address["mlflow-artifacts:/".Length..]}/a.txt";

    private async Task PutFileAsync(string address) =>
        Assert.Equal(HttpStatusCode.OK, (await _server.SendAsync("PUT", FileOf(address), "x", "text/plain")).Status);

    private Task NoteAsync(IEnumerable<string> addresses) =>
        _server.Kernel.Database.WriteAsync(async transaction =>
            await transaction.ExecuteAsync(
                "insert into tracking_removed_files (address) values (@address)",
                addresses.Select(address => new { address }).ToList()
            )
        );

    private Task<IReadOnlyList<string>> NotesAsync() =>
        _server.Kernel.Database.ReadAsync(async session =>
            await session.QueryAsync<string>("select address from tracking_removed_files order by address")
        );

    private Task<RemovalReport> RemoveAsync(CancellationToken cancellation = default) =>
        _server
            .Get<DeletedRemoval>()
            .RemoveAsync(_server.Kernel.Time.GetUtcNow(), dryRun: false, Actor.Local, cancellation);
}
