using System.Globalization;
using Rondo.Kernel.Events;
using Rondo.Mlflow.Transfer;
using Rondo.Mlflow.Wire;
using Rondo.Tracking.Experiments;
using Rondo.Tracking.Removing;
using Rondo.Tracking.Rules;
using Rondo.Tracking.Runs;
using Rondo.Tracking.Text;

namespace Rondo.Tracking.Transfer;

/// <summary>Takes in runs under the ids that they have.</summary>
internal sealed class RunImport(EventLog log)
{
    private static readonly (string, string) s_tags = ("tracking_tag", "run_number");
    private static readonly (string, string) s_params = ("tracking_param", "run_number");

    public async ValueTask PutAsync(ImportBatch batch, RunRecord record)
    {
        var experiment = await batch.ExperimentAsync(record.Experiment);
        if (Fault(record, experiment) is { } fault)
        {
            batch.Report.Refuse(record, fault);
            return;
        }

        record = record with
        {
            Tags = batch.Plain(record, record.Tags, "tag"),
            Params = batch.Plain(record, record.Params, "param"),
        };
        var here = await batch.Transaction.FirstAsync<RunInfo>(
            $"select {RunInfo.Columns} from tracking_run r where r.id = @Id {batch.Transaction.Dialect.ForShare}",
            new { record.Id }
        );
        var last = here is null ? null : await batch.Memory.LastAsync(record);
        var changed = here is not null && await UpdateAsync(batch, here, record, last);
        var run = here ?? await InsertAsync(batch, record, experiment!);
        await TextIndex.ChangeRunAsync(
            batch.Transaction,
            run.Key,
            async () => changed |= await batch.MergeTagsAsync(s_tags, run.Number, record.Tags, last?.Tags)
        );
        changed |= await batch.AddParamsAsync(s_params, run.Number, record.Params);
        if (here is null || changed)
        {
            var there = run.Experiment.ToString(CultureInfo.InvariantCulture);
            var data = new TrackingRunChangedEvent(record.Id, there, "imported", record.Status);
            await log.AppendAsync(
                batch.Transaction,
                new NewEvent(TrackingRunChangedEvent.Type, "", record.Id, batch.Actor, data)
            );
        }

        await batch.Memory.RememberAsync(record with { Params = TransferJson.None });
        batch.Report.Places[record.Id] = run.ArtifactUri;
        batch.Report.Count(record, here is null, changed);
    }

    private static async ValueTask<RunInfo> InsertAsync(ImportBatch batch, RunRecord record, Experiment experiment)
    {
        var place = TransferAddress.IsElsewhere(record.ArtifactUri)
            ? record.ArtifactUri!
            : $"{ImportPlace.Below(experiment)}/{record.Id}/artifacts";
        var number = await RunKey.NextNumberAsync(batch.Transaction);
        await batch.Transaction.ExecuteAsync(
            """
            insert into tracking_run
                (number, id, experiment, name, user_id, status, started_at, ended_at, lifecycle, deleted_at, artifact_uri)
            values (@number, @Id, @experiment, @Name, @User, @Status, @StartedAt, @EndedAt, @Lifecycle, @DeletedAt, @place)
            """,
            new
            {
                number,
                record.Id,
                experiment = experiment.Id,
                record.Name,
                record.User,
                record.Status,
                record.StartedAt,
                record.EndedAt,
                record.Lifecycle,
                record.DeletedAt,
                place,
            }
        );
        await RemovedFiles.KeepAsync(batch.Transaction, place);
        return new RunInfo
        {
            Number = number,
            Id = record.Id,
            Experiment = experiment.Id,
            ArtifactUri = place,
        };
    }

    private static async ValueTask<bool> UpdateAsync(ImportBatch batch, RunInfo here, RunRecord record, RunRecord? last)
    {
        var known = last is not null;
        var merged = here with
        {
            Name = ThreeWay.Of(here.Name, record.Name, known, last?.Name),
            Status = ThreeWay.Of(here.Status, record.Status, known, last?.Status),
            EndedAt = ThreeWay.Of(here.EndedAt, record.EndedAt, known, last?.EndedAt),
            Lifecycle = ThreeWay.Of(here.Lifecycle, record.Lifecycle, known, last?.Lifecycle),
        };
        if (merged == here)
        {
            return false;
        }

        await batch.Transaction.ExecuteAsync(
            """
            update tracking_run set name = @Name, status = @Status, ended_at = @EndedAt, lifecycle = @Lifecycle
            where id = @Id
            """,
            new
            {
                merged.Id,
                merged.Name,
                merged.Status,
                merged.EndedAt,
                merged.Lifecycle,
            }
        );
        if (merged.Lifecycle != here.Lifecycle)
        {
            await batch.Transaction.ExecuteAsync(
                "update tracking_run set deleted_at = @DeletedAt where id = @Id",
                new { record.Id, record.DeletedAt }
            );
        }

        return true;
    }

    private static string? Fault(RunRecord record, Experiment? experiment) =>
        !ImportBatch.IsId(record.Id) ? "Its id is none: ids have 1 to 64 letters, digits, dashes and underscores."
        : experiment is null ? $"Its experiment {Names.Json(record.Experiment)} is not there."
        : record.Lifecycle is not (Lifecycle.Active or Lifecycle.Deleted)
            ? $"It is neither active nor deleted, but {Names.Json(record.Lifecycle)}."
        : !Enum.IsDefined(typeof(RunStatus), record.Status) ? $"{Names.Json(record.Status)} is no status of a run."
        : record.ArtifactUri?.Length > Limits.LocationMax ? "The address of its files is too long."
        : null;
}

/// <summary>Where files go that are kept by this server.</summary>
internal static class ImportPlace
{
    /// <summary>The experiment's own place, unless that is in a store of others.</summary>
    public static string Below(Experiment experiment) =>
        TransferAddress.IsProxied(experiment.ArtifactLocation)
            ? experiment.ArtifactLocation.TrimEnd('/')
            : ExperimentStore.LocationOf(experiment.Id);
}
