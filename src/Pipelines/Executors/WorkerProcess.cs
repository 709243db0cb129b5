using System.Diagnostics;
using System.IO.Pipes;
using System.Text;
using System.Text.Json;
using Rondo.Data;
using Rondo.Sdk.Wire;

namespace Rondo.Pipelines.Executors;

/// <summary>
/// A warm worker: one process of a package, on the other end of a pipe. It runs one attempt at a time. When this server goes,
/// however it goes, the pipe closes, and the worker ends by itself.
/// </summary>
internal sealed class WorkerProcess : IAsyncDisposable
{
    private static readonly TimeSpan s_farewell = TimeSpan.FromSeconds(5);
    private static readonly UTF8Encoding s_utf8 = new(encoderShouldEmitUTF8Identifier: false);

    private readonly Process _process;
    private readonly NamedPipeServerStream _pipe;
    private readonly StreamReader _reader;
    private readonly TimeProvider _time;
    private readonly Task _output;
    private readonly TailLog _log;

    private WorkerProcess(string package, Process process, NamedPipeServerStream pipe, TimeProvider time)
    {
        Package = package;
        _process = process;
        _pipe = pipe;
        _time = time;
        _log = new TailLog();
        _reader = new StreamReader(pipe, s_utf8, leaveOpen: true);
        _output = Task.WhenAll(PumpAsync("out", process.StandardOutput), PumpAsync("err", process.StandardError));
    }

    public string Package { get; }

    /// <summary>When it last finished something.</summary>
    public DateTimeOffset IdleSince { get; private set; }

    public bool HasExited => _process.HasExited;

    /// <summary>Starts the process and waits until it is ready.</summary>
    public static async Task<WorkerProcess> StartAsync(
        WorkerStart start,
        TimeProvider time,
        CancellationToken cancellation
    )
    {
        var pipe = new NamedPipeServerStream(
            start.PipeName,
            PipeDirection.InOut,
            maxNumberOfServerInstances: 1,
            PipeTransmissionMode.Byte,
            PipeOptions.Asynchronous | PipeOptions.CurrentUserOnly
        );
        var process = new Process { StartInfo = Describe(start) };
        try
        {
            process.Start();
        }
        catch (Exception e) when (e is InvalidOperationException or System.ComponentModel.Win32Exception)
        {
            await pipe.DisposeAsync();
            process.Dispose();
            throw new RondoException(
                ErrorCode.Unavailable,
                $"The worker of package {start.Package} could not be started: {e.Message}.",
                "Check that 'dotnet' is on the server's path.",
                e
            );
        }

        var worker = new WorkerProcess(start.Package, process, pipe, time);
        try
        {
            await worker.GreetAsync(start, cancellation);
            return worker;
        }
        catch
        {
            await worker.DisposeAsync();
            throw;
        }
    }

    /// <summary>Runs one attempt. A worker that dies, or does not end in time, is a failed attempt; the caller then drops the worker.</summary>
    public async Task<StepResult> RunAsync(StepAttempt attempt, IAttemptLog log, CancellationToken cancellation)
    {
        using var attached = _log.Attach(log);
        using var late = new CancellationTokenSource(
            TimeSpan.FromMilliseconds(Math.Min(attempt.Request.TimeoutMs, int.MaxValue / 2)) + s_farewell,
            _time
        );
        using var either = CancellationTokenSource.CreateLinkedTokenSource(late.Token, cancellation);
        try
        {
            await SendAsync(new WorkerMessage("run", await WriteAsync(attempt.Request)), either.Token);
            var answer = await ReceiveAsync(either.Token);
            await _log.QuietAsync(_time);
            IdleSince = _time.GetUtcNow();
            return answer switch
            {
                { Kind: "done", Path: { } path } => await ReadResultAsync(path, cancellation),
                null => await CrashedAsync(),
                _ => Failed(FailureClasses.Crash, answer.Detail ?? $"The worker answered '{answer.Kind}'."),
            };
        }
        catch (OperationCanceledException) when (late.IsCancellationRequested && !cancellation.IsCancellationRequested)
        {
            Kill();
            return Failed(
                FailureClasses.Timeout,
                $"The attempt took longer than {attempt.Request.TimeoutMs / 1000.0:0.###} s and was ended.",
                "Raise the step's time limit, or make it do less."
            );
        }
        catch (OperationCanceledException)
        {
            Kill();
            throw;
        }
        catch (IOException)
        {
            return await CrashedAsync();
        }
    }

    /// <summary>Closes the pipe, gives the worker a moment to end, then ends it with all that it started.</summary>
    public async ValueTask DisposeAsync()
    {
        await _pipe.DisposeAsync();
        try
        {
            await _process.WaitForExitAsync().WaitAsync(s_farewell, _time);
        }
        catch (TimeoutException)
        {
            // It does not end by itself.
        }

        Kill();
        await DrainAsync();
        _reader.Dispose();
        _process.Dispose();
    }

