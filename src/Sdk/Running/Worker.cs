using System.IO.Pipes;
using System.Text;
using System.Text.Json;
using System.Threading.Channels;
using Rondo.Data;
using Rondo.Sdk.Wire;

namespace Rondo.Sdk;

/// <summary>A warm worker: takes attempts from a pipe, one at a time, until the pipe closes.</summary>
internal sealed class Worker(StepRunner runner)
{
    private static readonly TimeSpan ConnectLimit = TimeSpan.FromSeconds(30);

    public async Task<int> RunAsync(string pipeName, CancellationToken cancellation = default)
    {
        await using var pipe = new NamedPipeClientStream(".", pipeName, PipeDirection.InOut, PipeOptions.Asynchronous);
        await pipe.ConnectAsync(ConnectLimit, cancellation);
        using var closed = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        var orders = Channel.CreateBounded<WorkerMessage>(16);
        var reading = ReadAsync(pipe, orders.Writer, closed);
        await SendAsync(pipe, new WorkerMessage("ready"), closed.Token);
        try
        {
            await foreach (var order in orders.Reader.ReadAllAsync(closed.Token))
            {
                await AnswerAsync(pipe, order, closed.Token);
                if (runner.LeftBehind)
                {
                    // Threads cannot be killed: this process is no longer clean. The server starts another.
                    return 0;
                }
            }
        }
        catch (Exception e) when (e is OperationCanceledException or IOException && closed.IsCancellationRequested)
        {
            return 0;
        }
        await reading;
        return 0;
    }

    private async Task AnswerAsync(Stream pipe, WorkerMessage order, CancellationToken closed)
    {
        if (order is not { Kind: "run", Path: { } file })
        {
            await SendAsync(
                pipe,
                new WorkerMessage("error", Detail: $"A worker does not know '{order.Kind}'."),
                closed
            );
            return;
        }
        try
        {
            var (_, path) = await runner.RunFileAsync(file, closed);
            await SendAsync(pipe, new WorkerMessage("done", path), closed);
        }
        catch (RondoException e)
        {
            await SendAsync(pipe, new WorkerMessage("error", file, e.Message), closed);
        }
    }

    // Reads on while an attempt runs: when the server goes, so does the attempt.
    private static async Task ReadAsync(
        Stream pipe,
        ChannelWriter<WorkerMessage> orders,
        CancellationTokenSource closed
    )
    {
        try
        {
            using var reader = new StreamReader(pipe, new UTF8Encoding(false), leaveOpen: true);
            while (await reader.ReadLineAsync(closed.Token) is { } line)
            {
                var order = JsonSerializer.Deserialize<WorkerMessage>(line, RondoJson.Options);
                await orders.WriteAsync(order ?? new WorkerMessage("nothing"), closed.Token);
            }
        }
        catch (Exception e) when (e is IOException or JsonException or OperationCanceledException)
        {
            // The same as the end of the pipe: there is nobody left to talk to, or to understand.
        }
        orders.TryComplete();
        await closed.CancelAsync();
    }

    private static async Task SendAsync(Stream pipe, WorkerMessage message, CancellationToken closed)
    {
        var line = JsonSerializer.SerializeToUtf8Bytes(message, RondoJson.Options);
        await pipe.WriteAsync((byte[])[.. line, (byte)'\n'], closed);
        await pipe.FlushAsync(closed);
    }
}
