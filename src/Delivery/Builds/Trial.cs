using Rondo.Sdk.Wire;

namespace Rondo.Delivery.Builds;

/// <summary>Whether a pipeline can be tried on the sample that its package brings along.</summary>
internal static class Trial
{
    /// <summary>Why a build cannot try it; null when it can. A build has no secrets: whoever may push may write code that shows them.</summary>
    public static string? ObstacleInBuild(Manifest manifest, PipelineManifest pipeline, string? partition) =>
        Obstacle(manifest, pipeline, partition)
        ?? (
            pipeline
                .Nodes.Where(node => !IsStoodInFor(manifest, node))
                .SelectMany(node => node.Secrets.Values)
                .FirstOrDefault()
                is { } secret
                ? $"it needs the secret '{secret}', which no build has; it is tried in test"
                : null
        );

    // The sample of the dataset that a connector adds to stands for what it would read: it needs no secrets.
    private static bool IsStoodInFor(Manifest manifest, NodeManifest node) =>
        node.Outputs is [{ Type: ArtifactTypes.NewRows }]
        && node.Additions is [var addition]
        && manifest.Datasets.Any(dataset => dataset.Name == addition.Dataset && dataset.Sample is not null);

    /// <summary>Why nobody can try it without a person; null when it can be tried.</summary>
    public static string? Obstacle(Manifest manifest, PipelineManifest pipeline, string? partition)
    {
        if (pipeline.Partitions is not null && partition is null)
        {
            return "all its partitions are yet to come";
        }

        var sampled = manifest
            .Datasets.Where(dataset => dataset.Sample is not null)
            .Select(dataset => dataset.Name)
            .ToHashSet(StringComparer.Ordinal);
        var dataset = pipeline
            .Nodes.Where(node => node is { Kind: NodeKind.Dataset, Optional: false })
            .Select(node => node.Source!)
            .FirstOrDefault(dataset => !sampled.Contains(dataset));
        if (dataset is not null)
        {
            return $"dataset {dataset} declares no sample";
        }
        return pipeline.Nodes.FirstOrDefault(node => node.Kind == NodeKind.Approval) is { } approval
            ? $"it asks a person ('{approval.Id}')"
            : null;
    }
}
