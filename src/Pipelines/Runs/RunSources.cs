using Rondo.Datasets;
using Rondo.Kernel.Blobs;
using Rondo.Pipelines.Triggers;
using Rondo.Registry;
using Rondo.Sdk.Wire;

namespace Rondo.Pipelines.Runs;

/// <summary>Sources of runs as datasets and registry have them.</summary>
internal sealed class RunSources(DatasetStore datasets, ModelRegistry registry, IBlobStore blobs) : IRunSources
{
    public async Task<RunSource?> DatasetAsync(string project, string environment, string name)
    {
        var newest = await datasets.NewestAsync(project, environment, name);
        if (newest is null)
        {
            return null;
        }

        await using var content = await blobs.OpenAsync(newest.ContentDigest);
        return new RunSource(
            NodeKind.Dataset,
            name,
            newest.Id,
            newest.Version,
            newest.Rows,
            TriggerRules.Time(newest.AsOf),
            new ArtifactRef(ArtifactTypes.DatasetVersion, newest.ContentDigest, content.Length)
        );
    }

    public async Task<RunSource?> ServingModelAsync(string project, string environment, string model)
    {
        var serving = await registry.FindByAliasAsync(project, environment, model, ModelAliases.Serving);
        return serving is null
            ? null
            : new RunSource(
                NodeKind.ServingModel,
                model,
                serving.Id,
                serving.Version,
                null,
                null,
                serving.Proposal.Artifact
            );
    }

    public async Task RequireUsableAsync(string project, string environment, RunSource source)
    {
        if (source is { Kind: NodeKind.Dataset, VersionId: { } dataset })
        {
            await datasets.RequireUsableAsync(dataset);
        }
        else if (source is { Kind: NodeKind.ServingModel, Version: { } version })
        {
            await registry.GetAsync(new ModelKey(project, environment, source.Name), version);
        }
    }
}
