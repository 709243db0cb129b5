using System.Globalization;

namespace Rondo.Data;

/// <summary>
/// Whether values are distributed as they should be. Each expected share is held against what was counted by an exact binomial tail at the
/// end of its tolerance, and all of these over a schema are taken together (Bonferroni).
/// </summary>
internal sealed class DistributionCheck
{
    private const double FalseAlarmMax = 0.01;

    private readonly DistributionExpectation _expected;
    private readonly KeyValuePair<string, double>[] _shares;
    private readonly KeyValuePair<double, double>[] _quantiles;
    private readonly Dictionary<string, int> _places = new(StringComparer.Ordinal);
    private readonly long[] _counts;
    private readonly long[] _below;
    private readonly NumberAccumulator _numbers = new();
    private long _values;

    public DistributionCheck(DistributionExpectation expected)
    {
        _expected = expected;
        _shares = [.. expected.Shares ?? new Dictionary<string, double>(StringComparer.Ordinal)];
        _quantiles = [.. (expected.Quantiles ?? new Dictionary<double, double>()).OrderBy(pair => pair.Key)];
        foreach (var (place, share) in _shares.Index())
        {
            _places[share.Key] = place;
        }

        _counts = new long[Math.Max(_shares.Length, _quantiles.Length)];
        _below = new long[_quantiles.Length];
    }

    /// <summary>How many comparisons it makes: each entry to either side, and the rest of the shares.</summary>
    public static int Comparisons(DistributionExpectation? expected) =>
        expected is null ? 0 : 2 * ((expected.Shares?.Count + 1 ?? 0) + (expected.Quantiles?.Count ?? 0));

    public void Add(Column column)
    {
        var isNumeric = column.Type is ColumnType.Integer or ColumnType.Number;
        if (_quantiles.Length > 0 && isNumeric)
        {
            AddNumbers(ColumnValues.Finite(column));
        }

        for (var row = 0; _shares.Length > 0 && row < column.Count; row++)
        {
            if (!column.IsMissing(row))
            {
                _values++;
                if (_places.TryGetValue(TableConcat.TextOf(column[row]), out var place))
                {
                    _counts[place]++;
                }
            }
        }
    }

    /// <summary>What deviates, the farthest entry first; null where nothing does.</summary>
    /// <param name="comparisons">Those of the whole schema.</param>
    public Deviation? Finish(int comparisons)
    {
        var limit = FalseAlarmMax / comparisons;
        var deviating = Entries()
            .Where(entry => entry.Effect > _expected.Tolerance && Tail(entry) <= limit)
            .OrderByDescending(entry => entry.Effect)
            .ToList();
        if (_values == 0 || deviating.Count == 0)
        {
            return null;
        }

        var far = deviating[0];
        var more = deviating.Count == 1 ? "" : Invariant($", and {deviating.Count - 1} more deviate");
        return new Deviation(
            far.Effect,
            far.Wanted + Invariant($" to within {_expected.Tolerance:P1}"),
            Invariant($"{far.Observed} of {_values} values{more}"),
            Observed(),
            _values
        );
    }

    private void AddNumbers(double[] values)
    {
        _values += values.Length;
        foreach (var value in values)
        {
            for (var i = 0; i < _quantiles.Length; i++)
            {
                _below[i] += value < _quantiles[i].Value ? 1 : 0;
                _counts[i] += value <= _quantiles[i].Value ? 1 : 0;
            }
        }

        _numbers.Add(values);
    }

    private IEnumerable<Entry> Entries()
    {
        foreach (var (i, share) in _shares.Index())
        {
            yield return OfShare($"'{share.Key}'", share.Value, _counts[i]);
        }

        if (_shares.Length > 0)
        {
            yield return OfShare(
                "all other values",
                Math.Max(0, 1 - _shares.Sum(s => s.Value)),
                _values - _counts.Sum()
            );
        }

        foreach (var (i, quantile) in _quantiles.Index())
        {
            // Of values that are equal to it a quantile may have any number on its side.
            var (low, high) = (Part(_below[i]), Part(_counts[i]));
            var isFew = high < quantile.Key;
            yield return new Entry(
                quantile.Key,
                isFew ? _counts[i] : _below[i],
                isFew ? quantile.Key - high : Math.Max(0, low - quantile.Key),
                isFew,
                Invariant($"{quantile.Key:P1} up to {quantile.Value}"),
                isFew
                    ? Invariant($"{high:P1} are up to {quantile.Value},")
                    : Invariant($"{low:P1} are below {quantile.Value},")
            );
        }
    }

    private Entry OfShare(string name, double expected, long count) =>
        new(
            expected,
            count,
            Math.Abs(Part(count) - expected),
            Part(count) < expected,
            Invariant($"{expected:P1} of {name}"),
            Invariant($"{name} {(name[0] == '\'' ? "is" : "are")} {Part(count):P1}")
        );

    // What chance gives at the end of the tolerance, so few or so many.
    private double Tail(Entry entry) =>
        entry.IsFew
            ? BinomialLaw.Cdf(entry.Count, _values, entry.Expected - _expected.Tolerance)
            : BinomialLaw.Cdf(_values - entry.Count, _values, Math.Max(0, 1 - entry.Expected - _expected.Tolerance));

    private DistributionExpectation Observed() =>
        _expected with
        {
            Shares =
                _shares.Length == 0
                    ? _expected.Shares
                    : DistributionInference.Shares(_shares.Select((share, i) => (share.Key, Part(_counts[i])))),
            Quantiles =
                _quantiles.Length == 0
                    ? _expected.Quantiles
                    : DistributionInference.Quantiles(
                        _numbers
                            .Distribution()
                            .Quantiles([.. _quantiles.Select(q => q.Key)])
                            .Values.Select(q => (q.Share, q.Value))
                    ),
        };

    private double Part(long count) => _values == 0 ? 0 : (double)count / _values;

    private static string Invariant(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);

    /// <summary>What deviates: by how much, from what, what was there, the expectation that would be met, and the values looked at.</summary>
    internal sealed record Deviation(
        double Effect,
        string Expected,
        string Observed,
        DistributionExpectation Met,
        long Values
    );

    private sealed record Entry(double Expected, long Count, double Effect, bool IsFew, string Wanted, string Observed);
}
