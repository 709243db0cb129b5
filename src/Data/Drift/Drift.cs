namespace Rondo.Data;

/// <summary>Compares rows with a reference.</summary>
public static class Drift
{
    /// <summary>Compares a table; see <see cref="DriftComparison.Report"/>.</summary>
    public static DriftReport Compare(ReferenceProfile reference, Table current) =>
        Compare(reference, TableSource.Of(current));

    /// <summary>Compares the rows of a source, which may be larger than memory.</summary>
    public static DriftReport Compare(ReferenceProfile reference, TableSource current)
    {
        var comparison = new DriftComparison(reference);
        foreach (var part in current.Read())
        {
            comparison.Add(part);
        }

        return comparison.Report();
    }
}
