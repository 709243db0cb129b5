using System.Text;
using CsCheck;
using Rondo.Mlflow.Wire;
using Rondo.Tracking.Metrics;

namespace Rondo.Tests.Tracking;

/// <summary>What is packed comes out as it went in, and keys stand as both databases have them.</summary>
public sealed class PackTests
{
    // The first letters of one, two, three and four bytes, the last of each, and those whose order differs from that of their halves.
    private static readonly string[] s_letters =
    [
        "a",
        "b",
        "z",
        "/",
        "é",
        "ÿ",
        "ж",
        "中",
        "\ud7a3",
        "\uf900",
        "𐐀",
        "𝒜",
        "𠀀",
    ];

    private static readonly Gen<long> s_whole = Gen.OneOf(
        Gen.Long,
        Gen.Long[-3, 3],
        Gen.OneOf(long.MinValue, long.MinValue + 1, long.MaxValue - 1, long.MaxValue, 127L, 128, -64, -65)
    );

    private static readonly Gen<double> s_value = Gen.OneOf(
        Gen.Double[-1e3, 1e3],
        Gen.OneOf(0.0, 1.0, double.Epsilon, -double.Epsilon, double.MinValue, double.MaxValue, 1e-308)
    );

    private static readonly Gen<CurvePoint> s_point = Gen.Select(
        s_whole,
        s_whole,
        s_value,
        Gen.Bool,
        (at, step, value, isNan) => new CurvePoint(at, step, isNan ? 0 : value, isNan)
    );

    private static readonly Gen<string> s_key = Gen.OneOf(s_letters).Array[1, 5].Select(string.Concat);

    [Fact]
    public void A_point_of_each_step_takes_some_eleven_bytes_and_the_latest_of_a_metric_some_forty_five()
    {
        using var bytes = new PooledBytes();
        CurvePoint[] points =
        [
            .. Enumerable
                .Range(0, 512)
                .Select(i => new CurvePoint(1_700_000_000_000 + (i * 1000L) + (i % 7), i, Math.Sin(i), false)),
        ];
        PointPack.Write(bytes, points);
        Assert.InRange(bytes.Count / 512.0, 10, 12);

        bytes.Clear();
        var latest = Enumerable
            .Range(0, 1000)
            .Select(i => new MetricRange(MetricRow.Of($"metric-{i:000}", points[i % 512]), -0.1, 0.1));
        LatestPack.Merge([], [.. latest], bytes);
        Assert.InRange(bytes.Count, 40_000, 50_000);
    }

    [Fact]
    public void Points_come_out_as_they_went_in() =>
        s_point
            .Array[0, 40]
            .Array[1, 3]
            .Sample(packs =>
            {
                var read = new List<CurvePoint>();
                foreach (var points in packs)
                {
                    using var bytes = new PooledBytes();
                    PointPack.Write(bytes, points);
                    PointPack.Read(bytes.Written, read);
                }

                Assert.Equal(packs.SelectMany(points => points), read);
            });

    [Fact]
    public void A_point_at_every_step_takes_few_bytes()
    {
        var points = Enumerable
            .Range(0, 512)
            .Select(i => new CurvePoint(1_700_000_000_000 + (i * 1000), i, i / 7.0, false))
            .ToArray();
        using var bytes = new PooledBytes();
        PointPack.Write(bytes, points);
        Assert.InRange(bytes.Count, 8 * 512, 12 * 512);
    }

    [Fact]
    public void Points_of_many_metrics_come_out_together_or_each_for_itself() =>
        Gen.Select(s_key, s_point, (key, point) => MetricRow.Of(key, point))
            .Array[1, 40]
            .Sample(rows =>
            {
                var sorted = MetricRow.Sorted([.. rows.Select(row => row.ToPoint())]);
                using var bytes = new PooledBytes();
                BatchPack.Write(bytes, sorted);
                var all = new Dictionary<string, List<CurvePoint>>(StringComparer.Ordinal);
                BatchPack.Read(bytes.Written, all);
                Assert.Equal(
                    rows.Select(row => row.Key).Distinct().Order(StringComparer.Ordinal),
                    all.Keys.Order(StringComparer.Ordinal)
                );
                foreach (var key in s_letters.Concat(all.Keys).Distinct(StringComparer.Ordinal))
                {
                    var wanted = sorted.Where(row => row.Key == key).Select(row => row.Point).ToList();
                    var found = new List<CurvePoint>();
                    BatchPack.Read(bytes.Written, Encoding.UTF8.GetBytes(key), found);
                    Assert.Equal(wanted, found);
                    Assert.Equal(wanted, all.GetValueOrDefault(key) ?? []);
                }
            });

