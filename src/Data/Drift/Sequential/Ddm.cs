namespace Rondo.Data;

/// <summary>
/// The drift detection method (Gama et al., 2004), for errors of a model: 1 wrong, 0 right. The error rate p with its deviation
/// s = √(p(1 − p)/i) falls while a model learns; a warning is p + s above the least p + s seen by two of its deviations, drift by three.
/// Compared from the value <c>minimum</c> on.
/// </summary>
public sealed class Ddm : ISequentialDetector
{
    private readonly double _warning;
    private readonly double _drift;
    private readonly int _minimum;
    private long _count;
    private double _rate;
    private double _leastRate;
    private double _leastDeviation;

    /// <summary>A detector with its limits in deviations.</summary>
    /// <exception cref="RondoException">A limit or the minimum is not positive.</exception>
    public Ddm(double warning = 2, double drift = 3, int minimum = 30)
    {
        Samples.CheckPositive(warning, nameof(warning));
        Samples.CheckPositive(drift, nameof(drift));
        Samples.CheckPositive(minimum, nameof(minimum));
        (_warning, _drift, _minimum) = (warning, drift, minimum);
        Reset();
    }

    /// <inheritdoc/>
    public DetectorState Update(double value)
    {
        Samples.CheckShare(value, nameof(value));
        _count++;
        _rate += (value - _rate) / _count;
        // A rounding error may take the rate just beyond its end.
        var deviation = Math.Sqrt(Math.Max(0, _rate * (1 - _rate)) / _count);
        if (_count < _minimum)
        {
            return DetectorState.None;
        }

        if (_rate + deviation <= _leastRate + _leastDeviation)
        {
            (_leastRate, _leastDeviation) = (_rate, deviation);
        }

        if (_rate + deviation > _leastRate + (_drift * _leastDeviation))
        {
            Reset();
            return DetectorState.Drift;
        }

        return _rate + deviation > _leastRate + (_warning * _leastDeviation)
            ? DetectorState.Warning
            : DetectorState.None;
    }

    /// <inheritdoc/>
    public void Reset() =>
        (_count, _rate, _leastRate, _leastDeviation) = (0, 0, double.PositiveInfinity, double.PositiveInfinity);
}
