using System.Globalization;
using System.Text.Json.Serialization;

namespace Rondo.Data;

/// <summary>
/// From where on a column has moved, learned from the reference itself: it was cut into windows, each window was measured against all other
/// rows, and the limit of a column and measure is a quantile of what the windows gave. What moves anyway (a weekend, a season that the
/// reference has seen) is thereby no drift. It stands within the <see cref="ReferenceProfile"/>.
/// </summary>
/// <remarks>
/// The quantile is that of split conformal prediction (Vovk, Gammerman and Shafer, 2005): the ⌈(n + 1)(1 − α)⌉-th smallest of n. A window that could
/// as well be one of these passes it with a probability of at most α: per column and measure; for the whole table there is
/// <see cref="AnyColumn"/>. Where the reference has a trend, later windows are not like earlier ones, and will pass: that is drift.
/// </remarks>
/// <param name="Window">What the windows are.</param>
/// <param name="Alpha">The share of windows without drift that may pass a limit.</param>
/// <param name="Windows">How many windows were measured.</param>
/// <param name="RowsMedian">The rows of the middle window: the limits are for windows of about this size.</param>
/// <param name="Columns">The limits, column by column.</param>
/// <param name="AnyColumn">
/// What all limits are multiplied with so that a window without drift passes <i>any</i> of them with a probability of at most α: the same
/// quantile of what each window's farthest column gave, as a multiple of its limit. A column whose limit is 0 (it moved in hardly any window) has
/// no part in it: it counts as soon as it moves at all.
/// </param>
public sealed record DriftThresholds(
    DriftWindow Window,
    double Alpha,
    int Windows,
    double RowsMedian,
    IReadOnlyList<ColumnLimits> Columns,
    ColumnLimits AnyColumn
)
{
    private const double SizeRatioMax = 2;

    /// <summary>Why the limits are not those of <see cref="Alpha"/>, and what they are instead; null where they are.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public string? Reason { get; init; }

    /// <summary>The limits of a column by name (case and underscores do not count), or null.</summary>
    public ColumnLimits? Find(string column) =>
        Columns.FirstOrDefault(c => ColumnNames.Comparer.Equals(c.Column, column));

    /// <summary>
    /// How far a measured column is: its measure by its limit for the whole table (1 and less: within). Null where either is unknown;
    /// infinite where the limit is 0 and the column has moved.
    /// </summary>
    public double? Ratio(ColumnDrift column, DriftMeasure measure) =>
        (column[measure], Find(column.Column)?[measure]) switch
        {
            (null, _) or (_, null) => null,
            ({ } value, 0.0) => value > 0 ? double.PositiveInfinity : 0,
            ({ } value, { } limit) => value / limit / Math.Max(1, AnyColumn[measure] ?? 1),
        };

    /// <summary>What the limits are, and whether they are for so many rows, in a sentence.</summary>
    public string Describe(long rows)
    {
        var size =
            rows * SizeRatioMax < RowsMedian || rows > RowsMedian * SizeRatioMax
                ? $" They are for windows of about {RowsMedian:0} rows, and these are {rows}: with fewer rows chance alone moves columns farther."
                : "";
        return string.Create(
                CultureInfo.InvariantCulture,
                $"Limits from {Windows} windows of {Window} of the reference, for a false alarm in {100 * Alpha:0.###} % of windows."
            )
            + (Reason is null ? "" : " " + Reason)
            + size;
    }
}

/// <summary>The limits of a column; null where the column does not have a measure.</summary>
/// <param name="Column">The column's name.</param>
public sealed record ColumnLimits(string Column)
{
    /// <summary>Of <see cref="DriftMeasure.Psi"/>.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public double? Psi { get; init; }

    /// <summary>Of <see cref="DriftMeasure.Ks"/>.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public double? Ks { get; init; }

    /// <summary>Of <see cref="DriftMeasure.JensenShannon"/>.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public double? JensenShannon { get; init; }

    /// <summary>Of <see cref="DriftMeasure.LInfinity"/>.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public double? LInfinity { get; init; }

    /// <summary>Of <see cref="DriftMeasure.Wasserstein"/>.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public double? Wasserstein { get; init; }

    /// <summary>Of <see cref="DriftMeasure.Effect"/>.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public double? Effect { get; init; }

    /// <summary>The limit of a measure.</summary>
    public double? this[DriftMeasure measure] =>
        measure switch
        {
            DriftMeasure.Psi => Psi,
            DriftMeasure.Ks => Ks,
            DriftMeasure.JensenShannon => JensenShannon,
            DriftMeasure.LInfinity => LInfinity,
            DriftMeasure.Wasserstein => Wasserstein,
            _ => Effect,
        };
}
