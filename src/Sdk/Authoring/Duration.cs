namespace Rondo.Sdk;

/// <summary>Lengths of time that read well: <c>using static Rondo.Sdk.Duration;</c>, then <c>Days(30)</c>.</summary>
public static class Duration
{
    /// <summary>So many milliseconds.</summary>
    public static TimeSpan Milliseconds(double count) => TimeSpan.FromMilliseconds(count);

    /// <summary>So many seconds.</summary>
    public static TimeSpan Seconds(double count) => TimeSpan.FromSeconds(count);

    /// <summary>So many minutes.</summary>
    public static TimeSpan Minutes(double count) => TimeSpan.FromMinutes(count);

    /// <summary>So many hours.</summary>
    public static TimeSpan Hours(double count) => TimeSpan.FromHours(count);

    /// <summary>So many days.</summary>
    public static TimeSpan Days(double count) => TimeSpan.FromDays(count);
}
