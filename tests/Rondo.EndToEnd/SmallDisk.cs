namespace Rondo.EndToEnd;

/// <summary>A file system of a fixed size in memory that a test fills and frees.</summary>
internal sealed class SmallDisk : IAsyncDisposable
{
    private const int ChunkBytes = 64 * 1024;

    private readonly TestFolder _folder = new();

    private string Filler => Path.Combine(Folder, "filler");

    public string Folder => _folder.Path;

    /// <summary>Mounts one; the test is skipped where that is not permitted.</summary>
    public static async Task<SmallDisk> MountAsync(long bytes)
    {
        var disk = new SmallDisk();
        var size = FormattableString.Invariant($"size={bytes}");
        var mounted = await Shell.RunAsync("/", "mount", "-t", "tmpfs", "-o", size, "tmpfs", disk.Folder);
        if (mounted.ExitCode != 0)
        {
            disk._folder.Dispose();
            Assert.Skip("A file system cannot be mounted here: " + mounted.Error.Trim());
        }

        return disk;
    }

    /// <summary>Writes until nothing fits any more.</summary>
    public void Fill()
    {
        using var file = new FileStream(Filler, FileMode.Append, FileAccess.Write, FileShare.Read, bufferSize: 0);
        foreach (var chunk in (byte[][])[new byte[ChunkBytes], new byte[1]])
        {
            try
            {
                while (true)
                {
                    file.Write(chunk);
                }
            }
            catch (IOException)
            {
                // Full, as far as pieces of this size are concerned.
            }
        }
    }

    public void Free() => File.Delete(Filler);

    public async ValueTask DisposeAsync()
    {
        await Shell.RunAsync("/", "umount", "--lazy", Folder);
        _folder.Dispose();
    }
}
