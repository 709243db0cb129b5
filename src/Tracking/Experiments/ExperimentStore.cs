using System.Globalization;
using Rondo.Kernel;
using Rondo.Kernel.Access;
using Rondo.Kernel.Db;
using Rondo.Kernel.Events;
using Rondo.Mlflow.Wire;
using Rondo.Tracking.Rules;
using Rondo.Tracking.Text;

namespace Rondo.Tracking.Experiments;

/// <summary>The experiments of this server.</summary>
internal sealed class ExperimentStore(Database database, EventLog log, TimeProvider time)
{
    /// <summary>Whoever gives an experiment a name has this lock.</summary>
    public const string NamesLock = "tracking.experiments";

    /// <summary>Where artifacts of an experiment go that names no place: to this server.</summary>
    public static string LocationOf(long id) => string.Create(CultureInfo.InvariantCulture, $"mlflow-artifacts:/{id}");

    /// <summary>Creates an experiment and returns its id. A name belongs to its experiment also after that was deleted.</summary>
    public Task<long> CreateAsync(NewExperiment asked, Actor actor)
    {
        CheckName(asked.Name, "name");
        if (asked.ArtifactLocation is { } location)
        {
            TrackingNames.CheckLocation(location);
        }

        foreach (var tag in asked.Tags)
        {
            CheckTag(tag);
        }

        return database.WriteAsync(async transaction =>
        {
            await transaction.LockAsync(NamesLock);
            await RequireFreeAsync(transaction, asked.Name);
            if (asked.ArtifactLocation is { } chosen)
            {
                await ExperimentLocation.RequireApartAsync(transaction, chosen);
            }

            return await InsertAsync(transaction, asked, actor);
        });
    }

    /// <summary>The experiment of a name in the caller's transaction, made where there is none; null where it was deleted.</summary>
    public async ValueTask<Experiment?> EnsureAsync(Transaction transaction, string name, Actor actor)
    {
        var found = await ByNameAsync(transaction, name);
        if (found is null)
        {
            await transaction.LockAsync(NamesLock);
            found = await ByNameAsync(transaction, name);
        }

        return found is null
                ? await RequireAsync(
                    transaction,
                    await InsertAsync(transaction, new NewExperiment(name, null, []), actor)
                )
            : found.Lifecycle == Lifecycle.Active ? found
            : null;
    }

    /// <summary>The experiment of a name, made where there is none; also one that was deleted.</summary>
    public async Task<Experiment> FindOrCreateAsync(string name, Actor actor)
    {
        if (await FindByNameAsync(name) is { } found)
        {
            return found;
        }

        try
        {
            await CreateAsync(new NewExperiment(name, null, []), actor);
        }
        catch (Refusal e) when (e.Code == Refusal.AlreadyExists)
        {
            // Another call has made it in between.
        }

        return await GetByNameAsync(name);
    }

    /// <summary>An experiment by its id, also one that was deleted.</summary>
    public Task<Experiment> GetAsync(long id) =>
        database.ReadAsync(async session => await WithTagsAsync(session, await RequireAsync(session, id)));

    /// <summary>An experiment by its name, also one that was deleted.</summary>
    public async Task<Experiment> GetByNameAsync(string name) =>
        await FindByNameAsync(name) ?? throw Refusal.Missing($"Could not find experiment with name '{name}'");

    /// <summary>Gives an experiment another name.</summary>
    public Task RenameAsync(long id, string name, Actor actor)
    {
        CheckName(name, "new_name");
        return database.WriteAsync(async transaction =>
        {
            await transaction.LockAsync(NamesLock);
            var experiment = await RequireAsync(transaction, id);
            if (experiment.Lifecycle != Lifecycle.Active)
            {
                throw new Refusal(
                    Refusal.InvalidState,
                    $"Cannot rename experiment {id}: it was deleted. Restore it first."
                );
            }

            if (experiment.Name != name)
            {
                await RequireFreeAsync(transaction, name);
            }

            await TextIndex.ChangeExperimentAsync(
                transaction,
                id,
                async () =>
                    await transaction.ExecuteAsync(
                        "update tracking_experiment set name = @name, path = @path, updated_at = @at where id = @id",
                        new
                        {
                            id,
                            name,
                            path = Place.PathOf(name),
                            at = Now(),
                        }
                    )
            );
            await AppendAsync(transaction, experiment with { Name = name }, "renamed", actor);
        });
    }

