using System.Net.Sockets;
using System.Text;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;
using Rondo.Server.Connections;

namespace Rondo.Tests.Hosts.Server;

/// <summary>A real web server on this transport, with real sockets.</summary>
public sealed class ThreadedTransportTests : IAsyncLifetime
{
    private const int Large = 32 * 1024 * 1024;

    private readonly TaskCompletionSource _gone = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly SemaphoreSlim _entered = new(0);
    private readonly TaskCompletionSource _proceed = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private WebApplication _app = null!;

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    private int Port => new Uri(_app.Urls.Single()).Port;

    public async ValueTask InitializeAsync()
    {
        var builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
        builder.WebHost.UseKestrelCore();
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        builder.WebHost.ConfigureKestrel(kestrel =>
        {
            kestrel.Limits.MaxRequestBodySize = null;
            kestrel.Limits.MinResponseDataRate = null;
        });
        builder.Services.AddRoutingCore();
        builder.Services.AddSingleton<IConnectionListenerFactory, ThreadedTransport>();
        _app = builder.Build();
        _app.MapGet("/thread", () => Thread.CurrentThread.Name ?? "");
        _app.MapGet("/large", WriteLargeAsync);
        _app.MapPost("/sum", SumAsync);
        _app.MapGet("/wait", WaitAsync);
        _app.MapPost("/refuse", Refuse);
        _app.MapPost("/abort", AbortAsync);
        await _app.StartAsync(Cancellation);
    }

    public async ValueTask DisposeAsync()
    {
        _proceed.TrySetResult();
        await _app.DisposeAsync();
        _entered.Dispose();
    }

    [Fact]
    public async Task A_request_is_answered_on_the_thread_of_its_connection()
    {
        using var client = await ConnectAsync();

        Assert.Equal("Connection", await LaterThreadAsync(client));
    }

    [Fact]
    public async Task Connections_beyond_the_threads_are_answered_too()
    {
        var clients = new List<RawClient>();
        for (var i = 0; i < 3 * ConnectionThreads.Max; i++)
        {
            clients.Add(await ConnectAsync());
        }

        var names = new List<string>();
        foreach (var client in clients)
        {
            names.Add(await LaterThreadAsync(client));
        }

        Assert.Equal(ConnectionThreads.Max, names.Count(name => name == "Connection"));
        clients.ForEach(client => client.Dispose());
    }

    [Fact]
    public async Task A_thread_is_free_again_however_its_connection_ends()
    {
        for (var i = 0; i < 5 * ConnectionThreads.Max; i++)
        {
            using var client = await ConnectAsync();
            switch (i % 5)
            {
                case 0:
                    await client.AskAsync("GET /thread HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n");
                    break;
                case 1:
                    await client.SendAsync("POST /sum HTTP/1.1\r\nHost: a\r\nContent-Length: 100\r\n\r\nhalf");
                    client.Reset();
                    break;
                case 2:
                    await client.SendAsync("what is this\r\n\r\n");
                    await client.ToEndAsync();
                    break;
                case 3:
                    await client.SendAsync("POST /abort HTTP/1.1\r\nHost: a\r\nContent-Length: 5000000\r\n\r\n");
                    await client.TrySendAsync(new byte[5_000_000]);
                    await client.ToEndAsync();
                    break;
                default:
                    await client.SendAsync("GET /large HTTP/1.1\r\nHost: a\r\n\r\n");
                    client.Reset();
                    break;
            }
        }

        // The server learns of an end a moment later: whoever asks anew gets a thread in the end.
        var name = "";
        while (name != "Connection")
        {
            using var client = await ConnectAsync();
            name = await LaterThreadAsync(client);
        }
    }

    [Fact]
    public async Task Requests_arrive_in_any_pieces_and_several_at_once()
    {
        using var client = await ConnectAsync();
        foreach (var letter in "POST /sum HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\n\r\nabc")
        {
            await client.SendAsync(letter.ToString());
        }

        Assert.Equal((200, "294"), await client.AnswerAsync());

        const string Request = "POST /sum HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\n\r\n";
        await client.SendAsync(Request + "a" + Request + "b" + Request + "c");
        Assert.Equal((200, "97"), await client.AnswerAsync());
        Assert.Equal((200, "98"), await client.AnswerAsync());
        Assert.Equal((200, "99"), await client.AnswerAsync());
    }

    [Fact]
    public async Task Who_reads_slowly_gets_all_and_holds_up_nobody()
    {
        var slow = new List<RawClient>();
        for (var i = 0; i < ConnectionThreads.Max; i++)
        {
            var client = await ConnectAsync();
            await client.SendAsync("GET /large HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n");
            slow.Add(client);
        }

        using (var other = await ConnectAsync())
        {
            Assert.Equal(200, (await other.AskAsync("GET /thread HTTP/1.1\r\nHost: a\r\n\r\n")).Status);
        }

        var answer = await slow[0].ToEndAsync();
        var body = answer.AsMemory(answer.AsSpan().IndexOf("\r\n\r\n"u8) + 4);
        Assert.Equal(Large, body.Length);
        Assert.True(IsCounting(body.Span));
        slow.ForEach(client => client.Dispose());
    }

    [Fact]
    public async Task What_nobody_reads_yet_waits_with_the_client_and_arrives_whole()
    {
        using var client = await ConnectAsync();
        await client.SendAsync($"POST /sum?wait=true HTTP/1.1\r\nHost: a\r\nContent-Length: {Large}\r\n\r\n");
        var sending = client.SendAsync(Counting());
        await _entered.WaitAsync(Cancellation);
        Assert.False(sending.IsCompleted);
        _proceed.SetResult();
        await sending;

        Assert.Equal((200, $"{Large / 256L * (255 * 128)}"), await client.AnswerAsync());
    }

