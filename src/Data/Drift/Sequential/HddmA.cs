namespace Rondo.Data;

/// <summary>
/// HDDM with averages (Frías-Blanco et al., 2015): a mean of values from 0 to 1 (errors) that rises abruptly, by Hoeffding's bound and
/// without any law of the values. A mean that falls makes it begin anew without an alarm.
/// </summary>
public sealed class HddmA : ISequentialDetector
{
    private readonly double _drift;
    private readonly double _warning;
    private readonly bool _twoSided;
    private Prefix _all;
    private Prefix _least;
    private Prefix _greatest;

    /// <summary>
    /// A detector with its probabilities of a false alarm; <paramref name="twoSided"/>: whether a fall begins anew.
    /// </summary>
    /// <exception cref="RondoException">A probability is not between 0 and 1.</exception>
    public HddmA(double drift = 0.001, double warning = 0.005, bool twoSided = true)
    {
        Samples.CheckInnerShare(drift, nameof(drift));
        Samples.CheckInnerShare(warning, nameof(warning));
        (_drift, _warning, _twoSided) = (drift, warning, twoSided);
    }

    /// <inheritdoc/>
    public DetectorState Update(double value)
    {
        Samples.CheckShare(value, nameof(value));
        _all = new Prefix(_all.Count + 1, _all.Sum + value);
        var bound = Bound(_all);
        if (_least.Count == 0 || _least.Mean + Bound(_least) >= _all.Mean + bound)
        {
            _least = _all;
        }

        if (_greatest.Count == 0 || _greatest.Mean - Bound(_greatest) <= _all.Mean - bound)
        {
            _greatest = _all;
        }

        if (IsBeyond(_least, _all.Mean - _least.Mean, _drift))
        {
            Reset();
            return DetectorState.Drift;
        }

        var state = IsBeyond(_least, _all.Mean - _least.Mean, _warning) ? DetectorState.Warning : DetectorState.None;
        if (_twoSided && IsBeyond(_greatest, _greatest.Mean - _all.Mean, _drift))
        {
            Reset();
        }

        return state;
    }

    /// <inheritdoc/>
    public void Reset() => _all = _least = _greatest = default;

    private double Bound(Prefix part) => Math.Sqrt(Math.Log(1 / _drift) / (2.0 * part.Count));

    private bool IsBeyond(Prefix part, double difference, double probability)
    {
        if (part.Count == _all.Count)
        {
            return false;
        }

        var m = (_all.Count - part.Count) / (double)part.Count / _all.Count;
        return difference >= Math.Sqrt(m / 2 * Math.Log(2 / probability));
    }

    [System.Runtime.InteropServices.StructLayout(System.Runtime.InteropServices.LayoutKind.Auto)]
    private readonly record struct Prefix(long Count, double Sum)
    {
        public double Mean => Sum / Count;
    }
}
