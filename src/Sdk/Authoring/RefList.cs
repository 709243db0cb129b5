using System.ComponentModel;
using System.Runtime.CompilerServices;

namespace Rondo.Sdk;

/// <summary>
/// What an input list takes: several outputs (<c>[a, b]</c>, an array, a list), what a for-each gives for its items, or one
/// output that is a list itself.
/// </summary>
[CollectionBuilder(typeof(RefList), nameof(RefList.Create))]
public sealed class RefList<T>
{
    private readonly IReadOnlyList<Ref<T>>? _each;

    internal RefList(IReadOnlyList<Ref<T>> each) => _each = each;

    private RefList(Ref whole, StepNode? forEach) => (Whole, ForEach) = (whole, forEach);

    /// <summary>The outputs one by one; null if they are known only when the run gets there.</summary>
    internal IReadOnlyList<Ref<T>>? Each => _each;

    /// <summary>The output that each item of <see cref="ForEach"/> has, or without one an output that is a list.</summary>
    internal Ref? Whole { get; }

    internal StepNode? ForEach { get; }

    /// <summary>Several outputs.</summary>
    public static implicit operator RefList<T>(Ref<T>[] each) => new(each);

    /// <summary>Several outputs.</summary>
    public static implicit operator RefList<T>(List<Ref<T>> each) => new(each);

    /// <summary>One output that is a list.</summary>
    public static implicit operator RefList<T>(Ref<IReadOnlyList<T>> whole) => new(whole, null);

    /// <summary>All that it comes from, for <see cref="NodeSettings.After"/>.</summary>
    public static implicit operator NodeRef(RefList<T> list) => list.ToNodeRef();

    /// <summary>All that it comes from, for <see cref="NodeSettings.After"/>.</summary>
    public NodeRef ToNodeRef() =>
        _each is { Count: > 0 } ? new AllRef([.. _each.Select(one => one.Node)])
        : ForEach is not null ? new NodeRef(ForEach)
        : Whole
            ?? throw new RondoException(
                ErrorCode.InvalidArgument,
                "An empty list of outputs was to be waited for.",
                "Leave it out, or put an output into it."
            );

    /// <summary>The outputs one by one, where they are known.</summary>
    /// <exception cref="RondoException">How many there are is known only when the run gets there.</exception>
    [EditorBrowsable(EditorBrowsableState.Never)]
    public IEnumerator<Ref<T>> GetEnumerator() =>
        _each?.GetEnumerator()
        ?? throw Whole!.Node.Graph.Invalid(
            $"the list of '{Whole}' was taken apart, but how many items it has is known only when the run gets there",
            "Pass the list as a whole to a step with an input IReadOnlyList<T>"
        );

    internal static RefList<T> Of(StepNode forEach, Ref<T> item) => new(item, forEach);

    private sealed class AllRef(IReadOnlyList<StepNode> nodes) : NodeRef(nodes[0])
    {
        internal override IReadOnlyList<StepNode> Nodes => nodes;
    }
}

/// <summary>Makes lists of outputs. For collection expressions.</summary>
public static class RefList
{
    /// <summary>A list of these outputs.</summary>
    [EditorBrowsable(EditorBrowsableState.Never)]
    public static RefList<T> Create<T>(ReadOnlySpan<Ref<T>> each) => new(each.ToArray());
}
