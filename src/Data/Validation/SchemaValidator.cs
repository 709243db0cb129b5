namespace Rondo.Data;

/// <summary>Compares what was read with what was expected, file by file.</summary>
public static class SchemaValidator
{
    /// <summary>Every anomaly, schema skew first. Never throws for what is in the data.</summary>
    /// <param name="schema">What is expected.</param>
    /// <param name="raw">What was read.</param>
    /// <param name="environment">Where the rows come from, such as <c>serving</c>; null: training data, which have everything.</param>
    public static ValidationReport Validate(TableSchema schema, RawTable raw, string? environment = null)
    {
        var anomalies = new List<Anomaly>();
        var first = 0;
        foreach (var part in raw.Parts)
        {
            var check = new FileCheck(schema, part.Name, part.Columns, environment);
            check.Add(raw.Parts.Count == 1 ? raw.Table : raw.Table.Slice(first, part.Rows));
            anomalies.AddRange(check.Finish(raw.Parts));
            first += part.Rows;
        }

        foreach (var file in raw.Quarantine.Rows.GroupBy(r => r.File, StringComparer.Ordinal))
        {
            var good = raw.Parts.Where(p => p.Name == file.Key).Sum(p => (long)p.Rows);
            anomalies.Add(QuarantineCheck.Of(file.Key, [.. file], good, raw.Quarantine));
        }

        return Report(schema, raw.Table.RowCount, anomalies);
    }

    /// <summary>Validates a table that came as one piece.</summary>
    public static ValidationReport Validate(TableSchema schema, Table table, string? environment = null) =>
        Validate(schema, RawTable.Of(table, schema.Name), environment);

    /// <summary>Validates files that may be larger than memory, part by part.</summary>
    /// <exception cref="RondoException">A file cannot be read at all.</exception>
    public static ValidationReport Validate(TableSchema schema, TableSource source, string? environment = null)
    {
        var checks = new List<FileCheck>();
        var anomalies = new List<Anomaly>();
        foreach (var file in source.Files)
        {
            FileCheck? check = null;
            foreach (var part in file.Read())
            {
                check ??= new FileCheck(schema, file.Name, [.. part.Columns.Select(Typed)], environment);
                check.Add(part);
            }

            checks.Add(check ?? new FileCheck(schema, file.Name, [], environment));
            if (file.Quarantine is { Count: > 0 } held)
            {
                anomalies.Add(QuarantineCheck.Of(file.Name, held.Rows, checks[^1].Rows, held));
            }
        }

        var parts = checks.Select(check => new TablePart(check.Name, 0, check.Columns)).ToList();
        anomalies.InsertRange(0, checks.SelectMany(check => check.Finish(parts)));
        return Report(schema, checks.Sum(check => check.Rows), anomalies);
    }

    private static PartColumn Typed(Column column) => new(column.Name, column.Type);

    private static ValidationReport Report(TableSchema schema, long rows, List<Anomaly> anomalies) =>
        new(schema.Name, rows, anomalies.OrderBy(a => a.IsSchemaSkew ? 0 : 1).ToList());
}
