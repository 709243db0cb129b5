using System.ComponentModel;
using System.Diagnostics;
using System.Globalization;

namespace Rondo.Sdk.Processes;

/// <summary>One program that was started, and all that it starts.</summary>
internal sealed class ChildProcess : IAsyncDisposable
{
    private const int KillRoundsMax = 500;

    // What must hold before the program does anything. $1: a file that takes the number of the process, or nothing; $2: how many blocks its files may
    // have, 0 where it is not limited; the rest is the program. Where less is allowed to whoever starts it, that holds already.
    private const string EnterScript =
        """[ -z "$1" ] || echo 0 >"$1"; [ "$2" = 0 ] || ulimit -f "$2" 2>/dev/null; shift 2; exec "$@" """;

    // In which a shell counts the length of files.
    private const long BytesOfBlock = 512;

    private static readonly TimeSpan KillPause = TimeSpan.FromMilliseconds(2);

    // A process that got away may hold the output open: what it says is not waited for longer than this.
    private static readonly TimeSpan DrainAtMost = TimeSpan.FromSeconds(5);

    // Ended by the system before this process, and before the server, when memory is short.
    private const int KilledFirst = 500;

    // How many processes of others may come up while it runs, before the last resort would hit it for them.
    private const int OthersMax = 4096;

    private readonly ProcessRoom _room;
    private readonly ProgramCall _call;
    private readonly Process _process;
    private readonly ProcessTree? _tree;
    private readonly ControlGroup? _group;
    private readonly ProcessWatch _watch;
    private readonly Task _output;
    private readonly TimeProvider _time = TimeProvider.System;

    private ChildProcess(ProcessRoom room, ProgramCall call, Process process, string mark, ControlGroup? group)
    {
        _room = room;
        _call = call;
        _process = process;
        _group = group;
        if (room.SeesTrees && ProcessEntry.Find(process.Id) is { } entry)
        {
            _tree = new ProcessTree(entry, mark, room, group);
        }
        _watch = new ProcessWatch(_tree, group, call, _time);
        var output = process.StandardOutput.BaseStream;
        _output = Task.WhenAll(
            call.Read is null ? new OutputLines(call.OnOutput).ReadAsync(output) : call.Read(output),
            new OutputLines(call.OnError).ReadAsync(process.StandardError.BaseStream),
            FeedAsync()
        );
    }

    public int Id => _process.Id;

    public bool HasExited => _process.HasExited;

    public int ExitCode => _process.ExitCode;

    /// <summary>Starts it, in a session of its own, with its input closed.</summary>
    /// <exception cref="RondoException">There is no such program, or the system refuses.</exception>
    public static ChildProcess Start(ProcessRoom room, ProgramCall call)
    {
        var program =
            ProgramPath.Resolve(call) ?? throw NotStarted(call, "It is not on the search path of the step.", null);
        room.KeepGuard();
        var mark = room.NextMark();
        var group = room.Groups?.Create(call.Limits);
        var start = Describe(call, [.. Words(room, group, call.Limits, program), .. call.Arguments]);
        start.Environment[ProcessEntry.MarkVariable] = mark;
        try
        {
            var process = Process.Start(start)!;
            room.Add(process.Id);
            if (room.SeesTrees)
            {
                Limit(process.Id, call.Limits);
            }
            return new ChildProcess(room, call, process, mark, group);
        }
        catch (Win32Exception e)
        {
            group?.Dispose();
            throw NotStarted(call, e.Message + ".", e);
        }
    }

    /// <summary>
    /// Waits until it has ended, by itself, for breaking a limit, or because it was called off; then ends what it has left behind.
    /// </summary>
    public async Task<ProcessEnd> WaitAsync(CancellationToken cancellation)
    {
        using var over = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        var exit = _process.WaitForExitAsync(over.Token);
        var watch = _watch.RunAsync(over.Token);
        await Task.WhenAny(_call.Limits.Any ? Task.WhenAny(exit, watch) : exit);
        var exited = exit.IsCompletedSuccessfully;
        await over.CancelAsync();
        var broken = await watch;
        var calledOff = !exited && broken is null;
        if (!exited || !_call.MayLeaveDaemons)
        {
            await KillAsync();
        }
        await DrainAsync();
        return new ProcessEnd(
            _process.ExitCode,
            calledOff ? null : broken ?? _watch.OfKernel() ?? _watch.OfFiles(),
            calledOff
        );
    }

