namespace Rondo.Data;

/// <summary>
/// HDDM with weights (Frías-Blanco et al., 2015): a mean of values from 0 to 1 (errors) that rises gradually, by McDiarmid's bound on
/// exponentially weighted means. One-sided by default, because the two-sided form begins anew at every fall and then misses rises.
/// </summary>
public sealed class HddmW : ISequentialDetector
{
    private readonly double _drift;
    private readonly double _warning;
    private readonly double _lambda;
    private readonly bool _twoSided;
    private Weighted _all;
    private (Weighted Before, Weighted Since, double Cut) _rise;
    private (Weighted Before, Weighted Since, double Cut) _fall;

    /// <summary>
    /// A detector with its probabilities of a false alarm, the weight of the newest value, and whether a fall begins anew.
    /// </summary>
    /// <exception cref="RondoException">A probability or the weight is not between 0 and 1.</exception>
    public HddmW(double drift = 0.001, double warning = 0.005, double lambda = 0.05, bool twoSided = false)
    {
        Samples.CheckInnerShare(drift, nameof(drift));
        Samples.CheckInnerShare(warning, nameof(warning));
        Samples.CheckInnerShare(lambda, nameof(lambda));
        (_drift, _warning, _lambda, _twoSided) = (drift, warning, lambda, twoSided);
        Reset();
    }

    /// <inheritdoc/>
    public DetectorState Update(double value)
    {
        Samples.CheckShare(value, nameof(value));
        _all = Next(_all, value);
        var bound = Math.Sqrt(_all.Squares * Math.Log(1 / _drift) / 2);
        _rise =
            _all.Mean + bound < _rise.Cut
                ? (_all, default, _all.Mean + bound)
                : (_rise.Before, Next(_rise.Since, value), _rise.Cut);
        if (IsGreater(_rise.Since, _rise.Before, _drift))
        {
            Reset();
            return DetectorState.Drift;
        }

        var state = IsGreater(_rise.Since, _rise.Before, _warning) ? DetectorState.Warning : DetectorState.None;
        _fall =
            _all.Mean - bound > _fall.Cut
                ? (_all, default, _all.Mean - bound)
                : (_fall.Before, Next(_fall.Since, value), _fall.Cut);
        if (_twoSided && IsGreater(_fall.Before, _fall.Since, _drift))
        {
            Reset();
        }

        return state;
    }

    /// <inheritdoc/>
    public void Reset()
    {
        _all = default;
        _rise = (default, default, double.PositiveInfinity);
        _fall = (default, default, double.NegativeInfinity);
    }

    private Weighted Next(Weighted mean, double value) =>
        mean.Squares == 0
            ? new Weighted(value, 1)
            : new Weighted(
                (_lambda * value) + ((1 - _lambda) * mean.Mean),
                (_lambda * _lambda) + ((1 - _lambda) * (1 - _lambda) * mean.Squares)
            );

    private static bool IsGreater(Weighted greater, Weighted less, double probability) =>
        greater.Squares > 0
        && less.Squares > 0
        && greater.Mean - less.Mean > Math.Sqrt((greater.Squares + less.Squares) * Math.Log(1 / probability) / 2);

    /// <summary>A weighted mean, and the sum of the squares of its weights; 0 of no values.</summary>
    [System.Runtime.InteropServices.StructLayout(System.Runtime.InteropServices.LayoutKind.Auto)]
    private readonly record struct Weighted(double Mean, double Squares);
}
