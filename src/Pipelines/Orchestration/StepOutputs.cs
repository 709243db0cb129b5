using System.Text.Json;
using Rondo.Data;
using Rondo.Kernel.Blobs;
using Rondo.Pipelines.Executors;
using Rondo.Sdk.Wire;

namespace Rondo.Pipelines.Orchestration;

/// <summary>Brings what an attempt staged into the blob store, under its digest, where it can be published.</summary>
internal sealed class StepOutputs(IBlobStore blobs, AttemptStorage storage, ProtocolProbe probe)
{
    public async Task<StepEnd> AdoptAsync(
        ClaimedStep step,
        string staging,
        StepResult result,
        CancellationToken cancellation
    )
    {
        var missing = step.Plan.Node.Outputs.FirstOrDefault(output => !result.Outputs.ContainsKey(output.Port));
        if (result.Outcome == StepOutcome.Succeeded && missing is not null)
        {
            return StepEnd.Failed(
                "MissingOutput",
                $"Step '{step.NodeId}' said that it succeeded, but did not make its output '{missing.Port}'."
            );
        }

        var outputs = new List<StepOutput>(result.Outputs.Count);
        if (result.Outcome != StepOutcome.Failed)
        {
            foreach (var (port, made) in result.Outputs.OrderBy(output => output.Key, StringComparer.Ordinal))
            {
                outputs.Add(new StepOutput(port, await AdoptAsync(staging, made, cancellation), made.Summary));
                probe.Reach(ProtocolProbe.Adopted);
            }
        }

        var proposals =
            result.Outcome == StepOutcome.Succeeded ? await ProposalsAsync(blobs, outputs, cancellation) : [];
        return new StepEnd(
            result.Outcome,
            outputs,
            result.Metrics,
            proposals,
            result.Message,
            result.Mend,
            result.ErrorType
        )
        {
            SinceBegunMs = result.SinceBegunMs,
        };
    }

    /// <summary>The proposals among the outputs, read before the transaction that hands them on.</summary>
    public static async Task<IReadOnlyList<ProposedModel>> ProposalsAsync(
        IBlobStore blobs,
        IReadOnlyList<StepOutput> outputs,
        CancellationToken cancellation
    )
    {
        var proposals = new List<ProposedModel>();
        foreach (var output in outputs.Where(output => output.Artifact.Type == ArtifactTypes.ModelProposal))
        {
            var bytes = await blobs.ReadAsync(output.Artifact.Digest, cancellation);
            var proposal = JsonSerializer.Deserialize<ModelProposal>(bytes, RondoJson.Options)!;
            proposals.Add(new ProposedModel(proposal, output.Artifact));
        }

        return proposals;
    }

    private async Task<ArtifactRef> AdoptAsync(string staging, ProducedArtifact made, CancellationToken cancellation)
    {
        var file = Path.GetFullPath(Path.Combine(staging, made.File));
        if (!file.StartsWith(staging + Path.DirectorySeparatorChar, StringComparison.Ordinal))
        {
            throw new RondoException(
                ErrorCode.InvalidArgument,
                $"A step reported the output file '{made.File}', which is not in its staging folder."
            );
        }

        try
        {
            var blob = await blobs.AdoptAsync(file, made.Digest, cancellation);
            return new ArtifactRef(made.Type, blob.Digest, blob.Size);
        }
        catch (IOException e)
        {
            storage.ThrowIfNotWritable(e);
            throw;
        }
    }
}
