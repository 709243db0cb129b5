using System.Text.Json;
using Rondo.Data;
using Rondo.Tests.Simulation.Store;

namespace Rondo.Tests.Simulation.Pipelines;

/// <summary>What the tables hold of a run in the end.</summary>
internal sealed class RunTables
{
    public RunTables(SimulatedStore store, string run)
    {
        Run = store
            .Rows(
                """
                select state, outcome, policy, remaining, failures, failed_node, parameters, fresh, resumes, started_at from pipelines_run
                where id = @run
                """,
                row => new RunEntry(
                    row.GetString(0),
                    row.IsDBNull(1) ? null : row.GetString(1),
                    row.GetString(2),
                    row.GetInt64(3),
                    row.GetInt64(4),
                    row.IsDBNull(5) ? null : row.GetString(5),
                    JsonSerializer.Deserialize<Dictionary<string, JsonElement>>(row.GetString(6), RondoJson.Options)!,
                    row.GetInt64(7) == 1,
                    row.IsDBNull(8) ? null : row.GetString(8)
                ),
                ("@run", run)
            )
            .Single();
        Steps = store
            .Rows(
                """
                select node_id, template, state, coalesce(decision, ''), attempt, failures, losses, waiting_on, items, items_begun, items_done
                from pipelines_step where run_id = @run
                """,
                row => new StepEntry(row.GetString(0), row.GetString(1), row.GetString(2), row.GetString(3))
                {
                    Attempt = row.GetInt64(4),
                    Failures = row.GetInt64(5),
                    Losses = row.GetInt64(6),
                    WaitingOn = row.GetInt64(7),
                    Items = row.GetInt64(8),
                    ItemsBegun = row.GetInt64(9),
                    ItemsDone = row.GetInt64(10),
                },
                ("@run", run)
            )
            .ToDictionary(step => step.Id, StringComparer.Ordinal);
        Outputs = store
            .Rows(
                "select node_id, port, type, digest from pipelines_output where run_id = @run",
                row =>
                    (Node: row.GetString(0), Port: row.GetString(1), Type: row.GetString(2), Digest: row.GetString(3)),
                ("@run", run)
            )
            .ToDictionary(output => (output.Node, output.Port), output => (output.Type, output.Digest));
        Scopes = store
            .Rows(
                "select scope_id, remaining from pipelines_scope where run_id = @run",
                row => (row.GetString(0), row.GetInt64(1)),
                ("@run", run)
            )
            .ToDictionary(scope => scope.Item1, scope => scope.Item2, StringComparer.Ordinal);
        Attempts = store.Rows(
            "select node_id, state from pipelines_attempt where run_id = @run",
            row => (row.GetString(0), row.GetString(1)),
            ("@run", run)
        );
        Executions = store.Number("select count(*) from lineage_execution where run_id = @run", ("@run", run));
    }

    public RunEntry Run { get; }

    public IReadOnlyDictionary<string, StepEntry> Steps { get; }

    public IReadOnlyDictionary<(string Node, string Port), (string Type, string Digest)> Outputs { get; }

    /// <summary>What remains in each scope.</summary>
    public IReadOnlyDictionary<string, long> Scopes { get; }

    public IReadOnlyList<(string Node, string State)> Attempts { get; }

    public long Executions { get; }
}

internal sealed record RunEntry(
    string State,
    string? Outcome,
    string Policy,
    long Remaining,
    long Failures,
    string? FailedNode,
    IReadOnlyDictionary<string, JsonElement> Parameters,
    bool Fresh,
    string? Resumes
);

internal sealed record StepEntry(string Id, string Template, string State, string Decision)
{
    public long Attempt { get; init; }
    public long Failures { get; init; }
    public long Losses { get; init; }
    public long WaitingOn { get; init; }
    public long Items { get; init; }
    public long ItemsBegun { get; init; }
    public long ItemsDone { get; init; }
}
