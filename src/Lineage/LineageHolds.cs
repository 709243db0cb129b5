using Rondo.Kernel.Db;
using Rondo.Lineage.Graph;

namespace Rondo.Lineage;

/// <summary>Says whether something may be deleted: not while a model that serves, or may be rolled back to, depends on it.</summary>
public sealed class LineageHolds(IEnumerable<IHold> holds)
{
    private const int NamesShownMax = 10;
    private const int NamesPerQuestion = 500;

    private readonly IReadOnlyList<IHold> _holds = [.. holds];

    /// <summary>Fails with <see cref="ErrorCode.FailedPrecondition"/>, naming what depends on it, while something does.</summary>
    public async Task RequireFreeAsync(Session session, string kind, string name)
    {
        var found = await OfAsync(session, kind, name);
        if (found.Count == 0)
        {
            return;
        }

        var words = found
            .Take(NamesShownMax)
            .Select(hold =>
                hold.Name == name ? $"it {hold.Because}" : $"{hold.Name} was made from it, and {hold.Because}"
            );
        var more = found.Count > NamesShownMax ? $"; and {found.Count - NamesShownMax} more" : "";
        throw new RondoException(
            ErrorCode.FailedPrecondition,
            $"{name} cannot be deleted: {string.Join("; ", words)}{more}.",
            "Move endpoints and aliases to versions that do not need it, and let runs end; then delete it."
        );
    }

    /// <summary>What holds it: of a hold that names something else, that was made from it.</summary>
    public async Task<IReadOnlyList<Hold>> OfAsync(Session session, string kind, string name)
    {
        var models = await DependentModelsAsync(session, kind, name);
        return await FindAsync(session, new Dependents(kind, name, models));
    }

    /// <summary>Those of the model versions that something needs.</summary>
    public async Task<IReadOnlyList<string>> HeldModelsAsync(Session session, IReadOnlyList<string> names)
    {
        var held = new HashSet<string>(StringComparer.Ordinal);
        foreach (var chunk in names.Chunk(NamesPerQuestion))
        {
            var found = await FindAsync(session, new Dependents(LineageKinds.ModelVersion, "", chunk));
            held.UnionWith(found.Select(hold => hold.Name));
        }

        return [.. held];
    }

    private async Task<IReadOnlyList<Hold>> FindAsync(Session session, Dependents dependents)
    {
        var found = new List<Hold>();
        foreach (var hold in _holds)
        {
            found.AddRange(await hold.OfAsync(session, dependents));
        }

        return found;
    }

    // A model version counts where the model itself came of it; to have been its rival is no dependence.
    private static async Task<IReadOnlyList<string>> DependentModelsAsync(Session session, string kind, string name)
    {
        var seeds = WalkSql.Seeds(kind, LineageDirection.Down);
        var made = await session.QueryAsync<string>(
            WalkSql.Of(session.Dialect, LineageDirection.Down, seeds)
                + """
                select distinct n.name
                from picked p cross join lineage_event e cross join lineage_name n
                where e.execution_id = p.id and e.direction = 'output' and n.artifact_id = e.artifact_id and n.run_id = e.run_id
                    and n.kind = 'model-version' and n.artifact_id like @only
                order by n.name
                """,
            new
            {
                root = name,
                only = WalkPlan.ModelOnly,
                through = 1L,
                executions = long.MaxValue,
            }
        );
        return kind == LineageKinds.ModelVersion ? [name, .. made.Where(other => other != name)] : made;
    }
}
