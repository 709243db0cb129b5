using Rondo.Mlflow.Transfer;
using Rondo.Mlflow.Wire;
using Rondo.Tracking.Metrics;
using Rondo.Tracking.Models;
using Rondo.Tracking.Rules;
using Rondo.Tracking.Runs;

namespace Rondo.Tracking.Transfer;

/// <summary>Takes in what runs have logged: points of metrics, datasets and logged models.</summary>
internal sealed class LoggedImport(RunInputs inputs)
{
    public async ValueTask PutAsync(ImportBatch batch, PointsRecord record)
    {
        if (await RunAsync(batch, record, record.Run) is not { } run)
        {
            return;
        }

        var points = Plain(batch, record, record.Points).Select(PointOf).Distinct().ToList();
        var added = await UnsettledPoints.AddSettledAsync(batch.Transaction, run.Key, MetricRow.Sorted(points));
        batch.Report.Count(record.Kind, new TransferCount(added, 0, points.Count - added));
    }

    public async ValueTask PutAsync(ImportBatch batch, InputRecord record)
    {
        if (await RunAsync(batch, record, record.Run) is not { } run)
        {
            return;
        }

        if (Fault(record) is { } fault)
        {
            batch.Report.Refuse(record, fault);
            return;
        }

        var there = await batch.Transaction.ScalarAsync<long>(
            """
            select count(*) from tracking_input i join tracking_dataset d on d.id = i.dataset
            where i.run = @Run and d.name = @Name and d.digest = @Digest
            """,
            new
            {
                record.Run,
                record.Name,
                record.Digest,
            }
        );
        if (there == 0)
        {
            var dataset = new RunDataset
            {
                Name = record.Name,
                Digest = record.Digest,
                SourceType = record.SourceType,
                Source = record.Source,
                Schema = record.Schema,
                Profile = record.Profile,
            };
            var tags = record.Tags.Select(tag => new KeyValue(tag.Key, tag.Value)).ToList();
            await inputs.AddAsync(batch.Transaction, run, new DatasetInput(dataset, tags));
        }

        batch.Report.Count(record, there == 0, changed: false);
    }

    public static async ValueTask PutAsync(ImportBatch batch, RunModelRecord record)
    {
        if (record.Direction is not (RunInputs.Input or RunInputs.Output))
        {
            batch.Report.Refuse(record, $"A model is read or made by a run, not {Names.Json(record.Direction)}.");
        }
        else if (await RunAsync(batch, record, record.Run) is not null)
        {
            var added = await batch.Transaction.ExecuteAsync(
                """
                insert into tracking_run_model (run, direction, model, step) values (@Run, @Direction, @Model, @Step)
                on conflict do nothing
                """,
                new
                {
                    record.Run,
                    record.Direction,
                    record.Model,
                    record.Step,
                }
            );
            batch.Report.Count(record, added > 0, changed: false);
        }
    }

    public static async ValueTask PutAsync(ImportBatch batch, ModelPointsRecord record)
    {
        var there = await batch.Transaction.ScalarAsync<long>(
            "select count(*) from tracking_logged_model where id = @Model",
            new { record.Model }
        );
        if (there == 0)
        {
            batch.Report.Refuse(record, "Its logged model is not there.");
            return;
        }

        var points = Plain(batch, record, record.Points)
            .Select(point => new ModelPoint(record.Model, PointOf(point), point.Dataset ?? "", point.Digest ?? ""))
            .ToList();
        var kept = await LoggedModelMetrics.KeepAsync(batch.Transaction, record.Run, points);
        batch.Report.Count(record.Kind, new TransferCount(kept, 0, points.Count - kept));
    }

    // As everybody who logs, it holds the row: the run is not moved to another experiment, and not settled, before its points are there.
    private static async ValueTask<RunInfo?> RunAsync(ImportBatch batch, TransferRecord record, string run)
    {
        var found = await batch.Transaction.FirstAsync<RunInfo>(
            $"select {RunInfo.Columns} from tracking_run r where r.id = @run {batch.Transaction.Dialect.ForShare}",
            new { run }
        );
        if (found is null)
        {
            batch.Report.Refuse(record, "Its run is not there.");
        }

        return found;
    }

    private static List<TransferPoint> Plain(
        ImportBatch batch,
        TransferRecord record,
        IReadOnlyList<TransferPoint> points
    )
    {
        var faults = points
            .Select(point => point.Key)
            .Distinct(StringComparer.Ordinal)
            .Select(key => (Key: key, Why: ImportBatch.Fault(key, "")))
            .Where(found => found.Why is not null)
            .ToDictionary(found => found.Key, found => found.Why!, StringComparer.Ordinal);
        foreach (var (key, why) in faults)
        {
            batch.Report.Refuse(record, $"Points of the metric {Names.Json(key)} were left out: {why}");
        }

        if (points.Any(point => point.At < 0))
        {
            batch.Report.Refuse(record, "Points of a time before 1970 were left out.");
        }

        return [.. points.Where(point => point.At >= 0 && !faults.ContainsKey(point.Key))];
    }

    private static MetricPoint PointOf(TransferPoint point) => new(point.Key, point.Value, point.At, point.Step);

    private static string? Fault(InputRecord record) =>
        record.Name.Length > Limits.DatasetNameMax ? "The name of its dataset is too long."
        : record.Digest.Length > Limits.DatasetDigestMax ? "The digest of its dataset is too long."
        : record.Source.Length > Limits.DatasetSourceMax ? "The source of its dataset is too long."
        : record.Schema?.Length > Limits.DatasetSchemaMax ? "The schema of its dataset is too long."
        : record.Profile?.Length > Limits.DatasetProfileMax ? "The profile of its dataset is too long."
        : null;
}