    /// <summary>Deletes an experiment with its runs and logged models; all can be restored.</summary>
    public Task DeleteAsync(long id, Actor actor) =>
        MoveAsync(id, (Lifecycle.Active, Lifecycle.Deleted), Now(), "deleted", actor);

    /// <summary>Brings an experiment back, with all of its runs, and the logged models that were deleted with it.</summary>
    public Task RestoreAsync(long id, Actor actor) =>
        MoveAsync(id, (Lifecycle.Deleted, Lifecycle.Active), null, "restored", actor);

    /// <summary>Sets a tag of an experiment.</summary>
    public Task SetTagAsync(long id, KeyValue tag)
    {
        CheckTag(tag);
        return database.WriteAsync(async transaction =>
        {
            // Two tags of one experiment wait for each other here, and not both ways.
            await TouchAsync(transaction, id);
            await RequireActiveAsync(transaction, id);
            await TextIndex.ChangeExperimentAsync(transaction, id, () => PutTagAsync(transaction, id, tag));
        });
    }

    /// <summary>Removes a tag that there is.</summary>
    public Task DeleteTagAsync(long id, string key) =>
        database.WriteAsync(async transaction =>
        {
            await TouchAsync(transaction, id);
            await RequireActiveAsync(transaction, id);
            var gone = 0;
            await TextIndex.ChangeExperimentAsync(
                transaction,
                id,
                async () =>
                    gone = await transaction.ExecuteAsync(
                        "delete from tracking_experiment_tag where experiment = @id and key = @key",
                        new { id, key }
                    )
            );
            if (gone == 0)
            {
                throw Refusal.Missing($"No tag with name: {key} in experiment with id {id}");
            }
        });

    /// <summary>The experiment, or an error that says that there is none.</summary>
    public static async ValueTask<Experiment> RequireAsync(Session session, long id, string lockWords = "") =>
        await session.FirstAsync<Experiment>(
            $"select {Experiment.Columns} from tracking_experiment where id = @id and lifecycle <> 'removed' {lockWords}",
            new { id }
        ) ?? throw Refusal.Missing($"No Experiment with id={id} exists");

    /// <summary>The experiment where it is there and stays so until the transaction has ended.</summary>
    public static async ValueTask<Experiment> RequireActiveAsync(Transaction transaction, long id)
    {
        var experiment = await RequireAsync(transaction, id, transaction.Dialect.ForShare);
        return experiment.Lifecycle == Lifecycle.Active
            ? experiment
            : throw Refusal.Invalid(
                $"The experiment {id} must be in the 'active' state. Current state is {experiment.Lifecycle}."
            );
    }

    private async Task MoveAsync(
        long id,
        (string From, string To) lifecycle,
        long? deletedAt,
        string change,
        Actor actor
    ) =>
        await database.WriteAsync(async transaction =>
        {
            var experiment = await RequireAsync(transaction, id);
            var moved = await transaction.ExecuteAsync(
                "update tracking_experiment set lifecycle = @To, updated_at = @at where id = @id and lifecycle = @From",
                new
                {
                    id,
                    lifecycle.From,
                    lifecycle.To,
                    at = Now(),
                }
            );
            if (moved == 0)
            {
                throw Refusal.Missing($"No {lifecycle.From} Experiment with id={id} exists");
            }

            await transaction.ExecuteAsync(
                deletedAt is null
                    ? "update tracking_run set lifecycle = 'active', deleted_at = null where experiment = @id"
                    : """
                    update tracking_run set lifecycle = 'deleted', deleted_at = @deletedAt
                    where experiment = @id and lifecycle = 'active'
                    """,
                new { id, deletedAt = deletedAt ?? 0 }
            );
            await (
                deletedAt is { } at
                    ? ExperimentModels.DeleteAsync(transaction, id, at)
                    : ExperimentModels.RestoreAsync(transaction, id, Now())
            );
            await AppendAsync(transaction, experiment, change, actor);
        });

