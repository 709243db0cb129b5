using System.Globalization;
using System.IO.Pipes;
using System.Text.Json;
using Rondo.Data;
using Rondo.Sdk.Processes;
using Rondo.Sdk.Wire;

namespace Rondo.Pipelines.Executors;

/// <summary>
/// A worker: one process of a package, on the other end of a pipe. It runs one attempt at a time. When this server goes, however it
/// goes, the pipe closes, and the worker ends by itself.
/// </summary>
internal sealed class WorkerProcess : IAsyncDisposable
{
    private static readonly TimeSpan s_farewell = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan s_lastLines = TimeSpan.FromSeconds(5);

    private readonly WorkerStart _start;
    private readonly NamedPipeServerStream _pipe;
    private readonly PipeLines _answers;
    private readonly TimeProvider _time;
    private readonly TailLog _log = new();
    private readonly ChildProcess _child;
    private readonly CancellationTokenSource _stop = new();
    private readonly Task<ProcessEnd> _ended;
    private int _number;

    private WorkerProcess(WorkerStart start, NamedPipeServerStream pipe, TimeProvider time)
    {
        _start = start;
        _pipe = pipe;
        _answers = new PipeLines(pipe);
        _time = time;
        _child = ProcessRoom.Current.Start(
            new ProgramCall(
                "dotnet",
                [start.EntryFile, "worker", "--pipe", start.PipeName],
                Path.GetDirectoryName(start.EntryFile)!,
                start.Environment
            )
            {
                Limits = start.Limits,
                OnOutput = _log.WriteOutput,
                OnError = _log.WriteError,
            }
        );
        _ended = _child.WaitAsync(_stop.Token);
    }

    /// <summary>Attempts of the same key may run in it.</summary>
    public WorkerKey Key => _start.Key;

    /// <summary>When it last finished something.</summary>
    public DateTimeOffset IdleSince { get; private set; }

    /// <summary>Whether it cannot run another attempt.</summary>
    public bool IsOver => _stop.IsCancellationRequested || _ended.IsCompleted || _child.HasExited;

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
        WorkerProcess worker;
        try
        {
            worker = new WorkerProcess(start, pipe, time);
        }
        catch
        {
            await pipe.DisposeAsync();
            throw;
        }

