namespace Rondo.Data;

/// <summary>
/// The test of Page (1954) and Hinkley: a mean that rises. Sums up how far values are above their mean so far, less a tolerated
/// <c>delta</c>, never below 0 and forgetting by <c>alpha</c>; drift once <c>minimum − 1</c> values were seen and the sum reaches the
/// threshold. As river 0.7 and scikit-multiflow count. To see a mean that falls, give −x. An <c>alpha</c> of 1 is the classic test.
/// </summary>
public sealed class PageHinkley : ISequentialDetector
{
    private readonly double _threshold;
    private readonly double _delta;
    private readonly double _alpha;
    private readonly int _minimum;
    private long _count;
    private double _mean;
    private double _sum;

    /// <summary>A detector; threshold and delta are in the unit of the values.</summary>
    /// <exception cref="RondoException">The threshold or the minimum is not positive, delta is not finite, or alpha is not a share.</exception>
    public PageHinkley(double threshold = 50, double delta = 0.005, double alpha = 0.9999, int minimum = 30)
    {
        Samples.CheckPositive(threshold, nameof(threshold));
        Samples.Check([delta], nameof(delta));
        Samples.CheckShare(alpha, nameof(alpha));
        Samples.CheckPositive(minimum, nameof(minimum));
        (_threshold, _delta, _alpha, _minimum) = (threshold, delta, alpha, minimum);
    }

    /// <inheritdoc/>
    public DetectorState Update(double value)
    {
        Samples.Check([value], nameof(value));
        _count++;
        _mean += (value - _mean) / _count;
        _sum = Math.Max(0, (_alpha * _sum) + (value - _mean - _delta));
        if (_count + 1 < _minimum || _sum < _threshold)
        {
            return DetectorState.None;
        }

        Reset();
        return DetectorState.Drift;
    }

    /// <inheritdoc/>
    public void Reset() => (_count, _mean, _sum) = (0, 0, 0);
}
