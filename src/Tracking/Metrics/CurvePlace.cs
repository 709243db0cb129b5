namespace Rondo.Tracking.Metrics;

/// <summary>The arguments of statements that read a curve from a point on.</summary>
internal sealed record CurvePlace(long Run, string Key, long LoggedAt, long Step, double Value, long IsNan, long Limit)
{
    /// <summary>A place at a point, or, without one, in a statement that does not ask for it.</summary>
    public static CurvePlace Of(long run, string key, CurvePoint? at, int limit)
    {
        var point = at ?? default;
        return new CurvePlace(run, key, point.LoggedAt, point.Step, point.Value, point.IsNan ? 1 : 0, limit);
    }
}