    /// <summary>Ends it with everything that it has started, and returns when it is gone.</summary>
    public async Task KillAsync()
    {
        if (_tree is null)
        {
            KillBySystem();
        }
        for (var round = 0; round < KillRoundsMax && _tree?.Kill() > 0; round++)
        {
            await Task.Delay(KillPause, _time, CancellationToken.None);
        }
        await _process.WaitForExitAsync(CancellationToken.None);
    }

    /// <summary>Waits for the rest of its output, but not without end.</summary>
    public async Task DrainAsync()
    {
        try
        {
            // Whoever takes the output himself has it all, however slow he is.
            await (_call.Read is null ? _output.WaitAsync(DrainAtMost, _time) : _output);
        }
        catch (TimeoutException)
        {
            // Somebody who is no longer known holds it open.
        }
    }

    /// <summary>Waits until it has ended by itself.</summary>
    public Task WaitForExitAsync(CancellationToken cancellation) => _process.WaitForExitAsync(cancellation);

    public async ValueTask DisposeAsync()
    {
        if (!_process.HasExited || !_call.MayLeaveDaemons)
        {
            await KillAsync();
        }
        _room.Remove(_process.Id);
        _group?.Dispose();
        _process.Dispose();
    }

    private async Task FeedAsync()
    {
        try
        {
            if (_call.Feed is { } feed)
            {
                await feed(_process.StandardInput.BaseStream);
            }
            _process.StandardInput.Close();
        }
        catch (IOException)
        {
            // It has ended, or does not want more.
        }
    }

    private static IEnumerable<string> Words(
        ProcessRoom room,
        ControlGroup? group,
        ProcessLimits limits,
        string program
    )
    {
        string[] session = room.OwnSession is null ? [] : [room.OwnSession];
        // Whole blocks that fit in; none would be no limit.
        var blocks = room.SeesTrees && limits.DiskBytes > 0 ? Math.Max(limits.DiskBytes / BytesOfBlock, 1) : 0;
        string[] enter =
            group is null && blocks == 0
                ? []
                : ["/bin/sh", "-c", EnterScript, "sh", group?.EntryFile ?? "", Text(blocks)];
        return [.. enter, .. session, program];
    }

    private static string Text(long number) => number.ToString(CultureInfo.InvariantCulture);

    private static ProcessStartInfo Describe(ProgramCall call, IReadOnlyList<string> words)
    {
        var start = new ProcessStartInfo(words[0], words.Skip(1))
        {
            WorkingDirectory = call.Folder,
            UseShellExecute = false,
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        start.Environment.Clear();
        foreach (var (name, value) in call.Environment)
        {
            start.Environment[name] = value;
        }
        return start;
    }

    private static void Limit(int process, ProcessLimits limits)
    {
        NativeCalls.WriteNoCore(process);
        try
        {
            File.WriteAllText($"/proc/{process}/oom_score_adj", KilledFirst.ToString(CultureInfo.InvariantCulture));
            if (limits.Processes > 0)
            {
                NativeCalls.LimitProcesses(process, RunningOnMachine() + limits.Processes + OthersMax);
            }
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // It has ended already.
        }
    }

    // "0.10 0.20 0.30 2/345 6789": two of 345 threads run.
    private static long RunningOnMachine() =>
        long.Parse(File.ReadAllText("/proc/loadavg").Split(' ')[3].Split('/')[1], CultureInfo.InvariantCulture);

    private void KillBySystem()
    {
        try
        {
            _process.Kill(entireProcessTree: true);
        }
        catch (Exception e) when (e is InvalidOperationException or Win32Exception)
        {
            // It has ended.
        }
    }

    private static RondoException NotStarted(ProgramCall call, string why, Exception? inner) =>
        new(
            ErrorCode.FailedPrecondition,
            $"The program '{call.Program}' cannot be started: {why}",
            "Install it on the machine that runs it, or correct the command.",
            inner
        );
}
