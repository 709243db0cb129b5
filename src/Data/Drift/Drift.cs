namespace Rondo.Data;

/// <summary>Compares a table with a reference.</summary>
public static class Drift
{
    private const double FalseDiscoveryRate = 0.05;

    /// <summary>
    /// The drift of every column of the reference. A column that is not there, has no values or has become another type says so
    /// in its reason; columns that the reference does not have are not looked at.
    /// </summary>
    public static DriftReport Compare(ReferenceProfile reference, Table current)
    {
        var columns = reference.Columns.Select(profile => ColumnComparison.Of(profile, current)).ToArray();
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

        return new DriftReport(reference.Rows, current.RowCount, columns);
    }
}
