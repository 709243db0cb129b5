namespace Rondo.Lineage;

/// <summary>
/// Everything that something depends on, however far away, as one list. <paramref name="Cut"/> says where the walk ended because it was too
/// long (<see cref="LineageLimits"/>).
/// </summary>
public sealed record LineageClosure(
    string Root,
    string Kind,
    IReadOnlyList<LineageDependency> Items,
    bool Truncated,
    string? Cut
)
{
    /// <summary>All that a graph shows of what its root was made from.</summary>
    public static LineageClosure Of(LineageGraph graph) =>
        new(
            graph.Root,
            graph.Nodes.Single(node => node.Id == graph.Root).Kind,
            [
                .. graph
                    .Nodes.Where(node => node.Id != graph.Root)
                    .Select(node => new LineageDependency(
                        node.Kind,
                        node.Id,
                        LineageDependency.Made,
                        node.Label == node.Id ? null : node.Label
                    )),
            ],
            graph.Truncated,
            graph.Cut
        );
}

/// <summary>
/// One thing that something depends on. <paramref name="Kind"/> is one of <c>dataset-version file model-version code package commit run</c>, or <c>dataset logged-model</c> of
/// what clients have logged;
/// <paramref name="Role"/> is <c>made</c>, or <c>judged</c> where it only served to evaluate the model, as rivals and their gate do.
/// <paramref name="Detail"/> is the step of a code digest, the name of a file, the pipeline of a run.
/// </summary>
public sealed record LineageDependency(
    string Kind,
    string Id,
    string Role,
    string? Detail = null,
    long? Size = null,
    DateTimeOffset? DeletedAt = null
)
{
    public const string Made = "made";
    public const string Judged = "judged";
}
