using System.Text.Json;
using Rondo.Data;
using Rondo.Kernel.Blobs;
using Rondo.Kernel.Db;
using Rondo.Sdk.Wire;

namespace Rondo.Pipelines.Orchestration;

/// <summary>Results of succeeded steps by their identity. The whole record of the key is kept, so that it can be said why a step ran again.</summary>
internal sealed class StepCache(Database database, IBlobStore blobs)
{
    /// <summary>What an identical step has made; null where there is none, or where some of its bytes are gone.</summary>
    public async Task<StepEnd?> FindAsync(StepPlan plan, CancellationToken cancellation)
    {
        if (plan.CacheKey is null)
        {
            return null;
        }

        var row = await database.ReadAsync(
            async session =>
                await session.FirstAsync<CacheRow>(
                    "select execution_id, outputs, metrics from pipelines_cache where scope = @CacheScope and cache_key = @CacheKey",
                    plan
                ),
            cancellation
        );
        if (row is null)
        {
            return null;
        }

        var outputs = JsonSerializer.Deserialize<List<StepOutput>>(row.Outputs, RondoJson.Options)!;
        foreach (var output in outputs)
        {
            if (!await blobs.ExistsAsync(output.Artifact.Digest, cancellation))
            {
                return null;
            }
        }

        var metrics = JsonSerializer.Deserialize<Dictionary<string, double>>(row.Metrics, RondoJson.Options)!;
        var proposals = await StepOutputs.ProposalsAsync(blobs, outputs, cancellation);
        return new StepEnd(StepOutcome.Succeeded, outputs, metrics, proposals, ReusedFrom: row.ExecutionId);
    }

    /// <summary>Keeps what a step made, in the transaction that publishes it. An entry whose bytes were gone is replaced.</summary>
    public static async ValueTask RecordAsync(
        Transaction transaction,
        ClaimedStep step,
        StepEnd end,
        string executionId,
        long at
    )
    {
        if (step.Plan.CacheKey is null || end.Outcome != StepOutcome.Succeeded || end.ReusedFrom is not null)
        {
            return;
        }

        await transaction.ExecuteAsync(
            """
            insert into pipelines_cache (scope, cache_key, execution_id, run_id, node_id, outputs, metrics, record, created_at)
            values (@CacheScope, @CacheKey, @executionId, @RunId, @NodeId, @outputs, @metrics, @record, @at)
            on conflict (scope, cache_key) do update set execution_id = excluded.execution_id, run_id = excluded.run_id,
                node_id = excluded.node_id, outputs = excluded.outputs, metrics = excluded.metrics, created_at = excluded.created_at
            """,
            new
            {
                step.Plan.CacheScope,
                step.Plan.CacheKey,
                executionId,
                RunId = step.Run.Id,
                step.NodeId,
                outputs = JsonSerializer.Serialize(end.Outputs, RondoJson.Options),
                metrics = JsonSerializer.Serialize(end.Metrics, RondoJson.Options),
                record = JsonSerializer.Serialize(step.Plan.Identity, RondoJson.Options),
                at,
            }
        );
    }

    private sealed record CacheRow
    {
        public string ExecutionId { get; init; } = "";
        public string Outputs { get; init; } = "";
        public string Metrics { get; init; } = "";
    }
}
