using System.Text.Json;
using Rondo.Data;
using Rondo.Sdk.Wire;

namespace Rondo.Pipelines.Export.Kubeflow;

/// <summary>
/// Finds where Kubeflow's own "one of" says what a merge says: it takes two branches of which exactly one runs. Any other merge becomes
/// a container of its own.
/// </summary>
internal sealed class KfpPairs(KfpNodes nodes)
{
    private readonly Dictionary<string, string> _partners = new(StringComparer.Ordinal);
    private readonly HashSet<string> _merges = new(StringComparer.Ordinal);

    /// <summary>The branch that runs when this one does not, and that a merge brings together with it.</summary>
    public string? PartnerOf(string branch) => _partners.GetValueOrDefault(branch);

    /// <summary>Whether the merge is a "one of".</summary>
    public bool IsOneOf(NodeManifest node) => _merges.Contains(node.Id);

    /// <summary>Looks at the nodes of one group.</summary>
    public void Find(string? group)
    {
        var needs = new Lazy<ILookup<string, string>>(() => Needs(group));
        foreach (var merge in nodes.Children(group).Where(node => node.Kind == NodeKind.Merge))
        {
            if (Branches(group, merge) is not var (first, second))
            {
                continue;
            }

            var free = !_partners.ContainsKey(first) && !_partners.ContainsKey(second);
            if (_partners.GetValueOrDefault(first) == second || (free && Fits(needs.Value, [first, second, merge.Id])))
            {
                _partners[first] = second;
                _partners[second] = first;
                _merges.Add(merge.Id);
            }
        }
    }

    private (string First, string Second)? Branches(string? group, NodeManifest merge)
    {
        if (merge.Condition is not null || merge.Inputs.Count != 2 || merge.Inputs.Any(input => input.FanIn))
        {
            return null;
        }

        var first = nodes.ChildOf(group, merge.Inputs[0].FromNode);
        var second = nodes.ChildOf(group, merge.Inputs[1].FromNode);
        return first is { Condition: { } one } && second is { Condition: { } other } && AreOpposite(one, other)
            ? (first.Id, second.Id)
            : null;
    }

    /// <summary>Whether one holds exactly where the other does not.</summary>
    public static bool AreOpposite(ConditionManifest one, ConditionManifest other) =>
        one.Not != other.Not
        && JsonSerializer.Serialize(one.All, RondoJson.Options)
            == JsonSerializer.Serialize(other.All, RondoJson.Options);

    // Put together, the branches must not wait for each other, for the merge, or for something that waits for one of them.
    private static bool Fits(ILookup<string, string> needs, IReadOnlyList<string> together)
    {
        if (together.Take(2).Any(branch => needs[branch].Intersect(together, StringComparer.Ordinal).Any()))
        {
            return false;
        }

        var seen = new HashSet<string>(StringComparer.Ordinal);
        var ahead = new Stack<string>(together.SelectMany(id => needs[id]).Except(together, StringComparer.Ordinal));
        while (ahead.TryPop(out var id))
        {
            if (together.Contains(id, StringComparer.Ordinal))
            {
                return false;
            }

            if (seen.Add(id))
            {
                foreach (var need in needs[id])
                {
                    ahead.Push(need);
                }
            }
        }

        return true;
    }

    // Each node of the group → those of it that must have ended before.
    private ILookup<string, string> Needs(string? group) =>
        nodes
            .Pipeline.Nodes.SelectMany(node =>
                KfpNodes
                    .Taken(node)
                    .Concat(node.After)
                    .Select(from => (Node: nodes.ChildOf(group, node.Id)?.Id, From: nodes.ChildOf(group, from)?.Id))
            )
            .Where(need => need.Node is not null && need.From is not null && need.Node != need.From)
            .Distinct()
            .ToLookup(need => need.Node!, need => need.From!, StringComparer.Ordinal);
}
