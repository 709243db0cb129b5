namespace Rondo.Data;

/// <summary>A type of Thrift's compact protocol: that of a number or text, of a list with its items, or of a struct with its fields in the order of their ids.</summary>
internal sealed class ThriftType
{
    private readonly int[] _types;
    private readonly ThriftType?[] _fields = [];

    private ThriftType(params int[] types) => _types = types;

    private ThriftType(ThriftType?[] fields)
        : this(12) => _fields = fields;

    public static ThriftType Truth { get; } = new(1, 2);
    public static ThriftType Short { get; } = new(4);
    public static ThriftType Int { get; } = new(5);
    public static ThriftType Long { get; } = new(6);
    public static ThriftType Bytes { get; } = new(8);

    /// <summary>A struct of which nothing more is said.</summary>
    public static ThriftType Any { get; } = Struct();

    /// <summary>Of a list, what is in it.</summary>
    public ThriftType? Item { get; private init; }

    public static ThriftType ListOf(ThriftType item) => new(9) { Item = item };

    /// <summary>A struct; its first field has the id 1.</summary>
    public static ThriftType Struct(params ThriftType?[] fields) => new(fields);

    /// <summary>Whether a type as it is written is this one.</summary>
    public bool Is(int type) => _types.Contains(type);

    /// <summary>The type of a field; null where nothing is known of it.</summary>
    public ThriftType? FieldOf(long id) => id >= 1 && id <= _fields.Length ? _fields[id - 1] : null;
}
