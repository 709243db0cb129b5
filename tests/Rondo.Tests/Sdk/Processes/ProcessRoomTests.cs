using System.Globalization;
using Rondo.Sdk.Processes;

namespace Rondo.Tests.Sdk.Processes;

/// <summary>Real programs that misbehave in every way that a program can.</summary>
public sealed class ProcessRoomTests : IDisposable
{
    private const long Mebibyte = 1 << 20;

    // Two daemons, as daemons are made: by two forks and a session of their own. One also forgets its environment.
    private const string Daemons = """
        import os, sys, time
        def daemon(name, forget):
            if os.fork() == 0:
                os.setsid()
                if os.fork() == 0:
                    open(name + ".new", "w").write(str(os.getpid()))
                    os.rename(name + ".new", name)
                    if forget:
                        os.execve(sys.executable, [sys.executable, "-c", "import time; time.sleep(600)"], {})
                    time.sleep(600)
                os._exit(0)
        daemon("kept", False)
        daemon("forgot", True)
        while not (os.path.exists("kept") and os.path.exists("forgot")):
            time.sleep(0.01)
        print("started", flush=True)
        time.sleep(float(sys.argv[1]))
        """;

    private readonly TestFolder _folder = new();
    private readonly List<string> _lines = [];

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task A_program_runs_in_a_session_of_its_own_with_its_input_closed()
    {
        var end = await RunAsync(["sh", "-c", "cat; ps -o sid= -p $$; echo $$; echo oops >&2; exit 3"]);

        Assert.Equal((3, null), (end.ExitCode, end.Broken));
        Assert.Equal("ended with exit code 3", end.Words);
        Assert.Equal(3, _lines.Count);
        Assert.Contains("oops", _lines);
        Assert.Single(_lines.Select(line => line.Trim()).Where(line => line != "oops").Distinct());
    }

    [Fact]
    public async Task A_signal_is_told_in_words()
    {
        Assert.Contains("SIGSEGV, a bad memory access", (await RunAsync(["sh", "-c", "kill -11 $$"])).Words);
    }

    [Fact]
    public async Task A_program_that_is_not_there_is_told_before_anything_is_started()
    {
        var error = await Assert.ThrowsAsync<RondoException>(() => RunAsync(["no-such-program"]));

        Assert.Contains("'no-such-program' cannot be started", error.Message);
    }

    [Fact]
    [Trait("Requirement", "R77")]
    public async Task Memory_is_limited_for_a_program_with_all_that_it_starts()
    {
        var one = await RunAsync(
            ["python3", "-c", "x = []\nwhile True: x.append(bytearray(1 << 20))"],
            new() { MemoryBytes = 100 * Mebibyte }
        );
        const string forks = """
            import os, time
            for i in range(4):
                if os.fork() == 0:
                    x = b'x' * (40 << 20)
                    time.sleep(600)
            time.sleep(600)
            """;
        var many = await RunAsync(["python3", "-c", forks], new() { MemoryBytes = 100 * Mebibyte });

        Assert.Equal("memory", one.Broken?.Class);
        Assert.Contains("its limit is 100 MiB", one.Words);
        Assert.Equal("memory", many.Broken?.Class);
        Assert.Contains("its limit is 100 MiB", many.Words);
        Assert.Contains("processes", many.Words);
    }

    [Fact]
    public async Task Memory_that_forked_processes_share_counts_once()
    {
        const string shared = """
            import os, time
            x = b'x' * (60 << 20)
            for i in range(4):
                if os.fork() == 0:
                    time.sleep(0.7)
                    os._exit(0)
            time.sleep(0.7)
            """;

        Assert.Null((await RunAsync(["python3", "-c", shared], new() { MemoryBytes = 150 * Mebibyte })).Broken);
    }

    [Fact]
    [Trait("Requirement", "R77")]
    public async Task The_number_of_processes_is_limited()
    {
        var end = await RunAsync(
            ["sh", "-c", "for i in $(seq 100); do sleep 600 & sleep 0.02; done; wait"],
            new() { Processes = 10 }
        );

        Assert.Equal("processes", end.Broken?.Class);
        Assert.Contains("its limit is 10", end.Words);
    }

