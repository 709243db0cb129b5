using Rondo.Sdk.Graphs;
using Rondo.Sdk.Wire;

namespace Rondo.Sdk;

/// <summary>
/// What a run will need from whoever starts it, as far as it can be known before anything runs: answers and secrets of nodes that no
/// condition, loop or missing artifact can leave out.
/// </summary>
internal sealed class LocalNeeds(
    PipelineShape shape,
    LocalSecrets secrets,
    LocalApprovals approvals,
    LocalEarlier? earlier,
    IReadOnlyDictionary<string, Func<StepCall, Task>> fakes
)
{
    private readonly Dictionary<string, bool> _certain = new(StringComparer.Ordinal);

    public void Check()
    {
        if (approvals.Names.FirstOrDefault(name => !IsApproval(name)) is { } unknown)
        {
            throw new RondoException(
                ErrorCode.NotFound,
                $"Pipeline '{shape.Manifest.Name}' has no approval '{unknown}'.",
                $"It has: {List(shape.Manifest.Nodes.Where(node => node.Approval is not null).Select(node => node.Id))}."
            );
        }
        foreach (var node in shape.Manifest.Nodes.Where(IsCertain))
        {
            var secret = node.Secrets.Values.FirstOrDefault(name => !secrets.Has(name));
            if (secret is not null && !fakes.ContainsKey(node.Id))
            {
                // Throws, and says how to give it.
                secrets.Value(secret);
            }
            if (node.Approval is { } approval && !approvals.CanAnswer(node) && earlier?.Value(node.Id) is null)
            {
                throw LocalApprovals.Unanswered(node.Id, approval);
            }
            if (node.Approval is not null)
            {
                approvals.Given(LocalPlace.Of(shape, node, []));
            }
        }
    }

    // It may name one item of a for-each.
    private bool IsApproval(string name) =>
        shape.Find(string.Join('.', name.Split('.').Where(part => part.Length > 0 && !char.IsAsciiDigit(part[0]))))
            is { Approval: not null };

    private static string List(IEnumerable<string> names) =>
        string.Join(", ", names) is { Length: > 0 } list ? list : "none";

    private bool IsCertain(NodeManifest node)
    {
        if (_certain.TryGetValue(node.Id, out var known))
        {
            return known;
        }
        // There is no cycle; were there one, it would end here.
        _certain[node.Id] = false;
        var certain =
            shape.Path(node.Id).All(group => group.Condition is null && group.Kind != NodeKind.ForEach)
            && node.Kind is not (NodeKind.Merge or NodeKind.ServingModel)
            && node.Inputs.All(input => input.AllowNone || IsCertain(shape[input.FromNode]));
        return _certain[node.Id] = certain;
    }
}
