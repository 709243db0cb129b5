namespace Rondo.Tests.Simulation.Scheduling;

/// <summary>The clock of one process: the simulation's time, wrong by a skew that jumps. Timers do not see the skew.</summary>
internal sealed class SimulatedClock(SimulatedProcess process) : TimeProvider
{
    private static readonly DateTimeOffset s_start = new(2024, 3, 30, 11, 59, 45, TimeSpan.Zero);

    public long SkewMs { get; private set; }

    public override long TimestampFrequency => TimeSpan.TicksPerSecond;

    public override TimeZoneInfo LocalTimeZone => TimeZoneInfo.Utc;

    public void Jump(long skewMs)
    {
        SkewMs = skewMs;
        process.Scheduler.Trace.Add(process, Happening.ClockJumped, skewMs);
        process.Scheduler.Trace.Say(process, $"has a clock that is wrong by {skewMs} ms");
    }

    /// <summary>What it is for a clock that is right.</summary>
    public DateTimeOffset TrueNow => s_start.AddMilliseconds(process.Scheduler.NowMs);

    public override DateTimeOffset GetUtcNow() => TrueNow.AddMilliseconds(SkewMs);

    public override long GetTimestamp() => process.Scheduler.NowMs * TimeSpan.TicksPerMillisecond;

    public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period)
    {
        var timer = new SimulatedTimer(process, callback, state);
        timer.Change(dueTime, period);
        return timer;
    }
}
