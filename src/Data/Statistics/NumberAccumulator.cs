using System.Numerics;

namespace Rondo.Data;

/// <summary>
/// Numbers, dates or timestamps (as days and microseconds since 1970) on their way to statistics: bounded memory, and the same in the
/// end whatever the order.
/// </summary>
internal sealed class NumberAccumulator
{
    /// <summary>Whole numbers beyond are not told apart by a <see cref="double"/>.</summary>
    private const long WholeMax = 1L << 53;

    // Beyond, squares would overflow: such values are summed up divided by a power of two.
    private const double ScaledFrom = 1e150;
    private const int Scale = -600;

    private readonly ValueGrid _grid = new();
    private DistinctSketch? _distinct;
    private CompensatedSum _sum;
    private CompensatedSum _squares;
    private CompensatedSum _scaledSum;
    private CompensatedSum _scaledSquares;
    private bool _isScaled;

    public long Count { get; private set; }

    public long NotFinite { get; private set; }

    public long Zeros { get; private set; }

    public double Min { get; private set; } = double.PositiveInfinity;

    public double Max { get; private set; } = double.NegativeInfinity;

    public bool DistinctIsExact => _distinct is null;

    public long Distinct => _distinct?.Estimate() ?? _grid.Cells;

    public double Mean => Unscaled(Sums().Values.Value / Count);

    /// <summary>The standard deviation of the sample; null of one value.</summary>
    public double? Deviation
    {
        get
        {
            if (Count < 2)
            {
                return null;
            }

            var (sum, squares) = Sums();
            return Unscaled(Math.Sqrt(Math.Max(0, squares.Minus(sum.SquaredOver(Count))) / (Count - 1)));
        }
    }

    /// <summary>Adds numbers, in a buffer that is changed.</summary>
    public void Add(Span<double> values)
    {
        var count = 0;
        foreach (var value in values)
        {
            if (double.IsFinite(value))
            {
                // One zero: −0 and 0 are the same value.
                values[count++] = value + 0.0;
            }
        }

        NotFinite += values.Length - count;
        AddFinite(values[..count]);
        if (_distinct is { } distinct)
        {
            foreach (var value in values[..count])
            {
                distinct.Add(value);
            }
        }
    }

    /// <summary>Adds whole numbers; the buffer is as long as they are.</summary>
    public void Add(ReadOnlySpan<long> values, Span<double> buffer)
    {
        var isBeyond = false;
        for (var i = 0; i < values.Length; i++)
        {
            buffer[i] = values[i];
            isBeyond |= values[i] is > WholeMax or < -WholeMax;
        }

        if (isBeyond)
        {
            Estimate();
        }

        AddFinite(buffer[..values.Length]);
        if (_distinct is { } distinct)
        {
            foreach (var value in values)
            {
                if (value is > WholeMax or < -WholeMax)
                {
                    distinct.Add(value);
                }
                else
                {
                    distinct.Add((double)value);
                }
            }
        }
    }

    public void Merge(NumberAccumulator other)
    {
        if (other._distinct is { } theirs)
        {
            Estimate();
            _distinct!.Merge(theirs);
        }

        _grid.Merge(other._grid, Overflow);
        if (_distinct is { } distinct && other._distinct is null)
        {
            foreach (var cell in other._grid.Sorted())
            {
                distinct.Add(cell.From);
            }
        }

        Count += other.Count;
        NotFinite += other.NotFinite;
        Zeros += other.Zeros;
        Min = Math.Min(Min, other.Min);
        Max = Math.Max(Max, other.Max);
        _isScaled |= other._isScaled;
        _sum.Add(other._sum);
        _squares.Add(other._squares);
        _scaledSum.Add(other._scaledSum);
        _scaledSquares.Add(other._scaledSquares);
    }

    /// <summary>How the values lie between the least and the greatest.</summary>
    public Distribution Distribution() => new(_grid.Sorted(), _grid.IsExact, Min, Max, Count);

    private void AddFinite(ReadOnlySpan<double> values)
    {
        if (values.IsEmpty)
        {
            return;
        }

        var (min, max) = Range(values);
        (Min, Max) = (Math.Min(Min, min), Math.Max(Max, max));
        Count += values.Length;
        Zeros += min > 0 || max < 0 ? 0 : values.Count(0.0);
        AddSums(values, Math.Max(-min, max));
        _grid.Add(values, Overflow);
    }

    private double Unscaled(double value) => _isScaled ? Math.ScaleB(value, -Scale) : value;

    private void AddSums(ReadOnlySpan<double> values, double greatest)
    {
        if (greatest <= ScaledFrom)
        {
            var (sum, squares) = CompensatedSum.Of(values);
            _sum.Add(sum);
            _squares.Add(squares);
            return;
        }

        _isScaled = true;
        foreach (var value in values)
        {
            var scaled = Math.ScaleB(value, Scale);
            _scaledSum.Add(scaled);
            _scaledSquares.AddProduct(scaled, scaled);
        }
    }

    private (CompensatedSum Values, CompensatedSum Squares) Sums()
    {
        if (!_isScaled)
        {
            return (_sum, _squares);
        }

        var (sum, squares) = (_sum.Times(Scale), _squares.Times(2 * Scale));
        sum.Add(_scaledSum);
        squares.Add(_scaledSquares);
        return (sum, squares);
    }

    private static (double Least, double Greatest) Range(ReadOnlySpan<double> values)
    {
        var (least, greatest) = (values[0], values[0]);
        var lanes = Vector<double>.Count;
        if (values.Length >= lanes)
        {
            var (low, high) = (new Vector<double>(values), new Vector<double>(values));
            for (var i = 0; i + lanes <= values.Length; i += lanes)
            {
                var x = new Vector<double>(values[i..]);
                (low, high) = (Vector.Min(low, x), Vector.Max(high, x));
            }

            for (var lane = 0; lane < lanes; lane++)
            {
                (least, greatest) = (Math.Min(least, low[lane]), Math.Max(greatest, high[lane]));
            }
        }

        foreach (var value in values[(values.Length - (values.Length % lanes))..])
        {
            (least, greatest) = (Math.Min(least, value), Math.Max(greatest, value));
        }

        return (least, greatest);
    }

    private void Overflow(double value)
    {
        _distinct ??= new DistinctSketch();
        _distinct.Add(value);
    }

    // From here on, different values are estimated: those so far stand in the grid one by one.
    private void Estimate()
    {
        if (_distinct is not null)
        {
            return;
        }

        _distinct = new DistinctSketch();
        foreach (var cell in _grid.Sorted())
        {
            _distinct.Add(cell.From);
        }
    }
}
