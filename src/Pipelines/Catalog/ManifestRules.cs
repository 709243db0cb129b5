using System.Text.RegularExpressions;
using Rondo.Pipelines.Triggers;
using Rondo.Sdk.Wire;

namespace Rondo.Pipelines.Catalog;

/// <summary>What must hold of a manifest before it may be deployed, so that a run cannot fail for it later.</summary>
internal static partial class ManifestRules
{
    private const int NodesMax = 20_000;

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

        Unique(manifest.Pipelines.Select(pipeline => pipeline.Name), "Two pipelines are");
        foreach (var pipeline in manifest.Pipelines)
        {
            Check(pipeline);
        }
    }

    private static void Check(PipelineManifest pipeline)
    {
        var place = $"Pipeline '{pipeline.Name}'";
        if (pipeline.Nodes.Count > NodesMax)
        {
            throw Invalid($"{place} has {pipeline.Nodes.Count} nodes; the limit is {NodesMax}.");
        }

        Unique(pipeline.Nodes.Select(node => node.Id), $"{place}: two nodes are");
        var nodes = pipeline.Nodes.ToDictionary(node => node.Id, StringComparer.Ordinal);
        var parameters = pipeline.Parameters.Select(p => p.Name).ToHashSet(StringComparer.Ordinal);
        foreach (var node in pipeline.Nodes)
        {
            Check($"{place}, node '{node.Id}'", node, nodes, parameters);
        }

        CheckAcyclic(place, pipeline);
        foreach (var trigger in pipeline.Triggers)
        {
            TriggerRules.Check($"{place}, trigger '{trigger.Kind}'", trigger);
        }
    }

    private static void Check(
        string place,
        NodeManifest node,
        Dictionary<string, NodeManifest> nodes,
        HashSet<string> parameters
    )
    {
        if (!IdPattern().IsMatch(node.Id))
        {
            throw Invalid($"{place}: an id has 1 to 128 letters, digits, dots, hyphens and underscores.");
        }

        if (node.Kind != NodeKind.Step && (node.Source is null || node.Outputs.Count != 1))
        {
            throw Invalid($"{place}: a source names what it takes, and has one output.");
        }

        foreach (var input in node.Inputs)
        {
            var made = nodes.GetValueOrDefault(input.FromNode)?.Outputs.FirstOrDefault(o => o.Port == input.FromPort);
            if (made is null)
            {
                throw Invalid(
                    $"{place}: input '{input.Port}' takes {input.FromNode}.{input.FromPort}, which nothing makes."
                );
            }
        }

        foreach (var argument in node.Arguments)
        {
            if (argument.Parameter is { } name && !parameters.Contains(name))
            {
                throw Invalid($"{place}: argument '{argument.Name}' takes parameter '{name}', which is not declared.");
            }
        }
    }

    private static void CheckAcyclic(string place, PipelineManifest pipeline)
    {
        var waiting = pipeline.Nodes.ToDictionary(node => node.Id, node => node.Inputs.Count, StringComparer.Ordinal);
        var takers = pipeline
            .Nodes.SelectMany(node => node.Inputs.Select(input => (input.FromNode, node.Id)))
            .ToLookup(edge => edge.FromNode, edge => edge.Id, StringComparer.Ordinal);
        var free = new Queue<string>(waiting.Where(entry => entry.Value == 0).Select(entry => entry.Key));
        var done = 0;
        while (free.TryDequeue(out var id))
        {
            done++;
            foreach (var taker in takers[id])
            {
                if (--waiting[taker] == 0)
                {
                    free.Enqueue(taker);
                }
            }
        }

        if (done < pipeline.Nodes.Count)
        {
            var stuck = waiting.First(entry => entry.Value > 0).Key;
            throw Invalid($"{place} has a cycle through node '{stuck}'.");
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
        "^[A-Za-z0-9_][A-Za-z0-9._-]{0,127}$",
        RegexOptions.CultureInvariant,
        matchTimeoutMilliseconds: 1000
    )]
    private static partial Regex IdPattern();
}
