namespace Rondo.Data;

/// <summary>How limits are learned from a reference; see <see cref="DriftThresholds"/>.</summary>
/// <param name="Window">What will be compared later: windows of so many days, or of so many rows.</param>
/// <param name="EventTime">
/// The column of dates or timestamps that tells when a row happened; needed for days. Null: rows stand in their order in time.
/// </param>
/// <param name="Alpha">The share of windows without drift that may raise a false alarm, between 0 and 1.</param>
public sealed record DriftCalibration(DriftWindow Window, string? EventTime = null, double Alpha = 0.05)
{
    /// <summary>The most windows that are measured; of more, as many evenly spaced ones.</summary>
    public const int WindowsMax = 400;

    /// <summary>The fewest windows with which limits can be those of <see cref="Alpha"/>: ⌈1 / α⌉ − 1.</summary>
    public int WindowsMin => (int)Math.Ceiling((1 / Alpha) - 1e-9) - 1;

    /// <summary>The ⌈(n + 1)(1 − α)⌉-th smallest of n scores; the greatest where n is too small for α.</summary>
    /// <exception cref="RondoException">There are no scores, or α is not between 0 and 1.</exception>
    public static double Limit(IReadOnlyList<double> scores, double alpha)
    {
        Samples.CheckInnerShare(alpha, nameof(alpha));
        var sorted = Samples.Sorted(scores, nameof(scores));
        // A product such as 20 · 0.95 may come out just above the whole number that it is.
        var rank = (int)Math.Ceiling(((sorted.Length + 1) * (1 - alpha)) - 1e-9);
        return sorted[Math.Clamp(rank, 1, sorted.Length) - 1];
    }
}
