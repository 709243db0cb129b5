namespace Rondo.Data;

/// <summary>
/// Looks for personal data and secrets in every column: by the form of values, by check digits where there are any, and by the names of
/// columns. Values are read part by part, and what is kept of them does not grow with the rows; of a text, the first
/// <see cref="CharactersMax"/> characters are looked at. What merely looks alike (order numbers, years, versions) is told from the real by how
/// many different values pass a check beyond chance. A scan that finds nothing proves nothing: it is a net, not a promise.
/// </summary>
public static class PersonalDataScan
{
    /// <summary>How many characters of one value are looked at.</summary>
    public const int CharactersMax = 4096;

    /// <summary>Scans rows that may be larger than memory.</summary>
    /// <param name="source">The rows.</param>
    /// <param name="schema">What is declared there (<see cref="ColumnExpectation.Personal"/>) is no finding; null: nothing is declared.</param>
    /// <exception cref="RondoException">The source cannot be read; the message names the place.</exception>
    public static PersonalDataReport Scan(TableSource source, TableSchema? schema = null)
    {
        var columns = new Dictionary<string, ColumnScan>(ColumnNames.Comparer);
        var order = new List<ColumnScan>();
        var rows = 0L;
        foreach (var part in source.Read())
        {
            rows += part.RowCount;
            foreach (var column in part.Columns)
            {
                if (!columns.TryGetValue(column.Name, out var scan))
                {
                    scan = new ColumnScan(column.Name);
                    columns.Add(column.Name, scan);
                    order.Add(scan);
                }

                scan.Add(column);
            }
        }

        var found = order.SelectMany(scan => scan.Finish()).ToLookup(finding => IsDeclared(finding, schema));
        return new PersonalDataReport(rows, source.Quarantine.Count, [.. found[false]], [.. found[true]]);
    }

    /// <summary>Scans a table in memory.</summary>
    /// <param name="table">The rows.</param>
    /// <param name="schema">What is declared there is no finding; null: nothing is declared.</param>
    public static PersonalDataReport Scan(Table table, TableSchema? schema = null) =>
        Scan(TableSource.Of(table), schema);

    private static bool IsDeclared(PersonalDataFinding finding, TableSchema? schema) =>
        schema?.Find(finding.Column)?.Personal is { } declared
        && (declared == finding.Kind || declared == PersonalDataKind.Other);
}
