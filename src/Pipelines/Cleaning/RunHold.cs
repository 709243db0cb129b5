using System.Text.Json;
using Rondo.Data;
using Rondo.Kernel.Db;
using Rondo.Lineage;

namespace Rondo.Pipelines.Cleaning;

/// <summary>What a run that waits or is under way was pinned to is needed until it ends.</summary>
internal sealed class RunHold : IHold
{
    private const int RunsMax = 1000;

    public async ValueTask<IReadOnlyList<Hold>> OfAsync(Session session, Dependents dependents)
    {
        if (dependents.Name.Length == 0)
        {
            return [];
        }

        // The pattern only narrows: whether a run really takes it is read from its sources.
        var runs = await session.QueryAsync<(string Id, string Sources)>(
            """
            select id, sources from pipelines_run
            where state in ('queued', 'created', 'running', 'finishing') and sources like @pattern order by id limit @RunsMax
            """,
            new { pattern = $"%\"{dependents.Name}\"%", RunsMax }
        );
        return
        [
            .. runs.Where(run => Takes(run.Sources, dependents.Name))
                .Select(run => new Hold(dependents.Name, $"is taken by run {run.Id}, which has not ended")),
        ];
    }

    private static bool Takes(string sources, string name) =>
        JsonSerializer
            .Deserialize<Dictionary<string, RunSource>>(sources, RondoJson.Options)!
            .Values.Any(source => source.VersionId == name);
}