    private Task<Experiment?> FindByNameAsync(string name) =>
        database.ReadAsync(async session =>
            await ByNameAsync(session, name) is { } found ? await WithTagsAsync(session, found) : null
        );

    private static ValueTask<Experiment?> ByNameAsync(Session session, string name) =>
        session.FirstAsync<Experiment>(
            $"select {Experiment.Columns} from tracking_experiment where name = @name",
            new { name }
        );

    private async ValueTask<long> InsertAsync(Transaction transaction, NewExperiment asked, Actor actor)
    {
        var id = 1 + await transaction.ScalarAsync<long>("select max(id) from tracking_experiment");
        await transaction.ExecuteAsync(
            """
            insert into tracking_experiment (id, name, path, artifact_location, lifecycle, created_at, updated_at)
            values (@id, @Name, @path, @location, 'active', @at, @at)
            """,
            new
            {
                id,
                asked.Name,
                path = Place.PathOf(asked.Name),
                location = asked.ArtifactLocation ?? LocationOf(id),
                at = Now(),
            }
        );
        foreach (var tag in asked.Tags)
        {
            await PutTagAsync(transaction, id, tag);
        }

        await TextIndex.AddExperimentAsync(transaction, id);
        await AppendAsync(transaction, new Experiment { Id = id, Name = asked.Name }, "created", actor);
        return id;
    }

    private static async ValueTask<Experiment> WithTagsAsync(Session session, Experiment experiment) =>
        experiment with
        {
            Tags = await session.QueryAsync<KeyValue>(
                "select key, value from tracking_experiment_tag where experiment = @Id order by key",
                new { experiment.Id }
            ),
        };

    private static async ValueTask RequireFreeAsync(Transaction transaction, string name)
    {
        if (
            await transaction.ScalarAsync<string>(
                "select lifecycle from tracking_experiment where name = @name",
                new { name }
            ) is
            { } lifecycle
        )
        {
            throw Refusal.Exists(
                $"Experiment(name={name}) already exists"
                    + (lifecycle == Lifecycle.Deleted ? "; it was deleted and can be restored." : ".")
            );
        }
    }

    private static async ValueTask PutTagAsync(Transaction transaction, long experiment, KeyValue tag) =>
        await transaction.ExecuteAsync(
            """
            insert into tracking_experiment_tag (experiment, key, value) values (@experiment, @Key, @Value)
            on conflict (experiment, key) do update set value = excluded.value
            """,
            new
            {
                experiment,
                tag.Key,
                tag.Value,
            }
        );

    private async ValueTask TouchAsync(Transaction transaction, long id) =>
        await transaction.ExecuteAsync(
            "update tracking_experiment set updated_at = @at where id = @id",
            new { id, at = Now() }
        );

    private async ValueTask AppendAsync(Transaction transaction, Experiment experiment, string change, Actor actor)
    {
        var id = experiment.Id.ToString(CultureInfo.InvariantCulture);
        var data = new ExperimentChangedEvent(id, experiment.Name, change);
        await log.AppendAsync(transaction, new NewEvent(ExperimentChangedEvent.Type, "", id, actor, data));
    }

    private static void CheckName(string name, string parameter)
    {
        if (name.Length == 0 || string.IsNullOrWhiteSpace(name))
        {
            throw Refusal.Value(Names.Json(name), parameter, "The name of an experiment has at least one letter.");
        }

        Names.CheckLength(name, parameter, Limits.ExperimentNameMax);
    }

    private static void CheckTag(KeyValue tag)
    {
        Names.CheckKey(tag.Key, "key");
        Names.CheckLength(tag.Value, "value", Limits.ExperimentTagValueMax);
    }

    private long Now() => time.GetUtcNow().ToUnixTimeMilliseconds();
}
