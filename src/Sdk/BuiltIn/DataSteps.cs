using Rondo.Data;
using Rondo.Sdk.Wire;

namespace Rondo.Sdk.BuiltIn;

/// <summary>The built-in steps from a dataset version to rows that are fit for training.</summary>
internal static class DataSteps
{
    [Step]
    public static async Task<RawTable> Ingest(
        DatasetVersionContent version,
        int windowDays,
        string eventTime,
        [Argument] TableSchema schema,
        StepContext context
    )
    {
        var parts = new List<RawTable>();
        var csv = new List<string>();
        var names = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (var file in version.Files)
        {
            var path = await context.Store!.VerifiedPathAsync(file.Digest, context.Cancellation);
            if (file.Name.EndsWith(".csv", StringComparison.OrdinalIgnoreCase))
            {
                names[file.Name] = path;
                csv.Add(file.Name);
                continue;
            }
            parts.Add(ReadOther(file.Name, path, schema));
        }
        if (csv.Count > 0)
        {
            parts.Add(ReadCsv(csv, names, schema));
        }
        var raw = Join(parts);
        if (windowDays > 0 && IsTime(raw.Table, eventTime))
        {
            var all = raw.Table.RowCount;
            raw = raw.Newest(eventTime, windowDays);
            context.Dropped(all - raw.Table.RowCount, $"older than {windowDays} days");
        }
        context.Log($"{raw.Table.RowCount} rows from {raw.Parts.Count} of {version.Files.Count} files");
        return raw;
    }

    [Step]
    public static TableStatistics Describe(RawTable raw) => TableStatistics.Of(raw.Table);

    [Step]
    public static (Table<T> Rows, ValidationReport Report) Validate<T>(
        RawTable raw,
        [Argument] TableSchema schema,
        StepContext context
    )
    {
        var report = SchemaValidator.Validate(schema, raw);
        foreach (var anomaly in report.Anomalies)
        {
            context.Log(anomaly.Message);
        }
        if (report.HasSchemaSkew)
        {
            throw context.Stop(
                $"Schema skew in '{schema.Name}': {report.Summary}.",
                report.Anomalies[0].Mend,
                ("report", report)
            );
        }
        return (raw.Table.As<T>(), report);
    }

    [Step]
    public static (Table<T> Train, Table<T> Holdout) SplitByTime<T>(
        Table<T> rows,
        string time,
        int holdoutDays,
        StepContext context
    )
    {
        var days = EventDays.Of(rows.Untyped, time);
        var newest = days.Max();
        var train = new List<T>();
        var holdout = new List<T>();
        for (var row = 0; row < rows.Count; row++)
        {
            (days[row] is { } day && day > newest - holdoutDays ? holdout : train).Add(rows[row]);
        }
        if (train.Count == 0 || holdout.Count == 0)
        {
            throw new RondoException(
                ErrorCode.FailedPrecondition,
                $"Holding out the newest {holdoutDays} days leaves {train.Count} rows for training and {holdout.Count} for the test.",
                "Hold out fewer days, or bring data of a longer time."
            );
        }
        context.Log($"{train.Count} rows to train, {holdout.Count} to test");
        return (Table<T>.From(train), Table<T>.From(holdout));
    }

    private static RawTable ReadCsv(List<string> files, Dictionary<string, string> paths, TableSchema schema)
    {
        var streams = files.Select(name => (name, Content: (Stream)File.OpenRead(paths[name]))).ToList();
        try
        {
            return Csv.Read(streams, new CsvOptions { Schema = schema });
        }
        finally
        {
            streams.ForEach(file => file.Content.Dispose());
        }
    }

    private static RawTable ReadOther(string name, string path, TableSchema schema)
    {
        var source = TableSource.OfStream(name, () => File.OpenRead(path), new CsvOptions { Schema = schema });
        var table = source.ToTable();
        return new RawTable(table, [TablePart.Of(name, table)], source.Quarantine);
    }

    private static RawTable Join(List<RawTable> parts)
    {
        if (parts.Count == 1)
        {
            return parts[0];
        }
        if (parts.Count == 0)
        {
            return RawTable.Of(Table.Empty);
        }
        var quarantine = new Quarantine(
            parts.Sum(part => part.Quarantine.Count),
            [.. parts.SelectMany(part => part.Quarantine.Rows).Take(Quarantine.RowsMax)]
        );
        return new RawTable(
            Table.Concat([.. parts.Select(part => part.Table)]),
            [.. parts.SelectMany(part => part.Parts)],
            quarantine
        );
    }

    // A column of another type is left for validation to report.
    private static bool IsTime(Table table, string column) =>
        column.Length > 0
        && table.TryGet(column, out var found)
        && found.Type is ColumnType.Date or ColumnType.Timestamp;
}
