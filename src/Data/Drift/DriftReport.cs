using System.Text.Json.Serialization;

namespace Rondo.Data;

/// <summary>How far a table has moved from a reference, column by column.</summary>
/// <param name="ReferenceRows">Rows of the reference.</param>
/// <param name="CurrentRows">Rows compared with it.</param>
/// <param name="Columns">The columns of the reference, and what each shows.</param>
public sealed record DriftReport(long ReferenceRows, long CurrentRows, IReadOnlyList<ColumnDrift> Columns)
{
    /// <summary>The columns whose tests reject "no drift", false alarms among them controlled.</summary>
    [JsonIgnore]
    public IReadOnlyList<ColumnDrift> Significant => Columns.Where(c => c.IsSignificant).ToArray();

    /// <summary>
    /// All columns together, where that was asked for (<see cref="DriftOptions.ClassifyAgainst"/>) and there are at least
    /// <see cref="DomainClassifier.Folds"/> rows on either side; else null.
    /// </summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public DomainDrift? Domain { get; init; }

    /// <summary>Where the limits come from, and for how many rows they are; null where the reference has none.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public string? Limits { get; init; }

    /// <summary>The limits of the reference, where it has some (<see cref="ReferenceProfile.Thresholds"/>).</summary>
    [JsonIgnore]
    public DriftThresholds? Thresholds { get; init; }

    /// <summary>
    /// The columns to act upon by the limits learned from the reference, farthest first: in a window without drift there is any with a
    /// probability of at most α (<see cref="DriftThresholds.AnyColumn"/>). Empty where the reference has no limits.
    /// </summary>
    public IReadOnlyList<ColumnDrift> Above(DriftMeasure measure) =>
        [
            .. Columns
                .Select(column => (Column: column, Ratio: Thresholds?.Ratio(column, measure)))
                .Where(pair => pair.Ratio > 1)
                .OrderByDescending(pair => pair.Ratio)
                .Select(pair => pair.Column),
        ];

    /// <summary>
    /// The columns to act upon: their index is above <paramref name="psi"/> <i>and</i> above what these numbers of rows give
    /// without drift.
    /// </summary>
    public IReadOnlyList<ColumnDrift> Above(double psi) =>
        Columns.Where(c => c.Psi > Math.Max(psi, c.PsiNull95 ?? 0)).ToArray();

    /// <summary>The drift of a column by name (case and underscores do not count), or null.</summary>
    public ColumnDrift? Find(string column) =>
        Columns.FirstOrDefault(c => ColumnNames.Comparer.Equals(c.Column, column));
}

/// <summary>The drift of one column. What could not be computed is null, and <paramref name="Reason"/> says why.</summary>
/// <param name="Column">Its name.</param>
/// <param name="Type">Its type in the reference.</param>
/// <param name="ReferenceCount">Reference rows, missing values included.</param>
/// <param name="CurrentCount">Current rows, missing values included.</param>
/// <param name="ReferenceMissing">Share of the reference rows without a value.</param>
/// <param name="CurrentMissing">Share of the current rows without a value.</param>
/// <param name="Psi">
/// Population stability index over the bins of the reference (see <see cref="NumberProfile"/>) or its categories; missing values
/// and categories that the reference does not tell apart are a bin each; bins that both lack are left out; zero-filling by
/// <see cref="ZeroFill.HalfRow"/>.
/// </param>
/// <param name="PsiNull95">What the index stays below in 95 % of the cases without drift, with these numbers of rows and bins.</param>
/// <param name="Bins">The bins of the index.</param>
/// <param name="Ks">Numbers: the Kolmogorov–Smirnov statistic of the values that are there.</param>
/// <param name="KsP">Its asymptotic probability, see <see cref="KolmogorovSmirnov.P"/>.</param>
/// <param name="ChiSquare">The chi-square statistic of homogeneity over the bins.</param>
/// <param name="ChiSquareP">Its probability.</param>
/// <param name="JensenShannon">Jensen–Shannon divergence over the bins, in bits.</param>
/// <param name="LInfinity">The greatest difference of shares over the bins.</param>
/// <param name="Effect">How much has moved, 0 to 1: the greater of Kolmogorov–Smirnov and the change in missing shares for numbers, L-infinity for categories.</param>
/// <param name="P">
/// The probability without drift that is used over the columns: of Kolmogorov–Smirnov for numbers (chi-square where the
/// share of missing values changes more), of chi-square for categories.
/// </param>
/// <param name="AdjustedP">The same after Benjamini and Hochberg over all columns.</param>
/// <param name="IsSignificant">Whether <paramref name="AdjustedP"/> is at most 0.05.</param>
/// <param name="Reason">Why nothing was compared, or null.</param>
public sealed record ColumnDrift(
    string Column,
    ColumnType Type,
    long ReferenceCount,
    long CurrentCount,
    double ReferenceMissing,
    double CurrentMissing,
    double? Psi = null,
    double? PsiNull95 = null,
    int Bins = 0,
    double? Ks = null,
    double? KsP = null,
    double? ChiSquare = null,
    double? ChiSquareP = null,
    double? JensenShannon = null,
    double? LInfinity = null,
    double? Effect = null,
    double? P = null,
    double? AdjustedP = null,
    bool IsSignificant = false,
    string? Reason = null
)
{
    /// <summary>
    /// Numbers: the Wasserstein-1 distance by the population deviation of the reference, as <see cref="Rondo.Data.Wasserstein.Normed"/>: 1 is a
    /// shift by one deviation. Null where the reference does not vary. A profile gives it to two approximations: a reference of more than
    /// <see cref="NumberProfile.SampleMax"/> values is thinned, which changes the distance by at most 1/4,000 of the reference's range; and
    /// current values between two neighbours of the kept ones count at their mean, which is exact but where the two distribution functions
    /// cross between neighbours, and there never too little.
    /// </summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public double? Wasserstein { get; init; }

    /// <summary>
    /// What moved most, as a sentence: the bin, category or missing share whose share changed most, from and to:
    /// <c>'tram' fell from 42 % to 12 %</c>. Null where nothing has changed or nothing was compared.
    /// </summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public string? Driver { get; init; }

    /// <summary>From where on the column has moved, learned from the reference; null where it was not.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public ColumnLimits? Limits { get; init; }

    /// <summary>The measures that are above their limit: each is with a probability of at most α without drift.</summary>
    public IReadOnlyList<DriftMeasure> AboveLimits =>
        [.. Enum.GetValues<DriftMeasure>().Where(measure => this[measure] > Limits?[measure])];

    /// <summary>What a measure gave; null where the column does not have it.</summary>
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
