using System.Collections;

namespace Rondo.Sdk.Generators.Steps;

/// <summary>A list compared by its elements: without it the incremental pipeline would run again on every key stroke.</summary>
internal sealed class EquatableList<T>(IReadOnlyList<T> items) : IReadOnlyList<T>, IEquatable<EquatableList<T>>
{
    private readonly IReadOnlyList<T> _items = items;

    public static EquatableList<T> Empty { get; } = new([]);

    public int Count => _items.Count;

    public T this[int index] => _items[index];

    public bool Equals(EquatableList<T>? other) => other is not null && _items.SequenceEqual(other._items);

    public override bool Equals(object? obj) => Equals(obj as EquatableList<T>);

    public override int GetHashCode() =>
        _items.Aggregate(17, (hash, item) => unchecked((hash * 31) + (item?.GetHashCode() ?? 0)));

    public IEnumerator<T> GetEnumerator() => _items.GetEnumerator();

    IEnumerator IEnumerable.GetEnumerator() => _items.GetEnumerator();
}