    private static ProcessStartInfo Describe(WorkerStart start)
    {
        var info = new ProcessStartInfo("dotnet", [start.EntryFile, "worker", "--pipe", start.PipeName])
        {
            WorkingDirectory = Path.GetDirectoryName(start.EntryFile),
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            RedirectStandardInput = true,
            StandardOutputEncoding = s_utf8,
            StandardErrorEncoding = s_utf8,
            UseShellExecute = false,
        };
        // Threads of a native trainer that spin while they wait take the cores away from everything else.
        info.Environment["OMP_WAIT_POLICY"] = "passive";
        info.Environment["DOTNET_NOLOGO"] = "1";
        return info;
    }

    private async Task GreetAsync(WorkerStart start, CancellationToken cancellation)
    {
        using var late = new CancellationTokenSource(start.Limit, _time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(late.Token, cancellation);
        using var died = CancellationTokenSource.CreateLinkedTokenSource(either.Token);
        var exit = _process.WaitForExitAsync(either.Token);
        _ = exit.ContinueWith(_ => CancelQuietly(died), TaskScheduler.Default);
        try
        {
            _process.StandardInput.Close();
            await _pipe.WaitForConnectionAsync(died.Token);
            if (await ReceiveAsync(died.Token) is { Kind: "ready" })
            {
                IdleSince = _time.GetUtcNow();
                return;
            }
        }
        catch (Exception e)
            when (e is OperationCanceledException or IOException && !cancellation.IsCancellationRequested)
        {
            // Said below, with what it printed.
        }

        cancellation.ThrowIfCancellationRequested();
        Kill();
        await DrainAsync();
        throw new RondoException(
            ErrorCode.Unavailable,
            $"The worker of package {start.Package} did not become ready. It printed: {_log.Tail}",
            "Start it by hand to see why: dotnet run."
        );
    }

    private async Task<StepResult> CrashedAsync()
    {
        Kill();
        await DrainAsync();
        var code = _process.HasExited ? _process.ExitCode : -1;
        return Failed(
            FailureClasses.Crash,
            $"The worker process ended with exit code {code} during the attempt. {_log.Tail}".TrimEnd()
        );
    }

    private static async Task<string> WriteAsync(StepRequest request)
    {
        Directory.CreateDirectory(request.StagingFolder);
        var file = Path.Combine(request.StagingFolder, "step.json");
        await File.WriteAllBytesAsync(file, JsonSerializer.SerializeToUtf8Bytes(request, RondoJson.Options));
        return file;
    }

    private static async Task<StepResult> ReadResultAsync(string path, CancellationToken cancellation)
    {
        try
        {
            await using var file = File.OpenRead(path);
            return await JsonSerializer.DeserializeAsync<StepResult>(file, RondoJson.Options, cancellation)
                ?? Failed(FailureClasses.Crash, $"{path} is empty.");
        }
        catch (Exception e) when (e is IOException or JsonException)
        {
            return Failed(FailureClasses.Crash, $"The worker's result cannot be read: {e.Message}");
        }
    }

    private async Task SendAsync(WorkerMessage message, CancellationToken cancellation)
    {
        var line = JsonSerializer.SerializeToUtf8Bytes(message, RondoJson.Options);
        await _pipe.WriteAsync((byte[])[.. line, (byte)'\n'], cancellation);
        await _pipe.FlushAsync(cancellation);
    }

    private async Task<WorkerMessage?> ReceiveAsync(CancellationToken cancellation)
    {
        try
        {
            var line = await _reader.ReadLineAsync(cancellation);
            return line is null ? null : JsonSerializer.Deserialize<WorkerMessage>(line, RondoJson.Options);
        }
        catch (JsonException e)
        {
            return new WorkerMessage("nonsense", Detail: $"The worker's answer is not JSON: {e.Message}");
        }
    }

    private async Task PumpAsync(string stream, StreamReader reader)
    {
        try
        {
            while (await reader.ReadLineAsync() is { } line)
            {
                _log.Write(stream, line);
            }
        }
        catch (Exception e) when (e is IOException or ObjectDisposedException)
        {
            // The process is gone.
        }
    }

    // A grandchild may hold the output open after the worker has gone: it is not waited for without end.
    private async Task DrainAsync()
    {
        try
        {
            await _output.WaitAsync(TimeSpan.FromSeconds(2), _time);
        }
        catch (TimeoutException)
        {
            // What it still prints belongs to nobody.
        }
    }

    private void Kill()
    {
        try
        {
            _process.Kill(entireProcessTree: true);
        }
        catch (Exception e) when (e is InvalidOperationException or System.ComponentModel.Win32Exception)
        {
            // It has ended.
        }
    }

    private static void CancelQuietly(CancellationTokenSource source)
    {
        try
        {
            source.Cancel();
        }
        catch (ObjectDisposedException)
        {
            // Nobody waits any more.
        }
    }

    private static StepResult Failed(string type, string message, string? mend = null) =>
        new(
            StepOutcome.Failed,
            new Dictionary<string, ProducedArtifact>(StringComparer.Ordinal),
            new Dictionary<string, double>(StringComparer.Ordinal),
            message,
            mend,
            type
        );
}

/// <summary>What to start, and how long it may take to be ready.</summary>
internal sealed record WorkerStart(string Package, string EntryFile, string PipeName, TimeSpan Limit);
