using System.Numerics;

namespace Rondo.Serving.Routing;

/// <summary>Counts durations in eight buckets to the octave: a quantile is right to 12 %, and counting takes no lock.</summary>
internal sealed class LatencyHistogram
{
    private const int BucketsPerOctave = 8;
    private const int BucketsCount = 28 * BucketsPerOctave;

    private readonly long[] _counts = new long[BucketsCount];

    public void Add(TimeSpan duration) => Interlocked.Increment(ref _counts[BucketOf(duration)]);

    public long[] Snapshot() => (long[])_counts.Clone();

    /// <summary>The upper edge, in milliseconds, of the bucket in which the quantile lies; 0 when nothing was counted.</summary>
    public static double QuantileMs(long[] now, long[]? before, double quantile)
    {
        var total = 0L;
        for (var i = 0; i < now.Length; i++)
        {
            total += now[i] - (before?[i] ?? 0);
        }

        if (total == 0)
        {
            return 0;
        }

        var rank = (long)Math.Ceiling(quantile * total);
        var seen = 0L;
        for (var i = 0; i < now.Length; i++)
        {
            seen += now[i] - (before?[i] ?? 0);
            if (seen >= rank)
            {
                return UpperEdgeMs(i);
            }
        }

        return UpperEdgeMs(now.Length - 1);
    }

    // Linear within each octave of microseconds: the three bits after the leading one pick the bucket.
    private static int BucketOf(TimeSpan duration)
    {
        var microseconds = (uint)Math.Clamp(duration.TotalMicroseconds * BucketsPerOctave, BucketsPerOctave, 2e9);
        var octave = BitOperations.Log2(microseconds) - 3;
        var within = (int)(microseconds >> octave) - BucketsPerOctave;
        return Math.Min((octave * BucketsPerOctave) + within, BucketsCount - 1);
    }

    private static double UpperEdgeMs(int bucket)
    {
        var octave = bucket / BucketsPerOctave;
        var within = bucket % BucketsPerOctave;
        return (double)(BucketsPerOctave + within + 1) * (1L << octave) / BucketsPerOctave / 1000;
    }
}
