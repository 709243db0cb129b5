using System.Numerics;
using System.Runtime.InteropServices;

namespace Rondo.Data;

/// <summary>
/// A sum of doubles with twice their precision (Knuth's two-sum; Dekker, 1971), so that it comes out the same whatever the order
/// and the grouping of what was added: down to about 1e-32 of the greatest of them, below which what is left of a sum that cancels may differ in its
/// last digits.
/// </summary>
[StructLayout(LayoutKind.Auto)]
internal struct CompensatedSum
{
    private double _high;
    private double _low;

    public readonly double Value => _high + _low;

    /// <summary>What is left when the sum is taken away from a number: the small difference of two large ones is kept.</summary>
    public readonly double Minus(CompensatedSum other)
    {
        var difference = this;
        difference.Add(-other._high);
        difference.Add(-other._low);
        return difference.Value;
    }

    public void Add(double value)
    {
        var sum = _high + value;
        var part = sum - _high;
        _low += (_high - (sum - part)) + (value - part);
        _high = sum;
    }

    public void Add(CompensatedSum other)
    {
        Add(other._high);
        _low += other._low;
        var sum = _high + _low;
        _low -= sum - _high;
        _high = sum;
    }

    /// <summary>Adds the product with what rounding it leaves.</summary>
    public void AddProduct(double a, double b)
    {
        var product = a * b;
        Add(product);
        _low += Math.FusedMultiplyAdd(a, b, -product);
    }

    /// <summary>Times a power of two.</summary>
    public readonly CompensatedSum Times(int powerOfTwo) =>
        new() { _high = Math.ScaleB(_high, powerOfTwo), _low = Math.ScaleB(_low, powerOfTwo) };

    /// <summary>The sum squared, divided by a count.</summary>
    public readonly CompensatedSum SquaredOver(long count)
    {
        // (h + l)² / n to twice the precision: the quotient of the square, and what the division leaves.
        var square = default(CompensatedSum);
        square.AddProduct(_high, _high);
        square.AddProduct(2 * _high, _low);
        var total = square.Value;
        var quotient = total / count;
        var rest = Math.FusedMultiplyAdd(-quotient, count, total) + square.Minus(Of(total));
        return new CompensatedSum { _high = quotient, _low = rest / count };
    }

    /// <summary>The values and their squares, several lanes at a time.</summary>
    public static (CompensatedSum Values, CompensatedSum Squares) Of(ReadOnlySpan<double> values)
    {
        var (values1, values2) = (Vector<double>.Zero, Vector<double>.Zero);
        var (squares1, squares2) = (Vector<double>.Zero, Vector<double>.Zero);
        var lanes = Vector<double>.Count;
        var whole = values.Length - (values.Length % lanes);
        for (var i = 0; i < whole; i += lanes)
        {
            var x = new Vector<double>(values[i..]);
            (values1, var low) = TwoSum(values1, x);
            values2 += low;
            var square = x * x;
            (squares1, low) = TwoSum(squares1, square);
            squares2 += low + Vector.FusedMultiplyAdd(x, x, -square);
        }

        var sum = default(CompensatedSum);
        var ofSquares = default(CompensatedSum);
        for (var lane = 0; lane < lanes; lane++)
        {
            sum.Add(values1[lane]);
            sum.Add(values2[lane]);
            ofSquares.Add(squares1[lane]);
            ofSquares.Add(squares2[lane]);
        }

        foreach (var x in values[whole..])
        {
            sum.Add(x);
            ofSquares.AddProduct(x, x);
        }

        return (sum, ofSquares);
    }

    private static CompensatedSum Of(double value) => new() { _high = value };

    private static (Vector<double> Sum, Vector<double> Error) TwoSum(Vector<double> a, Vector<double> b)
    {
        var sum = a + b;
        var part = sum - a;
        return (sum, (a - (sum - part)) + (b - part));
    }
}
