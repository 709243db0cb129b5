using System.Globalization;
using Rondo.Kernel.Access;
using Rondo.Kernel.Events;
using Rondo.Mlflow.Transfer;
using Rondo.Mlflow.Wire;
using Rondo.Tracking.Experiments;
using Rondo.Tracking.Rules;
using Rondo.Tracking.Text;

namespace Rondo.Tracking.Transfer;

/// <summary>Takes in experiments: they are found by their names.</summary>
internal sealed class ExperimentImport(EventLog log)
{
    private static readonly (string, string) s_tags = ("tracking_experiment_tag", "experiment");

    public async ValueTask PutAsync(ImportBatch batch, ExperimentRecord record)
    {
        var fault = Fault(record);
        var here = fault is null ? await batch.ExperimentAsync(record.Name) : null;
        fault ??= here is null ? await LocationFaultAsync(batch, record) : null;
        if (fault is not null)
        {
            batch.Report.Refuse(record, fault);
            return;
        }

        record = record with { Tags = batch.Plain(record, record.Tags, "tag") };
        var last = here is null ? null : await batch.Memory.LastAsync(record);
        var id = here?.Id ?? await InsertAsync(batch, record);
        var changed = here is not null && await UpdateAsync(batch, here, record, last);
        await TextIndex.ChangeExperimentAsync(
            batch.Transaction,
            id,
            async () => changed |= await batch.MergeTagsAsync(s_tags, id, record.Tags, last?.Tags)
        );
        if (last is null || changed)
        {
            batch.Forget(record.Name);
        }

        if (here is null || changed)
        {
            var subject = id.ToString(CultureInfo.InvariantCulture);
            var data = new ExperimentChangedEvent(subject, record.Name, "imported");
            await log.AppendAsync(
                batch.Transaction,
                new NewEvent(ExperimentChangedEvent.Type, "", subject, batch.Actor, data)
            );
        }

        await batch.Memory.RememberAsync(record);
        batch.Report.Count(record, here is null, changed);
    }

    private static async ValueTask<long> InsertAsync(ImportBatch batch, ExperimentRecord record)
    {
        var id = 1 + await batch.Transaction.ScalarAsync<long>("select max(id) from tracking_experiment");
        await batch.Transaction.ExecuteAsync(
            """
            insert into tracking_experiment (id, name, path, artifact_location, lifecycle, created_at, updated_at)
            values (@id, @Name, @path, @location, @Lifecycle, @CreatedAt, @UpdatedAt)
            """,
            new
            {
                id,
                record.Name,
                path = Place.PathOf(record.Name),
                location = TransferAddress.IsElsewhere(record.ArtifactLocation)
                    ? record.ArtifactLocation!
                    : ExperimentStore.LocationOf(id),
                record.Lifecycle,
                record.CreatedAt,
                record.UpdatedAt,
            }
        );
        await TextIndex.AddExperimentAsync(batch.Transaction, id);
        batch.Forget(record.Name);
        return id;
    }

    private static async ValueTask<bool> UpdateAsync(
        ImportBatch batch,
        Experiment here,
        ExperimentRecord record,
        ExperimentRecord? last
    )
    {
        var lifecycle = ThreeWay.Of(here.Lifecycle, record.Lifecycle, last is not null, last?.Lifecycle);
        var updatedAt = ThreeWay.Of(here.UpdatedAt, record.UpdatedAt, last is not null, last?.UpdatedAt ?? 0);
        if (lifecycle == here.Lifecycle && updatedAt == here.UpdatedAt)
        {
            return false;
        }

        await batch.Transaction.ExecuteAsync(
            "update tracking_experiment set lifecycle = @lifecycle, updated_at = @updatedAt where id = @Id",
            new
            {
                here.Id,
                lifecycle,
                updatedAt,
            }
        );
        if (lifecycle != here.Lifecycle)
        {
            await (
                lifecycle == Lifecycle.Deleted
                    ? ExperimentModels.DeleteAsync(batch.Transaction, here.Id, updatedAt)
                    : ExperimentModels.RestoreAsync(batch.Transaction, here.Id, updatedAt)
            );
        }

        return true;
    }

    // What stands in the other server's own files comes to a new place here; a place that both servers reach stays.
    private static async ValueTask<string?> LocationFaultAsync(ImportBatch batch, ExperimentRecord record)
    {
        try
        {
            if (TransferAddress.IsElsewhere(record.ArtifactLocation))
            {
                await ExperimentLocation.RequireApartAsync(batch.Transaction, record.ArtifactLocation!);
            }

            return null;
        }
        catch (Refusal e)
        {
            return e.Message;
        }
    }

    private static string? Fault(ExperimentRecord record)
    {
        if (string.IsNullOrWhiteSpace(record.Name))
        {
            return "An experiment has a name of at least one letter.";
        }

        if (record.Lifecycle is not (Lifecycle.Active or Lifecycle.Deleted))
        {
            return $"It is neither active nor deleted, but {Names.Json(record.Lifecycle)}.";
        }

        try
        {
            Names.CheckLength(record.Name, "name", Limits.ExperimentNameMax);
            if (TransferAddress.IsElsewhere(record.ArtifactLocation))
            {
                TrackingNames.CheckLocation(record.ArtifactLocation!);
            }

            return null;
        }
        catch (Refusal e)
        {
            return e.Message;
        }
    }
}
