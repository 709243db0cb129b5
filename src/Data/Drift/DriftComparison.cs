namespace Rondo.Data;

/// <summary>
/// Compares rows that come part by part with a reference, in memory that does not grow with them. Neither the order of the rows nor how they
/// are parted changes the outcome.
/// </summary>
public sealed class DriftComparison
{
    private const double FalseDiscoveryRate = 0.05;

    private readonly ReferenceProfile _reference;
    private readonly ColumnComparison[] _columns;

    /// <summary>Nothing is there yet to be compared with the reference.</summary>
    public DriftComparison(ReferenceProfile reference) =>
        (_reference, _columns) = (reference, [.. reference.Columns.Select(profile => new ColumnComparison(profile))]);

    /// <summary>The rows so far.</summary>
    public long Rows { get; private set; }

    /// <summary>Adds rows.</summary>
    public void Add(Table part)
    {
        Rows += part.RowCount;
        foreach (var column in _columns)
        {
            column.Add(part);
        }
    }

    /// <summary>
    /// The drift of every column of the reference. A column that is not there, has no values or has become another type says so
    /// in its reason; columns that the reference does not have are not looked at.
    /// </summary>
    public DriftReport Report()
    {
        var columns = _columns.Select(column => column.Finish(Rows)).ToArray();
        var tested = Enumerable.Range(0, columns.Length).Where(i => columns[i].P is not null).ToList();
        var adjusted = BenjaminiHochberg.Adjust(tested.Select(i => columns[i].P!.Value).ToList());
        for (var i = 0; i < tested.Count; i++)
        {
            columns[tested[i]] = columns[tested[i]] with
            {
                AdjustedP = adjusted[i],
                IsSignificant = adjusted[i] <= FalseDiscoveryRate,
            };
        }

        return _reference.Thresholds is not { } thresholds
            ? new DriftReport(_reference.Rows, Rows, columns)
            : new DriftReport(
                _reference.Rows,
                Rows,
                [.. columns.Select(column => column with { Limits = thresholds.Find(column.Column) })]
            )
            {
                Thresholds = thresholds,
                Limits = thresholds.Describe(Rows),
            };
    }
}
