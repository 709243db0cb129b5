using Rondo.Data;

namespace Rondo.Sdk;

/// <summary>
/// The density of points: the mean of a kernel at each of them and of one that is uniform over the space. Of a number the kernel is a normal law cut off
/// at the bounds, of a choice the choice itself with a small share for the others. In a point where a parameter has no meaning, its
/// kernel is uniform.
/// </summary>
internal sealed class ParzenEstimator
{
    // As wide as experience has it: a fifth of the range, less with more points (Scott's rule), not below a share of the range that falls with them.
    private const double DeviationShare = 0.2;
    private const int KernelsForNarrowest = 100;
    private const int DrawsMax = 100;

    private readonly SearchPoints _space;
    private readonly IReadOnlyList<double[]> _at;
    private readonly double[] _deviations;

    // Of each kernel and number: the share of the normal law within the bounds.
    private readonly double[][] _within;

    public ParzenEstimator(SearchPoints space, IReadOnlyList<double[]> at)
    {
        _space = space;
        _at = at;
        var scott = DeviationShare * Math.Pow(Math.Max(1, at.Count), -1.0 / (space.Ranges.Count + 4));
        var share = Math.Max(scott, 1.0 / Math.Min(KernelsForNarrowest, at.Count + 1));
        _deviations = [.. space.Ranges.Select(range => range.Width * share)];
        _within = [.. at.Select(Within)];
    }

    public double[] Draw(Random random)
    {
        var kernel = random.Next(_at.Count + 1);
        return _space.Fill(parameter =>
        {
            var range = _space.Ranges[parameter];
            return IsUniform(kernel, parameter) ? range.Draw(random)
                : range.IsChoice ? DrawChoice(range, (int)_at[kernel][parameter], random)
                : range.Settled(DrawNumber(range, _at[kernel][parameter], _deviations[parameter], random));
        });
    }

    public double LogDensity(double[] point)
    {
        var logs = new double[_at.Count + 1];
        for (var kernel = 0; kernel < logs.Length; kernel++)
        {
            for (var parameter = 0; parameter < point.Length; parameter++)
            {
                logs[kernel] += double.IsNaN(point[parameter]) ? 0 : LogDensity(kernel, parameter, point[parameter]);
            }
        }
        var most = logs.Max();
        return most + Math.Log(logs.Sum(log => Math.Exp(log - most)) / logs.Length);
    }

    private double LogDensity(int kernel, int parameter, double coordinate)
    {
        var range = _space.Ranges[parameter];
        if (range.IsChoice)
        {
            var own = IsUniform(kernel, parameter) ? -1 : (int)_at[kernel][parameter];
            return Math.Log(own < 0 ? 1.0 / range.Choices.Count : ShareOf(own == (int)coordinate, range));
        }
        if (range.Width == 0)
        {
            return 0;
        }
        if (IsUniform(kernel, parameter))
        {
            return -Math.Log(range.Width);
        }
        var deviation = _deviations[parameter];
        var distance = (coordinate - _at[kernel][parameter]) / deviation;
        return (-distance * distance / 2) - Math.Log(deviation * Math.Sqrt(2 * Math.PI) * _within[kernel][parameter]);
    }

    private bool IsUniform(int kernel, int parameter) => kernel == _at.Count || double.IsNaN(_at[kernel][parameter]);

    private double[] Within(double[] point) =>
        [
            .. point.Select(
                (at, parameter) =>
                {
                    var range = _space.Ranges[parameter];
                    return range.IsChoice || range.Width == 0 || double.IsNaN(at)
                        ? 1
                        : NormalLaw.Cdf((range.To - at) / _deviations[parameter])
                            - NormalLaw.Cdf((range.From - at) / _deviations[parameter]);
                }
            ),
        ];

    // The others share what one more observation, spread over all, would weigh.
    private double ShareOf(bool isOwn, ParameterRange range)
    {
        var others = 1.0 / (_at.Count + 1);
        return ((isOwn ? 1 : 0) + (others / range.Choices.Count)) / (1 + others);
    }

    private int DrawChoice(ParameterRange range, int own, Random random)
    {
        var others = 1.0 / (_at.Count + 1);
        return random.NextDouble() * (1 + others) < 1 ? own : random.Next(range.Choices.Count);
    }

    private static double DrawNumber(ParameterRange range, double mean, double deviation, Random random)
    {
        for (var draw = 0; draw < DrawsMax; draw++)
        {
            var normal =
                Math.Sqrt(-2 * Math.Log(1 - random.NextDouble())) * Math.Cos(2 * Math.PI * random.NextDouble());
            var coordinate = mean + (deviation * normal);
            if (coordinate >= range.From && coordinate <= range.To)
            {
                return coordinate;
            }
        }
        return mean;
    }
}
