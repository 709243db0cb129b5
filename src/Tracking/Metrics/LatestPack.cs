using System.Text;
using Rondo.Mlflow.Wire;

namespace Rondo.Tracking.Metrics;

/// <summary>
/// The latest point of each of many metrics in some bytes, with its least and greatest, in the order of their keys: what a run has reached, in
/// one row.
/// </summary>
internal static class LatestPack
{
    private const byte Version = 1;
    private const int Nan = 1;
    private const int HasEnds = 2;
    private const int IsBothEnds = 4;

    /// <summary>Writes what is there (no bytes: nothing) together with what has come, in the order of the keys.</summary>
    public static void Merge(ReadOnlySpan<byte> latest, IReadOnlyList<MetricRange> ranges, PooledBytes to)
    {
        var reader = Open(latest);
        new PackWriter(to).Raw([Version]);
        var next = 0;
        while (!reader.IsAtEnd)
        {
            var begin = latest.Length - reader.Left;
            var key = reader.Utf8();
            while (next < ranges.Count && Compare(key, ranges[next].Latest.Key) > 0)
            {
                Write(to, ranges[next++]);
            }

            if (next < ranges.Count && Compare(key, ranges[next].Latest.Key) == 0)
            {
                Write(to, Read(ref reader, ranges[next].Latest.Key).With(ranges[next]));
                next++;
            }
            else
            {
                Skip(ref reader);
                new PackWriter(to).Raw(latest[begin..^reader.Left]);
            }
        }

        while (next < ranges.Count)
        {
            Write(to, ranges[next++]);
        }
    }

    /// <summary>Those of the metrics that are chosen (null: all), in the order of their keys.</summary>
    public static List<MetricRange> Read(ReadOnlySpan<byte> latest, KeyChoice? choice = null)
    {
        var found = new List<MetricRange>();
        var reader = Open(latest);
        while (!reader.IsAtEnd)
        {
            var key = reader.Utf8();
            if (choice is null || choice(key))
            {
                found.Add(Read(ref reader, Encoding.UTF8.GetString(key)));
            }
            else
            {
                Skip(ref reader);
            }
        }

        return found;
    }

    /// <summary>Hands over the latest points alone, in the order of their keys: key as UTF-8, time, step, value.</summary>
    public static void ReadPoints<T>(ReadOnlySpan<byte> latest, T to, Action<T, ReadOnlySpan<byte>, CurvePoint> read)
    {
        var reader = Open(latest);
        while (!reader.IsAtEnd)
        {
            var key = reader.Utf8();
            var (loggedAt, step, flags) = (reader.Whole(), reader.Whole(), reader.Count());
            var isNan = (flags & Nan) != 0;
            read(to, key, new CurvePoint(loggedAt, step, isNan ? 0 : reader.Number(), isNan));
            reader.Raw(BytesOfEnds(flags));
        }
    }

    private static PackReader Open(ReadOnlySpan<byte> latest)
    {
        var reader = new PackReader(latest);
        if (!reader.IsAtEnd)
        {
            reader.Version(Version);
        }

        return reader;
    }

    private static void Write(PooledBytes to, MetricRange range)
    {
        var writer = new PackWriter(to);
        var latest = range.Latest;
        var isBothEnds = latest.IsNan == 0 && range.Min == latest.Value && range.Max == latest.Value;
        var hasEnds = !isBothEnds && range is { Min: not null, Max: not null };
        writer.Text(latest.Key);
        writer.Whole(latest.LoggedAt);
        writer.Whole(latest.Step);
        writer.Count((latest.IsNan == 1 ? Nan : 0) | (hasEnds ? HasEnds : 0) | (isBothEnds ? IsBothEnds : 0));
        if (latest.IsNan == 0)
        {
            writer.Number(latest.Value);
        }

        if (hasEnds)
        {
            writer.Number(range.Min!.Value);
            writer.Number(range.Max!.Value);
        }
    }

    private static MetricRange Read(ref PackReader reader, string key)
    {
        var (loggedAt, step, flags) = (reader.Whole(), reader.Whole(), reader.Count());
        var isNan = (flags & Nan) != 0;
        var latest = new MetricRow
        {
            Key = key,
            LoggedAt = loggedAt,
            Step = step,
            Value = isNan ? 0 : reader.Number(),
            IsNan = isNan ? 1 : 0,
        };
        return (flags & IsBothEnds) != 0 ? new MetricRange(latest, latest.Value, latest.Value)
            : (flags & HasEnds) != 0 ? new MetricRange(latest, reader.Number(), reader.Number())
            : new MetricRange(latest, null, null);
    }

    private static void Skip(ref PackReader reader)
    {
        reader.Whole();
        reader.Whole();
        var flags = reader.Count();
        reader.Raw(((flags & Nan) != 0 ? 0 : sizeof(double)) + BytesOfEnds(flags));
    }

    private static int BytesOfEnds(int flags) => (flags & HasEnds) != 0 ? 2 * sizeof(double) : 0;

    // Most keys are made of ASCII alone: they are compared byte by character.
    private static int Compare(ReadOnlySpan<byte> utf8, string key)
    {
        var length = Math.Min(utf8.Length, key.Length);
        for (var i = 0; i < length; i++)
        {
            if (utf8[i] >= 0x80 || key[i] >= 0x80)
            {
                return utf8.SequenceCompareTo(Encoding.UTF8.GetBytes(key));
            }

            if (utf8[i] != key[i])
            {
                return utf8[i] - key[i];
            }
        }

        return utf8.Length - key.Length;
    }
}
