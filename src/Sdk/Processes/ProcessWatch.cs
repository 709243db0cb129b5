using Rondo.Sdk.Wire;

namespace Rondo.Sdk.Processes;

/// <summary>
/// Looks at a program and all that it has started until one of its limits is broken. The nearer to a limit, the sooner it looks again:
/// no machine fills memory faster than <see cref="BytesPerSecondMax"/>. Linux only, save for time.
/// </summary>
internal sealed class ProcessWatch(ProcessTree? tree, ControlGroup? group, ProgramCall call, TimeProvider time)
{
    private const double BytesPerSecondMax = 4e9;
    private const int FilesMax = 100_000;

    private static readonly TimeSpan Shortest = TimeSpan.FromMilliseconds(5);
    private static readonly TimeSpan Usual = TimeSpan.FromMilliseconds(200);
    private static readonly TimeSpan UsualOfProcesses = TimeSpan.FromMilliseconds(50);
    private static readonly TimeSpan UsualOfFiles = TimeSpan.FromSeconds(1);

    private readonly long _begun = time.GetTimestamp();
    private readonly ProcessLimits _limits = call.Limits;
    private TimeSpan _filesSeen;

    /// <summary>Returns when a limit is broken, and which; null when it was told to stop before.</summary>
    public async Task<BrokenLimit?> RunAsync(CancellationToken stop)
    {
        var pause = Shortest;
        while (_limits.Any)
        {
            await Task.Delay(pause, time, stop).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            if (stop.IsCancellationRequested)
            {
                return null;
            }
            if (Look(out pause) is { } broken)
            {
                return broken;
            }
        }
        return null;
    }

    /// <summary>What the kernel has held it to, when it has ended.</summary>
    public BrokenLimit? OfKernel() =>
        group?.BrokeMemory == true ? Memory(_limits.MemoryBytes, 1)
        : group?.BrokeProcesses == true ? Processes(_limits.Processes)
        : null;

    private BrokenLimit? Look(out TimeSpan pause)
    {
        var passed = time.GetElapsedTime(_begun);
        pause = _limits.Time > TimeSpan.Zero ? Least(Usual, _limits.Time - passed) : Usual;
        if (_limits.Time > TimeSpan.Zero && passed >= _limits.Time)
        {
            return new(FailureClasses.Timeout, $"took longer than {_limits.Time.TotalSeconds:0.###} s");
        }
        return LookAtTree(ref pause) ?? LookAtFiles(passed);
    }

    private BrokenLimit? LookAtTree(ref TimeSpan pause)
    {
        if (tree is null || (_limits.MemoryBytes == 0 && _limits.Processes == 0))
        {
            return null;
        }
        var alive = tree.Members().Where(member => member.IsAlive).ToList();
        if (_limits.Processes > 0)
        {
            pause = Least(pause, UsualOfProcesses);
            if (alive.Count > _limits.Processes || group?.BrokeProcesses == true)
            {
                return Processes(alive.Count);
            }
        }
        if (_limits.MemoryBytes == 0)
        {
            return null;
        }
        var used = alive.Sum(member => ProcessEntry.ResidentBytes(member.Id));
        if (used > _limits.MemoryBytes && alive.Count > 1)
        {
            // Processes that were forked share memory, and each counts all of it.
            used = alive.Sum(member => ProcessEntry.ProportionalBytes(member.Id));
        }
        pause = Least(pause, TimeSpan.FromSeconds((_limits.MemoryBytes - used) / BytesPerSecondMax));
        return used > _limits.MemoryBytes ? Memory(used, alive.Count) : null;
    }

    private BrokenLimit? LookAtFiles(TimeSpan passed)
    {
        if (_limits.DiskBytes == 0 || passed - _filesSeen < UsualOfFiles)
        {
            return null;
        }
        _filesSeen = passed;
        return OfFiles();
    }

    /// <summary>Whether there are too many bytes in its folder now.</summary>
    public BrokenLimit? OfFiles()
    {
        if (_limits.DiskBytes == 0)
        {
            return null;
        }
        var options = new EnumerationOptions
        {
            RecurseSubdirectories = true,
            AttributesToSkip = FileAttributes.ReparsePoint,
            IgnoreInaccessible = true,
        };
        long bytes = 0;
        try
        {
            bytes = new DirectoryInfo(_limits.DiskFolder ?? call.Folder)
                .EnumerateFiles("*", options)
                .Take(FilesMax)
                .Sum(Length);
        }
        catch (IOException)
        {
            // It moves while it is looked at.
        }
        return bytes > _limits.DiskBytes
            ? new(
                FailureClasses.Disk,
                $"wrote {Bytes(bytes)} into its folder and was ended: its limit is {Bytes(_limits.DiskBytes)}"
            )
            : null;
    }

    private static long Length(FileInfo file)
    {
        try
        {
            return file.Length;
        }
        catch (IOException)
        {
            return 0;
        }
    }

    private BrokenLimit Memory(long used, int processes) =>
        new(
            FailureClasses.Memory,
            $"took {Bytes(used)} of memory{(processes > 1 ? $" in {processes} processes" : "")} and was ended: "
                + $"its limit is {Bytes(_limits.MemoryBytes)}"
        );

    private BrokenLimit Processes(int processes) =>
        new(
            FailureClasses.Processes,
            $"had {processes} processes at once and was ended: its limit is {_limits.Processes}"
        );

    private static string Bytes(long bytes) => bytes >= 10L << 20 ? $"{bytes >> 20} MiB" : $"{bytes / 1024.0:0} KiB";

    private static TimeSpan Least(TimeSpan one, TimeSpan other) =>
        TimeSpan.FromTicks(Math.Max(Shortest.Ticks, Math.Min(one.Ticks, other.Ticks)));
}
