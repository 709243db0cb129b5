namespace Rondo.Data;

/// <summary>A column of the reference beside the same column of later rows, which come part by part.</summary>
internal sealed class ColumnComparison
{
    private readonly ColumnProfile _profile;
    private readonly double[] _edges;
    private readonly long[] _bins;
    private readonly SampleStanding? _standing;
    private readonly Dictionary<string, int> _places = new(StringComparer.Ordinal);
    private readonly long[] _known;
    private long _rows;
    private long _missing;
    private long _finite;
    private long _others;
    private ColumnType? _type;
    private bool _isThere;

    public ColumnComparison(ColumnProfile profile)
    {
        _profile = profile;
        _edges = profile.Numbers is { } numbers ? [.. numbers.Edges] : [];
        _bins = new long[_edges.Length + 1];
        _standing = profile.Numbers is { } known ? new SampleStanding([.. known.Sample]) : null;
        _known = new long[profile.Categories?.Values.Count ?? 0];
        foreach (var (place, value) in (profile.Categories?.Values ?? []).Index())
        {
            _places[value.Value] = place;
        }
    }

    public void Add(Table part)
    {
        if (part.TryGet(_profile.Name, out var column))
        {
            Add(column);
        }
    }

    /// <summary>Adds rows of the column, whatever its name.</summary>
    public void Add(Column column)
    {
        _isThere = true;
        _rows += column.Count;
        _missing += column.MissingCount;
        if (column.MissingCount == column.Count)
        {
            return;
        }

        _type = _type is { } before ? TableConcat.Common(before, column.Type) : column.Type;
        if (_profile.Numbers is not null && IsNumeric(column.Type))
        {
            AddNumbers(column);
        }
        else if (_profile.Categories is not null && !IsNumeric(column.Type))
        {
            AddCategories(column);
        }
    }

    /// <summary>What came out, of so many rows in all parts.</summary>
    public ColumnDrift Finish(long rows)
    {
        var n = _profile.Count + _profile.Missing;
        var empty = new ColumnDrift(_profile.Name, _profile.Type, n, rows, Share(_profile.Missing, n), 0);
        if (!_isThere)
        {
            return empty with { Reason = "the column is not there" };
        }

        var facts = empty with { CurrentMissing = Share(_missing, _rows) };
        if (n == 0 || _rows == 0)
        {
            return facts with { Reason = n == 0 ? "the reference has no rows" : "there are no rows" };
        }

        return _profile switch
        {
            { Numbers: { } numbers } when _type is null || IsNumeric(_type.Value) => OfNumbers(facts, numbers),
            { Categories: { } categories } when _type is null || !IsNumeric(_type.Value) => OfCategories(
                facts,
                categories
            ),
            { Numbers: null, Categories: null } => OfBins(
                facts,
                [_profile.Count, _profile.Missing],
                [_rows - _missing, _missing],
                bin => bin == 0 ? "values" : DriftWords.Missing
            ),
            _ => facts with { Reason = $"it was {_profile.Type}, and is {_type}" },
        };
    }

    private static bool IsNumeric(ColumnType type) => type is ColumnType.Integer or ColumnType.Number;

    private void AddNumbers(Column column)
    {
        var rounded = _profile.Numbers!.Rounded;
        var values = ColumnValues.Finite(column);
        _finite += values.Length;
        foreach (var exact in values)
        {
            var value = rounded ? SinglePrecision.Round(exact) : exact;
            _standing!.Add(value);
            _bins[BinOf(value)]++;
        }
    }

    // Bins are closed on the right; there are ten at most.
    private int BinOf(double value)
    {
        var bin = 0;
        while (bin < _edges.Length && value > _edges[bin])
        {
            bin++;
        }

        return bin;
    }

    // Only those that the reference tells apart: a day may hold a million others.
    private void AddCategories(Column column)
    {
        for (var row = 0; row < column.Count; row++)
        {
            if (column.IsMissing(row))
            {
                continue;
            }

            var text = column is Column<string> texts ? texts.Array[row] : TableConcat.TextOf(column[row]);
            if (_places.TryGetValue(text, out var place))
            {
                _known[place]++;
            }
            else
            {
                _others++;
            }
        }
    }

    private ColumnDrift OfNumbers(ColumnDrift facts, NumberProfile numbers)
    {
        // What is not finite has no place among the bins, but it does not vanish either.
        var reference = (long[])[.. numbers.Counts, _profile.Missing + _profile.Count - numbers.Counts.Sum()];
        var drift = OfBins(facts, reference, [.. _bins, _rows - _finite], bin => DriftWords.Bin(numbers, bin));
        if (_finite == 0)
        {
            return drift with { Effect = drift.LInfinity, P = drift.ChiSquareP, Reason = "no values are left" };
        }

        var ks = _standing!.KolmogorovSmirnov();
        var p = KolmogorovSmirnov.P(ks, numbers.Counts.Sum(), _finite);
        var missing = Math.Abs(drift.ReferenceMissing - drift.CurrentMissing);
        return drift with
        {
            Ks = ks,
            KsP = p,
            Effect = Math.Max(ks, missing),
            P = missing > ks ? drift.ChiSquareP : p,
            Wasserstein = Normed(_standing.Wasserstein(), numbers),
        };
    }

    // By the population deviation of the reference, as Wasserstein.Normed.
    private static double? Normed(double distance, NumberProfile numbers)
    {
        var n = numbers.Counts.Sum();
        var normed = distance / ((numbers.Deviation ?? 0) * Math.Sqrt((n - 1.0) / n));
        return double.IsFinite(normed) ? normed : null;
    }

    private ColumnDrift OfCategories(ColumnDrift facts, CategoryProfile categories) =>
        OfBins(
            facts,
            [.. categories.Values.Select(v => v.Count), categories.Others, _profile.Missing],
            [.. _known, _others, _missing],
            bin => DriftWords.Category(categories, bin)
        );

    private static ColumnDrift OfBins(ColumnDrift facts, long[] reference, long[] current, Func<int, string> name)
    {
        var bins = reference.Zip(current).Count(pair => pair.First + pair.Second > 0);
        var test = ChiSquare.Homogeneity(reference, current);
        var greatest = Distance.LInfinity(reference, current);
        return facts with
        {
            Psi = Psi.OfCounts(reference, current),
            PsiNull95 = Psi.NullQuantile(facts.ReferenceCount, facts.CurrentCount, bins),
            Bins = bins,
            ChiSquare = test?.Statistic,
            ChiSquareP = test?.P,
            JensenShannon = Distance.JensenShannon(reference, current),
            LInfinity = greatest,
            Effect = greatest,
            // A single bin that both fill is no drift at all.
            P = test?.P ?? 1,
            Driver = DriftWords.Driver(reference, current, name),
        };
    }

    private static double Share(long count, long total) => total == 0 ? 0 : (double)count / total;
}
