using System.Text.Json;
using Rondo.Data;
using Rondo.Kernel.Db;
using Rondo.Kernel.Events;
using Rondo.Pipelines.Catalog;
using Rondo.Pipelines.Runs;
using Rondo.Sdk.Wire;

namespace Rondo.Pipelines.Rows;

/// <summary>The rows of runs, as they were counted when the run had succeeded.</summary>
public sealed class RowAccounts
{
    private const int RunsMax = 20;

    private readonly Database _database;
    private readonly PipelineVersions _versions;
    private readonly EventLog _log;

    internal RowAccounts(Database database, PipelineVersions versions, EventLog log)
    {
        _database = database;
        _versions = versions;
        _log = log;
    }

    /// <summary>The rows in and out of each step of a run that takes and makes tables; what is lost is judged by the runs before.</summary>
    public Task<IReadOnlyList<RowFlow>> OfAsync(string runId) =>
        _database.ReadAsync(async session =>
        {
            var run = await RunReader.InfoAsync(session, runId);
            return await JudgedAsync(session, run, await CountAsync(session, run));
        });

    /// <summary>In the transaction that ends a run well: keeps its counts, and tells of steps that lost more than they usually do.</summary>
    internal async ValueTask CloseAsync(Transaction transaction, RunInfo run, long at)
    {
        var flows = await CountAsync(transaction, run);
        if (flows.Count == 0)
        {
            return;
        }

        var judged = await JudgedAsync(transaction, run, flows);
        await SaveAsync(transaction, run, flows, at);
        foreach (var flow in judged.Where(flow => flow.IsSuspicious))
        {
            await _log.AppendAsync(
                transaction,
                new NewEvent(
                    RowsLostEvent.Type,
                    run.Project,
                    run.Id,
                    PipelinesModule.Actor,
                    new RowsLostEvent(
                        run.Id,
                        run.Pipeline,
                        run.Environment,
                        flow.NodeId,
                        flow.RowsIn,
                        flow.RowsOut,
                        flow.Dropped,
                        flow.Loss,
                        flow.UsualLoss!.Value
                    ),
                    run.CreatedPosition
                )
            );
        }
    }

    // A pipeline without tables asks nothing of the database.
    private async Task<IReadOnlyList<RowFlow>> CountAsync(Session session, RunInfo run)
    {
        var shape = await _versions.GetAsync(session, run.VersionId);
        return shape.Manifest.Nodes.Any(node => node.Outputs.Any(output => RowCounting.Tables.Contains(output.Type)))
            ? await new RowCounting(shape, run).CountAsync(session)
            : [];
    }

    // The newest rows of the pipeline are those of its last runs: enough of them for each node, in one statement.
    private static async Task<IReadOnlyList<RowFlow>> JudgedAsync(
        Session session,
        RunInfo run,
        IReadOnlyList<RowFlow> flows
    )
    {
        var rows = await session.QueryAsync<KeptRow>(
            """
            select node_id, rows_in, rows_out, dropped from pipelines_rows
            where project = @Project and environment = @Environment and pipeline = @Pipeline and run_id < @Id
            order by run_id desc limit @limit
            """,
            new
            {
                run.Project,
                run.Environment,
                run.Pipeline,
                run.Id,
                limit = RunsMax * Math.Max(1, flows.Count),
            }
        );
        var losses = rows.ToLookup(row => row.NodeId, row => row.Loss, StringComparer.Ordinal);
        return [.. flows.Select(flow => flow.JudgedBy([.. losses[flow.NodeId].Take(RunsMax)]))];
    }

    private static async ValueTask SaveAsync(
        Transaction transaction,
        RunInfo run,
        IReadOnlyList<RowFlow> flows,
        long at
    ) =>
        await transaction.ExecuteManyAsync(
            """
            insert into pipelines_rows (run_id, node_id, project, environment, pipeline, rows_in, rows_out, dropped, reasons, finished_at)
            values (@run, @node, @project, @environment, @pipeline, @in, @out, @dropped, @reasons, @at)
            on conflict do nothing
            """,
            ["run", "node", "project", "environment", "pipeline", "in", "out", "dropped", "reasons", "at"],
            flows.Select(flow =>
                new object?[]
                {
                    run.Id,
                    flow.NodeId,
                    run.Project,
                    run.Environment,
                    run.Pipeline,
                    flow.RowsIn,
                    flow.RowsOut,
                    flow.Dropped,
                    JsonSerializer.Serialize(flow.Reasons, RondoJson.Options),
                    at,
                }
            )
        );

    private sealed record KeptRow
    {
        public string NodeId { get; init; } = "";
        public long RowsIn { get; init; }
        public long RowsOut { get; init; }
        public long Dropped { get; init; }

        public double Loss => RowsIn == 0 ? 0 : (double)Math.Max(0, RowsIn - RowsOut - Dropped) / RowsIn;
    }
}
