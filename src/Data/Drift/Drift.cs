namespace Rondo.Data;

/// <summary>Compares rows with a reference.</summary>
public static class Drift
{
    /// <summary>Compares a table; see <see cref="DriftComparison.Report"/>.</summary>
    public static DriftReport Compare(ReferenceProfile reference, Table current) =>
        Compare(reference, TableSource.Of(current));

    /// <summary>Compares the rows of a source, which may be larger than memory.</summary>
    public static DriftReport Compare(ReferenceProfile reference, TableSource current) =>
        Compare(reference, current, new DriftOptions());

    /// <summary>The same, with what else is asked for.</summary>
    public static DriftReport Compare(ReferenceProfile reference, TableSource current, DriftOptions options)
    {
        var comparison = new DriftComparison(reference);
        var rows = options.ClassifyAgainst is null ? null : new DomainRows(reference, options.Seed);
        foreach (var part in current.Read())
        {
            comparison.Add(part);
            rows?.Add(part);
        }

        var report = comparison.Report();
        return rows is null ? report : report with { Domain = Classify(reference, rows.ToRows(), options) };
    }

    private static DomainDrift? Classify(ReferenceProfile reference, double[][] current, DriftOptions options)
    {
        // Drawn independently of the current ones: rows that are equal would otherwise be drawn together.
        var rows = new DomainRows(reference, ~(long)options.Seed);
        foreach (var part in options.ClassifyAgainst!.Read())
        {
            rows.Add(part);
        }

        var before = rows.ToRows();
        if (Math.Min(before.Length, current.Length) < DomainClassifier.Folds || reference.Columns.Count == 0)
        {
            return null;
        }

        var found = DomainClassifier.Of(before, current, options.Seed);
        var drivers = reference
            .Columns.Zip(found.Importances, (column, share) => new DomainDriver(column.Name, share))
            .Where(driver => driver.Share > 0)
            .OrderByDescending(driver => driver.Share)
            .ThenBy(driver => driver.Column, StringComparer.Ordinal);
        return new DomainDrift(found.Auc, found.P, before.Length, current.Length, [.. drivers]);
    }
}
