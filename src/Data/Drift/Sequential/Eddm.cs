namespace Rondo.Data;

/// <summary>
/// The early drift detection method (Baena-García et al., 2006), for errors of a model: 1 wrong, 0 right. Errors that come closer together:
/// mean distance + 2 deviations falls below a share of the greatest seen. Compared after more than <c>errors</c> errors; it alarms often
/// on streams without drift.
/// </summary>
public sealed class Eddm : ISequentialDetector
{
    private const int ValuesMin = 29;

    private readonly double _warning;
    private readonly double _drift;
    private readonly int _errorsMin;
    private long _count;
    private long _lastError;
    private long _errors;
    private double _mean;
    private double _squares;
    private double _greatest;
    private DetectorState _state;

    /// <summary>A detector with its limits as shares of the greatest distance.</summary>
    /// <exception cref="RondoException">A limit is not a share, or the number of errors is negative.</exception>
    public Eddm(double warning = 0.95, double drift = 0.9, int errors = 30)
    {
        Samples.CheckShare(warning, nameof(warning));
        Samples.CheckShare(drift, nameof(drift));
        Samples.CheckCount(errors, nameof(errors));
        (_warning, _drift, _errorsMin) = (warning, drift, errors);
    }

    /// <inheritdoc/>
    public DetectorState Update(double value)
    {
        if (value is not (0 or 1))
        {
            throw Samples.Refuse($"The value is {value}.", "Give 1 for an error and 0 for none.");
        }

        _count++;
        if (value == 0)
        {
            // Between errors the last one speaks.
            return _state;
        }

        _errors++;
        var distance = _count - _lastError;
        _lastError = _count;
        var before = _mean;
        _mean += (distance - before) / _errors;
        _squares += (distance - _mean) * (distance - before);
        var reach = _mean + (2 * Math.Sqrt(_squares / _errors));
        _state = _count < ValuesMin ? DetectorState.None : Judge(reach);
        if (_state == DetectorState.Drift)
        {
            Reset();
            return DetectorState.Drift;
        }

        return _state;
    }

    /// <inheritdoc/>
    public void Reset()
    {
        (_count, _lastError, _errors) = (0, 0, 0);
        (_mean, _squares, _greatest, _state) = (0, 0, 0, DetectorState.None);
    }

    private DetectorState Judge(double reach)
    {
        if (reach > _greatest)
        {
            _greatest = reach;
            return DetectorState.None;
        }

        var share = reach / _greatest;
        return _errors <= _errorsMin ? DetectorState.None
            : share < _drift ? DetectorState.Drift
            : share < _warning ? DetectorState.Warning
            : DetectorState.None;
    }
}
