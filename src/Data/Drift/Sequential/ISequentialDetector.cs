namespace Rondo.Data;

/// <summary>What a detector says after a value.</summary>
public enum DetectorState
{
    /// <summary>Nothing has changed, as far as can be told.</summary>
    None,

    /// <summary>It may be changing: begin to collect rows.</summary>
    Warning,

    /// <summary>It has changed. The detector begins anew with the next value, unless it says otherwise.</summary>
    Drift,
}

/// <summary>
/// Watches a stream value by value, in bounded memory. The same values give the same states. Not safe for several threads at once.
/// </summary>
public interface ISequentialDetector
{
    /// <summary>Takes the next value and says what it shows.</summary>
    /// <exception cref="RondoException">The value is not finite, or not one that this detector takes.</exception>
    DetectorState Update(double value);

    /// <summary>Forgets everything.</summary>
    void Reset();
}
