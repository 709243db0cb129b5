using Rondo.Kernel;

namespace Rondo.Lineage;

/// <summary>
/// What to walk from, and how. Going <paramref name="Through"/>, a walk does not stop at the model versions of other runs;
/// <paramref name="Grouped"/> draws the many instances of one step together.
/// </summary>
public sealed record LineageQuery(
    string Id,
    LineageDirection Direction = LineageDirection.Up,
    bool Through = false,
    bool Grouped = false
);

/// <summary>That a name was deleted, by whom and when. The kind is <c>model-version</c> or <c>dataset-version</c>.</summary>
public sealed record LineageDeletion(string Kind, string Name, Actor Actor, DateTimeOffset At)
{
    public const string ModelVersion = "model-version";
    public const string DatasetVersion = "dataset-version";
}
