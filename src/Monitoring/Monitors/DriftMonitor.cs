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

    // Of a limit of 0 every multiple is infinite, which no database keeps.
    private const double RatioMax = 1e9;

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

        var thresholds = serving.Proposal.Baseline.Thresholds;
        if (monitor.Calibrated && thresholds is null)
        {
            return Evaluations.Insufficient(
                window,
                rows.Count,
                serving.Version,
                "The baseline of the version has no limits: declare LearnDriftLimits before Register, and train on two windows or more."
            );
        }

        return Judge(monitor, window, rows.Count, (serving, Compare(rows, versions, serving).ToList()));
    }

    private static Evaluation Judge(
        MonitorManifest monitor,
        Window window,
        int rows,
        (ModelVersion Version, List<ColumnDrift> Columns) found
    )
    {
        var thresholds = monitor.Calibrated ? found.Version.Proposal.Baseline.Thresholds : null;
        var values = found.Columns.ConvertAll(column =>
            (Column: column, Value: Value(monitor.Metric, thresholds, column))
        );
        var measured = values
            .Where(pair => pair.Value is not null)
            .Select(pair => (pair.Column, Value: pair.Value!.Value))
            .OrderByDescending(pair => pair.Value)
            .ThenBy(pair => pair.Column.Column, StringComparer.Ordinal)
            .ToList();
        var needed = Math.Max(monitor.MinColumns, 1);
        if (measured.Count < needed)
        {
            return Evaluations.Insufficient(
                window,
                rows,
                found.Version.Version,
                $"The baseline has {measured.Count} columns{(thresholds is null ? "" : " with limits")}; the monitor asks for {needed}."
            );
        }

        // The limit is passed in so many columns exactly when the so-manieth greatest passes it.
        var details = new
        {
            metric = monitor.Metric,
            minColumns = needed,
            columnsOver = measured.Count(pair => pair.Value > monitor.Limit),
            baselineRows = found.Version.Proposal.Baseline.Rows,
            limits = thresholds?.Describe(rows),
            withoutLimits = values.Where(pair => pair.Value is null).Select(pair => pair.Column.Column).ToArray(),
            columns = measured
                .Take(ColumnsShownMax)
                .Select(pair => View(monitor.Metric, pair.Column, pair.Value))
                .ToArray(),
        };
        return Evaluations.Of(
            monitor,
            window,
            measured[needed - 1].Value,
            new Facts(rows, found.Version.Version, details)
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

    // A multiple of the learned limit; null where the column has none. Else the measure itself, where what chance alone gives with so few rows
    // is no drift and counts as 0.
    private static double? Value(string metric, DriftThresholds? thresholds, ColumnDrift column)
    {
        if (thresholds is not null)
        {
            return thresholds.Ratio(column, MeasureOf(metric)) is { } ratio ? Math.Min(ratio, RatioMax) : null;
        }

        var isMoved = metric == "psi" ? column.Psi > (column.PsiNull95 ?? 0) : column.IsSignificant;
        return isMoved ? column[MeasureOf(metric)] ?? 0 : 0;
    }

    private static DriftMeasure MeasureOf(string metric) =>
        metric == "js" ? DriftMeasure.JensenShannon
        : Enum.TryParse<DriftMeasure>(metric, ignoreCase: true, out var measure) ? measure
        : DriftMeasure.Effect;

    private static object View(string metric, ColumnDrift column, double value) =>
        new
        {
            column = column.Column,
            value,
            measured = column[MeasureOf(metric)],
            limit = column.Limits?[MeasureOf(metric)],
            driver = column.Driver,
            psi = column.Psi,
            psiNull95 = column.PsiNull95,
            ks = column.Ks,
            p = column.AdjustedP,
            significant = column.IsSignificant,
            reason = column.Reason,
        };
}
