using System.Text.Json;
using Rondo.Data;
using Rondo.Kernel.Db;
using Rondo.Kernel.Paging;
using Rondo.Pipelines.Catalog;
using Rondo.Sdk.Wire;

namespace Rondo.Pipelines.Runs;

internal sealed class RunReader(PipelineVersions versions)
{
    private static readonly IReadOnlyDictionary<string, double> s_noMetrics = new Dictionary<string, double>(
        StringComparer.Ordinal
    );

    public static async Task<RunInfo> InfoAsync(Session session, string id) =>
        await session.FirstAsync<RunInfo>($"select {RunInfo.Columns} from pipelines_run r where r.id = @id", new { id })
        ?? throw NotFound(id);

    public static async Task<Page<RunSummary>> ListAsync(Session session, RunFilter filter)
    {
        var where = new List<string> { "1 = 1" };
        Add(filter.Project, "project = @Project");
        Add(filter.Environment, "environment = @Environment");
        Add(filter.Pipeline, "pipeline = @Pipeline");
        Add(filter.State, "state = @State");
        Add(filter.Before, "id < @Before");
        var limit = PageLimit.Of(filter.Limit);
        var rows = await session.QueryAsync<RunRow>(
            $"select {RunRow.SummaryColumns} from pipelines_run where {string.Join(" and ", where)} order by id desc limit @more",
            new
            {
                filter.Project,
                filter.Environment,
                filter.Pipeline,
                filter.State,
                filter.Before,
                more = limit + 1,
            }
        );
        return Page<RunSummary>.Of([.. rows.Select(row => row.ToSummary())], limit, run => run.Id);

        void Add(string? value, string condition)
        {
            if (value is not null)
            {
                where.Add(condition);
            }
        }
    }

    public async Task<Run> GetAsync(Session session, string id)
    {
        var row =
            await session.FirstAsync<RunRow>(
                $"""
                select {RunRow.SummaryColumns}, version_id, cause, parameters, sources, evidence from pipelines_run where id = @id
                """,
                new { id }
            ) ?? throw NotFound(id);
        var graph = await versions.GetAsync(session, row.VersionId);
        var steps = await session.QueryAsync<StepRow>(
            """
            select node_id, kind, step, state, attempt, reused_from, metrics, message, mend, started_at, finished_at
            from pipelines_step where run_id = @id order by position
            """,
            new { id }
        );
        var outputs = (
            await session.QueryAsync<OutputRow>(
                "select node_id, port, type, digest, size, summary from pipelines_output where run_id = @id order by port",
                new { id }
            )
        ).ToLookup(output => output.NodeId, StringComparer.Ordinal);
        var attempts = (
            await session.QueryAsync<AttemptRow>(
                """
                select node_id, attempt, state, started_at, finished_at, error_type, message, mend
                from pipelines_attempt where run_id = @id order by attempt
                """,
                new { id }
            )
        ).ToLookup(attempt => attempt.NodeId, StringComparer.Ordinal);
        return ToRun(row, [.. steps.Select(step => ToStep(step, graph[step.NodeId], outputs, attempts[step.NodeId]))]);
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
        );

    private static RunStep ToStep(
        StepRow row,
        NodeManifest node,
        ILookup<string, OutputRow> outputs,
        IEnumerable<AttemptRow> attempts
    ) =>
        new(
            row.NodeId,
            row.Kind,
            row.Step,
            row.State,
            row.Attempt,
            row.ReusedFrom is not null,
            row.ReusedFrom,
            RunRow.Time(row.StartedAt),
            RunRow.Time(row.FinishedAt),
            row.Message,
            row.Mend,
            row.Metrics is null ? s_noMetrics : Json<Dictionary<string, double>>(row.Metrics)!,
            [
                .. node.Inputs.Select(input => new RunStepInput(
                    input.Port,
                    input.Type,
                    input.FromNode,
                    input.FromPort,
                    outputs[input.FromNode].FirstOrDefault(o => o.Port == input.FromPort) is { } made
                        ? Artifact(made)
                        : null
                )),
            ],
            [
                .. outputs[row.NodeId]
                    .Select(output => new RunStepOutput(
                        output.Port,
                        Artifact(output),
                        output.Summary is null ? null : Json<JsonElement>(output.Summary)
                    )),
            ],
            [
                .. attempts.Select(attempt => new RunAttempt(
                    attempt.Attempt,
                    attempt.State,
                    RunRow.Time(attempt.StartedAt)!.Value,
                    RunRow.Time(attempt.FinishedAt),
                    attempt.ErrorType,
                    attempt.Message,
                    attempt.Mend
                )),
            ]
        );

    private static ArtifactRef Artifact(OutputRow output) => new(output.Type, output.Digest, output.Size);

    private static T? Json<T>(string text) => JsonSerializer.Deserialize<T>(text, RondoJson.Options);

    private static RondoException NotFound(string id) =>
        new(ErrorCode.NotFound, $"There is no run '{id}'.", "List the runs: rondo runs.");
}
