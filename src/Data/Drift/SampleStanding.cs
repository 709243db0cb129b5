namespace Rondo.Data;

/// <summary>
/// How values stand to a sample in ascending order, without sorting them: how many equal each number of the sample, and how many lie between
/// two neighbours, with their sum. Kolmogorov–Smirnov needs no more, since between two neighbours one distribution function stands still
/// and the other only rises; nor does Wasserstein, but where the two cross between neighbours.
/// </summary>
internal sealed class SampleStanding
{
    // A power of two: sums of many values near the greatest double stay finite, and nothing is rounded.
    private const double Down = 1.0 / (1UL << 63);

    private readonly double[] _points;
    private readonly long[] _upTo;
    private readonly long[] _at;
    private readonly long[] _below;
    private readonly CompensatedSum[] _sums;
    private long _count;

    public SampleStanding(double[] sample)
    {
        _points = [.. sample.Distinct()];
        _upTo = new long[_points.Length];
        _at = new long[_points.Length];
        _below = new long[_points.Length + 1];
        _sums = new CompensatedSum[_points.Length + 1];
        var place = 0;
        foreach (var value in sample)
        {
            place += value > _points[place] ? 1 : 0;
            _upTo[place]++;
        }

        for (var i = 1; i < _upTo.Length; i++)
        {
            _upTo[i] += _upTo[i - 1];
        }
    }

    public void Add(double value)
    {
        var (low, high) = (0, _points.Length);
        while (low < high)
        {
            var middle = (low + high) / 2;
            (low, high) = _points[middle] < value ? (middle + 1, high) : (low, middle);
        }

        _count++;
        if (low < _points.Length && _points[low] == value)
        {
            _at[low]++;
        }
        else
        {
            _below[low]++;
            _sums[low].Add(value * Down);
        }
    }

    /// <summary>The greatest distance of the two distribution functions.</summary>
    public double KolmogorovSmirnov()
    {
        var (greatest, passed) = (0.0, 0L);
        double sample = _upTo[^1];
        for (var i = 0; i < _points.Length; i++)
        {
            passed += _below[i];
            var before = i == 0 ? 0 : _upTo[i - 1];
            greatest = Math.Max(greatest, Math.Abs((before / sample) - ((double)passed / _count)));
            passed += _at[i];
            greatest = Math.Max(greatest, Math.Abs((_upTo[i] / sample) - ((double)passed / _count)));
        }

        return greatest;
    }

    /// <summary>
    /// The area between the two distribution functions, in the unit of the values; values between two neighbours of the sample count as if all
    /// stood at their mean. Never too small, and too great only in a gap in which the two functions cross.
    /// </summary>
    public double Wasserstein()
    {
        var (area, passed) = (0.0, 0L);
        double sample = _upTo[^1];
        for (var i = 0; i <= _points.Length; i++)
        {
            var reference = i == 0 ? 0 : _upTo[i - 1] / sample;
            var before = (double)passed / _count;
            passed += _below[i];
            var after = (double)passed / _count;
            var (from, to) = (i == 0 ? MeanOf(0) : _points[i - 1], i == _points.Length ? MeanOf(i) : _points[i]);
            var mean = _below[i] == 0 ? from : Math.Clamp(MeanOf(i), from, to);
            area += ((mean - from) * Math.Abs(reference - before)) + ((to - mean) * Math.Abs(reference - after));
            passed += i < _points.Length ? _at[i] : 0;
        }

        return area;
    }

    // Of a gap without values: its inner end, so that it has no width beyond the sample.
    private double MeanOf(int gap) =>
        _below[gap] > 0 ? _sums[gap].Value / _below[gap] / Down
        : gap == 0 ? _points[0]
        : _points[gap - 1];
}
