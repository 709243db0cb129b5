using Rondo.Data;
using Rondo.Monitoring.Predictions;
using Rondo.Registry;
using Rondo.Sdk.Wire;

namespace Rondo.Monitoring.Monitors;

/// <summary>
/// Watches whether what is asked is what the model was trained for: validates a window of the prediction log with the schema of the training
/// rows that is kept with the version.
/// </summary>
internal static class SchemaMonitor
{
    private const string Serving = "serving";
    private const int AnomaliesShownMax = 20;

    public static Evaluation Evaluate(
        MonitorManifest monitor,
        Window window,
        IReadOnlyList<LoggedRow> rows,
        IReadOnlyDictionary<long, ModelVersion> versions
    )
    {
        var serving = rows.Count == 0 ? null : versions.GetValueOrDefault(rows[^1].Version);
        if (serving?.Proposal.Schema is not { } schema)
        {
            return Evaluations.Insufficient(
                window,
                rows.Count,
                serving?.Version,
                serving is null ? "Nothing was predicted." : "No schema is kept with the version: register it anew."
            );
        }

        var report = SchemaValidator.Validate(Logged(schema), Table(rows, versions, schema), Serving);
        var anomalies = report.Anomalies.OrderByDescending(anomaly => anomaly.Share).ToList();
        return Evaluations.Of(
            monitor,
            window,
            anomalies.Count == 0 ? 0 : anomalies[0].Share,
            new Facts(
                rows.Count,
                serving.Version,
                new
                {
                    anomalies = anomalies
                        .Take(AnomaliesShownMax)
                        .Select(anomaly => new
                        {
                            anomaly.Kind,
                            anomaly.Column,
                            anomaly.Expected,
                            anomaly.Observed,
                            anomaly.Share,
                            anomaly.Examples,
                        })
                        .ToArray(),
                }
            )
        );
    }

    private static Table Table(
        IReadOnlyList<LoggedRow> rows,
        IReadOnlyDictionary<long, ModelVersion> versions,
        TableSchema schema
    ) => LoggedTable.Inputs(rows, versions, Logged(schema).Columns.Select(column => (column.Name, column.Type)));

    // The log has numbers and texts: a date is one of these, and the model's own business. Windows of validity need the time of a training row.
    private static TableSchema Logged(TableSchema schema) =>
        schema with
        {
            Columns =
            [
                .. schema.Columns.Where(column =>
                    column is { Type: not (ColumnType.Date or ColumnType.Timestamp), ValidFrom: null, ValidUntil: null }
                ),
            ],
            EventTime = null,
        };
}
