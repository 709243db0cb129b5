using System.Threading.Channels;
using Microsoft.Extensions.Time.Testing;

namespace Rondo.Tests.Sdk.Tracking;

/// <summary>A clock that a test moves, and that tells what is waited for on it: a test moves it when that has begun.</summary>
internal sealed class TickingTime(FakeTimeProvider clock) : TimeProvider
{
    private readonly Channel<TimeSpan> _waits = Channel.CreateUnbounded<TimeSpan>();

    public override long TimestampFrequency => clock.TimestampFrequency;
    public override TimeZoneInfo LocalTimeZone => clock.LocalTimeZone;

    public override long GetTimestamp() => clock.GetTimestamp();

    public override DateTimeOffset GetUtcNow() => clock.GetUtcNow();

    public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period)
    {
        var timer = clock.CreateTimer(callback, state, dueTime, period);
        _waits.Writer.TryWrite(dueTime);
        return timer;
    }

    public void Advance(TimeSpan time) => clock.Advance(time);

    /// <summary>The next time that was waited for below a limit: limits of requests are longer.</summary>
    public async Task<TimeSpan> NextAsync(TimeSpan limit)
    {
        // A test that waits for what never begins ends so.
        using var late = new CancellationTokenSource(TimeSpan.FromMinutes(2));
        while (true)
        {
            var wait = await _waits.Reader.ReadAsync(late.Token);
            if (wait > TimeSpan.Zero && wait < limit)
            {
                return wait;
            }
        }
    }
}
