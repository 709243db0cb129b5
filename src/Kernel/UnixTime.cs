namespace Rondo.Kernel;

/// <summary>Times as clients of other systems send them, in milliseconds since 1970; some send nanoseconds by mistake.</summary>
public static class UnixTime
{
    private static readonly long s_least = DateTimeOffset.MinValue.ToUnixTimeMilliseconds();
    private static readonly long s_most = DateTimeOffset.MaxValue.ToUnixTimeMilliseconds();

    /// <summary>The time; one that no calendar has is the last, or the first, that it has: it can be shown, and hides nothing beside it.</summary>
    public static DateTimeOffset At(long milliseconds) =>
        DateTimeOffset.FromUnixTimeMilliseconds(Math.Clamp(milliseconds, s_least, s_most));
}
