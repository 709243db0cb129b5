using Rondo.Kernel.Db;
using Rondo.Lineage;

namespace Rondo.Registry.Deletion;

/// <summary>Versions that an alias points to are needed.</summary>
internal sealed class AliasHold : IHold
{
    private const int NamesPerStatement = 500;

    public async ValueTask<IReadOnlyList<Hold>> OfAsync(Session session, Dependents dependents)
    {
        var holds = new List<Hold>();
        foreach (var names in dependents.ModelVersions.Chunk(NamesPerStatement))
        {
            var aliases = await session.QueryAsync<(string Id, string Alias)>(
                """
                select v.id, a.alias from registry_version v
                join registry_alias a on a.project = v.project and a.environment = v.environment and a.model = v.model
                    and a.version = v.version
                where v.id in @names order by v.id, a.alias
                """,
                new { names }
            );
            holds.AddRange(aliases.Select(found => new Hold(found.Id, $"has the alias '{found.Alias}'")));
        }

        return holds;
    }
}
