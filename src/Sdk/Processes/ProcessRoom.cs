using System.Collections.Concurrent;
using System.Diagnostics;
using System.Globalization;

namespace Rondo.Sdk.Processes;

/// <summary>
/// The one room of this process for the programs that it starts. It sees to it that each ends with all that it has started: on Linux it
/// adopts their orphans, marks their environments, puts them into control groups where it may, and leaves a guard behind for the case
/// that this process is killed. Elsewhere children are ended as far as the system tells of them.
/// </summary>
internal sealed class ProcessRoom
{
    private static readonly Lazy<ProcessRoom> s_current = new(() => new ProcessRoom());

    private static readonly TimeSpan s_noticed = TimeSpan.FromSeconds(5);

    private readonly ConcurrentDictionary<int, byte> _started = new();
    private readonly ConcurrentDictionary<(int Id, long StartTime), long> _dead = new();
    private readonly Lock _lock = new();
    private readonly Lazy<ControlGroups?> _groups = new(ControlGroups.Open);
    private readonly int _session;
    private ProcessGuard? _guard;
    private int _number;

    private ProcessRoom()
    {
        var self = ProcessEntry.Find(Environment.ProcessId);
        var outer = Environment.GetEnvironmentVariable(ProcessEntry.MarkVariable) ?? "";
        Mark = string.Create(CultureInfo.InvariantCulture, $"{outer}{Environment.ProcessId}-{self?.StartTime ?? 0}/");
        _session = self?.Session ?? 0;
        SeesTrees = OperatingSystem.IsLinux() && self is not null;
        if (SeesTrees)
        {
            OwnSession = ProgramPath.Find("setsid", Environment.GetEnvironmentVariable("PATH"));
            NativeCalls.AdoptOrphans();
        }
    }

    /// <summary>What a process has by nature, it has once.</summary>
    public static ProcessRoom Current => s_current.Value;

    /// <summary>What marks all that was started here.</summary>
    public string Mark { get; }

    /// <summary>Whether limits on memory and processes can be held, and whole trees be seen.</summary>
    public bool SeesTrees { get; }

    /// <summary>The program that gives another a session of its own, where there is one.</summary>
    public string? OwnSession { get; }

    /// <summary>
    /// Whether this process does one thing at a time, and is itself watched by another: then whatever is below it belongs to that
    /// thing, and there is no need of a guard.
    /// </summary>
    public bool IsAlone { get; set; }

    /// <summary>The control groups of this process, if it may make any.</summary>
    public ControlGroups? Groups => SeesTrees ? _groups.Value : null;

    /// <summary>Limits that cannot be held on this machine, in words for the log.</summary>
    public IEnumerable<string> NotHeld(ProcessLimits limits)
    {
        if (!SeesTrees && limits.MemoryBytes > 0)
        {
            yield return $"The limit of {limits.MemoryBytes >> 20} MiB of memory is not held here: only Linux tells what processes use.";
        }
        if (!SeesTrees && limits.Processes > 0)
        {
            yield return $"The limit of {limits.Processes} processes is not held here: only Linux tells what a process has started.";
        }
    }

    /// <summary>Runs a program to its end. When cancelled, it is ended with all that it has started.</summary>
    public async Task<ProcessEnd> RunAsync(ProgramCall call, CancellationToken cancellation)
    {
        await using var child = ChildProcess.Start(this, call);
        var end = await child.WaitAsync(cancellation);
        if (end.CalledOff)
        {
            cancellation.ThrowIfCancellationRequested();
        }
        return end;
    }

    /// <summary>Starts a program that runs until it ends or is ended.</summary>
    public ChildProcess Start(ProgramCall call) => ChildProcess.Start(this, call);

    /// <summary>Ends all that is still below this process. Only where it is alone.</summary>
    public async Task EndLeftOversAsync(TimeProvider time)
    {
        if (SeesTrees && IsAlone && NativeCalls.HasChildren())
        {
            var self = ProcessEntry.Find(Environment.ProcessId)!;
            await new LeftOvers(self, this).EndAsync(time);
        }
    }

    /// <summary>A mark for the next program.</summary>
    public string NextMark() =>
        string.Create(CultureInfo.InvariantCulture, $"{Mark}{Interlocked.Increment(ref _number)}/");

    public bool HasStarted(int process) => _started.ContainsKey(process);

    /// <summary>
    /// Whether an orphan without a mark can only come from the one program that runs: it is not in the session of this process, so that
    /// nobody but such a program has started it.
    /// </summary>
    public bool IsStray(ProcessEntry orphan) =>
        OwnSession is not null && orphan.Session != _session && _started.Count - (_guard is null ? 0 : 1) == 1;

    /// <summary>
    /// Lets go of a dead child that this room has not started. Where a step's own code runs, the child may be one that the class library
    /// waits for, which ends the process if somebody else has taken it away: it has its time first.
    /// </summary>
    public void LetGo(ProcessEntry dead)
    {
        var key = (dead.Id, dead.StartTime);
        if (IsAlone && Stopwatch.GetElapsedTime(_dead.GetOrAdd(key, _ => Stopwatch.GetTimestamp())) < s_noticed)
        {
            return;
        }
        NativeCalls.Reap(dead.Id);
        _dead.TryRemove(key, out _);
    }

    public void Add(int process) => _started.TryAdd(process, 0);

    public void Remove(int process) => _started.TryRemove(process, out _);

    /// <summary>Sees to it that somebody cleans up if this process is killed.</summary>
    public void KeepGuard()
    {
        if (!SeesTrees || IsAlone)
        {
            return;
        }
        lock (_lock)
        {
            if (_guard is { HasExited: false })
            {
                return;
            }
            if (_guard is not null)
            {
                Remove(_guard.ProcessId);
                _guard.Dispose();
            }
            _guard = ProcessGuard.Start(Mark, Groups?.Folder, OwnSession);
            if (_guard is not null)
            {
                Add(_guard.ProcessId);
            }
        }
    }
}
