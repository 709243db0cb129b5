namespace Rondo.Data;

/// <summary>Compares what was read with what was expected, file by file.</summary>
public static class SchemaValidator
{
    /// <summary>Every anomaly, schema skew first. Never throws for what is in the data.</summary>
    public static ValidationReport Validate(TableSchema schema, RawTable raw)
    {
        var anomalies = new List<Anomaly>();
        var first = 0;
        foreach (var part in raw.Parts)
        {
            anomalies.AddRange(new PartValidation(schema, raw, part, first).Run());
            first += part.Rows;
        }

        foreach (var file in raw.Quarantine.Rows.GroupBy(r => r.File, StringComparer.Ordinal))
        {
            anomalies.Add(PartValidation.OfQuarantine(file.Key, file.ToList(), raw));
        }

        var ordered = anomalies.OrderBy(a => a.IsSchemaSkew ? 0 : 1).ToList();
        return new ValidationReport(schema.Name, raw.Table.RowCount, ordered);
    }

    /// <summary>Validates a table that came as one piece.</summary>
    public static ValidationReport Validate(TableSchema schema, Table table) =>
        Validate(schema, RawTable.Of(table, schema.Name));
}
