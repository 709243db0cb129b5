namespace Rondo.Sdk.Processes;

/// <summary>A program to start, with its whole environment. Nothing of it is passed through a shell.</summary>
internal sealed record ProgramCall(
    string Program,
    IReadOnlyList<string> Arguments,
    string Folder,
    IReadOnlyDictionary<string, string> Environment
)
{
    /// <summary>What it may use; by default anything.</summary>
    public ProcessLimits Limits { get; init; } = new();

    /// <summary>Writes its input; null: it has none.</summary>
    public Func<Stream, Task>? Feed { get; init; }

    /// <summary>Takes its output as it is, to the end; null: it is taken line by line.</summary>
    public Func<Stream, Task>? Read { get; init; }

    /// <summary>Whether what it has left behind may go on when it has ended well: housekeeping that nobody waits for.</summary>
    public bool MayLeaveDaemons { get; init; }

    /// <summary>Takes each line of its output.</summary>
    public Action<string> OnOutput { get; init; } = static _ => { };

    /// <summary>Takes each line of its error output.</summary>
    public Action<string> OnError { get; init; } = static _ => { };
}

/// <summary>What a program may use, together with all that it starts. 0: as much as it likes.</summary>
internal sealed record ProcessLimits
{
    public TimeSpan Time { get; init; }

    public long MemoryBytes { get; init; }

    public int Processes { get; init; }

    /// <summary>Bytes of files below <see cref="DiskFolder"/>.</summary>
    public long DiskBytes { get; init; }

    /// <summary>The folder that the program writes into; null: the one that it runs in.</summary>
    public string? DiskFolder { get; init; }

    public bool Any => Time > TimeSpan.Zero || MemoryBytes > 0 || Processes > 0 || DiskBytes > 0;
}

/// <summary>
/// How a program ended. <paramref name="Broken"/> is the limit that it broke and was ended for; <paramref name="CalledOff"/> says that
/// it was ended because nobody wanted it any more.
/// </summary>
internal sealed record ProcessEnd(int ExitCode, BrokenLimit? Broken, bool CalledOff)
{
    private const int SignalBase = 128;
    private const int Kill = 9;
    private const int Terminate = 15;

    private static readonly Dictionary<int, string> Signals = new()
    {
        [1] = "SIGHUP",
        [2] = "SIGINT",
        [3] = "SIGQUIT",
        [4] = "SIGILL, an illegal instruction",
        [6] = "SIGABRT, it gave up",
        [7] = "SIGBUS, a bad memory access",
        [8] = "SIGFPE, a bad calculation",
        [9] = "SIGKILL, somebody ended it, or the machine ran out of memory",
        [11] = "SIGSEGV, a bad memory access",
        [13] = "SIGPIPE, nobody read what it wrote",
        [15] = "SIGTERM, somebody asked it to end",
        [24] = "SIGXCPU",
        [25] = "SIGXFSZ, a file grew beyond its limit",
    };

    /// <summary>Whether somebody else has ended it: it has not failed by itself.</summary>
    public bool WasKilled => Broken is null && !CalledOff && ExitCode - SignalBase is Kill or Terminate;

    /// <summary>The end in words that follow the name of the program.</summary>
    public string Words =>
        Broken?.Words
        ?? (
            Signals.TryGetValue(ExitCode - SignalBase, out var signal)
                ? $"ended with exit code {ExitCode} (signal {ExitCode - SignalBase}: {signal})"
                : $"ended with exit code {ExitCode}"
        );
}

/// <summary>A limit that was broken: its class, and what happened, in words that follow the name of the program.</summary>
internal sealed record BrokenLimit(string Class, string Words);
