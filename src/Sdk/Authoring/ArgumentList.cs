using System.ComponentModel;
using System.Runtime.CompilerServices;

namespace Rondo.Sdk;

/// <summary>
/// An argument that is a list: constants (<c>["a", "b"]</c>, an array, a list; a list behind an interface is spread: <c>[.. names]</c>), or a
/// member of a for-each's item.
/// </summary>
[CollectionBuilder(typeof(ArgumentList), nameof(ArgumentList.Create))]
public sealed class ArgumentList<T>
{
    private readonly T[] _constants;

    internal ArgumentList(T[] constants)
        : this(constants, default) { }

    private ArgumentList(T[] constants, Argument<IReadOnlyList<T>> other) => (_constants, Other) = (constants, other);

    internal Argument<IReadOnlyList<T>> Other { get; }

    internal IReadOnlyList<T> Constants => _constants;

    /// <summary>Constants.</summary>
    public static implicit operator ArgumentList<T>(T[] constants) => new([.. constants]);

    /// <summary>Constants.</summary>
    public static implicit operator ArgumentList<T>(List<T> constants) => new([.. constants]);

    /// <summary>A member of an item.</summary>
    public static implicit operator ArgumentList<T>(Argument<IReadOnlyList<T>> other) => new([], other);

    /// <summary>The item of a for-each over lists.</summary>
    public static implicit operator ArgumentList<T>(Item<IReadOnlyList<T>> item) => new([], item);

    /// <summary>The constants.</summary>
    [EditorBrowsable(EditorBrowsableState.Never)]
    public IEnumerator<T> GetEnumerator() => Constants.GetEnumerator();
}

/// <summary>Makes lists of constants. For collection expressions.</summary>
public static class ArgumentList
{
    /// <summary>A list of these constants.</summary>
    [EditorBrowsable(EditorBrowsableState.Never)]
    public static ArgumentList<T> Create<T>(ReadOnlySpan<T> constants) => new(constants.ToArray());
}
