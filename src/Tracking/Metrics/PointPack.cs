using System.Runtime.InteropServices;
using Rondo.Mlflow.Wire;

namespace Rondo.Tracking.Metrics;

/// <summary>
/// Points of one metric in some bytes: how many, the differences of their times, those of their steps, their values. A point that is logged at every
/// step takes 10 to 12 bytes.
/// </summary>
internal static class PointPack
{
    private const byte Version = 1;
    private const int BytesOfPointMin = 10;

    /// <summary>Writes points in the order given.</summary>
    public static void Write(PooledBytes bytes, ReadOnlySpan<CurvePoint> points)
    {
        var writer = new PackWriter(bytes);
        writer.Raw([Version]);
        writer.Count(points.Length);
        var last = 0L;
        foreach (ref readonly var point in points)
        {
            writer.Whole(unchecked(point.LoggedAt - last));
            last = point.LoggedAt;
        }

        last = 0;
        foreach (ref readonly var point in points)
        {
            writer.Whole(unchecked(point.Step - last));
            last = point.Step;
        }

        foreach (ref readonly var point in points)
        {
            writer.Number(point.IsNan ? double.NaN : point.Value);
        }
    }

    /// <summary>Adds the points to a list.</summary>
    public static void Read(ReadOnlySpan<byte> bytes, List<CurvePoint> points)
    {
        var reader = new PackReader(bytes);
        reader.Version(Version);
        var count = reader.Count(BytesOfPointMin);
        var first = points.Count;
        CollectionsMarshal.SetCount(points, first + count);
        var read = CollectionsMarshal.AsSpan(points)[first..];
        var last = 0L;
        foreach (ref var point in read)
        {
            last = unchecked(last + reader.Whole());
            point = new CurvePoint(last, 0, 0, false);
        }

        last = 0;
        foreach (ref var point in read)
        {
            last = unchecked(last + reader.Whole());
            point = point with { Step = last };
        }

        foreach (ref var point in read)
        {
            var value = reader.Number();
            point = point with { Value = double.IsNaN(value) ? 0 : value, IsNan = double.IsNaN(value) };
        }
    }
}
