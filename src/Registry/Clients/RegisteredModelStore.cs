using System.Text.RegularExpressions;
using Rondo.Kernel;
using Rondo.Kernel.Db;
using Rondo.Kernel.Events;
using Rondo.Kernel.Projects;
using Rondo.Mlflow.Wire;

namespace Rondo.Registry.Clients;

/// <summary>The models that clients of MLflow make, and what they may say of all models.</summary>
internal sealed partial class RegisteredModelStore(
    Database database,
    ModelRegistry registry,
    ProjectStore projects,
    EventLog log,
    TimeProvider time
)
{
    private const int NameCharsMax = 256;
    private const int DescriptionCharsMax = 5000;
    private const int TagValueMax = 100_000;
    private const int AliasCharsMax = 255;

    /// <summary>Makes a model without versions.</summary>
    public Task<RegisteredModel> CreateAsync(NewRegisteredModel asked, Actor actor)
    {
        CheckName(asked.Name);
        CheckDescription(asked.Description);
        foreach (var tag in asked.Tags)
        {
            CheckTag(tag);
        }

        return database.WriteAsync(async transaction =>
        {
            await RequireFreeAsync(transaction, asked.Name);
            var key = ClientModels.KeyOf(asked.Name);
            await projects.EnsureAsync(transaction, key.Project, actor);
            await InsertAsync(transaction, key, asked.Description, (Now(), Now()));
            foreach (var tag in asked.Tags)
            {
                await PutTagAsync(transaction, key, 0, tag);
            }

            await AppendAsync(transaction, key, "created", actor);
            return await ReadAsync(transaction, asked.Name);
        });
    }

    /// <summary>A model with what belongs to it.</summary>
    public Task<RegisteredModel> GetAsync(string name) => database.ReadAsync(session => ReadAsync(session, name));

    /// <summary>Gives a model of clients another name, with all that belongs to it.</summary>
    public Task<RegisteredModel> RenameAsync(string name, string to, Actor actor)
    {
        CheckName(to);
        return database.WriteAsync(async transaction =>
        {
            await ModelLock.TakeNamesAsync(transaction);
            await ModelLock.TakeAsync(transaction, name, to);
            var model = await RequireOfClientsAsync(transaction, name, "renamed");
            if (name != to)
            {
                await RequireFreeAsync(transaction, to);
                await RegisteredModelRows.RenameAsync(transaction, model.Key, to, Now());
                await AppendAsync(transaction, ClientModels.KeyOf(to), "renamed", actor);
            }

            return await ReadAsync(transaction, to);
        });
    }

    /// <summary>Describes a model.</summary>
    public Task<RegisteredModel> DescribeAsync(string name, string? description, Actor actor)
    {
        CheckDescription(description);
        return database.WriteAsync(async transaction =>
        {
            await ModelLock.TakeAsync(transaction, name);
            var model = await RegistryReader.RequireAsync(transaction, name);
            await transaction.ExecuteAsync(
                """
                update registry_model set description = @description, updated_at = @at
                where project = @Project and environment = @Environment and model = @Model
                """,
                new
                {
                    model.Project,
                    model.Environment,
                    model.Model,
                    description,
                    at = Now(),
                }
            );
            await AppendAsync(transaction, model.Key, "described", actor);
            return await ReadAsync(transaction, name);
        });
    }

    /// <summary>Removes a model of clients with all of its versions; its name is free again.</summary>
    public Task DeleteAsync(string name, Actor actor) =>
        database.WriteAsync(async transaction =>
        {
            await ModelLock.TakeAsync(transaction, name);
            var model = await RequireOfClientsAsync(transaction, name, "deleted whole");
            await RegisteredModelRows.DeleteAsync(transaction, model.Key);
            await AppendAsync(transaction, model.Key, "deleted", actor);
        });

    /// <summary>Sets a tag of a model.</summary>
    public Task SetTagAsync(string name, KeyValue tag)
    {
        CheckTag(tag);
        return database.WriteAsync(async transaction =>
        {
            var model = await TakeAsync(transaction, name);
            await PutTagAsync(transaction, model.Key, 0, tag);
        });
    }

    /// <summary>Removes a tag of a model, if it has it.</summary>
    public Task DeleteTagAsync(string name, string key)
    {
        Names.CheckKey(key, "key");
        return database.WriteAsync(async transaction =>
        {
            var model = await TakeAsync(transaction, name);
            await RemoveTagAsync(transaction, model.Key, 0, key);
        });
    }

    /// <summary>Lets an alias mean a version.</summary>
    public Task SetAliasAsync(string name, string alias, long version, Actor actor)
    {
        CheckAlias(alias);
        return database.WriteAsync(async transaction =>
        {
            var model = await TakeAsync(transaction, name);
            RequireOwnAlias(model, alias);
            await RegistryReader.RequireAsync(transaction, model.Key, name, version);
            await registry.MoveAliasAsync(transaction, new AliasMove(model.Key, alias, version, actor));
        });
    }

    /// <summary>Removes an alias, if there is it.</summary>
    public Task DeleteAliasAsync(string name, string alias, Actor actor)
    {
        CheckAlias(alias);
        return database.WriteAsync(async transaction =>
        {
            var model = await TakeAsync(transaction, name);
            RequireOwnAlias(model, alias);
            await registry.RemoveAliasAsync(transaction, model.Key, alias, actor);
        });
    }

    /// <summary>The version that an alias means; <c>latest</c> and <c>default</c> always mean one where there is one.</summary>
    public Task<RegisteredVersion> ByAliasAsync(string name, string alias) =>
        database.ReadAsync(async session =>
        {
            var model = await RegistryReader.RequireAsync(session, name);
            var version =
                await registry.ResolveAliasAsync(session, model.Key, alias)
                ?? throw Refusal.Invalid($"Registered model alias {alias} not found.");
            var found = await RegistryReader.RequireAsync(session, model.Key, name, version);
            return (await RegistryReader.CompleteAsync(session, [found]))[0];
        });

    /// <summary>Makes a model of clients, without versions.</summary>
    public static async ValueTask InsertAsync(
        Transaction transaction,
        ModelKey key,
        string? description,
        (long Created, long Updated) at
    ) =>
        await transaction.ExecuteAsync(
            """
            insert into registry_model (project, environment, model, newest, name, description, created_at, updated_at)
            values (@Project, @Environment, @Model, 0, @Model, @description, @Created, @Updated)
            """,
            new
            {
                key.Project,
                key.Environment,
                key.Model,
                description,
                at.Created,
                at.Updated,
            }
        );

    /// <summary>Sets a tag of a version, or of the model itself (0).</summary>
    public static async ValueTask PutTagAsync(Transaction transaction, ModelKey key, long version, KeyValue tag) =>
        await transaction.ExecuteAsync(
            """
            insert into registry_tag (project, environment, model, version, key, value)
            values (@Project, @Environment, @Model, @version, @Key, @Value)
            on conflict (project, environment, model, version, key) do update set value = excluded.value
            """,
            new
            {
                key.Project,
                key.Environment,
                key.Model,
                version,
                tag.Key,
                tag.Value,
            }
        );

    /// <summary>Removes a tag of a version, or of the model itself (0).</summary>
    public static async ValueTask RemoveTagAsync(Transaction transaction, ModelKey key, long version, string tag) =>
        await transaction.ExecuteAsync(
            """
            delete from registry_tag where project = @Project and environment = @Environment and model = @Model
                and version = @version and key = @tag
            """,
            new
            {
                key.Project,
                key.Environment,
                key.Model,
                version,
                tag,
            }
        );

    public static void CheckName(string name)
    {
        if (name.AsSpan().IndexOfAny('/', ':') >= 0)
        {
            throw Refusal.Value(Names.Json(name), "name", "The name of a registered model has neither '/' nor ':'.");
        }

        // No address leads to them: they are taken for the folder itself, or the one above.
        if (name is "." or "..")
        {
            throw Refusal.Value(Names.Json(name), "name", "The name of a registered model is neither '.' nor '..'.");
        }

        Names.CheckLength(name, "name", NameCharsMax);
    }

    public static void CheckAlias(string alias)
    {
        if (!AliasPattern().IsMatch(alias))
        {
            throw Refusal.Value(
                Names.Json(alias),
                "alias",
                "An alias has letters, digits, underscores and dashes only."
            );
        }

        Names.CheckLength(alias, "alias", AliasCharsMax);
        if (alias.Equals(ModelAliases.Latest, StringComparison.OrdinalIgnoreCase) || VersionPattern().IsMatch(alias))
        {
            throw Refusal.Invalid($"The alias '{alias}' is reserved: it means a version by itself.");
        }
    }

    public static void CheckTag(KeyValue tag)
    {
        Names.CheckKey(tag.Key, "key");
        Names.CheckLength(tag.Value, "value", TagValueMax);
    }

    public static void CheckDescription(string? description) =>
        Names.CheckLength(description ?? "", "description", DescriptionCharsMax);

    private static async Task<RegisteredModel> ReadAsync(Session session, string name) =>
        (await RegistryReader.CompleteAsync(session, [await RegistryReader.RequireAsync(session, name)]))[0];

    private static async ValueTask<RegisteredModel> RequireOfClientsAsync(Session session, string name, string what)
    {
        var model = await RegistryReader.RequireAsync(session, name);
        return model.IsOfClients
            ? model
            : throw Refusal.Invalid(
                $"Registered Model (name={name}) is made by a pipeline of project '{model.Project}' and is not {what} from here."
            );
    }

    private async ValueTask RequireFreeAsync(Transaction transaction, string name)
    {
        await ModelLock.TakeNamesAsync(transaction);
        if (
            await transaction.ScalarAsync<long>("select count(*) from registry_model where name = @name", new { name })
            > 0
        )
        {
            throw Refusal.Exists($"Registered Model (name={name}) already exists.");
        }

        if (await PipelineNames.FaultAsync(transaction, projects, name) is { } fault)
        {
            throw Refusal.Value(Names.Json(name), "name", fault);
        }
    }

    /// <summary>
    /// Fails where clients have no model of this name, or it is asked for in another environment than theirs. Models of pipelines are seen by clients too, under other
    /// names: whoever may something in the project of clients' models may nothing with those.
    /// </summary>
    public async Task RequireOfClientsAsync(string model, string? environment)
    {
        var key = ClientModels.KeyOf(model);
        if (
            environment is not (null or ClientModels.Environment)
            || !await database.ReadAsync(async session => await IsThereAsync(session, key))
        )
        {
            throw new RondoException(
                ErrorCode.NotFound,
                environment is null or ClientModels.Environment
                    ? $"MLflow's clients have no model '{model}'."
                    : $"MLflow's clients have no model '{model}' in {environment}: all of theirs are in {ClientModels.Environment}.",
                $"List what there is: rondo models --project {ClientModels.Project}."
            );
        }
    }

    private static async ValueTask<bool> IsThereAsync(Session session, ModelKey key) =>
        await session.ScalarAsync<long>(
            "select count(*) from registry_model where project = @Project and environment = @Environment and model = @Model",
            key
        ) > 0;

    /// <summary>Takes a model that is about to change, and notes when.</summary>
    public async ValueTask TouchAsync(Transaction transaction, ModelKey key)
    {
        await ModelLock.TakeAsync(transaction, ClientModels.NameOf(key));
        await transaction.ExecuteAsync(
            """
            update registry_model set updated_at = @at
            where project = @Project and environment = @Environment and model = @Model
            """,
            new
            {
                key.Project,
                key.Environment,
                key.Model,
                at = Now(),
            }
        );
    }

    private async ValueTask<RegisteredModel> TakeAsync(Transaction transaction, string name)
    {
        await ModelLock.TakeAsync(transaction, name);
        var model = await RegistryReader.RequireAsync(transaction, name);
        await TouchAsync(transaction, model.Key);
        return model;
    }

    private async ValueTask AppendAsync(Transaction transaction, ModelKey key, string change, Actor actor) =>
        await log.AppendAsync(
            transaction,
            new NewEvent(
                ModelChangedEvent.Type,
                key.Project,
                key.ToString(),
                actor,
                new ModelChangedEvent(key.Model, key.Environment, change)
            )
        );

    private static void RequireOwnAlias(RegisteredModel model, string alias)
    {
        if (!model.IsOfClients && alias == ModelAliases.Serving)
        {
            throw Refusal.Invalid(
                "The alias 'serving' says what an endpoint answers with, and is moved by its rollouts only."
            );
        }
    }

    private long Now() => time.GetUtcNow().ToUnixTimeMilliseconds();

    [GeneratedRegex(@"^[\w\-]+\z", RegexOptions.CultureInvariant, matchTimeoutMilliseconds: 1000)]
    private static partial Regex AliasPattern();

    [GeneratedRegex(@"^[vV][0-9]+\z", RegexOptions.CultureInvariant, matchTimeoutMilliseconds: 1000)]
    private static partial Regex VersionPattern();
}

/// <summary>A model to be made.</summary>
internal sealed record NewRegisteredModel(string Name, string? Description, IReadOnlyList<KeyValue> Tags);
