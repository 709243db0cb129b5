using System.Text.Json;
using Rondo.Data;
using Rondo.Kernel.Db;
using Rondo.Kernel.Paging;
using Rondo.Pipelines.Catalog;
using Rondo.Sdk.Wire;

namespace Rondo.Pipelines.Runs;

internal sealed class RunReader(PipelineVersions versions)
{
    public static async Task<RunInfo> InfoAsync(Session session, string id) =>
        await session.FirstAsync<RunInfo>($"select {RunInfo.Columns} from pipelines_run r where r.id = @id", new { id })
        ?? throw NotFound(id);

    public static async Task<Page<RunSummary>> ListAsync(Session session, RunFilter filter)
    {
        var limit = PageLimit.Of(filter.Limit);
        var rows = await session.QueryAsync<RunRow>(
            ListSql(filter),
            new
            {
                filter.Project,
                filter.Environment,
                filter.Pipeline,
                filter.State,
                filter.Before,
                filter.Projects,
                more = limit + 1,
            }
        );
        return Page<RunSummary>.Of([.. rows.Select(row => row.ToSummary())], limit, run => run.Id);
    }

    /// <summary>The statement that finds one page, and one run more where there is a next one.</summary>
    internal static string ListSql(RunFilter filter)
    {
        var where = new List<string> { "1 = 1" };
        Add(filter.Project, "project = @Project");
        Add(filter.Environment, "environment = @Environment");
        Add(filter.Pipeline, "pipeline = @Pipeline");
        Add(filter.State, "state = @State");
        Add(filter.Before, "id < @Before");
        Add(filter.Projects is null ? null : "", "project in @Projects");
        return $"select {RunRow.SummaryColumns} from pipelines_run where {string.Join(" and ", where)} order by id desc limit @more";

        void Add(string? value, string condition)
        {
            if (value is not null)
            {
                where.Add(condition);
            }
        }
    }

    public async Task<Run> GetAsync(Session session, string id, StepFilter filter)
    {
        var row =
            await session.FirstAsync<RunRow>(
                $"select {RunRow.SummaryColumns}, {RunRow.DetailColumns} from pipelines_run where id = @id",
                new { id }
            ) ?? throw NotFound(id);
        var shape = await versions.GetAsync(session, row.VersionId);
        var page = await RunStepReader.PageAsync(session, id, shape, filter, begun: row.StartedAt is not null);
        var counts = await session.QueryAsync<(string State, long Count)>(
            "select state, count(*) from pipelines_step where run_id = @id group by state order by state",
            new { id }
        );
        return ToRun(row, page.Items) with
        {
            MoreSteps = page.Next,
            Counts = counts.ToDictionary(count => count.State, count => count.Count, StringComparer.Ordinal),
        };
    }

    private static Run ToRun(RunRow row, IReadOnlyList<RunStep> steps) =>
        new(
            row.Id,
            row.Project,
            row.Environment,
            row.Pipeline,
            row.State,
            row.Reason,
            row.TriggerKind,
            Json<JsonElement>(row.Evidence),
            row.Actor,
            row.Cause,
            row.CommitId,
            row.Package,
            Json<JsonElement>(row.Parameters),
            Json<Dictionary<string, RunSource>>(row.Sources)!,
            RunRow.Time(row.AsOf),
            RunRow.Time(row.CreatedAt)!.Value,
            RunRow.Time(row.StartedAt),
            RunRow.Time(row.FinishedAt),
            steps
        )
        {
            VersionId = row.VersionId,
            Partition = row.PartitionKey,
            Priority = row.Priority,
            FailurePolicy = row.Policy,
            FailedNode = row.FailedNode,
            Resumes = row.Resumes,
            Reruns = row.Reruns,
            Backfill = row.Backfill,
        };

    private static T? Json<T>(string text) => JsonSerializer.Deserialize<T>(text, RondoJson.Options);

    private static RondoException NotFound(string id) =>
        new(ErrorCode.NotFound, $"There is no run '{id}'.", "List the runs: rondo runs.");
}
