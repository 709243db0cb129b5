using System.IO.Compression;
using System.Text.Json;
using Rondo.Data;
using Rondo.Kernel;
using Rondo.Kernel.Blobs;

namespace Rondo.Pipelines.Executors;

/// <summary>Packages as folders that can be run: unpacked once, under their digest.</summary>
internal sealed class PackageFolders(IBlobStore blobs, ServerPaths paths, TimeProvider time) : IDisposable
{
    private const string DescriptionFile = "rondo-package.json";

    private readonly SemaphoreSlim _one = new(1, 1);

    /// <summary>The file to start, of a package that is unpacked if need be.</summary>
    public async Task<string> EntryAsync(string digest, CancellationToken cancellation)
    {
        var folder = Path.Combine(Path.GetFullPath(paths.PackagesFolder), digest);
        await _one.WaitAsync(cancellation);
        try
        {
            if (!Directory.Exists(folder))
            {
                await UnpackAsync(digest, folder, cancellation);
            }

            Directory.SetLastWriteTimeUtc(folder, time.GetUtcNow().UtcDateTime);
        }
        finally
        {
            _one.Release();
        }

        return EntryOf(digest, folder);
    }

    /// <summary>Removes a folder that was not asked for since; false where it was.</summary>
    public async Task<bool> RemoveAsync(string name, DateTimeOffset before, CancellationToken cancellation)
    {
        var folder = Path.Combine(Path.GetFullPath(paths.PackagesFolder), name);
        await _one.WaitAsync(cancellation);
        try
        {
            if (
                !Directory.Exists(folder)
                || new DateTimeOffset(Directory.GetLastWriteTimeUtc(folder), TimeSpan.Zero) >= before
            )
            {
                return false;
            }

            // Gone as a whole first: a folder that lacks a few files would be taken for the package.
            var removed = folder + ".old";
            if (!name.EndsWith(".old", StringComparison.Ordinal))
            {
                Directory.Move(folder, removed);
                folder = removed;
            }

            Directory.Delete(folder, recursive: true);
            return true;
        }
        finally
        {
            _one.Release();
        }
    }

    public void Dispose() => _one.Dispose();

    // The folder appears under its name by one rename, whole.
    private async Task UnpackAsync(string digest, string folder, CancellationToken cancellation)
    {
        var staged = folder + ".new";
        if (Directory.Exists(staged))
        {
            Directory.Delete(staged, recursive: true);
        }

        Directory.CreateDirectory(staged);
        await using (var zip = await blobs.OpenAsync(digest, cancellation))
        {
            await ZipFile.ExtractToDirectoryAsync(zip, staged, cancellation);
        }

        Directory.Move(staged, folder);
    }

    private static string EntryOf(string digest, string folder)
    {
        var file = Path.Combine(folder, DescriptionFile);
        try
        {
            var entry = JsonSerializer
                .Deserialize<PackageDescription>(File.ReadAllBytes(file), RondoJson.Options)
                ?.Entry;
            if (entry is { Length: > 0 } && File.Exists(Path.Combine(folder, entry)))
            {
                return Path.Combine(folder, entry);
            }
        }
        catch (Exception e) when (e is IOException or JsonException)
        {
            throw Unusable(e);
        }

        throw Unusable(null);

        RondoException Unusable(Exception? inner) =>
            new(
                ErrorCode.FailedPrecondition,
                $"Package {digest} does not say in {DescriptionFile} what to start, or that file is not in it.",
                "Build the project again: push a commit.",
                inner
            );
    }

    private sealed record PackageDescription(string Entry);
}
