using System.Text.Json;
using Rondo.Kernel.Blobs;
using Rondo.Kernel.Db;
using Rondo.Pipelines.Logs;
using Rondo.Sdk.Wire;

namespace Rondo.Pipelines.Orchestration;

/// <summary>Carries one claimed attempt through the protocol: staging, execution under heartbeats, adoption, publication.</summary>
internal sealed class AttemptRunner(
    Database database,
    IBlobStore blobs,
    AttemptFolders folders,
    IExecutor executor,
    StepOutputs outputs,
    StepPublisher publisher,
    LogStore logs,
    AttemptSecrets secrets,
    PipelinesOptions options,
    ProtocolProbe probe,
    TimeProvider time
)
{
    /// <summary>
    /// Runs the attempt. When the executor is free again, it asks whether its room is wanted back at once; if not, the room is for the
    /// step that it gives back, if any: claimed in the same commit. Cancelled: the claim was lost, or the server stops.
    /// </summary>
    public async Task<ClaimedStep?> RunAsync(ClaimedStep step, Func<bool> freed, CancellationTokenSource attempt)
    {
        var staging = folders.Of(step.Run.Id, step.NodeId, step.Attempt);
        var left = false;
        try
        {
            var result = await ExecuteAsync(step, staging, attempt);
            left = result.Outcome == StepOutcome.Succeeded && !MayLinger(step.Plan.Node);
            var wanted = freed();
            probe.Reach(ProtocolProbe.Executed);
            var end = await AdoptAsync(step, staging, result, attempt.Token);
            if (!wanted && !attempt.IsCancellationRequested)
            {
                return await publisher.PublishAndGoOnAsync(step, end);
            }

            await publisher.PublishAsync(step, end);
        }
        catch (OperationCanceledException) when (attempt.IsCancellationRequested)
        {
            // Whoever took the claim away has written down why; a stopping server leaves it to its next start.
        }
        finally
        {
            if (left)
            {
                folders.GiveBack(staging);
            }
            else
            {
                folders.Delete(staging);
            }
        }

        return null;
    }

    // What stands in the folder by itself, not by its name, may write there after it has been renamed.
    private static bool MayLinger(NodeManifest node) =>
        node.Step == NodeManifest.CommandStep || StepAttempt.NeedsOwnProcess(node);

    private async Task<StepResult> ExecuteAsync(ClaimedStep step, string staging, CancellationTokenSource attempt)
    {
        var request = Request(step, staging);
        await folders.CreateAsync(request);
        probe.Reach(ProtocolProbe.Staged);

        using var beats = new PeriodicTimer(options.AttemptLease / 4, time);
        var heartbeat = HeartbeatAsync(step, attempt, beats);
        await using var log = logs.Open(step.Run.Id, step.NodeId, step.Attempt);
        try
        {
            var ready = new StepAttempt(request, step.Run.Package)
            {
                Isolated = StepAttempt.NeedsOwnProcess(step.Plan.Node),
                Secrets = await secrets.ValuesAsync(step.Plan),
            };
            return await executor.RunAsync(ready, log, attempt.Token);
        }
        catch (Exception e) when (e is RondoException or IOException or InvalidOperationException)
        {
            return Failed(e);
        }
        finally
        {
            beats.Dispose();
            await heartbeat;
        }
    }

    private async Task<StepEnd> AdoptAsync(
        ClaimedStep step,
        string staging,
        StepResult result,
        CancellationToken cancellation
    )
    {
        try
        {
            return await outputs.AdoptAsync(step, staging, result, cancellation);
        }
        catch (Exception e) when (e is RondoException or IOException or JsonException)
        {
            return StepEnd.Failed(e.GetType().Name, e.Message);
        }
    }

    // The lease is renewed under the fence: no row means that the attempt was called off, or given to somebody else.
    private async Task HeartbeatAsync(ClaimedStep step, CancellationTokenSource attempt, PeriodicTimer beats)
    {
        try
        {
            while (await beats.WaitForNextTickAsync(CancellationToken.None))
            {
                var kept = await database.WriteAsync(async transaction =>
                    await transaction.ExecuteAsync(
                        """
                        update pipelines_step set lease_until = @until
                        where run_id = @RunId and node_id = @NodeId and attempt = @Attempt and fence = @Fence and state = 'running'
                        """,
                        new
                        {
                            RunId = step.Run.Id,
                            step.NodeId,
                            step.Attempt,
                            step.Fence,
                            until = (time.GetUtcNow() + options.AttemptLease).ToUnixTimeMilliseconds(),
                        }
                    )
                );
                if (kept == 0)
                {
                    attempt.Cancel();
                    return;
                }
            }
        }
        catch (RondoException)
        {
            // The database cannot be written: the lease runs out, and publication will be refused if it was given away.
        }
    }

    private StepRequest Request(ClaimedStep step, string staging) =>
        new(
            step.Run.Id,
            step.Run.Project,
            step.Run.Environment,
            step.Run.Pipeline,
            step.NodeId,
            (int)step.Attempt,
            step.Fence,
            blobs.Root,
            staging,
            step.Plan.Inputs,
            step.Plan.Arguments,
            step.Plan.Identity!.Seed,
            ThreadsOf(step.Plan.Node.Resources),
            step.Plan.Node.TimeoutMs
        )
        {
            Template = step.Plan.Ready.Template,
            Variables = step.Plan.Node.Environment,
            Resources = step.Plan.Node.Resources,
            Before = step.Before(time.GetUtcNow()),
        };

    // Who asks for cores has as many threads; who does not has those of the machine.
    private static int ThreadsOf(ResourcesManifest? resources) =>
        resources is { Cpu: > 0 } ? (int)Math.Ceiling(resources.Cpu) : Environment.ProcessorCount;

    private static StepResult Failed(Exception e) =>
        new(
            StepOutcome.Failed,
            new Dictionary<string, ProducedArtifact>(StringComparer.Ordinal),
            new Dictionary<string, double>(StringComparer.Ordinal),
            (e as RondoException)?.What ?? e.Message,
            (e as RondoException)?.Mend,
            e.GetType().Name
        );
}
