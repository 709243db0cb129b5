namespace Rondo.Sdk;

/// <summary>A value that may be left out; a value converts to it.</summary>
public readonly struct Optional<T>
{
    private readonly T? _value;

    internal Optional(T value) => (_value, IsSet) = (value, true);

    internal bool IsSet { get; }

    internal T? Value => _value;

    /// <summary>A value that is there.</summary>
    public static implicit operator Optional<T>(T value) => new(value);
}
