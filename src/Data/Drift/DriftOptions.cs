namespace Rondo.Data;

/// <summary>What a comparison does beside measuring column by column.</summary>
public sealed record DriftOptions
{
    /// <summary>
    /// The rows of the reference, for a classifier that looks at all columns together (<see cref="DriftReport.Domain"/>); null: none is asked.
    /// A profile does not keep rows, so they are read once more.
    /// </summary>
    public TableSource? ClassifyAgainst { get; init; }

    /// <summary>What the classifier's folds, and its rows where there are too many, are drawn with.</summary>
    public int Seed { get; init; }
}

/// <summary>
/// What a classifier (<see cref="DomainClassifier"/>) makes of all columns together: small shifts of many columns add up. It adds up columns, and
/// so does not see two that no longer go together while each stays as it was.
/// </summary>
/// <param name="Auc">How well current rows are told from reference rows, out of fold: ½ not at all, 1 always.</param>
/// <param name="P">See <see cref="DomainClassifier.P"/>; null where all rows score alike.</param>
/// <param name="ReferenceRows">Reference rows it was shown, at most <see cref="RowsMax"/>, drawn by what they hold.</param>
/// <param name="CurrentRows">Current rows it was shown, as many at most.</param>
/// <param name="Drivers">The columns that helped, most first; they mean something only where the rows can be told apart.</param>
public sealed record DomainDrift(
    double Auc,
    double? P,
    int ReferenceRows,
    int CurrentRows,
    IReadOnlyList<DomainDriver> Drivers
)
{
    /// <summary>The most rows of either side; more would tell smaller differences apart, and take longer.</summary>
    public const int RowsMax = 5000;
}

/// <summary>A column that helped to tell current rows from reference rows.</summary>
/// <param name="Column">Its name.</param>
/// <param name="Share">Its share of all that was gained, 0 to 1.</param>
public sealed record DomainDriver(string Column, double Share);
