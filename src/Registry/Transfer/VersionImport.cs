using Rondo.Mlflow.Transfer;
using Rondo.Mlflow.Wire;
using Rondo.Registry.Clients;
using Rondo.Registry.Governance;

namespace Rondo.Registry.Transfer;

/// <summary>Takes in versions under the numbers that they have; those of deleted ones are never used again.</summary>
internal sealed class VersionImport(ModelGovernance governance)
{
    private const int AddressCharsMax = 2048;
    private const long VersionMax = int.MaxValue;
    private const string Reason = "brought from another server";

    public async ValueTask PutAsync(ModelBatch batch, ModelVersionRecord record)
    {
        var key = ClientModels.KeyOf(record.Model);
        var fault = Fault(record);
        if (fault is null && await RegistryReader.FindAsync(batch.Transaction, key) is null)
        {
            fault = "Its model is not there.";
        }

        if (fault is not null)
        {
            batch.Report.Refuse(record, fault);
            return;
        }

        record = record with { Tags = batch.Plain(record, record.Tags) };
        var here = await RegistryReader.FindVersionAsync(batch.Transaction, key, record.Version);
        var last = here is null ? null : await batch.Memory.LastAsync(record);
        if (here is not null && last is null && !record.Deleted && !IsSame(here, record))
        {
            batch.Report.Refuse(
                record,
                $"There is another version {record.Version} of this name here, registered from '{here.Source}'. Rename one of the two models, and import again."
            );
            return;
        }

        if (
            here is { DeletedAt: null }
            && !batch.MayDecide
            && WantedOf(here, record, last) != ModelStage.Of(here.State)
        )
        {
            batch.Report.Refuse(
                record,
                $"It is in stage {ModelStage.Of(here.State)} here and was moved at its source: to follow takes the permission models.decide."
            );
            return;
        }

        bool changed;
        if (here is null)
        {
            await InsertAsync(batch, key, record);
            changed = true;
        }
        else
        {
            // What was deleted here stays so.
            changed = here.DeletedAt is null && await UpdateAsync(batch, here, record, last);
        }

        if (!record.Deleted && here?.DeletedAt is null)
        {
            changed |= await batch.MergeTagsAsync(key, record.Version, record.Tags, last?.Tags);
        }

        await batch.Memory.RememberAsync(record);
        batch.Report.Count(record, here is null, changed);
    }

    // One that was not brought from that source is the same where it came from here in the first place; its files may have moved since.
    private static bool IsSame(RegisteredVersion here, ModelVersionRecord record) => here.CreatedAt == record.CreatedAt;

    private async ValueTask InsertAsync(ModelBatch batch, ModelKey key, ModelVersionRecord record)
    {
        var storage = record.Storage.Length == 0 ? record.Source : record.Storage;
        await batch.Transaction.ExecuteAsync(
            """
            insert into registry_entry
                (id, project, environment, model, version, name, state, source, storage, files, run_id, run_link, logged_model,
                 user_id, description, created_at, updated_at)
            values
                (@id, @Project, @Environment, @Model, @Version, @Model, @state, @Source, @storage, @files, @RunId, @RunLink, @LoggedModel,
                 @User, @Description, @CreatedAt, @UpdatedAt)
            """,
            new
            {
                id = ModelVersion.IdOf(key, record.Version),
                key.Project,
                key.Environment,
                key.Model,
                record.Version,
                state = VersionState.Pending,
                record.Source,
                storage,
                files = FilesAddress.Of(storage),
                record.RunId,
                record.RunLink,
                record.LoggedModel,
                record.User,
                record.Description,
                record.CreatedAt,
                record.UpdatedAt,
            }
        );
        await batch.Transaction.ExecuteAsync(
            """
            update registry_model set newest = @Version
            where project = @Project and environment = @Environment and model = @Model and newest < @Version
            """,
            new
            {
                key.Project,
                key.Environment,
                key.Model,
                record.Version,
            }
        );
        await governance.BeginAsync(
            batch.Transaction,
            new VersionMove(key, record.Version, VersionState.Pending, batch.Actor, Reason)
        );
        if (record.Deleted)
        {
            await RegisteredVersionStore.DeleteRowsAsync(
                batch.Transaction,
                key,
                record.Version,
                (record.UpdatedAt, batch.Actor.Name)
            );
        }
        else
        {
            await MoveAsync(batch, key, record, ModelStage.Of(VersionState.Pending));
        }
    }