    [Fact]
    public async Task The_bytes_in_its_folder_are_limited()
    {
        var slow = await RunAsync(
            ["sh", "-c", "for i in 1 2 3 4 5 6; do head -c 1000000 /dev/zero >f$i; done; sleep 600"],
            new() { DiskBytes = 5_000_000 }
        );
        var swift = await RunAsync(
            ["sh", "-c", "head -c 100000000 /dev/zero >f; exit 0"],
            new() { DiskBytes = 5_000_000 }
        );

        Assert.Equal("disk", slow.Broken?.Class);
        Assert.Equal("disk", swift.Broken?.Class);
        Assert.InRange(new FileInfo(_folder.Of("f")).Length, 0, 5_000_000);
    }

    [Fact]
    public async Task Time_is_limited()
    {
        var end = await RunAsync(["sleep", "600"], new() { Time = TimeSpan.FromMilliseconds(300) });

        Assert.Equal(("timeout", "took longer than 0.3 s"), (end.Broken?.Class, end.Words));
    }

    [Theory]
    [InlineData("600")]
    [InlineData("0")]
    public async Task What_daemonises_ends_with_the_program_that_started_it(string seconds)
    {
        using var cancel = new CancellationTokenSource();
        var script = _folder.Write("daemons.py", Daemons);

        if (seconds == "0")
        {
            Assert.Equal(0, (await RunAsync(["python3", script, seconds])).ExitCode);
        }
        else
        {
            await Assert.ThrowsAnyAsync<OperationCanceledException>(() =>
                RunAsync(["python3", script, seconds], onLine: _ => cancel.Cancel(), cancellation: cancel.Token)
            );
        }

        Assert.All(["kept", "forgot"], name => Assert.True(IsGone(name), name));
    }

    [Fact]
    public async Task A_program_can_be_fed_and_read_as_bytes_however_slowly()
    {
        var bytes = new byte[3_000_000];
        new Random(1).NextBytes(bytes);
        using var taken = new MemoryStream();
        var call = Call(["cat"]) with
        {
            Feed = async input => await input.WriteAsync(bytes),
            Read = async output =>
            {
                var buffer = new byte[100_000];
                int read;
                while ((read = await output.ReadAsync(buffer)) > 0)
                {
                    taken.Write(buffer, 0, read);
                    await Task.Yield();
                }
            },
        };

        Assert.Equal(0, (await ProcessRoom.Current.RunAsync(call, default)).ExitCode);
        Assert.Equal(bytes, taken.ToArray());
    }

    [Fact]
    public async Task What_may_tidy_up_behind_a_program_is_left_to_it_unless_the_program_is_called_off()
    {
        const string script = "(echo $$ >started; sleep 0.2; touch tidy) >/dev/null 2>&1 & exit 0";
        await ProcessRoom.Current.RunAsync(Call(["sh", "-c", script]) with { MayLeaveDaemons = true }, default);

        using var late = new CancellationTokenSource(TimeSpan.FromMinutes(1));
        while (!File.Exists(_folder.Of("tidy")))
        {
            await Task.Delay(TimeSpan.FromMilliseconds(10), TimeProvider.System, late.Token);
        }
    }

    [Fact]
    public async Task An_output_of_gigabytes_without_a_line_end_is_read_to_its_end()
    {
        await RunAsync(["sh", "-c", "head -c 1000000000 /dev/zero; printf '\\nbehind it'"]);

        Assert.Equal(2, _lines.Count);
        Assert.Contains("more bytes", _lines[0]);
        Assert.Equal("behind it", _lines[1]);
    }

    private async Task<ProcessEnd> RunAsync(
        IReadOnlyList<string> words,
        ProcessLimits? limits = null,
        Action<string>? onLine = null,
        CancellationToken cancellation = default
    )
    {
        void Take(string line)
        {
            lock (_lines)
            {
                _lines.Add(line);
            }
            onLine?.Invoke(line);
        }

        var call = Call(words) with { Limits = limits ?? new(), OnOutput = Take, OnError = Take };
        return await ProcessRoom.Current.RunAsync(call, cancellation);
    }

    private ProgramCall Call(IReadOnlyList<string> words) =>
        new(words[0], [.. words.Skip(1)], _folder.Path, ProgramEnvironment.Allowed());

    private bool IsGone(string name)
    {
        var id = int.Parse(File.ReadAllText(_folder.Of(name)), CultureInfo.InvariantCulture);
        return ProcessEntry.Find(id) is not { IsAlive: true };
    }
}
