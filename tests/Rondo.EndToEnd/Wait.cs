namespace Rondo.EndToEnd;

/// <summary>Waits for what another process does, of which there is no signal: looks again and again, for a bounded time.</summary>
internal static class Wait
{
    private static readonly TimeSpan s_most = TimeSpan.FromSeconds(240);

    public static async Task UntilAsync(Func<bool> fits)
    {
        using var timeout = new CancellationTokenSource(s_most);
        while (!fits())
        {
            await Task.Delay(TimeSpan.FromMilliseconds(20), TimeProvider.System, timeout.Token);
        }
    }
}