    private async ValueTask<bool> UpdateAsync(
        ModelBatch batch,
        RegisteredVersion here,
        ModelVersionRecord record,
        ModelVersionRecord? last
    )
    {
        var known = last is not null;
        if (record.Deleted)
        {
            var deletes = last is { Deleted: false };
            if (deletes)
            {
                await RegisteredVersionStore.DeleteRowsAsync(
                    batch.Transaction,
                    here.Key,
                    record.Version,
                    (record.UpdatedAt, batch.Actor.Name)
                );
            }

            return deletes;
        }

        var stage = ModelStage.Of(here.State);
        var wanted = WantedOf(here, record, last);
        var description = ThreeWay.Of(here.Description, record.Description, known, last?.Description);
        var updatedAt = ThreeWay.Of(here.UpdatedAt, record.UpdatedAt, known, last?.UpdatedAt ?? 0);
        if (wanted == stage && description == here.Description && updatedAt == here.UpdatedAt)
        {
            return false;
        }

        await batch.Transaction.ExecuteAsync(
            "update registry_entry set description = @description where id = @Id",
            new { here.Id, description }
        );
        await MoveAsync(batch, here.Key, record with { Stage = wanted, UpdatedAt = updatedAt }, stage);
        return true;
    }

    // No import rejects: who did has decided here, and to others that is but another word for archived.
    private static string WantedOf(RegisteredVersion here, ModelVersionRecord record, ModelVersionRecord? last)
    {
        var stage = ModelStage.Of(here.State);
        return here.State == VersionState.Rejected || record.Deleted
            ? stage
            : ThreeWay.Of(stage, Canonical(record.Stage), last is not null, last is null ? "" : Canonical(last.Stage));
    }

    // A move is of now; the version itself was changed when its source says.
    private async ValueTask MoveAsync(ModelBatch batch, ModelKey key, ModelVersionRecord record, string from)
    {
        if (Canonical(record.Stage) != from)
        {
            await governance.MoveAsync(
                batch.Transaction,
                new VersionMove(key, record.Version, ModelStage.StateOf(record.Stage), batch.Actor, Reason)
                {
                    AllTheWay = true,
                }
            );
        }

        await batch.Transaction.ExecuteAsync(
            "update registry_entry set updated_at = @UpdatedAt where id = @id",
            new { id = ModelVersion.IdOf(key, record.Version), record.UpdatedAt }
        );
    }

    private static string Canonical(string stage) => ModelStage.Of(ModelStage.StateOf(stage));

    private static string? Fault(ModelVersionRecord record) =>
        record.Version is < 1 or > VersionMax ? "Versions count from 1."
        : record.Deleted ? null
        : PlaceFault(record.Source)
            ?? PlaceFault(record.Storage)
            ?? ModelBatch.Fault(() =>
            {
                ModelStage.StateOf(record.Stage);
                RegisteredModelStore.CheckDescription(record.Description);
            });

    // A word without a path is the mark of what has no files, such as a prompt.
    private static string? PlaceFault(string address) =>
        address.Length > AddressCharsMax ? "The address of its files is too long."
        : address.StartsWith("file:", StringComparison.OrdinalIgnoreCase)
        || (TransferAddress.IsLocal(address) && address.AsSpan().IndexOfAny('/', '\\') >= 0)
            ? $"Its files are said to be at {Names.Json(address)}: that is below no run or logged model that was brought."
        : ModelBatch.Fault(() => VersionSources.RequirePlain(address));
}
