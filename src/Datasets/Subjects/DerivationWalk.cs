using Rondo.Lineage;
using Rondo.Sdk.Wire;

namespace Rondo.Datasets.Subjects;

/// <summary>What lineage knows to be made from versions of a dataset, and how that stands.</summary>
internal sealed class DerivationWalk(LineageStore lineage)
{
    private const string ModelVersion = "model-version";
    private const string DatasetVersionKind = "dataset-version";
    private const string Artifact = "artifact";

    /// <summary>The state of a table whose bytes no run or cache keeps any more.</summary>
    public const string Released = "may hold the rows; goes when no model that serves needs it";

    public async Task<(IReadOnlyList<SubjectDerivation> Items, bool Truncated)> OfAsync(
        DatasetPlace place,
        IReadOnlyList<long> versions
    )
    {
        var found = new Dictionary<(string Kind, string Id), (string State, SortedSet<long> From)>();
        var truncated = false;
        foreach (var version in versions)
        {
            var id = DatasetVersion.IdOf(place.Project, place.Environment, place.Dataset, version);
            if (await DownAsync(id) is not { } graph)
            {
                continue;
            }

            truncated |= graph.Truncated;
            foreach (var (kind, name, state) in Made(graph))
            {
                if (!found.TryGetValue((kind, name), out var known))
                {
                    known = (state, []);
                    found.Add((kind, name), known);
                }

                known.From.Add(version);
            }
        }

        var own = versions
            .Select(version => DatasetVersion.IdOf(place.Project, place.Environment, place.Dataset, version))
            .ToHashSet(StringComparer.Ordinal);
        var items = found
            .Where(item => !own.Contains(item.Key.Id))
            .OrderBy(item => Rank(item.Key.Kind))
            .ThenBy(item => item.Key.Id, StringComparer.Ordinal)
            .Select(item => new SubjectDerivation(item.Key.Kind, item.Key.Id, item.Value.State, [.. item.Value.From]))
            .ToList();
        return ([.. items.Take(SubjectDeletion.DerivedMax)], truncated || items.Count > SubjectDeletion.DerivedMax);
    }

    /// <summary>What becomes of what was made from versions of which some were deleted: tables that came of these alone are given up.</summary>
    public static IReadOnlyList<SubjectDerivation> After(
        IReadOnlyList<SubjectDerivation> derived,
        IReadOnlyCollection<long> held
    ) =>
        [
            .. derived.Select(made =>
                made.Kind != Artifact || !IsTable(made.Id) ? made
                : made.From.Any(held.Contains) ? made with { State = "may hold the rows; kept, as a version is held" }
                : made with { State = Released }
            ),
        ];

    // No run has taken the version, and the log was not read that far: then nothing was made from it.
    private async Task<LineageGraph?> DownAsync(string id)
    {
        try
        {
            return await lineage.GetAsync(new LineageQuery(id, LineageDirection.Down, Through: true));
        }
        catch (RondoException e) when (e.Code == ErrorCode.NotFound)
        {
            return null;
        }
    }

    // What a step took beside, such as another dataset, was not made from the version: only what a step gave out was.
    private static IEnumerable<(string Kind, string Id, string State)> Made(LineageGraph graph)
    {
        var nodes = graph.Nodes.ToDictionary(node => node.Id, StringComparer.Ordinal);
        var outputs = graph
            .Edges.Where(edge => nodes.GetValueOrDefault(edge.From)?.Kind == "execution")
            .Select(edge => edge.To)
            .ToHashSet(StringComparer.Ordinal);
        var endpoints = graph
            .Edges.Where(edge => nodes.GetValueOrDefault(edge.To)?.Kind == "endpoint")
            .ToLookup(edge => edge.From, edge => $"{edge.Label} at {nodes[edge.To].Label}", StringComparer.Ordinal);
        foreach (var node in graph.Nodes)
        {
            switch (node.Kind)
            {
                case ModelVersion or DatasetVersionKind when node.Id != graph.Root:
                    yield return (node.Kind, node.Id, StateOf(node, [.. endpoints[node.Id]]));
                    break;
                case Artifact when outputs.Contains(node.Id):
                    yield return (Artifact, node.Id, StateOf(node.Id));
                    break;
            }
        }
    }

    private static string StateOf(LineageNode node, IReadOnlyList<string> deployments) =>
        node.Properties.GetValueOrDefault("deletedAt") is not null ? "deleted"
        : deployments.Count > 0 ? string.Join(", ", deployments.Order(StringComparer.Ordinal))
        : node.Kind == ModelVersion ? "registered"
        : "there";

    // Tables may have the rows themselves; what was computed from them may tell of them.
    private static string StateOf(string artifact) => IsTable(artifact) ? "may hold the rows" : "computed from them";

    private static bool IsTable(string artifact) =>
        artifact[..artifact.LastIndexOf(':')] is ArtifactTypes.Table or ArtifactTypes.RawTable;

    private static int Rank(string kind) =>
        kind switch
        {
            ModelVersion => 0,
            DatasetVersionKind => 1,
            _ => 2,
        };
}
