using Rondo.Kernel.Blobs;
using Rondo.Kernel.Db;
using Rondo.Mlflow.Wire;
using Rondo.Tracking.Models;
using Rondo.Tracking.Rules;
using Rondo.Tracking.Runs;

namespace Rondo.Tracking.Artifacts;

/// <summary>The files of a run or logged model, by their paths below its own address.</summary>
internal sealed class LoggedArtifacts(Database database, ArtifactFolder folder)
{
    /// <summary>What a run has in a folder, and the address that the paths start at.</summary>
    public async Task<(string Root, IReadOnlyList<ArtifactEntry> Files)> ListOfRunAsync(
        string run,
        string path,
        string? token
    )
    {
        var info = await database.ReadAsync(async session => await RunStore.RequireAsync(session, run));
        return List(info.ArtifactUri, path, token);
    }

    /// <summary>What a logged model has in a folder, and the address that the paths start at.</summary>
    public async Task<(string Root, IReadOnlyList<ArtifactEntry> Files)> ListOfModelAsync(
        string model,
        string path,
        string? token
    )
    {
        var info = await database.ReadAsync(async session => await LoggedModelStore.RequireAsync(session, model));
        return List(info.ArtifactUri, path, token);
    }

    /// <summary>Opens a file of a run to be read.</summary>
    public async Task<FileStream> OpenAsync(string run, string path)
    {
        var info = await database.ReadAsync(async session => await RunStore.RequireAsync(session, run));
        return folder.Open($"{ArtifactAddress.PathOf(info.ArtifactUri)}/{path}");
    }

    /// <summary>Writes a small file of a run.</summary>
    public async Task PutAsync(string run, string path, Stream content, CancellationToken cancellation)
    {
        var info = await database.ReadAsync(async session => await RunStore.RequireAsync(session, run), cancellation);
        if (info.Lifecycle != Lifecycle.Active)
        {
            throw RunStore.NotActive(info);
        }

        await using var bounded = new BoundedStream(content, Limits.UploadBytesMax, "The file");
        await folder.PutAsync($"{ArtifactAddress.PathOf(info.ArtifactUri)}/{path}", bounded, cancellation);
    }

    // A list is one page: no token of a next one was ever given.
    private (string Root, IReadOnlyList<ArtifactEntry> Files) List(string uri, string path, string? token) =>
        string.IsNullOrEmpty(token)
            ? (uri, folder.List(ArtifactAddress.PathOf(uri), path))
            : throw PageToken.Bad(token);
}
