using System.Globalization;

namespace Rondo.EndToEnd;

/// <summary>The worker processes of a server, as the system sees them.</summary>
internal static class WorkerProcesses
{
    /// <summary>Those that live: the children of the server that were started to run steps.</summary>
    public static IReadOnlyList<int> Of(RunningServer server) =>
        [
            .. Directory
                .EnumerateDirectories("/proc")
                .Select(folder => Path.GetFileName(folder))
                .Where(name => name.All(char.IsAsciiDigit))
                .Where(name => ParentOf(name) == server.ProcessId && Read(name, "cmdline").Contains("\0worker\0--pipe"))
                .Select(name => int.Parse(name, CultureInfo.InvariantCulture)),
        ];

    public static bool IsAlive(int process) =>
        Read(process.ToString(CultureInfo.InvariantCulture), "cmdline").Length > 0;

    /// <summary>Sends a signal; one that has ended meanwhile gets none.</summary>
    public static Task SignalAsync(int process, string signal) =>
        Shell.RunAsync("/", "kill", "-" + signal, process.ToString(CultureInfo.InvariantCulture));

    // "pid (name) state parent …": the name may hold anything.
    private static int ParentOf(string process)
    {
        var stat = Read(process, "stat");
        var words = stat[(stat.LastIndexOf(')') + 1)..].Split(' ', StringSplitOptions.RemoveEmptyEntries);
        return words.Length > 1 ? int.Parse(words[1], CultureInfo.InvariantCulture) : 0;
    }

    private static string Read(string process, string file)
    {
        try
        {
            return File.ReadAllText(Path.Combine("/proc", process, file));
        }
        catch (IOException)
        {
            // It has just ended.
            return "";
        }
    }
}
