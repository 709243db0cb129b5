using System.Text;

namespace Rondo.Tests.Tracking;

/// <summary>A point as a naive memory has it: NaN is a flag beside 0, an infinity the greatest number there is.</summary>
internal readonly record struct KnownPoint(long At, long Step, double Value, bool IsNan)
{
    public static KnownPoint Of(double value, long at, long step) =>
        double.IsNaN(value)
            ? new KnownPoint(at, step, 0, true)
            : new KnownPoint(at, step, Math.Clamp(value, double.MinValue, double.MaxValue) + 0.0, false);

    public double Shown => IsNan ? double.NaN : Value;
}

/// <summary>What of a metric a search compares: its latest value as such, or by a name behind a period.</summary>
internal enum Statistic
{
    None,
    Last,
    Min,
    Max,
    Best,
    Mean,
}

/// <summary>A run as a naive memory has it: of each metric all points in a set.</summary>
internal sealed class KnownRun(string id, long startedAt)
{
    /// <summary>The metric whose best is the greatest; that of others is the least.</summary>
    public const string Greatest = "m";

    private readonly Dictionary<string, HashSet<KnownPoint>> _curves = new(StringComparer.Ordinal);

    public string Id { get; } = id;
    public long StartedAt { get; } = startedAt;

    public IEnumerable<string> Keys =>
        _curves.Keys.OrderBy(
            Encoding.UTF8.GetBytes,
            Comparer<byte[]>.Create((a, b) => a.AsSpan().SequenceCompareTo(b))
        );

    public bool Has(string key) => _curves.ContainsKey(key);

    public bool Add(string key, KnownPoint point)
    {
        if (!_curves.TryGetValue(key, out var points))
        {
            _curves.Add(key, points = []);
        }

        return points.Add(point);
    }

    public IEnumerable<KnownPoint> Curve(string key) =>
        (_curves.GetValueOrDefault(key) ?? [])
            .OrderBy(point => point.At)
            .ThenBy(point => point.Step)
            .ThenBy(point => point.Value)
            .ThenBy(point => point.IsNan);

    public KnownPoint Latest(string key) =>
        _curves[key]
            .OrderBy(point => point.Step)
            .ThenBy(point => point.At)
            .ThenBy(point => point.Value)
            .ThenBy(point => point.IsNan)
            .Last();

    /// <summary>Null where the run does not have the metric, NaN where that is no number.</summary>
    public double? ValueOf(string key, Statistic statistic)
    {
        var name = $"{key}.{statistic}".ToLowerInvariant();
        if (statistic != Statistic.None && Has(name))
        {
            return Latest(name).Shown;
        }

        if (!Has(key))
        {
            return null;
        }

        var numbers = _curves[key].Where(point => !point.IsNan).Select(point => point.Value).ToList();
        return statistic is Statistic.None or Statistic.Last ? Latest(key).Shown
            : numbers.Count == 0 ? double.NaN
            : statistic == Statistic.Min ? numbers.Min()
            : statistic == Statistic.Max ? numbers.Max()
            : statistic == Statistic.Best ? (key == Greatest ? numbers.Max() : numbers.Min())
            : numbers.Average();
    }
}
