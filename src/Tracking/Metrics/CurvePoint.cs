using Rondo.Tracking.Runs;

namespace Rondo.Tracking.Metrics;

/// <summary>
/// A point of one metric as it is kept: NaN is a flag beside 0, an infinity the greatest number there is. Points of a curve stand by time, step,
/// value, and that flag.
/// </summary>
internal readonly record struct CurvePoint(long LoggedAt, long Step, double Value, bool IsNan) : IComparable<CurvePoint>
{
    public static bool operator <(CurvePoint a, CurvePoint b) => a.CompareTo(b) < 0;

    public static bool operator >(CurvePoint a, CurvePoint b) => a.CompareTo(b) > 0;

    public static bool operator <=(CurvePoint a, CurvePoint b) => a.CompareTo(b) <= 0;

    public static bool operator >=(CurvePoint a, CurvePoint b) => a.CompareTo(b) >= 0;

    public int CompareTo(CurvePoint other) =>
        LoggedAt != other.LoggedAt ? LoggedAt.CompareTo(other.LoggedAt)
        : Step != other.Step ? Step.CompareTo(other.Step)
        : Value != other.Value ? Value.CompareTo(other.Value)
        : IsNan.CompareTo(other.IsNan);

    /// <summary>The point as a point of this metric.</summary>
    public MetricPoint Of(string key) => new(key, IsNan ? double.NaN : Value, LoggedAt, Step);

    /// <summary>Whether this is the later one: the latest point of a metric is the greatest by step, time, value, and flag.</summary>
    public bool IsLaterThan(CurvePoint other) =>
        Step != other.Step ? Step > other.Step
        : LoggedAt != other.LoggedAt ? LoggedAt > other.LoggedAt
        : Value != other.Value ? Value > other.Value
        : IsNan && !other.IsNan;
}
