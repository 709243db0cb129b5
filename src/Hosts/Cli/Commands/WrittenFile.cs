namespace Rondo.Cli.Commands;

/// <summary>A file that somebody has named for a command to write. What cannot be written is told before the work that it is for.</summary>
internal static class WrittenFile
{
    private const string Mend = "Name a place where you may write.";

    /// <summary>Fails where no file can be written; nothing happens where none is named. What is there stays as it is.</summary>
    public static void Require(string? path)
    {
        if (path is null)
        {
            return;
        }

        if (string.IsNullOrWhiteSpace(path))
        {
            throw new RondoException(ErrorCode.InvalidArgument, "A file to write has no name.", "Name one.");
        }

        if (Directory.Exists(path) || Path.EndsInDirectorySeparator(path))
        {
            throw new RondoException(
                ErrorCode.InvalidArgument,
                $"'{path}' is a folder, and no file can be written in its place.",
                "Name a file in it."
            );
        }

        if (Path.GetDirectoryName(path) is { Length: > 0 } folder && !Directory.Exists(folder))
        {
            throw new RondoException(
                ErrorCode.NotFound,
                $"There is no folder '{folder}' to write {Path.GetFileName(path)} to.",
                "Make it first, or name another place."
            );
        }

        Guarded(path, () => Try(path));
    }

    /// <summary>Writes a text, in the place of what was there.</summary>
    public static void Write(string path, string text)
    {
        Require(path);
        Guarded(path, () => File.WriteAllText(path, text));
    }

    // An empty file may be a pipe or a device, which is not opened twice; a link may lead to one, or to what is yet to be made.
    private static void Try(string path)
    {
        var file = new FileInfo(path);
        if (file.LinkTarget is not null)
        {
            return;
        }

        if (!file.Exists)
        {
            using var made = new FileStream(path, Made());
        }
        else if (file.Length > 0)
        {
            using var there = new FileStream(path, FileMode.Open, FileAccess.Write, FileShare.ReadWrite);
        }
    }

    private static FileStreamOptions Made() =>
        new()
        {
            Mode = FileMode.CreateNew,
            Access = FileAccess.Write,
            Share = FileShare.ReadWrite | FileShare.Delete,
            Options = FileOptions.DeleteOnClose,
        };

    private static void Guarded(string path, Action write)
    {
        try
        {
            write();
        }
        catch (UnauthorizedAccessException e)
        {
            throw new RondoException(ErrorCode.PermissionDenied, $"'{path}' cannot be written: {e.Message}", Mend, e);
        }
        catch (IOException e)
        {
            throw new RondoException(ErrorCode.FailedPrecondition, $"'{path}' cannot be written: {e.Message}", Mend, e);
        }
    }
}
