using System.Runtime.InteropServices;

namespace Rondo.Sdk.Files;

/// <summary>
/// A file that appears under its name whole, and only once: of several processes that make one, the first wins, and all read the same.
/// Moving without overwriting does not say so on Unix: the class library looks whether the name is free and then renames, which
/// replaces what another has made between the two.
/// </summary>
internal static class FileOnce
{
    private const int NameIsTaken = 17;
    private const UnixFileMode OnlyOwner = UnixFileMode.UserRead | UnixFileMode.UserWrite;

    /// <summary>Makes the file with these bytes, unless there is one. On the disk when this returns.</summary>
    /// <param name="path">Its folder must be there.</param>
    /// <param name="bytes">What it holds if this call makes it.</param>
    /// <param name="onlyForOwner">Nobody but the user who runs this can read it.</param>
    /// <returns>Whether this call made it.</returns>
    public static bool Make(string path, ReadOnlySpan<byte> bytes, bool onlyForOwner = false)
    {
        if (File.Exists(path))
        {
            return false;
        }

        var part = $"{path}.{Path.GetRandomFileName()}";
        try
        {
            Write(part, bytes, onlyForOwner);
            return TakeName(part, path);
        }
        finally
        {
            File.Delete(part);
        }
    }

    private static void Write(string part, ReadOnlySpan<byte> bytes, bool onlyForOwner)
    {
        var options = new FileStreamOptions { Mode = FileMode.CreateNew, Access = FileAccess.Write };
        if (onlyForOwner && !OperatingSystem.IsWindows())
        {
            options.UnixCreateMode = OnlyOwner;
        }

        using var stream = new FileStream(part, options);
        stream.Write(bytes);
        stream.Flush(flushToDisk: true);
    }

    private static bool TakeName(string part, string path)
    {
        if (!OperatingSystem.IsWindows())
        {
            if (link(part, path) == 0)
            {
                return true;
            }

            if (Marshal.GetLastPInvokeError() == NameIsTaken)
            {
                return false;
            }
        }

        // Windows keeps the promise itself; elsewhere this is a file system without links.
        try
        {
            File.Move(part, path, overwrite: false);
            return true;
        }
        catch (IOException) when (File.Exists(path))
        {
            return false;
        }
    }

    [DllImport("libc", SetLastError = true)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern int link(
        [MarshalAs(UnmanagedType.LPUTF8Str)] string existing,
        [MarshalAs(UnmanagedType.LPUTF8Str)] string name
    );
}