    [Theory]
    [InlineData(85)]
    [InlineData(86)]
    [InlineData(256)]
    [InlineData(257)]
    public void A_key_of_any_length_comes_out_of_a_batch(int letters)
    {
        foreach (var letter in s_letters)
        {
            var key = string.Concat(Enumerable.Repeat(letter, letters));
            using var bytes = new PooledBytes();
            BatchPack.Write(
                bytes,
                [
                    MetricRow.Of(key, new CurvePoint(1, 2, 3, false)),
                    MetricRow.Of(key + "b", new CurvePoint(4, 5, 6, false)),
                ]
            );
            var all = new Dictionary<string, List<CurvePoint>>(StringComparer.Ordinal);
            BatchPack.Read(bytes.Written, all);
            Assert.Equal([key, key + "b"], all.Keys.Order(StringComparer.Ordinal));
            Assert.Equal([new CurvePoint(4, 5, 6, false)], all[key + "b"]);
        }
    }

    [Fact]
    public void Keys_stand_in_the_order_of_their_bytes() =>
        Gen.Select(s_key, s_key)
            .Sample(
                (a, b) =>
                {
                    var wanted = Math.Sign(
                        Encoding.UTF8.GetBytes(a).AsSpan().SequenceCompareTo(Encoding.UTF8.GetBytes(b))
                    );
                    Assert.Equal(wanted, Math.Sign(KeyOrder.Compare(a, b)));
                    Assert.Equal(wanted, Math.Sign(KeyOrder.For([a, b]).Compare(a, b)));
                }
            );

    [Fact]
    public void Rows_of_a_batch_are_each_once_by_key_and_the_latest_of_a_key_last() =>
        Gen.Select(s_key, s_point, (key, point) => MetricRow.Of(key, point).ToPoint())
            .Array[0, 30]
            .Sample(points =>
            {
                // Some twice, so that the same comes together from afar.
                var wanted = points
                    .Select(MetricRow.Of)
                    .Distinct()
                    .OrderBy(row => row.Key, KeyOrder.For(["𐐀"]))
                    .ThenBy(row => row.Step)
                    .ThenBy(row => row.LoggedAt)
                    .ThenBy(row => row.Value)
                    .ThenBy(row => row.IsNan);
                Assert.Equal(wanted, MetricRow.Sorted([.. points, .. points.Reverse()]));
            });

    [Fact]
    public void Latest_points_are_those_of_all_batches_that_came() =>
        Gen.Select(s_key, s_point, (key, point) => MetricRow.Of(key, point).ToPoint())
            .Array[1, 12]
            .Array[1, 6]
            .Sample(batches =>
            {
                var latest = Array.Empty<byte>();
                var came = new List<MetricRow>();
                foreach (var batch in batches)
                {
                    var sorted = MetricRow.Sorted(batch);
                    MetricRange[] ranges = [.. MetricRange.Of(sorted)];
                    using var bytes = new PooledBytes();
                    LatestPack.Merge(latest, ranges, bytes);
                    latest = bytes.Written.ToArray();
                    came.AddRange(sorted);
                    Assert.Equal(RangesOf(came), LatestPack.Read(latest));
                }

                string[] asked = [came[0].Key, "none", came[^1].Key[..1], came[0].Key + "a"];
                Assert.Equal(
                    RangesOf(came).Where(range => asked.Contains(RangeKey(range), StringComparer.Ordinal)),
                    LatestPack.Read(latest, key => asked.Contains(Encoding.UTF8.GetString(key), StringComparer.Ordinal))
                );
            });

    private static string RangeKey(MetricRange range) => range.Latest.Key;

    private static IEnumerable<MetricRange> RangesOf(List<MetricRow> rows) =>
        rows.GroupBy(row => row.Key, StringComparer.Ordinal)
            .OrderBy(
                ofKey => Encoding.UTF8.GetBytes(ofKey.Key),
                Comparer<byte[]>.Create((a, b) => a.AsSpan().SequenceCompareTo(b))
            )
            .Select(ofKey =>
            {
                var numbers = ofKey.Where(row => row.IsNan == 0).Select(row => (double?)row.Value).ToList();
                var latest = ofKey
                    .OrderBy(row => row.Step)
                    .ThenBy(row => row.LoggedAt)
                    .ThenBy(row => row.Value)
                    .ThenBy(row => row.IsNan)
                    .Last();
                return new MetricRange(latest, numbers.Min(), numbers.Max());
            });
}
