namespace Rondo.Sdk.Processes;

/// <summary>Finds programs, as a shell does.</summary>
internal static class ProgramPath
{
    private const UnixFileMode Executable =
        UnixFileMode.UserExecute | UnixFileMode.GroupExecute | UnixFileMode.OtherExecute;

    /// <summary>The full path of a program on a search path; null: it is not there.</summary>
    public static string? Find(string program, string? path) =>
        (path ?? "")
            .Split(Path.PathSeparator, StringSplitOptions.RemoveEmptyEntries)
            .Select(folder => Path.Combine(folder, program))
            .FirstOrDefault(IsProgram);

    /// <summary>
    /// The full path of a program that is named by a path or found on the search path. Null: it is not there. On Windows, where
    /// endings and the registry count, the system looks for it itself.
    /// </summary>
    public static string? Resolve(ProgramCall call)
    {
        if (OperatingSystem.IsWindows())
        {
            return call.Program;
        }
        if (!call.Program.Contains('/', StringComparison.Ordinal))
        {
            return Find(call.Program, call.Environment.GetValueOrDefault("PATH"));
        }
        var file = Path.GetFullPath(call.Program, Path.GetFullPath(call.Folder));
        return IsProgram(file) ? file : null;
    }

    private static bool IsProgram(string file) =>
        File.Exists(file)
        && (OperatingSystem.IsWindows() || (File.GetUnixFileMode(file) & Executable) != UnixFileMode.None);
}
