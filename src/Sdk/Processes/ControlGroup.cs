using System.Globalization;

namespace Rondo.Sdk.Processes;

/// <summary>
/// A control group (version 2) of one program and all that it starts: nothing leaves it, and all of it is ended by one write. Where the
/// memory and process controllers were handed down to this process, the kernel holds the limits; else they are watched.
/// </summary>
internal sealed class ControlGroup : IDisposable
{
    private readonly string _folder;

    private ControlGroup(string folder) => _folder = folder;

    /// <summary>The file that takes the number of a process to be moved in; <c>0</c> is the one that writes.</summary>
    public string EntryFile => Of("cgroup.procs");

    /// <summary>Makes one below another; null where that is not allowed.</summary>
    public static ControlGroup? Create(string parent, string name, ProcessLimits limits)
    {
        var group = new ControlGroup(Path.Combine(parent, name));
        try
        {
            Directory.CreateDirectory(group._folder);
            group.Limit("memory.max", limits.MemoryBytes);
            group.Limit("memory.swap.max", limits.MemoryBytes > 0 ? 0 : null);
            group.Limit("memory.oom.group", limits.MemoryBytes > 0 ? 1 : null);
            group.Limit("pids.max", limits.Processes);
            return group;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            group.Dispose();
            return null;
        }
    }

    /// <summary>The processes in it.</summary>
    public IReadOnlyList<int> Processes() =>
        [.. Lines("cgroup.procs").Select(line => int.Parse(line, CultureInfo.InvariantCulture))];

    /// <summary>Ends all that is in it, at once.</summary>
    public void Kill() => Write("cgroup.kill", "1");

    /// <summary>Whether the kernel ended something in it for its memory.</summary>
    public bool BrokeMemory => Count("memory.events", "oom_kill ") > 0;

    /// <summary>Whether the kernel refused it a process.</summary>
    public bool BrokeProcesses => Count("pids.events", "max ") > 0;

    /// <summary>Removes it, if nothing is left in it.</summary>
    public void Dispose()
    {
        try
        {
            Directory.Delete(_folder);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // Something is still dying in it, or it was never made. The next program to be started removes it.
        }
    }

    private void Limit(string file, long? value)
    {
        if (value is >= 0 and var number && (number > 0 || file == "memory.swap.max"))
        {
            Write(file, number.ToString(CultureInfo.InvariantCulture));
        }
    }

    private long Count(string file, string name) =>
        Lines(file).FirstOrDefault(line => line.StartsWith(name, StringComparison.Ordinal)) is { } line
        && long.TryParse(line.AsSpan(name.Length), CultureInfo.InvariantCulture, out var count)
            ? count
            : 0;

    private string[] Lines(string file)
    {
        try
        {
            return File.Exists(Of(file)) ? File.ReadAllLines(Of(file)) : [];
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return [];
        }
    }

    // A controller that was not handed down has no file here.
    private void Write(string file, string text)
    {
        if (File.Exists(Of(file)))
        {
            try
            {
                File.WriteAllText(Of(file), text);
            }
            catch (Exception e) when (e is IOException or UnauthorizedAccessException)
            {
                // Limits are watched in any case, and processes are ended one by one as well.
            }
        }
    }

    private string Of(string file) => Path.Combine(_folder, file);
}
