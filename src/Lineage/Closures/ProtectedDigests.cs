using System.Text.Json;
using Rondo.Data;
using Rondo.Kernel.Db;
using Rondo.Lineage.Graph;

namespace Rondo.Lineage.Closures;

/// <summary>The bytes that model versions were made from, step by step, and the packages that made them. Without a limit: what is kept for them must not be cut.</summary>
internal static class ProtectedDigests
{
    private const int NamesPerStatement = 500;

    private const string Seeds = """
        select 'a', artifact_id, run_id from lineage_name
        where name in @names and kind = 'model-version' and artifact_id like 'rondo/model:%'
        """;

    public static async Task<IReadOnlySet<string>> OfAsync(Session session, IReadOnlyCollection<string> names)
    {
        var digests = new HashSet<string>(StringComparer.Ordinal);
        foreach (var chunk in names.Chunk(NamesPerStatement))
        {
            var arguments = new
            {
                names = chunk,
                through = 1L,
                executions = long.MaxValue,
            };
            var walk = WalkSql.Of(session.Dialect, LineageDirection.Up, Seeds);
            var artifacts = await session.QueryAsync<string>(
                walk
                    + """
                    select distinct e.artifact_id from reached p cross join lineage_event e where e.execution_id = p.id
                    union select artifact_id from lineage_name where name in @names and kind = 'model-version'
                    """,
                arguments
            );
            digests.UnionWith(artifacts.Select(id => id[(id.LastIndexOf(':') + 1)..]));
            var runs = await session.QueryAsync<string>(
                walk
                    + """
                    select c.properties from (
                        select distinct x.run_id from reached r cross join lineage_execution x where x.id = r.id
                    ) own cross join lineage_context c where c.id = own.run_id and c.kind = 'run'
                    """,
                arguments
            );
            digests.UnionWith(
                runs.Select(row => JsonSerializer.Deserialize<LineageRun>(row, RondoJson.Options)!.Package)
            );
        }

        return digests;
    }
}