        try
        {
            await worker.GreetAsync(cancellation);
            return worker;
        }
        catch
        {
            await worker.DisposeAsync();
            throw;
        }
    }

    /// <summary>
    /// Runs one attempt. A worker that dies, falls silent, talks nonsense, or does not end in time is a failed attempt, and
    /// <see cref="IsOver"/>.
    /// </summary>
    public async Task<StepResult> RunAsync(StepAttempt attempt, IAttemptLog log, CancellationToken cancellation)
    {
        var mark = string.Create(CultureInfo.InvariantCulture, $"{_start.PipeName}-end-{++_number}");
        using var attached = _log.Attach(log, mark);
        using var late = new CancellationTokenSource(
            TimeSpan.FromMilliseconds(Math.Min(attempt.Request.TimeoutMs, int.MaxValue / 2)) + s_farewell,
            _time
        );
        using var silence = new Silence(_start.Silence, _time);
        using var any = CancellationTokenSource.CreateLinkedTokenSource(late.Token, silence.Token, cancellation);
        try
        {
            var order = new WorkerMessage("run")
            {
                Request = attempt.Request,
                Secrets = attempt.Secrets.Count == 0 ? null : attempt.Secrets,
                Mark = mark,
            };
            await SendAsync(order, any.Token);
            var answer = await AnswerAsync(silence.Break, any.Token);
            return answer is null ? await DiedAsync() : await ResultAsync(answer);
        }
        catch (OperationCanceledException)
        {
            var end = await KillAsync();
            cancellation.ThrowIfCancellationRequested();
            return end.Broken is not null ? Died(end)
                : late.IsCancellationRequested ? TimedOut(attempt.Request)
                : Failed(
                    FailureClasses.Crash,
                    $"The worker process said nothing for {_start.Silence.TotalSeconds:0} s and was ended. {_log.Tail}".TrimEnd()
                );
        }
        catch (IOException)
        {
            return await DiedAsync();
        }
        catch (Exception e) when (e is JsonException or InvalidDataException)
        {
            await KillAsync();
            return Failed(
                FailureClasses.Crash,
                $"The worker process talked nonsense and was ended: {e.Message} {_log.Tail}".TrimEnd()
            );
        }
    }

    /// <summary>Closes the pipe, gives the worker a moment to end, then ends it with all that it started.</summary>
    public async ValueTask DisposeAsync()
    {
        await _pipe.DisposeAsync();
        try
        {
            await _ended.WaitAsync(s_farewell, _time);
        }
        catch (TimeoutException)
        {
            await KillAsync();
        }

        await _child.DisposeAsync();
        _stop.Dispose();
    }

    private async Task GreetAsync(CancellationToken cancellation)
    {
        using var late = new CancellationTokenSource(_start.ReadyLimit, _time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(late.Token, cancellation);
        try
        {
            var connected = _pipe.WaitForConnectionAsync(either.Token);
            if (await Task.WhenAny(connected, _ended) == connected)
            {
                await connected;
                var first = await ReceiveAsync(either.Token);
                if (first is { Kind: "ready" })
                {
                    IdleSince = _time.GetUtcNow();
                    return;
                }

                if (first is null)
                {
                    await FarewellAsync();
                }
            }
        }
        catch (Exception e)
            when (e is OperationCanceledException or IOException or JsonException or InvalidDataException
                && !cancellation.IsCancellationRequested
            )
        {
            // Said below, with what it printed.
            if (e is IOException)
            {
                await FarewellAsync();
            }
        }

        cancellation.ThrowIfCancellationRequested();
        var end = await KillAsync();
        if (end.WasKilled)
        {
            throw new WorkerKilledException($"The worker process {end.Words} while it started. {_log.Tail}".TrimEnd());
        }

        var why = end.CalledOff ? "" : $" It {end.Words}.";
        throw new RondoException(
            ErrorCode.Unavailable,
            $"The worker of package {_start.Key.Package} did not become ready.{why} It printed: {_log.Tail}",
            "Start it by hand to see why: dotnet run."
        );
    }

    private async Task<WorkerMessage?> AnswerAsync(Action heard, CancellationToken cancellation)
    {
        while (await ReceiveAsync(cancellation) is { } message)
        {
            if (message.Kind != "alive")
            {
                return message;
            }

            heard();
        }

        return null;
    }

    private async Task<StepResult> ResultAsync(WorkerMessage answer)
    {
        if (answer is not { Kind: "done", Result: { } result })
        {
            throw new InvalidDataException(answer.Detail ?? $"It answered '{answer.Kind}'.");
        }

        await _log.EndAsync(s_lastLines, _time);
        IdleSince = _time.GetUtcNow();
        return result;
    }

    private async Task SendAsync(WorkerMessage message, CancellationToken cancellation)
    {
        var line = JsonSerializer.SerializeToUtf8Bytes(message, RondoJson.Options);
        await _pipe.WriteAsync((byte[])[.. line, (byte)'\n'], cancellation);
    }

    private async Task<WorkerMessage?> ReceiveAsync(CancellationToken cancellation) =>
        await _answers.ReadAsync(cancellation) is { } line
            ? JsonSerializer.Deserialize<WorkerMessage>(line.Span, RondoJson.Options)
            : null;

    // It has closed the pipe: it is dead, or as good as that.
    private async Task<StepResult> DiedAsync()
    {
        await FarewellAsync();
        return Died(await KillAsync());
    }

    // How it has ended is known a moment after its pipe is closed: whoever ends it before then hears of nothing but that.
    private async Task FarewellAsync()
    {
        try
        {
            await _ended.WaitAsync(s_farewell, _time);
        }
        catch (TimeoutException)
        {
            // It lives on and does not talk.
        }
    }

    /// <summary>A worker that somebody killed before it was ready: the attempt that it was started for has crashed as it would have a moment later.</summary>
    public static StepResult Crashed(WorkerKilledException killed) => Failed(FailureClasses.Crash, killed.Message);

    private StepResult Died(ProcessEnd end) =>
        end switch
        {
            { Broken: { } broken } => Failed(
                broken.Class,
                $"The step {broken.Words}.",
                "Raise the step's limit, or make it take less."
            ),
            // Ended without a fault of its own, or still there: either way it had stopped talking.
            { CalledOff: true } or { ExitCode: 0 } => Failed(
                FailureClasses.Crash,
                $"The worker process closed its pipe during the attempt and has ended. {_log.Tail}".TrimEnd()
            ),
            _ => Failed(
                FailureClasses.Crash,
                $"The worker process {end.Words} during the attempt. {_log.Tail}".TrimEnd()
            ),
        };

    private async Task<ProcessEnd> KillAsync()
    {
        await _stop.CancelAsync();
        return await _ended;
    }

    private static StepResult TimedOut(StepRequest request) =>
        Failed(
            FailureClasses.Timeout,
            $"The attempt took longer than {request.TimeoutMs / 1000.0:0.###} s and was ended.",
            "Raise the step's time limit, or make it do less."
        );

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
