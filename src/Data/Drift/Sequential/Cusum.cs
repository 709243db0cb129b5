namespace Rondo.Data;

/// <summary>
/// The two-sided tabular CUSUM (Page, 1954): a mean that rises or falls. Mean and sample deviation are those of the first values after a
/// start; then distances from the mean beyond a slack are summed up on either side, never below 0, and drift is a sum above a limit. With
/// the usual slack ½ and limit 5 a stream without drift raises a false alarm every few hundred values. After first values that are all equal,
/// any other value is drift.
/// </summary>
public sealed class Cusum : ISequentialDetector
{
    private readonly int _warmUp;
    private readonly double _slack;
    private readonly double _limit;
    private Moments _moments;
    private double _above;
    private double _below;

    /// <summary>A detector; slack and limit are in deviations.</summary>
    /// <exception cref="RondoException">The warm-up is shorter than two values, or slack or limit is not positive.</exception>
    public Cusum(int warmUp = 30, double slack = 0.5, double limit = 5)
    {
        Samples.CheckPositive(warmUp - 1, "The warm-up less one");
        Samples.CheckPositive(slack, nameof(slack));
        Samples.CheckPositive(limit, nameof(limit));
        (_warmUp, _slack, _limit) = (warmUp, slack, limit);
    }

    /// <inheritdoc/>
    public DetectorState Update(double value)
    {
        Samples.Check([value], nameof(value));
        if (_moments.Count < _warmUp)
        {
            _moments = _moments.Add(value);
            if (_moments.Count < _warmUp)
            {
                return DetectorState.None;
            }
        }

        var deviation = _moments.Deviation!.Value;
        _above = Math.Max(0, _above + (value - _moments.Mean) - (_slack * deviation));
        _below = Math.Max(0, _below + (_moments.Mean - value) - (_slack * deviation));
        if (Math.Max(_above, _below) <= _limit * deviation)
        {
            return DetectorState.None;
        }

        Reset();
        return DetectorState.Drift;
    }

    /// <inheritdoc/>
    public void Reset() => (_moments, _above, _below) = (default, 0, 0);
}
