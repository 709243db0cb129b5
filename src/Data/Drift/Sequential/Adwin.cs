namespace Rondo.Data;

/// <summary>
/// ADWIN (Bifet and Gavaldà, 2007): a window that grows while its mean holds and drops its oldest part when some cut divides it into two
/// means that differ. Memory is O(log n): buckets of 1, 2, 4, … values, at most five of a size. Every 32nd value, every border of buckets
/// that leaves more than 6 values (and with a window of more than 10) on either side is tried, with
/// ε = √(2 m v ln(2 ln W / δ)) + ⅔ m ln(2 ln W / δ), m = 1/(n₀ − 4) + 1/(n₁ − 4), v the population variance of the window. Exact as the authors' own
/// program; ports that skip the last bucket of a size alarm 32 to 128 values later.
/// </summary>
public sealed class Adwin : ISequentialDetector
{
    private const int Clock = 32;
    private const int BucketsMax = 5;
    private const int WidthMin = 10;
    private const int PartMin = 5;

    private readonly double _delta;
    private readonly bool _keepsWindow;

    // By size 2^row, the oldest first.
    private readonly List<List<Bucket>> _rows = [];
    private long _time;
    private double _sum;
    private double _squares;

    /// <summary>
    /// A detector. <paramref name="delta"/> is the confidence; <paramref name="keepsWindow"/>: whether the part of the window after the
    /// cut stays after a drift (and may alarm again while the change passes), instead of beginning anew.
    /// </summary>
    /// <exception cref="RondoException">Delta is not between 0 and 1.</exception>
    public Adwin(double delta = 0.002, bool keepsWindow = false)
    {
        Samples.CheckInnerShare(delta, nameof(delta));
        (_delta, _keepsWindow) = (delta, keepsWindow);
    }

    /// <summary>How many values the window holds.</summary>
    public long Width { get; private set; }

    /// <summary>The mean of the window; null of an empty one.</summary>
    public double? Mean => Width == 0 ? null : _sum / Width;

    /// <summary>How many buckets hold the window: what its memory is made of.</summary>
    public int Buckets => _rows.Sum(row => row.Count);

    /// <inheritdoc/>
    public DetectorState Update(double value)
    {
        Samples.Check([value], nameof(value));
        _time++;
        Insert(value);
        var cut = false;
        while (_time % Clock == 0 && Width > WidthMin && HasCut())
        {
            cut = true;
            DropOldest();
        }

        if (!cut)
        {
            return DetectorState.None;
        }

        if (!_keepsWindow)
        {
            Reset();
        }

        return DetectorState.Drift;
    }

    /// <inheritdoc/>
    public void Reset()
    {
        _rows.Clear();
        (_time, Width, _sum, _squares) = (0, 0, 0, 0);
    }

    private void Insert(double value)
    {
        if (Width > 0)
        {
            _squares += Between(Width, _sum, 1, value);
        }

        Width++;
        _sum += value;
        AddTo(0, new Bucket(value, 0));
        for (var row = 0; _rows[row].Count > BucketsMax; row++)
        {
            var (first, second) = (_rows[row][0], _rows[row][1]);
            var size = Size(row);
            var squares = first.Squares + second.Squares + Between(size, first.Sum, size, second.Sum);
            _rows[row].RemoveRange(0, 2);
            AddTo(row + 1, new Bucket(first.Sum + second.Sum, squares));
        }
    }

    private void AddTo(int row, Bucket bucket)
    {
        if (row == _rows.Count)
        {
            _rows.Add([]);
        }

        _rows[row].Add(bucket);
    }

    /// <summary>Whether some border divides the window into two means that differ.</summary>
    private bool HasCut()
    {
        var logarithm = Math.Log(2 * Math.Log(Width) / _delta);
        var spread = 2 * (_squares / Width) * logarithm;
        var (n0, sum0) = (0L, 0.0);
        for (var row = _rows.Count - 1; row >= 0; row--)
        {
            for (var i = 0; i < _rows[row].Count; i++)
            {
                n0 += Size(row);
                sum0 += _rows[row][i].Sum;
                var n1 = Width - n0;
                if (n0 <= PartMin + 1 || n1 <= PartMin + 1)
                {
                    continue;
                }

                var m = (1.0 / (n0 - PartMin + 1)) + (1.0 / (n1 - PartMin + 1));
                var distance = Math.Abs((sum0 / n0) - ((_sum - sum0) / n1));
                if (distance > Math.Sqrt(m * spread) + (2.0 / 3 * m * logarithm))
                {
                    return true;
                }
            }
        }

        return false;
    }

    private void DropOldest()
    {
        var row = _rows.Count - 1;
        var oldest = _rows[row][0];
        Width -= Size(row);
        _sum -= oldest.Sum;
        _squares -= oldest.Squares + Between(Size(row), oldest.Sum, Width, _sum);
        _rows[row].RemoveAt(0);
        while (_rows.Count > 0 && _rows[^1].Count == 0)
        {
            _rows.RemoveAt(_rows.Count - 1);
        }
    }

    private static long Size(int row) => 1L << row;

    /// <summary>What two parts add to the squared deviations of their union.</summary>
    private static double Between(long n, double sum, long m, double other)
    {
        var difference = (sum / n) - (other / m);
        return difference * difference * n * m / (n + m);
    }

    [System.Runtime.InteropServices.StructLayout(System.Runtime.InteropServices.LayoutKind.Auto)]
    private readonly record struct Bucket(double Sum, double Squares);
}
