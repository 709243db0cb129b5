using System.Text.Json;
using Rondo.Data;
using Rondo.Kernel.Db;
using Rondo.Pipelines.Catalog;
using Rondo.Pipelines.Runs;
using Rondo.Sdk;
using Rondo.Sdk.Wire;

namespace Rondo.Pipelines.Orchestration;

/// <summary>Finds what is ready, and works out what exactly each step would compute.</summary>
internal sealed class StepPlanner(Database database, PipelineVersions versions, TimeProvider time)
{
    // A step's random numbers are the same in every run: equal inputs make equal outputs, and the cache can serve them.
    private const int Seed = 1;

    /// <summary>The oldest ready steps, with their runs.</summary>
    public Task<IReadOnlyList<(ReadyStep Step, RunInfo Run)>> ReadyAsync(int limit) =>
        database.ReadAsync<IReadOnlyList<(ReadyStep, RunInfo)>>(async session =>
        {
            var steps = await session.QueryAsync<ReadyStep>(
                """
                select run_id, node_id, attempt, fence, failures, losses from pipelines_step
                where state = 'ready' and not_before <= @now order by not_before, run_id, position limit @limit
                """,
                new { now = time.GetUtcNow().ToUnixTimeMilliseconds(), limit }
            );
            if (steps.Count == 0)
            {
                return [];
            }

            var runs = (
                await session.QueryAsync<RunInfo>(
                    $"select {RunInfo.Columns} from pipelines_run r where r.id in @ids",
                    new { ids = steps.Select(step => step.RunId).Distinct(StringComparer.Ordinal) }
                )
            ).ToDictionary(run => run.Id, StringComparer.Ordinal);
            return [.. steps.Select(step => (step, runs[step.RunId]))];
        });

    /// <summary>Resolves inputs and arguments. Two statements, however large the graph is.</summary>
    public Task<StepPlan> PlanAsync(ReadyStep ready, RunInfo run) =>
        database.ReadAsync(async session =>
        {
            var node = (await versions.GetAsync(session, run.VersionId))[ready.NodeId];
            var inputs = await InputsAsync(session, run.Id, node);
            var parameters = JsonSerializer.Deserialize<Dictionary<string, JsonElement>>(
                run.Parameters,
                RondoJson.Options
            )!;
            var arguments = RunParameters.Arguments(node, parameters);
            var identity = new StepIdentity(node.Step, node.CodeDigest, inputs, arguments, node.Outputs, Seed);
            return new StepPlan(run, node, ready, inputs, arguments, identity, node.Cache ? identity.Digest() : null);
        });

    private static async ValueTask<IReadOnlyDictionary<string, ArtifactRef>> InputsAsync(
        Session session,
        string runId,
        NodeManifest node
    )
    {
        var made = (
            await session.QueryAsync<OutputRow>(
                "select node_id, port, type, digest, size from pipelines_output where run_id = @runId and node_id in @nodes",
                new { runId, nodes = node.Inputs.Select(input => input.FromNode).Distinct(StringComparer.Ordinal) }
            )
        ).ToDictionary(
            output => (output.NodeId, output.Port),
            output => new ArtifactRef(output.Type, output.Digest, output.Size)
        );
        return node.Inputs.ToDictionary(
            input => input.Port,
            input =>
                made.GetValueOrDefault((input.FromNode, input.FromPort))
                ?? throw new RondoException(
                    ErrorCode.Internal,
                    $"Node '{node.Id}' of run {runId} is ready, but {input.FromNode}.{input.FromPort} is not there."
                ),
            StringComparer.Ordinal
        );
    }
}
