using System.Text.RegularExpressions;
using Rondo.Pipelines.Triggers;
using Rondo.Sdk.Graphs;
using Rondo.Sdk.Wire;

namespace Rondo.Pipelines.Catalog;

/// <summary>What must hold of a manifest before it may be deployed, so that a run cannot fail for it later.</summary>
internal static partial class ManifestRules
{
    private const int NodesMax = 20_000;
    private const int ParallelMax = 1_000;
    private const int IdMax = 512;

    public static void Check(Manifest manifest)
    {
        if (manifest.FormatVersion is < 1 or > Manifest.CurrentFormatVersion)
        {
            throw new RondoException(
                ErrorCode.InvalidArgument,
                $"The manifest has format {manifest.FormatVersion}; this server reads formats 1 to {Manifest.CurrentFormatVersion}.",
                "Use a version of Rondo.Sdk that fits the server."
            );
        }

        if (manifest.Pools.FirstOrDefault(pool => pool.Slots < 1) is { } closed)
        {
            throw Invalid($"Pool '{closed.Name}' has {closed.Slots} slots; it needs at least 1.");
        }

        Unique(manifest.Pools.Select(pool => pool.Name), "Two pools are");
        Unique(manifest.Pipelines.Select(pipeline => pipeline.Name), "Two pipelines are");
        foreach (var pipeline in manifest.Pipelines)
        {
            Check(pipeline, manifest.Pools);
        }

        TriggerChecks.Check(manifest);
    }

    private static void Check(PipelineManifest pipeline, IReadOnlyList<PoolManifest> pools)
    {
        var place = $"Pipeline '{pipeline.Name}'";
        if (pipeline.Nodes.Count > NodesMax)
        {
            throw Invalid($"{place} has {pipeline.Nodes.Count} nodes; the limit is {NodesMax}.");
        }

        if (pipeline.Nodes.FirstOrDefault(node => !IdPattern().IsMatch(node.Id)) is { } unnamed)
        {
            throw Invalid(
                $"{place}, node '{unnamed.Id}': an id has 1 to {IdMax} letters, digits, dots, hyphens and underscores."
            );
        }

        if (ShapeProblems.Find(pipeline) is { } problem)
        {
            throw Invalid($"{place}, {problem}.");
        }

        foreach (var node in pipeline.Nodes)
        {
            Check($"{place}, node '{node.Id}'", node, pools);
        }

        if (pipeline.FailurePolicy is not (FailurePolicies.Fast or FailurePolicies.Slow))
        {
            throw Invalid($"{place}: '{pipeline.FailurePolicy}' is not a failure policy; there are fast and slow.");
        }

        if (pipeline.RunsMax < 0)
        {
            throw Invalid($"{place}: a limit on runs is at least 1.");
        }
    }

    private static void Check(string place, NodeManifest node, IReadOnlyList<PoolManifest> pools)
    {
        if (node.Pool is { } pool && pools.All(known => known.Name != pool))
        {
            throw Invalid($"{place}: the pool '{pool}' is not declared.");
        }

        if (node.ForEach is { ParallelMax: > ParallelMax })
        {
            throw Invalid($"{place}: at most {ParallelMax} items may be under way at once.");
        }

        foreach (var retry in node.Retries)
        {
            if (retry.MaxAttempts < 0 || retry.WithinMs < 0 || retry.IntervalMs < 0 || retry.BackOff < 1)
            {
                throw Invalid($"{place}: retries have limits of 0 or more, and a back-off of 1 or more.");
            }

            if (retry is { MaxAttempts: 0, WithinMs: 0 })
            {
                throw Invalid($"{place}: retries on '{retry.On}' need a number of attempts or a time.");
            }
        }
    }

    private static void Unique(IEnumerable<string> names, string place)
    {
        var seen = new HashSet<string>(StringComparer.Ordinal);
        if (names.FirstOrDefault(name => !seen.Add(name)) is { } twice)
        {
            throw Invalid($"{place} called '{twice}'.");
        }
    }

    private static RondoException Invalid(string what) =>
        new(ErrorCode.InvalidArgument, what, "Correct the project, and push again.");

    [GeneratedRegex(
        "^[A-Za-z0-9_][A-Za-z0-9._-]{0,511}$",
        RegexOptions.CultureInvariant,
        matchTimeoutMilliseconds: 1000
    )]
    private static partial Regex IdPattern();
}
