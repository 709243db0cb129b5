namespace Rondo.EndToEnd;

/// <summary>
/// A folder that nobody may write, not even the administrator, for as long as this lives: it is mounted over itself, read-only. Files that
/// are open already stay writable.
/// </summary>
internal sealed class ReadOnlyPlace : IAsyncDisposable
{
    private readonly string _folder;

    private ReadOnlyPlace(string folder) => _folder = folder;

    /// <summary>Makes a folder read-only; the test is skipped where that is not permitted.</summary>
    public static async Task<ReadOnlyPlace> MakeAsync(string folder)
    {
        var place = new ReadOnlyPlace(folder);
        var mounted = await Shell.RunAsync("/", "mount", "--bind", folder, folder);
        if (mounted.ExitCode != 0)
        {
            Assert.Skip("A folder cannot be mounted here: " + mounted.Error.Trim());
        }

        var done = await Shell.RunAsync("/", "mount", "-o", "remount,bind,ro", folder);
        if (done.ExitCode != 0)
        {
            await place.DisposeAsync();
            Assert.Skip("A folder cannot be made read-only here: " + done.Error.Trim());
        }

        return place;
    }

    public async ValueTask DisposeAsync() => await Shell.RunAsync("/", "umount", "--lazy", _folder);
}
