using System.Text.Json;

namespace Rondo.Server;

/// <summary>One server a data folder: an embedded database has one writer. The lock goes with the process, however it ends.</summary>
internal sealed class DataFolderLock : IDisposable
{
    private readonly string _folder;
    private readonly FileStream _lock;

    private DataFolderLock(string folder, FileStream stream)
    {
        _folder = folder;
        _lock = stream;
    }

    private string AnnouncementFile => Path.Combine(_folder, "server.json");

    public static DataFolderLock Take(string folder)
    {
        if (File.Exists(folder))
        {
            throw new RondoException(
                ErrorCode.InvalidArgument,
                $"{folder} is a file, not a folder.",
                "Choose a folder with --data."
            );
        }

        try
        {
            WritableFolders.Check(folder);
            var stream = new FileStream(
                Path.Combine(folder, "server.lock"),
                FileMode.OpenOrCreate,
                FileAccess.ReadWrite,
                FileShare.None
            );
            return new DataFolderLock(folder, stream);
        }
        catch (UnauthorizedAccessException e)
        {
            throw new RondoException(
                ErrorCode.PermissionDenied,
                $"The folder {folder} cannot be written.",
                "Choose another with --data, or change its permissions.",
                e
            );
        }
        catch (IOException e)
        {
            throw new RondoException(
                ErrorCode.Conflict,
                $"The folder {folder} cannot be used: {e.Message}",
                "If another server uses it, stop that one, or choose another folder with --data.",
                e
            );
        }
    }

    /// <summary>Writes where the server listens, for commands that are started below this folder.</summary>
    public void Announce(Uri address)
    {
        var staged = AnnouncementFile + ".new";
        File.WriteAllText(
            staged,
            JsonSerializer.Serialize(new { url = address.ToString().TrimEnd('/'), pid = Environment.ProcessId })
        );
        File.Move(staged, AnnouncementFile, overwrite: true);
    }

    public void Dispose()
    {
        File.Delete(AnnouncementFile);
        _lock.Dispose();
    }
}
