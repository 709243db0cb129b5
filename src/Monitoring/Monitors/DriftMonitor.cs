using Rondo.Data;
using Rondo.Monitoring.Predictions;
using Rondo.Registry;
using Rondo.Sdk.Wire;

namespace Rondo.Monitoring.Monitors;

/// <summary>Watches how far inputs and predictions have moved from the training baseline of the version that answers.</summary>
internal static class DriftMonitor
{
    private const int RowsMin = 30;
    private const int ColumnsShownMax = 20;

    public static Evaluation Evaluate(
        MonitorManifest monitor,
        Window window,
        IReadOnlyList<LoggedRow> rows,
        IReadOnlyDictionary<long, ModelVersion> versions
    )
    {
        var serving = rows.Count == 0 ? null : versions.GetValueOrDefault(rows[^1].Version);
        if (rows.Count < RowsMin || serving is null)
        {
            return Evaluations.Insufficient(
                window,
                rows.Count,
                serving?.Version,
                $"{rows.Count} predictions; {RowsMin} are needed."
            );
        }

        var measured = Compare(rows, versions, serving)
            .Select(column => (Column: column, Value: Measure(monitor.Metric, column)))
            .OrderByDescending(pair => pair.Value)
            .ThenBy(pair => pair.Column.Column, StringComparer.Ordinal)
            .ToList();
        var needed = Math.Max(monitor.MinColumns, 1);
        if (measured.Count < needed)
        {
            return Evaluations.Insufficient(
                window,
                rows.Count,
                serving.Version,
                $"The baseline has {measured.Count} columns; the monitor asks for {needed}."
            );
        }

        // The limit is passed in so many columns exactly when the so-manieth greatest passes it.
        var details = new
        {
            metric = monitor.Metric,
            minColumns = needed,
            columnsOver = measured.Count(pair => pair.Value > monitor.Limit),
            baselineRows = serving.Proposal.Baseline.Rows,
            columns = measured.Take(ColumnsShownMax).Select(pair => View(pair.Column, pair.Value)).ToArray(),
        };
        return Evaluations.Of(
            monitor,
            window,
            measured[needed - 1].Value,
            new Facts(rows.Count, serving.Version, details)
        );
    }

    // The predictions of another version belong to another baseline: they are left out, where inputs are not.
    private static IEnumerable<ColumnDrift> Compare(
        IReadOnlyList<LoggedRow> rows,
        IReadOnlyDictionary<long, ModelVersion> versions,
        ModelVersion serving
    )
    {
        var (inputs, prediction) = LoggedTable.Split(serving);
        return
        [
            .. Drift.Compare(inputs, LoggedTable.Inputs(rows, versions, inputs)).Columns,
            .. Drift.Compare(prediction, LoggedTable.Predictions(rows, prediction, serving.Version)).Columns,
        ];
    }

    // What chance alone gives with so few rows is no drift: it counts as 0.
    private static double Measure(string metric, ColumnDrift column) =>
        metric switch
        {
            "psi" => column.Psi is { } psi && psi > (column.PsiNull95 ?? 0) ? psi : 0,
            "ks" => column is { Ks: { } ks, IsSignificant: true } ? ks : 0,
            "js" => column is { JensenShannon: { } js, IsSignificant: true } ? js : 0,
            _ => column.IsSignificant ? column.Effect ?? 0 : 0,
        };

    private static object View(ColumnDrift column, double value) =>
        new
        {
            column = column.Column,
            value,
            psi = column.Psi,
            psiNull95 = column.PsiNull95,
            ks = column.Ks,
            p = column.AdjustedP,
            significant = column.IsSignificant,
            reason = column.Reason,
        };
}
