using Rondo.Kernel;
using Rondo.Kernel.Access;
using Rondo.Kernel.Db;
using Rondo.Kernel.Events;
using Rondo.Mlflow.Wire;
using Rondo.Registry.Deletion;
using Rondo.Registry.Governance;
using Rondo.Tracking.Removing;

namespace Rondo.Registry.Clients;

/// <summary>Versions that clients of MLflow register by the address of their files, and what they may do to all versions.</summary>
internal sealed class RegisteredVersionStore(
    Database database,
    VersionSources sources,
    ModelGovernance governance,
    ModelDeletion deletion,
    ModelRegistry registry,
    EventLog log,
    TimeProvider time
)
{
    private const int SourceCharsMax = 2048;

    private static readonly string[] s_belongings = ["registry_tag", "registry_alias"];

    /// <summary>Registers the next version of a model.</summary>
    public async Task<RegisteredVersion> CreateAsync(NewRegisteredVersion asked, Actor actor)
    {
        RegisteredModelStore.CheckDescription(asked.Description);
        Names.CheckLength(asked.Source, "source", SourceCharsMax);
        foreach (var tag in asked.Tags)
        {
            RegisteredModelStore.CheckTag(tag);
        }

        var storage = await sources.StorageOfAsync(asked);
        return await database.WriteAsync(async transaction =>
        {
            await ModelLock.TakeAsync(transaction, asked.Name);
            await ArtifactHolds.LockAsync(transaction);
            var model = await RegistryReader.RequireAsync(transaction, asked.Name);
            if (!model.IsOfClients)
            {
                throw Refusal.Invalid(
                    $"Registered Model (name={asked.Name}) is made by a pipeline of project '{model.Project}', whose runs register its versions."
                );
            }

            var version = await NumberAsync(transaction, model.Key);
            await InsertAsync(transaction, asked, (model.Key, version), storage, actor);
            foreach (var tag in asked.Tags)
            {
                await RegisteredModelStore.PutTagAsync(transaction, model.Key, version, tag);
            }

            await governance.BeginAsync(
                transaction,
                new VersionMove(model.Key, version, VersionState.Pending, actor, "registered by a client")
            );
            var data = new ModelVersionCreatedEvent(model.Model, model.Environment, version, asked.Source, asked.RunId);
            var id = ModelVersion.IdOf(model.Key, version);
            await log.AppendAsync(
                transaction,
                new NewEvent(ModelVersionCreatedEvent.Type, model.Project, id, actor, data)
            );
            return await ReadAsync(transaction, model.Key, asked.Name, version);
        });
    }

    /// <summary>A version with what belongs to it.</summary>
    public Task<RegisteredVersion> GetAsync(string name, long version) =>
        database.ReadAsync(async session =>
            await ReadAsync(session, (await RegistryReader.RequireAsync(session, name)).Key, name, version)
        );

    /// <summary>A version with what belongs to it; null where it was deleted, or never there.</summary>
    public Task<RegisteredVersion?> FindAsync(string name, long version) =>
        database.ReadAsync(async session =>
            await RegistryReader.FindVersionAsync(
                session,
                (await RegistryReader.RequireAsync(session, name)).Key,
                version
            )
                is { DeletedAt: null } found
                ? found
                : null
        );

    /// <summary>Describes a version.</summary>
    public Task<RegisteredVersion> DescribeAsync(string name, long version, string? description)
    {
        RegisteredModelStore.CheckDescription(description);
        return ChangeAsync(
            name,
            version,
            async (transaction, found) =>
                await transaction.ExecuteAsync(
                    "update registry_entry set description = @description where id = @Id",
                    new { found.Id, description }
                )
        );
    }

    /// <summary>Moves a version to the state that a stage stands for; the others of that stage are archived where that is asked for.</summary>
    public Task<RegisteredVersion> MoveAsync(string name, long version, string stage, bool archiveOthers, Caller caller)
    {
        var state = ModelStage.StateOf(stage);
        if (archiveOthers && !ModelStage.IsActive(state))
        {
            throw Refusal.Invalid(
                $"Model version transition cannot archive existing model versions because '{ModelStage.Of(state)}' is not an Active stage. "
                    + "Valid stages are Staging, Production"
            );
        }

        return database.WriteAsync(async transaction =>
        {
            await ModelLock.TakeAsync(transaction, name);
            var key = (await RegistryReader.RequireAsync(transaction, name)).Key;
            await ModelGovernance.LockAsync(transaction, key, version);
            var found = await RegistryReader.RequireAsync(transaction, key, name, version);
            RequireNotServed(found, state);
            if (archiveOthers)
            {
                var others = await transaction.QueryAsync<long>(
                    """
                    select version from registry_entry
                    where project = @Project and environment = @Environment and model = @Model and version <> @version
                        and state = @state and deleted_at is null order by version
                    """,
                    new
                    {
                        key.Project,
                        key.Environment,
                        key.Model,
                        version,
                        state,
                    }
                );
                foreach (var other in others)
                {
                    await StepAsync(
                        transaction,
                        (key, other),
                        VersionState.Archived,
                        $"version {version} took its stage",
                        caller
                    );
                }
            }

            if (ModelStage.Of(found.State) != ModelStage.Of(state))
            {
                await StepAsync(
                    transaction,
                    (key, version),
                    state,
                    $"a client set its stage to {ModelStage.Of(state)}",
                    caller
                );
            }

            return await ReadAsync(transaction, key, name, version);
        });
    }

    /// <summary>Sets a tag of a version.</summary>
    public Task SetTagAsync(string name, long version, KeyValue tag, Actor actor)
    {
        RegisteredModelStore.CheckTag(tag);
        return ChangeAsync(
            name,
            version,
            async (transaction, found) =>
            {
                await RegisteredModelStore.PutTagAsync(transaction, found.Key, version, tag);
                await TaggedAsync(transaction, found, (tag.Key, tag.Value), actor);
            }
        );
    }

    /// <summary>Removes a tag of a version, if it has it.</summary>
    public Task DeleteTagAsync(string name, long version, string key, Actor actor)
    {
        Names.CheckKey(key, "key");
        return ChangeAsync(
            name,
            version,
            async (transaction, found) =>
            {
                if (found.Tags.Any(tag => tag.Key == key))
                {
                    await RegisteredModelStore.RemoveTagAsync(transaction, found.Key, version, key);
                    await TaggedAsync(transaction, found, (key, null), actor);
                }
            }
        );
    }

    /// <summary>
    /// Deletes a version: its number is never used again. One of a pipeline is kept where something depends on it; the aliases of one of
    /// clients go with it, as its clients expect, or keep it.
    /// </summary>
    public async Task DeleteAsync(string name, long version, Actor actor, bool withAliases = true)
    {
        var model = await database.ReadAsync(session => RegistryReader.RequireAsync(session, name).AsTask());
        if (!model.IsOfClients)
        {
            await database.ReadAsync(session =>
                RegistryReader.RequireAsync(session, model.Key, name, version).AsTask()
            );
            await deletion.DeleteAsync(model.Key, version, actor);
            return;
        }

        await database.WriteAsync(async transaction =>
        {
            await ModelLock.TakeAsync(transaction, name);
            var found = await RegistryReader.RequireAsync(transaction, model.Key, name, version);
            foreach (var alias in await AliasesOfAsync(transaction, found))
            {
                if (!withAliases)
                {
                    throw Held(found, alias);
                }

                await registry.RemoveAliasAsync(transaction, found.Key, alias, actor);
            }

            await DeleteRowsAsync(transaction, found.Key, version, (Now(), actor.Name));
            var data = new ModelDeletedEvent(found.Model, found.Environment, version);
            await log.AppendAsync(
                transaction,
                new NewEvent(ModelDeletedEvent.Type, found.Project, found.Id, actor, data)
            );
        });
    }

    /// <summary>The newest version of each of these stages; of every stage where none is named.</summary>
    public Task<IReadOnlyList<RegisteredVersion>> LatestAsync(string name, IReadOnlyList<string> stages)
    {
        var wanted = stages.Select(ModelStage.StateOf).Select(ModelStage.Of).ToHashSet(StringComparer.Ordinal);
        return database.ReadAsync<IReadOnlyList<RegisteredVersion>>(async session =>
        {
            var model = await RegistryReader.RequireAsync(session, name);
            var latest = (await RegistryReader.CompleteAsync(session, [model]))[0].Latest;
            return [.. latest.Where(version => wanted.Count == 0 || wanted.Contains(ModelStage.Of(version.State)))];
        });
    }

    private static ValueTask<IReadOnlyList<string>> AliasesOfAsync(Session session, RegisteredVersion version) =>
        session.QueryAsync<string>(
            """
            select alias from registry_alias
            where project = @Project and environment = @Environment and model = @Model and version = @Version order by alias
            """,
            version
        );

    private static RondoException Held(RegisteredVersion version, string alias) =>
        new(
            ErrorCode.FailedPrecondition,
            $"Version {version.Version} of '{version.Name}' has the alias '{alias}'.",
            $"Let it mean another version, or remove it: rondo models alias {version.Name} {alias} --remove --project {version.Project}."
        );

    private async Task<RegisteredVersion> ChangeAsync(
        string name,
        long version,
        Func<Transaction, RegisteredVersion, ValueTask> change
    ) =>
        await database.WriteAsync(async transaction =>
        {
            await ModelLock.TakeAsync(transaction, name);
            var model = await RegistryReader.RequireAsync(transaction, name);
            await transaction.ExecuteAsync(
                "update registry_entry set updated_at = @at where id = @id and deleted_at is null",
                new { id = ModelVersion.IdOf(model.Key, version), at = Now() }
            );
            await change(transaction, await ReadAsync(transaction, model.Key, name, version));
            return await ReadAsync(transaction, model.Key, name, version);
        });

    private async ValueTask TaggedAsync(
        Transaction transaction,
        RegisteredVersion version,
        (string Key, string? Value) tag,
        Actor actor
    ) =>
        await log.AppendAsync(
            transaction,
            new NewEvent(
                ModelVersionTaggedEvent.Type,
                version.Project,
                version.Id,
                actor,
                new ModelVersionTaggedEvent(version.Model, version.Environment, version.Version, tag.Key, tag.Value)
            )
        );

    private async Task StepAsync(
        Transaction transaction,
        (ModelKey Key, long Number) version,
        string state,
        string reason,
        Caller caller
    )
    {
        var move = new VersionMove(version.Key, version.Number, state, caller.Actor, reason) { AllTheWay = true };
        await governance.MoveAsync(transaction, await ClientEvidence.CompleteAsync(transaction, move, caller));
    }

    private static void RequireNotServed(RegisteredVersion version, string state)
    {
        if (
            version.Project != ClientModels.Project
            && (state == VersionState.Production || version.State == VersionState.Production)
        )
        {
            throw Refusal.Invalid(
                $"Version {version.Version} of {version.Name} is served by a rollout of project '{version.Project}': what is in production is for its endpoint to say."
            );
        }
    }

    private async ValueTask<long> NumberAsync(Transaction transaction, ModelKey key) =>
        await transaction.ScalarAsync<long>(
            """
            update registry_model set newest = newest + 1, updated_at = @at
            where project = @Project and environment = @Environment and model = @Model returning newest
            """,
            new
            {
                key.Project,
                key.Environment,
                key.Model,
                at = Now(),
            }
        );

    private async ValueTask InsertAsync(
        Transaction transaction,
        NewRegisteredVersion asked,
        (ModelKey Key, long Number) version,
        string storage,
        Actor actor
    ) =>
        await transaction.ExecuteAsync(
            """
            insert into registry_entry
                (id, project, environment, model, version, name, state, source, storage, files, run_id, run_link, logged_model,
                 user_id, description, created_at, updated_at)
            values
                (@id, @Project, @Environment, @Model, @Number, @Name, @state, @Source, @storage, @files, @RunId, @RunLink, @LoggedModel,
                 @by, @Description, @at, @at)
            """,
            new
            {
                id = ModelVersion.IdOf(version.Key, version.Number),
                version.Key.Project,
                version.Key.Environment,
                version.Key.Model,
                version.Number,
                asked.Name,
                state = VersionState.Pending,
                asked.Source,
                storage,
                files = FilesAddress.Of(storage),
                asked.RunId,
                asked.RunLink,
                asked.LoggedModel,
                by = actor.Name,
                asked.Description,
                at = Now(),
            }
        );

    /// <summary>Marks a version as deleted, and removes its tags and aliases.</summary>
    public static async ValueTask DeleteRowsAsync(
        Transaction transaction,
        ModelKey key,
        long version,
        (long At, string By) deleted
    )
    {
        await transaction.ExecuteAsync(
            "update registry_entry set deleted_at = @At, deleted_by = @By, updated_at = @At where id = @id",
            new
            {
                id = ModelVersion.IdOf(key, version),
                deleted.At,
                deleted.By,
            }
        );
        foreach (var table in s_belongings)
        {
            await transaction.ExecuteAsync(
                $"""
                delete from {table} where project = @Project and environment = @Environment and model = @Model
                    and version = @version
                """,
                new
                {
                    key.Project,
                    key.Environment,
                    key.Model,
                    version,
                }
            );
        }
    }

    private static async Task<RegisteredVersion> ReadAsync(Session session, ModelKey key, string name, long version) =>
        (await RegistryReader.CompleteAsync(session, [await RegistryReader.RequireAsync(session, key, name, version)]))[
            0
        ];

    private long Now() => time.GetUtcNow().ToUnixTimeMilliseconds();
}

/// <summary>A version to be registered.</summary>
internal sealed record NewRegisteredVersion(string Name, string Source, string? RunId, string? LoggedModel)
{
    public string? RunLink { get; init; }
    public string? Description { get; init; }
    public IReadOnlyList<KeyValue> Tags { get; init; } = [];
}
