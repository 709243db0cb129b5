using System.Text.Json;
using Rondo.Data;
using Rondo.Kernel.Db;

namespace Rondo.Lineage.Graph;

/// <summary>
/// How to walk. Going through, it goes on beyond the model versions of other runs; with <paramref name="Only"/> it begins with the artifacts
/// of a model version whose names are like that.
/// </summary>
internal sealed record WalkPlan(LineageDirection Direction, bool Through = false, string Only = "%")
{
    /// <summary>From the model itself, not from the record of how it was judged.</summary>
    public const string ModelOnly = "rondo/model:%";
}

/// <summary>The rows that a walk reaches: a fixed number of statements, however much that is.</summary>
internal sealed record LineageWalk(
    LineageRoot Root,
    LineageDirection Direction,
    IReadOnlyList<string> RootArtifacts,
    IReadOnlyList<ExecutionRow> Executions,
    IReadOnlyList<EventRow> Events,
    IReadOnlyList<NameRow> Names,
    IReadOnlyList<LineageRun> Runs,
    IReadOnlyList<DeploymentRow> Deployments
)
{
    /// <summary>What was cut, in words; null where all is there.</summary>
    public string? Cut { get; init; }

    public static async Task<LineageWalk> OfAsync(Session session, LineageRoot root, WalkPlan plan)
    {
        var seeds = WalkSql.Seeds(root.Kind, plan.Direction);
        var walk = WalkSql.Of(session.Dialect, plan.Direction, seeds);
        var arguments = Arguments(root, plan);
        var executions = await session.QueryAsync<ExecutionRow>(walk + WalkSql.Executions, arguments);
        var events = await session.QueryAsync<EventRow>(walk + WalkSql.Events, arguments);
        var names = await session.QueryAsync<NameRow>(walk + WalkSql.Names, arguments);
        var runs = await RunsAsync(session, walk, arguments);
        return new LineageWalk(
            root,
            plan.Direction,
            await RootArtifactsAsync(session, root),
            [.. executions.OrderBy(x => x.StartedAt).ThenBy(x => x.Id, StringComparer.Ordinal)],
            events,
            names,
            runs,
            await session.QueryAsync<DeploymentRow>(walk + WalkSql.Deployments, arguments)
        )
        {
            Cut = CutOf(executions.Count, events.Count, names.Count, runs.Count),
        };
    }

    private static object Arguments(LineageRoot root, WalkPlan plan) =>
        new
        {
            root = root.Id,
            through = plan.Through ? 1L : 0L,
            only = plan.Only,
            executions = LineageLimits.ExecutionsMax,
            events = LineageLimits.EventsMax,
            names = LineageLimits.NamesMax,
            runs = LineageLimits.RunsMax,
            deployments = LineageLimits.DeploymentsMax,
        };

    private static async ValueTask<IReadOnlyList<LineageRun>> RunsAsync(Session session, string walk, object arguments)
    {
        var rows = await session.QueryAsync<string>(walk + WalkSql.Runs, arguments);
        return [.. rows.Select(row => JsonSerializer.Deserialize<LineageRun>(row, RondoJson.Options)!)];
    }

    private static ValueTask<IReadOnlyList<string>> RootArtifactsAsync(Session session, LineageRoot root) =>
        session.QueryAsync<string>(
            """
            select distinct artifact_id from lineage_name where name = @Id and kind = @Kind
            union select id from lineage_artifact where id = @Id
            """,
            root
        );

    private static string? CutOf(int executions, int events, int names, int runs) =>
        executions >= LineageLimits.ExecutionsMax ? $"after {LineageLimits.ExecutionsMax} steps"
        : events == LineageLimits.EventsMax ? $"after {LineageLimits.EventsMax} inputs and outputs"
        : names == LineageLimits.NamesMax ? $"after {LineageLimits.NamesMax} names"
        : runs == LineageLimits.RunsMax ? $"after {LineageLimits.RunsMax} runs"
        : null;
}
