using System.Text.Json;
using Rondo.Data;
using Rondo.Kernel.Db;
using Rondo.Lineage;
using Rondo.Pipelines.Runs;
using Rondo.Registry;
using Rondo.Sdk.Wire;

namespace Rondo.Pipelines.Orchestration;

/// <summary>Hands proposals to the registry in the transaction that publishes them, and tells lineage which artifact a model version is.</summary>
internal sealed class PublishedModels(ModelRegistry registry, LineageStore lineage)
{
    public async ValueTask PublishAsync(
        Transaction transaction,
        RunInfo run,
        IReadOnlyList<ProposedModel> proposals,
        long cause
    )
    {
        foreach (var (proposal, artifact) in proposals)
        {
            var origin = new ModelOrigin(
                run.Project,
                run.Environment,
                run.Id,
                run.Pipeline,
                run.CommitId,
                run.Package,
                DatasetVersionOf(run),
                artifact.Digest,
                run.ActorOf,
                cause
            );
            if (!proposal.Verdict.Passed)
            {
                await registry.RejectAsync(transaction, origin, proposal);
                continue;
            }

            var version = await registry.RegisterAsync(transaction, origin, proposal);
            await lineage.RecordDerivedAsync(transaction, version.Id, proposal.Artifact, run.Id);
            await lineage.RecordDerivedAsync(transaction, version.Id, artifact, run.Id);
        }
    }

    private static string? DatasetVersionOf(RunInfo run) =>
        JsonSerializer
            .Deserialize<Dictionary<string, RunSource>>(run.Sources, RondoJson.Options)!
            .Values.FirstOrDefault(source => source.Kind == NodeKind.Dataset)
            ?.VersionId;
}
