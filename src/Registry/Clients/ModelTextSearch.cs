using System.Text.Json;
using Rondo.Kernel.Db;
using Rondo.Mlflow.Text;

namespace Rondo.Registry.Clients;

/// <summary>
/// Finds models and versions by the words of their names, tags, descriptions and cards. Every word that is given must be there, or begin one
/// that is. Models are few beside runs: their texts are read through, in one statement.
/// </summary>
internal sealed class ModelTextSearch(Database database)
{
    private const int TextsMax = 500_000;

    // Version 0 is the model itself.
    private const string Texts = """
        select project, environment, model, 0 as version, 'description' as place, coalesce(description, '') as text from registry_model
        union all
        select project, environment, model, version, 'description', description from registry_entry
            where description <> '' and deleted_at is null
        union all
        select t.project, t.environment, t.model, t.version, t.key, t.value from registry_tag t
            where t.version = 0 or exists (select 1 from registry_entry e where e.project = t.project
                and e.environment = t.environment and e.model = t.model and e.version = t.version and e.deleted_at is null)
        union all
        select c.project, c.environment, c.model, 0, 'card', c.body from registry_card c
            where c.revision = (select max(n.revision) from registry_card n where n.project = c.project
                and n.environment = c.environment and n.model = c.model)
        limit @TextsMax
        """;

    /// <summary>What has all words in these projects (null: in all), models whose names have them first, then by name and newest version.</summary>
    public async Task<ModelFindings> FindAsync(string text, IReadOnlyCollection<string>? projects, int limit)
    {
        var starts = TextWords.Starts(text);
        var items = await database.ReadAsync(ReadAsync);
        var found = items
            .Where(item => projects?.Contains(item.Key.Key.Project, StringComparer.Ordinal) != false)
            .Where(item => TextExcerpt.HasAll(item.Value.Select(part => part.Text).Append(item.Key.Key.Model), starts))
            .OrderByDescending(item => TextExcerpt.HasAll([item.Key.Key.Model], starts))
            .ThenBy(item => item.Key.Key.ToString(), StringComparer.Ordinal)
            .ThenByDescending(item => item.Key.Version == 0 ? long.MaxValue : item.Key.Version)
            .ToList();
        return new ModelFindings(
            [.. found.Take(limit).Select(item => FindingOf(item.Key, item.Value, starts))],
            found.Count
        );
    }

    private static async Task<Dictionary<(ModelKey Key, long Version), List<(string Place, string Text)>>> ReadAsync(
        Session session
    )
    {
        var items = new Dictionary<(ModelKey, long), List<(string, string)>>();
        await session.ReadRowsAsync(
            Texts,
            new { TextsMax },
            row =>
            {
                var item = (new ModelKey(row.Text(0), row.Text(1), row.Text(2)), row.Long(3));
                if (!items.TryGetValue(item, out var texts))
                {
                    items.Add(item, texts = []);
                }

                var (place, text) = (row.Text(4), row.Text(5));
                texts.AddRange(place == "card" ? OfCard(text) : [(place, text)]);
            }
        );
        return items;
    }

    private static IEnumerable<(string Place, string Text)> OfCard(string body)
    {
        var card = JsonElement.Parse(body);
        var parts = card.EnumerateObject().ToList();
        return parts
            .Concat(
                parts
                    .Where(part => part.Value.ValueKind == JsonValueKind.Object)
                    .SelectMany(part => part.Value.EnumerateObject())
            )
            .Where(part => part.Value.ValueKind == JsonValueKind.String)
            .Select(part => ("card: " + part.Name, part.Value.GetString()!));
    }

    private static ModelFinding FindingOf(
        (ModelKey Key, long Version) item,
        IReadOnlyList<(string Place, string Text)> texts,
        IReadOnlyList<string> starts
    )
    {
        var (key, version) = item;
        var (where, excerpt) = texts
            .Select(part => (part.Place, TextExcerpt.Of(part.Text, starts)))
            .FirstOrDefault(part => part.Item2 is not null, ("name", key.Model));
        return new ModelFinding(
            key.Project,
            key.Environment,
            key.Model,
            version == 0 ? null : version,
            where,
            excerpt!
        );
    }
}

/// <summary>A model, or one version of it, that has all words that were looked for, and where it has one of them.</summary>
internal sealed record ModelFinding(
    string Project,
    string Environment,
    string Model,
    long? Version,
    string Where,
    string Excerpt
);

/// <summary>The first of what was found, and how many were.</summary>
internal sealed record ModelFindings(IReadOnlyList<ModelFinding> Items, int Total);
