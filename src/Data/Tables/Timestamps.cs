namespace Rondo.Data;

/// <summary>One normal form of an instant, so that equal instants are equal bytes: UTC, to the microsecond (Parquet's unit).</summary>
internal static class Timestamps
{
    public static DateTimeOffset Normal(DateTimeOffset value)
    {
        var utc = value.UtcTicks;
        return new DateTimeOffset(utc - (utc % TimeSpan.TicksPerMicrosecond), TimeSpan.Zero);
    }
}
