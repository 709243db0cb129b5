using System.IO.Pipes;
using System.Text;
using System.Text.Json;
using System.Threading.Channels;
using Rondo.Data;
using Rondo.Sdk.Wire;

namespace Rondo.Sdk;

/// <summary>
/// A warm worker: takes attempts from a pipe, one at a time, until the pipe closes. The pipe has threads of its own, so that the server
/// hears of the worker, and the worker of the end of the server, whatever a step does to the others.
/// </summary>
internal sealed class Worker(Func<IReadOnlyDictionary<string, string>, StepRunner> runners, WorkerSurroundings around)
    : IDisposable
{
    private static readonly TimeSpan ConnectLimit = TimeSpan.FromSeconds(30);
    private static readonly TimeSpan AliveEvery = TimeSpan.FromSeconds(2);
    private static readonly TimeSpan EndLimit = TimeSpan.FromSeconds(10);
    private static readonly Dictionary<string, string> NoSecrets = new(StringComparer.Ordinal);

    private readonly Lock _sending = new();
    private readonly ManualResetEvent _ended = new(false);
    private readonly CancellationTokenSource _closed = new();
    private volatile bool _busy;

    public async Task<int> RunAsync(string pipeName)
    {
        await using var pipe = new NamedPipeClientStream(".", pipeName, PipeDirection.InOut, PipeOptions.None);
        pipe.Connect(ConnectLimit);
        var orders = Channel.CreateBounded<WorkerMessage>(16);
        StartThread("rondo-orders", () => Read(pipe, orders.Writer));
        StartThread("rondo-alive", () => TellAlive(pipe));
        try
        {
            Send(pipe, new WorkerMessage("ready"));
            await foreach (var order in orders.Reader.ReadAllAsync(_closed.Token))
            {
                if (!await AnswerAsync(pipe, order))
                {
                    // Threads cannot be killed: this process is no longer clean. The server starts another.
                    break;
                }
            }
        }
        catch (Exception e) when (e is OperationCanceledException or IOException)
        {
            // The server is gone.
        }
        finally
        {
            await around.EndLeftOvers();
            _ended.Set();
        }
        return 0;
    }

    public void Dispose()
    {
        _ended.Dispose();
        _closed.Dispose();
    }

    /// <summary>False when a step was left behind.</summary>
    private async Task<bool> AnswerAsync(Stream pipe, WorkerMessage order)
    {
        if (order is not { Kind: "run", Request: { } request })
        {
            Send(pipe, new WorkerMessage("error", $"A worker does not know what to do with '{order.Kind}'."));
            return true;
        }
        _busy = true;
        var runner = runners(order.Secrets ?? NoSecrets);
        var result = await runner.RunAsync(request, _closed.Token);
        await around.EndLeftOvers();
        if (order.Mark is { } mark)
        {
            around.EndOutput(mark);
        }
        _busy = false;
        Send(pipe, new WorkerMessage("done") { Result = result });
        return !runner.LeftBehind;
    }

    // Reads on while an attempt runs: when the server goes, so does the attempt, and so does this process, even if the step does not let it.
    private void Read(Stream pipe, ChannelWriter<WorkerMessage> orders)
    {
        try
        {
            using var reader = new StreamReader(pipe, new UTF8Encoding(false), leaveOpen: true);
            while (reader.ReadLine() is { } line)
            {
                var order = JsonSerializer.Deserialize<WorkerMessage>(line, RondoJson.Options);
                if (!orders.TryWrite(order ?? new WorkerMessage("nothing")))
                {
                    break;
                }
            }
        }
        catch (Exception e) when (e is IOException or JsonException or ObjectDisposedException)
        {
            // The same as the end of the pipe: there is nobody left to talk to, or to understand.
        }
        orders.TryComplete();
        try
        {
            // Not on this thread: what is called off may not come back.
            _ = _closed.CancelAsync();
            if (!_ended.WaitOne(EndLimit))
            {
                around.GiveUp();
            }
        }
        catch (ObjectDisposedException)
        {
            // It has ended by itself meanwhile.
        }
    }

    private void TellAlive(Stream pipe)
    {
        try
        {
            while (!_ended.WaitOne(AliveEvery))
            {
                if (_busy)
                {
                    Send(pipe, new WorkerMessage("alive"));
                }
            }
        }
        catch (Exception e) when (e is IOException or ObjectDisposedException)
        {
            // The server is gone; the other thread hears it too.
        }
    }

    private void Send(Stream pipe, WorkerMessage message)
    {
        var line = JsonSerializer.SerializeToUtf8Bytes(message, RondoJson.Options);
        lock (_sending)
        {
            pipe.Write((byte[])[.. line, (byte)'\n']);
            pipe.Flush();
        }
    }

    private static void StartThread(string name, Action run) =>
        new Thread(() => run()) { Name = name, IsBackground = true }.Start();
}
