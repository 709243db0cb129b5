using System.Text.Json;
using Rondo.Cli.Api;
using Rondo.Cli.Output;

namespace Rondo.Cli.Demo;

/// <summary>Follows the server's event log from its start: keeps every event, tells the notable ones, and lets the demo wait for one.</summary>
internal sealed class DemoEvents(RondoApi api, Screen screen, TimeProvider time)
{
    private const int PageMax = 1000;
    private const int WaitSeconds = 10;

    private readonly Lock _lock = new();
    private readonly List<JsonElement> _all = [];
    private TaskCompletionSource _grown = new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <summary>Every event so far, oldest first.</summary>
    public IReadOnlyList<JsonElement> All
    {
        get
        {
            lock (_lock)
            {
                return [.. _all];
            }
        }
    }

    /// <summary>Follows until cancelled.</summary>
    public async Task FollowAsync(CancellationToken cancellation)
    {
        var after = 0L;
        while (!cancellation.IsCancellationRequested)
        {
            after = await ReadOnceAsync(after, WaitSeconds, cancellation);
        }
    }

    /// <summary>The first event that fits, past or to come.</summary>
    public async Task<JsonElement> WaitForAsync(
        string what,
        Func<JsonElement, bool> fits,
        TimeSpan atMost,
        CancellationToken cancellation
    )
    {
        var deadline = time.GetUtcNow() + atMost;
        var looked = 0;
        while (true)
        {
            Task grown;
            lock (_lock)
            {
                for (; looked < _all.Count; looked++)
                {
                    if (fits(_all[looked]))
                    {
                        return _all[looked];
                    }
                }

                grown = _grown.Task;
            }

            var left = deadline - time.GetUtcNow();
            if (left <= TimeSpan.Zero)
            {
                throw new RondoException(
                    ErrorCode.Unavailable,
                    $"The demo waited {Times.Seconds(atMost)} for this, and it did not happen: {what}.",
                    "Run it again with --keep and look at 'rondo events' and server.log."
                );
            }

            try
            {
                await grown.WaitAsync(left, time, cancellation);
            }
            catch (TimeoutException)
            {
                // The next look says so.
            }
        }
    }

    /// <summary>Reads what came since, so that <see cref="All"/> is whole when the loop has settled.</summary>
    public async Task<long> ReadOnceAsync(long after, int waitSeconds, CancellationToken cancellation)
    {
        var page = await api.GetAsync($"/api/v1/events?limit={PageMax}&after={after}&wait={waitSeconds}", cancellation);
        var items = page.Items();
        if (items.Count == 0)
        {
            return after;
        }

        TaskCompletionSource grown;
        lock (_lock)
        {
            _all.AddRange(items);
            grown = _grown;
            _grown = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        }

        grown.TrySetResult();
        foreach (var item in items)
        {
            if (DemoStory.Tell(item) is { } line)
            {
                screen.Progress($"  [grey]{line}[/]");
            }
        }

        return items[^1].GetProperty("position").GetInt64();
    }
}
