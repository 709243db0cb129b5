using System.Text.Json;
using Rondo.Data;
using Rondo.Kernel.Blobs;
using Rondo.Kernel.Db;
using Rondo.Pipelines.Runs;
using Rondo.Sdk.Wire;

namespace Rondo.Pipelines.Orchestration;

/// <summary>Results of succeeded steps by their identity. The whole record of the key is kept, so that it can be said why a step ran again.</summary>
internal sealed class StepCache(Database database, IBlobStore blobs, TimeProvider time)
{
    /// <summary>What an identical step has made, or null with the reason why the step must be computed.</summary>
    public async Task<(StepEnd? Known, string Decision)> FindAsync(StepPlan plan, CancellationToken cancellation)
    {
        if (await ResumedAsync(plan, cancellation) is { } resumed)
        {
            return (resumed, StepDecisions.Resumed);
        }

        if (plan.Run.Fresh == 1 || plan.CacheKey is null)
        {
            return (null, plan.CacheKey is null ? StepDecisions.NotCached : StepDecisions.Fresh);
        }

        var row = await database.ReadAsync(
            async session =>
                await session.FirstAsync<CacheRow>(
                    """
                    select execution_id, outputs, metrics, created_at from pipelines_cache
                    where scope = @CacheScope and cache_key = @CacheKey
                    """,
                    plan
                ),
            cancellation
        );
        if (row is null)
        {
            return (null, StepDecisions.New);
        }

        var age = time.GetUtcNow().ToUnixTimeMilliseconds() - row.CreatedAt;
        if (age > plan.Node.CacheExpiryMs)
        {
            return (null, StepDecisions.Expired);
        }

        var outputs = JsonSerializer.Deserialize<List<StepOutput>>(row.Outputs, RondoJson.Options)!;
        return await AllThereAsync(outputs, cancellation)
            ? (await KnownAsync(outputs, row.Metrics, row.ExecutionId, cancellation), StepDecisions.Reused)
            : (null, StepDecisions.BytesGone);
    }

    /// <summary>Why the step must be computed, as far as the database says; null where there may be something to reuse, whose bytes have to be looked at.</summary>
    public static async ValueTask<string?> DecisionInsideAsync(Session session, StepPlan plan)
    {
        if (plan.CacheKey is null)
        {
            return StepDecisions.NotCached;
        }

        if (plan.Run.Fresh == 1)
        {
            return StepDecisions.Fresh;
        }

        var known = await session.ScalarAsync<long>(
            "select count(*) from pipelines_cache where scope = @CacheScope and cache_key = @CacheKey",
            plan
        );
        return known == 0 ? StepDecisions.New : null;
    }

    // Whether the step may be reused in general does not matter here: the run that is resumed is the same run, tried again. A failure that it
    // went on without has an error, and is computed again.
    private async Task<StepEnd?> ResumedAsync(StepPlan plan, CancellationToken cancellation)
    {
        if (plan.Run.Resumes is not { } earlier || plan.IdentityDigest is null)
        {
            return null;
        }

        var (metrics, outputs) = await database.ReadAsync(
            async session =>
            {
                var arguments = new
                {
                    earlier,
                    plan.Ready.NodeId,
                    plan.IdentityDigest,
                };
                var step = await session.ScalarAsync<string>(
                    """
                    select coalesce(s.metrics, '{}') from pipelines_step s
                    where s.run_id = @earlier and s.node_id = @NodeId and s.state = 'succeeded' and s.identity = @IdentityDigest
                        and not exists (
                            select 1 from pipelines_attempt a
                            where a.run_id = s.run_id and a.node_id = s.node_id and a.attempt = s.attempt and a.error_type is not null
                        )
                    """,
                    arguments
                );
                var rows = await session.QueryAsync<OutputRow>(
                    """
                    select node_id, port, type, digest, size, summary from pipelines_output
                    where run_id = @earlier and node_id = @NodeId order by port
                    """,
                    arguments
                );
                return (step, rows);
            },
            cancellation
        );
        if (metrics is null)
        {
            return null;
        }

        var made = outputs
            .Select(output => new StepOutput(
                output.Port,
                new ArtifactRef(output.Type, output.Digest, output.Size),
                output.Summary is null
                    ? null
                    : JsonSerializer.Deserialize<JsonElement>(output.Summary, RondoJson.Options)
            ))
            .ToList();
        return await AllThereAsync(made, cancellation) ? await KnownAsync(made, metrics, earlier, cancellation) : null;
    }

    private async Task<bool> AllThereAsync(List<StepOutput> outputs, CancellationToken cancellation)
    {
        foreach (var output in outputs)
        {
            if (!await blobs.ExistsAsync(output.Artifact.Digest, cancellation))
            {
                return false;
            }
        }

        return true;
    }

    private async Task<StepEnd> KnownAsync(
        List<StepOutput> outputs,
        string metrics,
        string from,
        CancellationToken cancellation
    ) =>
        new(
            StepOutcome.Succeeded,
            outputs,
            JsonSerializer.Deserialize<Dictionary<string, double>>(metrics, RondoJson.Options)!,
            await StepOutputs.ProposalsAsync(blobs, outputs, cancellation),
            ReusedFrom: from
        );

    /// <summary>Keeps what a step made, in the transaction that publishes it. An entry whose bytes were gone is replaced.</summary>
    public static async ValueTask RecordAsync(
        Transaction transaction,
        ClaimedStep step,
        StepEnd end,
        string executionId,
        long at
    )
    {
        // A failure that the run goes on without has an error, and is never reused.
        var isMade = end is { Outcome: StepOutcome.Succeeded, ErrorType: null };
        if (step.Plan.CacheKey is null || !isMade || end.ReusedFrom is not null)
        {
            return;
        }

        await transaction.ExecuteAsync(
            """
            insert into pipelines_cache (scope, cache_key, execution_id, run_id, node_id, outputs, metrics, record, created_at)
            values (@CacheScope, @CacheKey, @executionId, @RunId, @NodeId, @outputs, @metrics, @record, @at)
            on conflict (scope, cache_key) do update set execution_id = excluded.execution_id, run_id = excluded.run_id,
                node_id = excluded.node_id, outputs = excluded.outputs, metrics = excluded.metrics, record = excluded.record,
                created_at = excluded.created_at
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
        public long CreatedAt { get; init; }
    }
}
