using System.Linq.Expressions;

namespace Rondo.Sdk;

/// <summary>
/// The current item in the body of a for-each. It converts to an argument, and <see cref="Get"/> takes a member of it; it is not
/// an artifact.
/// </summary>
public sealed class Item<T>
{
    internal Item(StepNode forEach) => ForEach = forEach;

    internal StepNode ForEach { get; }

    /// <summary>A member of the item as an argument: <c>item.Get(station => station.Name)</c>.</summary>
    public Argument<TMember> Get<TMember>(Expression<Func<T, TMember>> member) =>
        Argument<TMember>.Of(ForEach, JsonMembers.PathOf(member));
}
