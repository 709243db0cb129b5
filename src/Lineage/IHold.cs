using Rondo.Kernel.Db;

namespace Rondo.Lineage;

/// <summary>
/// What would be touched by deleting something: itself, and the model versions that were made from it, by name
/// (<c>project/environment/name/version</c>). <paramref name="Kind"/> is <c>model-version</c> or <c>dataset-version</c>.
/// </summary>
public sealed record Dependents(string Kind, string Name, IReadOnlyList<string> ModelVersions);

/// <summary>Who needs a thing, in words that go on from its name: <c>is served by endpoint 'demand'</c>.</summary>
public sealed record Hold(string Name, string Because);

/// <summary>A module's say in what may be deleted. Asked inside the transaction that deletes.</summary>
public interface IHold
{
    /// <summary>Those of the named things that the module still needs.</summary>
    ValueTask<IReadOnlyList<Hold>> OfAsync(Session session, Dependents dependents);
}
