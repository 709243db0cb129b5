using Rondo.Kernel.Db;
using Rondo.Mlflow.Wire;

namespace Rondo.Registry.Clients;

/// <summary>Reads models and versions with what belongs to them: a constant number of statements for up to five hundred.</summary>
internal static class RegistryReader
{
    private const int PerStatement = 500;

    /// <summary>The model of a name, or an error that says that there is none.</summary>
    public static async ValueTask<RegisteredModel> RequireAsync(Session session, string name) =>
        await session.FirstAsync<RegisteredModel>(
            $"""
            select {RegisteredModel.Columns} from registry_model m where m.name = @name
            order by case when m.project = @Project then 0 else 1 end, m.project, m.environment, m.model limit 1
            """,
            new { name, ClientModels.Project }
        ) ?? throw Refusal.Missing($"Registered Model with name={name} not found");

    /// <summary>A model with its tags; null where there is none.</summary>
    public static async Task<RegisteredModel?> FindAsync(Session session, ModelKey key)
    {
        var found = await session.FirstAsync<RegisteredModel>(
            $"""
            select {RegisteredModel.Columns} from registry_model m
            where m.project = @Project and m.environment = @Environment and m.model = @Model
            """,
            key
        );
        return found is null ? null : (await CompleteAsync(session, [found]))[0];
    }

    /// <summary>A version with its tags, also one that was deleted; null where there is none.</summary>
    public static async Task<RegisteredVersion?> FindVersionAsync(Session session, ModelKey key, long version)
    {
        var found = await session.FirstAsync<RegisteredVersion>(
            $"select {RegisteredVersion.Columns} from registry_entry e where e.id = @id",
            new { id = ModelVersion.IdOf(key, version) }
        );
        return found is null ? null : (await CompleteAsync(session, [found]))[0];
    }

    /// <summary>A version that was not deleted, or an error that says that there is none.</summary>
    public static async ValueTask<RegisteredVersion> RequireAsync(
        Session session,
        ModelKey key,
        string name,
        long version
    ) =>
        await session.FirstAsync<RegisteredVersion>(
            $"select {RegisteredVersion.Columns} from registry_entry e where e.id = @id and e.deleted_at is null",
            new { id = ModelVersion.IdOf(key, version) }
        ) ?? throw Refusal.Missing($"Model Version (name={name}, version={version}) not found");

    /// <summary>Models with tags, aliases and the newest version of each stage.</summary>
    public static async Task<IReadOnlyList<RegisteredModel>> CompleteAsync(
        Session session,
        IReadOnlyList<RegisteredModel> models
    )
    {
        var complete = new Dictionary<ModelKey, RegisteredModel>();
        foreach (var place in models.GroupBy(model => (model.Project, model.Environment)))
        {
            foreach (var chunk in place.Chunk(PerStatement))
            {
                var these = new Models(place.Key.Project, place.Key.Environment, [.. chunk.Select(m => m.Model)]);
                var latest = await LatestAsync(session, these);
                var tags = await TagsAsync(session, these, "version = 0");
                var aliases = await AliasesAsync(session, these);
                foreach (var model in chunk)
                {
                    complete[model.Key] = model with
                    {
                        Tags = [.. tags[(model.Model, 0)]],
                        Aliases = [.. aliases[model.Model]],
                        Latest = [.. latest[model.Model]],
                    };
                }
            }
        }

        return [.. models.Select(model => complete[model.Key])];
    }

    /// <summary>Versions with tags and aliases.</summary>
    public static async Task<IReadOnlyList<RegisteredVersion>> CompleteAsync(
        Session session,
        IReadOnlyList<RegisteredVersion> versions
    )
    {
        var complete = new Dictionary<string, RegisteredVersion>(StringComparer.Ordinal);
        foreach (var place in versions.GroupBy(version => (version.Project, version.Environment)))
        {
            foreach (var chunk in place.Chunk(PerStatement))
            {
                string[] names = [.. chunk.Select(version => version.Model).Distinct(StringComparer.Ordinal)];
                var these = new Models(place.Key.Project, place.Key.Environment, names);
                var tags = await TagsAsync(session, these, "version > 0");
                var aliases = await AliasesAsync(session, these);
                foreach (var version in chunk)
                {
                    complete[version.Id] = version with
                    {
                        Tags = [.. tags[(version.Model, version.Version)]],
                        Aliases =
                        [
                            .. aliases[version.Model].Where(a => a.Version == version.Version).Select(a => a.Alias),
                        ],
                    };
                }
            }
        }

        return [.. versions.Select(version => complete[version.Id])];
    }

    private static async Task<ILookup<string, RegisteredVersion>> LatestAsync(Session session, Models models)
    {
        var newest = await session.QueryAsync<RegisteredVersion>(
            $"""
            select {RegisteredVersion.Columns} from registry_entry e
            join (
                select model, max(version) as version from registry_entry
                where project = @Project and environment = @Environment and model in @Names and deleted_at is null
                group by model, {ModelStage.Sql}
            ) n on n.model = e.model and n.version = e.version
            where e.project = @Project and e.environment = @Environment
            order by e.version
            """,
            models
        );
        return (await CompleteAsync(session, newest)).ToLookup(version => version.Model, StringComparer.Ordinal);
    }

    private static async Task<ILookup<(string, long), KeyValue>> TagsAsync(
        Session session,
        Models models,
        string which
    ) =>
        (
            await session.QueryAsync<(string Model, long Version, string Key, string Value)>(
                $"""
                select model, version, key, value from registry_tag
                where project = @Project and environment = @Environment and model in @Names and {which}
                order by model, version, key
                """,
                models
            )
        ).ToLookup(tag => (tag.Model, tag.Version), tag => new KeyValue(tag.Key, tag.Value));

    private static async Task<ILookup<string, (string Alias, long Version)>> AliasesAsync(
        Session session,
        Models models
    ) =>
        (
            await session.QueryAsync<(string Model, string Alias, long Version)>(
                """
                select model, alias, version from registry_alias
                where project = @Project and environment = @Environment and model in @Names order by model, alias
                """,
                models
            )
        ).ToLookup(alias => alias.Model, alias => (alias.Alias, alias.Version), StringComparer.Ordinal);

    private sealed record Models(string Project, string Environment, string[] Names);
}
