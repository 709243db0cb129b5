using System.Globalization;

namespace Rondo.Sdk.Processes;

/// <summary>The control groups of this process's programs: a folder of its own below the group that it runs in.</summary>
internal sealed class ControlGroups
{
    /// <summary>Set to <c>off</c>, it makes a process do without control groups.</summary>
    public const string Switch = "RONDO_CONTROL_GROUPS";

    private const string Prefix = "rondo-";

    private int _number;

    private ControlGroups(string folder) => Folder = folder;

    /// <summary>The folder, which holds one for each program.</summary>
    public string Folder { get; }

    /// <summary>Null where there is no version 2, or this process may not make groups.</summary>
    public static ControlGroups? Open()
    {
        try
        {
            if (
                Environment.GetEnvironmentVariable(Switch) == "off"
                || OwnFolder() is not { } own
                || !File.Exists(Path.Combine(own, "cgroup.procs"))
            )
            {
                return null;
            }
            RemoveLeftOvers(own);
            var folder = Path.Combine(own, Prefix + Environment.ProcessId);
            Directory.CreateDirectory(folder);
            HandDown(own);
            HandDown(folder);
            return new ControlGroups(folder);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }

    /// <summary>A group for a program that is about to be started.</summary>
    public ControlGroup? Create(ProcessLimits limits)
    {
        var number = Interlocked.Increment(ref _number);
        return ControlGroup.Create(Folder, number.ToString(CultureInfo.InvariantCulture), limits);
    }

    // Both files are lists of lines: "0::/path" names the group, "… - cgroup2 …" the place where groups are seen.
    private static string? OwnFolder()
    {
        var path = File.ReadLines("/proc/self/cgroup")
            .FirstOrDefault(line => line.StartsWith("0::", StringComparison.Ordinal));
        var mount = File.ReadLines("/proc/self/mountinfo")
            .FirstOrDefault(line => line.Contains(" - cgroup2 ", StringComparison.Ordinal))
            ?.Split(' ')[4];
        return path is null || mount is null ? null : mount + path["0::".Length..].TrimEnd('/');
    }

    // The kernel refuses where processes stand in the group itself: then it does not hold the limits, and they are watched.
    private static void HandDown(string folder)
    {
        try
        {
            File.WriteAllText(Path.Combine(folder, "cgroup.subtree_control"), "+memory +pids");
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // There is no such controller to hand down, or it may not be.
        }
    }

    // Of processes that were killed. A group in which something lives cannot be removed.
    private static void RemoveLeftOvers(string own)
    {
        foreach (var folder in Directory.EnumerateDirectories(own, Prefix + "*"))
        {
            var owner = Path.GetFileName(folder)[Prefix.Length..];
            if (Directory.Exists("/proc/" + owner))
            {
                continue;
            }
            Remove(folder);
        }
    }

    private static void Remove(string folder)
    {
        foreach (var inner in Directory.EnumerateDirectories(folder))
        {
            Remove(inner);
        }
        try
        {
            Directory.Delete(folder);
        }
        catch (IOException)
        {
            // Something lives in it.
        }
    }
}
