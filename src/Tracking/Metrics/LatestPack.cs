using System.Text;
using Rondo.Mlflow.Wire;

namespace Rondo.Tracking.Metrics;

/// <summary>
/// The latest point of each of many metrics in some bytes, with its least and greatest, in the order of their keys: what a run that logs has
/// reached, in one row.
/// </summary>
internal static class LatestPack
{
    private const int Nan = 1;
    private const int HasEnds = 2;

    /// <summary>Those of <paramref name="ranges"/>, in the order of their keys, whose metric is not there.</summary>
    public static IReadOnlyList<string> Missing(ReadOnlySpan<byte> latest, IReadOnlyList<MetricRange> ranges)
    {
        var missing = new List<string>();
        Walk(
            latest,
            ranges,
            (kind, _, range) =>
            {
                if (kind == Found.New)
                {
                    missing.Add(range!.Latest.Key);
                }
            }
        );
        return missing;
    }

    /// <summary>Writes what is there together with what has come, in the order of the keys.</summary>
    public static void Merge(ReadOnlySpan<byte> latest, IReadOnlyList<MetricRange> ranges, PooledBytes to) =>
        Walk(
            latest,
            ranges,
            (kind, entry, range) =>
            {
                if (kind == Found.Known)
                {
                    new PackWriter(to).Raw(entry);
                }
                else
                {
                    Write(to, kind == Found.Both ? EntryOf(entry).With(range!) : range!);
                }
            }
        );

    /// <summary>All of them, in the order of their keys.</summary>
    public static List<MetricRange> Read(ReadOnlySpan<byte> latest)
    {
        var ranges = new List<MetricRange>();
        var reader = new PackReader(latest);
        while (!reader.IsAtEnd)
        {
            ranges.Add(ReadEntry(ref reader, Encoding.UTF8.GetString(reader.Utf8())));
        }

        return ranges;
    }

    /// <summary>Those of some metrics, in the order of their keys.</summary>
    public static List<MetricRange> Find(ReadOnlySpan<byte> latest, IReadOnlyList<string> keys)
    {
        var found = new List<MetricRange>();
        var reader = new PackReader(latest);
        while (!reader.IsAtEnd)
        {
            var utf8 = reader.Utf8();
            string? key = null;
            for (var i = 0; i < keys.Count && key is null; i++)
            {
                key = IsSame(utf8, keys[i]) ? keys[i] : null;
            }

            var range = ReadEntry(ref reader, key ?? "");
            if (key is not null)
            {
                found.Add(range);
            }
        }

        return found;
    }

    private enum Found
    {
        Known,
        New,
        Both,
    }

    // Both in the order of their keys, side by side.
    private static void Walk(
        ReadOnlySpan<byte> latest,
        IReadOnlyList<MetricRange> ranges,
        Action<Found, ReadOnlySpan<byte>, MetricRange?> visit
    )
    {
        var reader = new PackReader(latest);
        var next = 0;
        while (!reader.IsAtEnd)
        {
            var begin = latest.Length - reader.Left;
            var key = reader.Utf8();
            Skip(ref reader);
            var entry = latest[begin..^reader.Left];
            var order = -1;
            while (next < ranges.Count && (order = Compare(key, ranges[next].Latest.Key)) > 0)
            {
                visit(Found.New, default, ranges[next++]);
            }

            if (next < ranges.Count && order == 0)
            {
                visit(Found.Both, entry, ranges[next++]);
            }
            else
            {
                visit(Found.Known, entry, null);
            }
        }

        while (next < ranges.Count)
        {
            visit(Found.New, default, ranges[next++]);
        }
    }

    private static void Write(PooledBytes to, MetricRange range)
    {
        var writer = new PackWriter(to);
        var latest = range.Latest;
        var hasEnds = range is { Min: not null, Max: not null };
        writer.Text(latest.Key);
        writer.Whole(latest.LoggedAt);
        writer.Whole(latest.Step);
        writer.Count((latest.IsNan == 1 ? Nan : 0) | (hasEnds ? HasEnds : 0));
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

    private static MetricRange EntryOf(ReadOnlySpan<byte> entry)
    {
        var reader = new PackReader(entry);
        return ReadEntry(ref reader, Encoding.UTF8.GetString(reader.Utf8()));
    }

    private static MetricRange ReadEntry(ref PackReader reader, string key)
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
        return (flags & HasEnds) != 0
            ? new MetricRange(latest, reader.Number(), reader.Number())
            : new MetricRange(latest, null, null);
    }

    private static void Skip(ref PackReader reader)
    {
        reader.Whole();
        reader.Whole();
        var flags = reader.Count();
        reader.Raw(((flags & Nan) != 0 ? 0 : sizeof(double)) + ((flags & HasEnds) != 0 ? 2 * sizeof(double) : 0));
    }

    private static bool IsSame(ReadOnlySpan<byte> utf8, string key) =>
        utf8.Length >= key.Length && Compare(utf8, key) == 0;

    // Most keys are made of ASCII alone: they are compared byte by character.
    private static int Compare(ReadOnlySpan<byte> utf8, string key)
    {
        var length = Math.Min(utf8.Length, key.Length);
        for (var i = 0; i < length; i++)
        {
            if (utf8[i] != key[i])
            {
                return utf8[i] < 0x80 && key[i] < 0x80
                    ? utf8[i] - key[i]
                    : utf8.SequenceCompareTo(Encoding.UTF8.GetBytes(key));
            }

            if (key[i] >= 0x80)
            {
                return utf8.SequenceCompareTo(Encoding.UTF8.GetBytes(key));
            }
        }

        return utf8.Length - key.Length;
    }
}
