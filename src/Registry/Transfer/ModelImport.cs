using System.Globalization;
using Rondo.Kernel;
using Rondo.Kernel.Db;
using Rondo.Kernel.Events;
using Rondo.Kernel.Projects;
using Rondo.Mlflow.Transfer;
using Rondo.Registry.Clients;
using Rondo.Registry.Governance;
using Rondo.Tracking.Removing;

namespace Rondo.Registry.Transfer;

/// <summary>
/// Takes in registered models, their versions and aliases that were made elsewhere: a batch in one transaction. Each record can come again: it
/// changes what has changed at its source and not here.
/// </summary>
internal sealed class ModelImport(
    Database database,
    ProjectStore projects,
    VersionImport versions,
    ModelRegistry registry,
    EventLog log
)
{
    public Task<TransferReport> PutAsync(IReadOnlyList<TransferRecord> records, Actor actor, bool mayDecide) =>
        database.WriteAsync(async transaction =>
        {
            await ModelLock.TakeNamesAsync(transaction);
            await ModelLock.TakeAsync(transaction, records.Select(NameOf));
            await ArtifactHolds.LockAsync(transaction);
            var batch = new ModelBatch(transaction, actor, mayDecide);
            foreach (var record in records)
            {
                switch (record)
                {
                    case RegisteredModelRecord model:
                        await PutAsync(batch, model);
                        break;
                    case ModelVersionRecord version:
                        await versions.PutAsync(batch, version);
                        break;
                    case AliasesRecord aliases:
                        await PutAsync(batch, aliases);
                        break;
                    default:
                        batch.Report.Refuse(record, "Records of this kind belong to tracking.");
                        break;
                }
            }

            return batch.Report;
        });

    private static string NameOf(TransferRecord record) =>
        record switch
        {
            RegisteredModelRecord model => model.Name,
            ModelVersionRecord version => version.Model,
            AliasesRecord aliases => aliases.Model,
            _ => "",
        };

    private async ValueTask PutAsync(ModelBatch batch, RegisteredModelRecord record)
    {
        var key = ClientModels.KeyOf(record.Name);
        if (await FaultAsync(batch, record) is { } fault)
        {
            batch.Report.Refuse(record, fault);
            return;
        }

        record = record with { Tags = batch.Plain(record, record.Tags) };
        var here = await RegistryReader.FindAsync(batch.Transaction, key);
        var last = here is null ? null : await batch.Memory.LastAsync(record);
        if (here is null)
        {
            await projects.EnsureAsync(batch.Transaction, key.Project, batch.Actor);
            await RegisteredModelStore.InsertAsync(
                batch.Transaction,
                key,
                record.Description,
                (record.CreatedAt, record.UpdatedAt)
            );
        }

        var changed = here is not null && await UpdateAsync(batch, here, record, last);
        changed |= await batch.MergeTagsAsync(key, 0, record.Tags, last?.Tags);
        if (here is null || changed)
        {
            var data = new ModelChangedEvent(key.Model, key.Environment, "imported");
            await log.AppendAsync(
                batch.Transaction,
                new NewEvent(ModelChangedEvent.Type, key.Project, key.ToString(), batch.Actor, data)
            );
        }

        await batch.Memory.RememberAsync(record);
        batch.Report.Count(record, here is null, changed);
    }

    private async ValueTask PutAsync(ModelBatch batch, AliasesRecord record)
    {
        if (await RegistryReader.FindAsync(batch.Transaction, ClientModels.KeyOf(record.Model)) is not { } model)
        {
            batch.Report.Refuse(record, "Their model is not there.");
            return;
        }

        var last = await batch.Memory.LastAsync(record);
        var here = model.Aliases.ToDictionary(
            alias => alias.Alias,
            alias => alias.Version.ToString(CultureInfo.InvariantCulture),
            StringComparer.Ordinal
        );
        var (set, removed) = ThreeWay.Pairs(here, record.Aliases, last?.Aliases);
        // What could not be set is not remembered as brought: it is tried again the next time.
        var brought = record.Aliases.ToDictionary(pair => pair.Key, pair => pair.Value, StringComparer.Ordinal);
        var moved = 0;
        foreach (var (alias, version) in set)
        {
            if (await MoveAsync(batch, record, alias, version))
            {
                moved++;
            }
            else
            {
                brought.Remove(alias);
            }
        }

        foreach (var alias in removed)
        {
            await registry.RemoveAliasAsync(batch.Transaction, model.Key, alias, batch.Actor);
        }

        await batch.Memory.RememberAsync(record with { Aliases = brought });
        var made = set.Count(pair => !here.ContainsKey(pair.Key));
        batch.Report.Count(
            record.Kind,
            new TransferCount(
                Math.Min(moved, made),
                Math.Max(0, moved - made) + removed.Count,
                record.Aliases.Count - set.Count
            )
        );
    }

    private async ValueTask<bool> MoveAsync(ModelBatch batch, AliasesRecord record, string alias, string version)
    {
        var key = ClientModels.KeyOf(record.Model);
        var number = long.TryParse(version, NumberStyles.None, CultureInfo.InvariantCulture, out var parsed)
            ? parsed
            : 0;
        var meant = await RegistryReader.FindVersionAsync(batch.Transaction, key, number);
        var fault =
            ModelBatch.Fault(() => RegisteredModelStore.CheckAlias(alias))
            ?? meant switch
            {
                null or { DeletedAt: not null } => $"Version {version} that it means is not there.",
                { State: VersionState.Rejected } when alias == ModelAliases.Default =>
                    $"Version {version} that it means was rejected here.",
                _ => null,
            };
        if (fault is not null)
        {
            batch.Report.Refuse(new TransferProblem(record.Kind, $"{record.Model}@{alias}", fault));
            return false;
        }

        await registry.MoveAliasAsync(batch.Transaction, new AliasMove(key, alias, number, batch.Actor));
        return true;
    }

    private static async ValueTask<bool> UpdateAsync(
        ModelBatch batch,
        RegisteredModel here,
        RegisteredModelRecord record,
        RegisteredModelRecord? last
    )
    {
        var known = last is not null;
        var description = ThreeWay.Of(here.Description, record.Description, known, last?.Description);
        var updatedAt = ThreeWay.Of(here.UpdatedAt, record.UpdatedAt, known, last?.UpdatedAt ?? 0);
        if (description == here.Description && updatedAt == here.UpdatedAt)
        {
            return false;
        }

        await batch.Transaction.ExecuteAsync(
            """
            update registry_model set description = @description, updated_at = @updatedAt
            where project = @Project and environment = @Environment and model = @Model
            """,
            new
            {
                here.Project,
                here.Environment,
                here.Model,
                description,
                updatedAt,
            }
        );
        return true;
    }

    private async ValueTask<string?> FaultAsync(ModelBatch batch, RegisteredModelRecord record)
    {
        var fault = ModelBatch.Fault(() =>
        {
            RegisteredModelStore.CheckName(record.Name);
            RegisteredModelStore.CheckDescription(record.Description);
        });
        if (fault is not null || record.Name.Length == 0)
        {
            return fault ?? "It has no name.";
        }

        var others = await batch.Transaction.ScalarAsync<long>(
            "select count(*) from registry_model where name = @Name and project <> @Project",
            new { record.Name, ClientModels.Project }
        );
        if (others > 0)
        {
            return "A pipeline's model has this name.";
        }

        // One that is there already was brought by an earlier server.
        return await RegistryReader.FindAsync(batch.Transaction, ClientModels.KeyOf(record.Name)) is null
            ? await PipelineNames.FaultAsync(batch.Transaction, projects, record.Name)
            : null;
    }
}
