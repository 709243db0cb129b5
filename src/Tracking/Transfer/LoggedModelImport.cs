using System.Globalization;
using Rondo.Kernel.Events;
using Rondo.Mlflow.Transfer;
using Rondo.Mlflow.Wire;
using Rondo.Tracking.Experiments;
using Rondo.Tracking.Models;
using Rondo.Tracking.Removing;
using Rondo.Tracking.Rules;

namespace Rondo.Tracking.Transfer;

/// <summary>Takes in logged models under the ids that they have.</summary>
internal sealed class LoggedModelImport(EventLog log)
{
    private static readonly (string, string) s_tags = ("tracking_logged_model_tag", "model");
    private static readonly (string, string) s_params = ("tracking_logged_model_param", "model");

    public async ValueTask PutAsync(ImportBatch batch, LoggedModelRecord record)
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
        var here = await batch.Transaction.FirstAsync<LoggedModelInfo>(
            $"select {LoggedModelInfo.Columns} from tracking_logged_model m where m.id = @Id",
            new { record.Id }
        );
        var last = here is null ? null : await batch.Memory.LastAsync(record);
        var changed = here is not null && await UpdateAsync(batch, here, record, last);
        var place = here?.ArtifactUri ?? await InsertAsync(batch, record, experiment!);
        // Elsewhere models do not go with their experiment.
        if (experiment is { Lifecycle: Lifecycle.Deleted })
        {
            await ExperimentModels.DeleteAsync(batch.Transaction, experiment.Id, experiment.UpdatedAt);
        }

        changed |= await batch.MergeTagsAsync(s_tags, record.Id, record.Tags, last?.Tags);
        changed |= await batch.AddParamsAsync(s_params, record.Id, record.Params);
        if (here is null || changed)
        {
            var number = (here?.Experiment ?? experiment!.Id).ToString(CultureInfo.InvariantCulture);
            var data = new LoggedModelChangedEvent(record.Id, number, "imported", record.Status);
            await log.AppendAsync(
                batch.Transaction,
                new NewEvent(LoggedModelChangedEvent.Type, "", record.Id, batch.Actor, data)
            );
        }

        await batch.Memory.RememberAsync(record with { Params = TransferJson.None });
        batch.Report.Places[record.Id] = place;
        batch.Report.Count(record, here is null, changed);
    }

    private static async ValueTask<string> InsertAsync(
        ImportBatch batch,
        LoggedModelRecord record,
        Experiment experiment
    )
    {
        var place = TransferAddress.IsElsewhere(record.ArtifactUri)
            ? record.ArtifactUri!
            : $"{ImportPlace.Below(experiment)}/models/{record.Id}/artifacts";
        await batch.Transaction.ExecuteAsync(
            """
            insert into tracking_logged_model
                (id, experiment, name, model_type, source_run, status, status_message, artifact_uri, lifecycle, created_at,
                 updated_at)
            values
                (@Id, @experiment, @Name, @ModelType, @SourceRun, @Status, @StatusMessage, @place, @Lifecycle, @CreatedAt,
                 @UpdatedAt)
            """,
            new
            {
                record.Id,
                experiment = experiment.Id,
                record.Name,
                record.ModelType,
                record.SourceRun,
                record.Status,
                record.StatusMessage,
                place,
                record.Lifecycle,
                record.CreatedAt,
                record.UpdatedAt,
            }
        );
        await RemovedFiles.KeepAsync(batch.Transaction, place);
        return place;
    }

    private static async ValueTask<bool> UpdateAsync(
        ImportBatch batch,
        LoggedModelInfo here,
        LoggedModelRecord record,
        LoggedModelRecord? last
    )
    {
        var known = last is not null;
        var merged = here with
        {
            Status = ThreeWay.Of(here.Status, record.Status, known, last?.Status),
            StatusMessage = ThreeWay.Of(here.StatusMessage, record.StatusMessage, known, last?.StatusMessage),
            Lifecycle = ThreeWay.Of(here.Lifecycle, record.Lifecycle, known, last?.Lifecycle),
            UpdatedAt = ThreeWay.Of(here.UpdatedAt, record.UpdatedAt, known, last?.UpdatedAt ?? 0),
        };
        if (merged == here)
        {
            return false;
        }

        await batch.Transaction.ExecuteAsync(
            """
            update tracking_logged_model set
                status = @Status, status_message = @StatusMessage, lifecycle = @Lifecycle, updated_at = @UpdatedAt,
                with_experiment = case when lifecycle = @Lifecycle then with_experiment else 0 end
            where id = @Id
            """,
            new
            {
                merged.Id,
                merged.Status,
                merged.StatusMessage,
                merged.Lifecycle,
                merged.UpdatedAt,
            }
        );
        return true;
    }

    private static string? Fault(LoggedModelRecord record, Experiment? experiment) =>
        !ImportBatch.IsId(record.Id) ? "Its id is none: ids have 1 to 64 letters, digits, dashes and underscores."
        : experiment is null ? $"Its experiment {Names.Json(record.Experiment)} is not there."
        : record.Lifecycle is not (Lifecycle.Active or Lifecycle.Deleted)
            ? $"It is neither active nor deleted, but {Names.Json(record.Lifecycle)}."
        : !Enum.GetValues<LoggedModelStatus>()
            .Select(LoggedModelStatusNames.Of)
            .Contains(record.Status, StringComparer.Ordinal)
            ? $"{Names.Json(record.Status)} is no status of a logged model."
        : record.ArtifactUri?.Length > Limits.LocationMax ? "The address of its files is too long."
        : record.Name.Length > Limits.LoggedModelNameMax ? "Its name is too long."
        : null;
}