    [Fact]
    public async Task Who_waits_for_an_answer_is_known_to_have_gone()
    {
        using (var client = await ConnectAsync())
        {
            await client.SendAsync("GET /wait HTTP/1.1\r\nHost: a\r\n\r\n");
            await _entered.WaitAsync(Cancellation);
        }

        await _gone.Task.WaitAsync(Cancellation);
    }

    [Fact]
    public async Task An_answer_reaches_who_has_ended_its_own_side()
    {
        using var client = await ConnectAsync();
        await client.SendAsync("POST /sum?wait=true HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\n\r\na");
        await _entered.WaitAsync(Cancellation);
        _proceed.SetResult();

        Assert.Equal((200, "97"), await client.AnswerAsync());
        client.EndSending();
        Assert.Empty(await client.ToEndAsync());
    }

    [Fact]
    public async Task A_body_that_is_refused_unread_is_answered()
    {
        using var client = await ConnectAsync();
        await client.SendAsync(
            "POST /refuse HTTP/1.1\r\nHost: a\r\nContent-Length: 50000000\r\nExpect: 100-continue\r\n\r\n"
        );

        Assert.Equal(413, (await client.AnswerAsync()).Status);
    }

    [Fact]
    public async Task The_server_stops_though_connections_are_open()
    {
        using var idle = await ConnectAsync();
        using var stuck = await ConnectAsync();
        await idle.AskAsync("GET /thread HTTP/1.1\r\nHost: a\r\n\r\n");
        await stuck.SendAsync("GET /large HTTP/1.1\r\nHost: a\r\n\r\n");

        using var soon = CancellationTokenSource.CreateLinkedTokenSource(Cancellation);
        await soon.CancelAsync();
        await _app.StopAsync(soon.Token);

        Assert.Empty(await idle.ToEndAsync());
        await Assert.ThrowsAnyAsync<SocketException>(ConnectAsync);
    }

    [Fact]
    public void Threads_are_given_until_all_are_taken_and_taken_again()
    {
        var threads = new ConnectionThreads();
        using var end = new SemaphoreSlim(0);
        using var ended = new SemaphoreSlim(0);
        void Work()
        {
            end.Wait(Cancellation);
            ended.Release();
        }

        Assert.All(Enumerable.Range(0, ConnectionThreads.Max), _ => Assert.True(threads.TryRun(Work)));
        Assert.False(threads.TryRun(Work));
        end.Release();
        ended.Wait(Cancellation);
        Assert.True(SpinWait.SpinUntil(() => threads.TryRun(Work), TimeSpan.FromMinutes(1)));
        Assert.False(threads.TryRun(Work));
        end.Release(ConnectionThreads.Max);
        Assert.All(Enumerable.Range(0, ConnectionThreads.Max), _ => ended.Wait(Cancellation));
    }

    private static byte[] Counting() => [.. Enumerable.Range(0, Large).Select(i => (byte)i)];

    private static bool IsCounting(ReadOnlySpan<byte> bytes)
    {
        for (var i = 0; i < bytes.Length; i++)
        {
            if (bytes[i] != (byte)i)
            {
                return false;
            }
        }

        return true;
    }

    private static async Task WriteLargeAsync(HttpContext context)
    {
        context.Response.ContentLength = Large;
        await context.Response.Body.WriteAsync(Counting(), context.RequestAborted);
    }

    private static Task Refuse(HttpContext context)
    {
        context.Response.StatusCode = StatusCodes.Status413PayloadTooLarge;
        return Task.CompletedTask;
    }

    private static async Task AbortAsync(HttpContext context)
    {
        await Task.Yield();
        context.Abort();
    }

    /// <summary>A request that comes before the server waits for it is answered where that goes on: one of several waits for sure.</summary>
    private static async Task<string> LaterThreadAsync(RawClient client)
    {
        var name = "";
        for (var i = 0; i < 20 && name != "Connection"; i++)
        {
            name = (await client.AskAsync("GET /thread HTTP/1.1\r\nHost: a\r\n\r\n")).Body;
        }

        return name;
    }

    private async Task SumAsync(HttpContext context)
    {
        if (context.Request.Query.ContainsKey("wait"))
        {
            _entered.Release();
            await _proceed.Task;
        }

        var sum = 0L;
        var reader = context.Request.BodyReader;
        while (true)
        {
            var read = await reader.ReadAsync(context.RequestAborted);
            foreach (var part in read.Buffer)
            {
                foreach (var value in part.Span)
                {
                    sum += value;
                }
            }

            reader.AdvanceTo(read.Buffer.End);
            if (read.IsCompleted)
            {
                break;
            }
        }

        var answer = Encoding.ASCII.GetBytes($"{sum}");
        context.Response.ContentLength = answer.Length;
        await context.Response.Body.WriteAsync(answer, context.RequestAborted);
    }

    private async Task WaitAsync(HttpContext context)
    {
        _entered.Release();
        try
        {
            await Task.Delay(Timeout.InfiniteTimeSpan, TimeProvider.System, context.RequestAborted);
        }
        catch (OperationCanceledException)
        {
            _gone.SetResult();
        }
    }

    private Task<RawClient> ConnectAsync() => RawClient.ConnectAsync(Port, Cancellation);
}
