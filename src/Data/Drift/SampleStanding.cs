namespace Rondo.Data;

/// <summary>
/// How values stand to a sample in ascending order, without sorting them: the Kolmogorov–Smirnov statistic needs no more, since between two
/// neighbours of the sample one distribution function stands still and the other only rises.
/// </summary>
internal sealed class SampleStanding
{
    private readonly double[] _points;
    private readonly long[] _upTo;
    private readonly long[] _at;
    private readonly long[] _below;
    private long _count;

    public SampleStanding(double[] sample)
    {
        _points = [.. sample.Distinct()];
        _upTo = new long[_points.Length];
        _at = new long[_points.Length];
        _below = new long[_points.Length + 1];
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
}
