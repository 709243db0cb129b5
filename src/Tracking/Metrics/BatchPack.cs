using System.Runtime.InteropServices;
using System.Text;
using Rondo.Mlflow.Wire;

namespace Rondo.Tracking.Metrics;

/// <summary>Points of many metrics in some bytes, as they were logged at once: of each metric its key, the length of its points, and these.</summary>
internal static class BatchPack
{
    private const int CharactersAtOnce = 256;

    /// <summary>Writes points that are in the order of their keys.</summary>
    public static void Write(PooledBytes bytes, IReadOnlyList<MetricRow> points)
    {
        var writer = new PackWriter(bytes);
        using var packed = new PooledBytes();
        var ofKey = new List<CurvePoint>();
        for (var i = 0; i < points.Count; i++)
        {
            ofKey.Add(points[i].Point);
            if (i == points.Count - 1 || points[i + 1].Key != points[i].Key)
            {
                packed.Clear();
                PointPack.Write(packed, CollectionsMarshal.AsSpan(ofKey));
                writer.Text(points[i].Key);
                writer.Count(packed.Count);
                writer.Raw(packed.Written);
                ofKey.Clear();
            }
        }
    }

    /// <summary>Adds the points of one metric to a list.</summary>
    public static void Read(ReadOnlySpan<byte> bytes, ReadOnlySpan<byte> key, List<CurvePoint> points)
    {
        var reader = new PackReader(bytes);
        while (!reader.IsAtEnd)
        {
            var found = reader.Utf8().SequenceEqual(key);
            var packed = reader.Raw(reader.Count());
            if (found)
            {
                PointPack.Read(packed, points);
            }
        }
    }

    /// <summary>Adds the points of the metrics that are chosen (null: all) to the lists of these.</summary>
    public static void Read(
        ReadOnlySpan<byte> bytes,
        Dictionary<string, List<CurvePoint>> byKey,
        KeyChoice? choice = null
    )
    {
        var reader = new PackReader(bytes);
        var lists = byKey.GetAlternateLookup<ReadOnlySpan<char>>();
        Span<char> characters = stackalloc char[CharactersAtOnce];
        while (!reader.IsAtEnd)
        {
            var utf8 = reader.Utf8();
            var packed = reader.Raw(reader.Count());
            if (choice is not null && !choice(utf8))
            {
                continue;
            }

            // No text has more characters than bytes.
            ReadOnlySpan<char> key =
                utf8.Length <= CharactersAtOnce
                    ? characters[..Encoding.UTF8.GetChars(utf8, characters)]
                    : Encoding.UTF8.GetString(utf8);
            if (!lists.TryGetValue(key, out var points))
            {
                points = [];
                byKey.Add(key.ToString(), points);
            }

            PointPack.Read(packed, points);
        }
    }
}
