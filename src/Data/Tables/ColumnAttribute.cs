namespace Rondo.Data;

/// <summary>Names the column of a member whose own name is another one. Case and underscores never count.</summary>
[AttributeUsage(AttributeTargets.Property | AttributeTargets.Field | AttributeTargets.Parameter)]
public sealed class ColumnAttribute(string name) : Attribute
{
    /// <summary>The name in the data.</summary>
    public string Name { get; } = name;
}

/// <summary>The column may be absent from a file; its values are missing then. The member must be nullable.</summary>
[AttributeUsage(AttributeTargets.Property | AttributeTargets.Field | AttributeTargets.Parameter)]
public sealed class OptionalColumnAttribute : Attribute;

/// <summary>The member is no column.</summary>
[AttributeUsage(AttributeTargets.Property | AttributeTargets.Field | AttributeTargets.Parameter)]
public sealed class NotColumnAttribute : Attribute;

/// <summary>Values are expected from <paramref name="min"/> to <paramref name="max"/>, both included.</summary>
[AttributeUsage(AttributeTargets.Property | AttributeTargets.Field | AttributeTargets.Parameter)]
public sealed class BetweenAttribute(double min, double max) : Attribute
{
    /// <summary>The least expected value.</summary>
    public double Min { get; } = min;

    /// <summary>The greatest expected value.</summary>
    public double Max { get; } = max;
}

/// <summary>Values are expected to be one of these.</summary>
[AttributeUsage(AttributeTargets.Property | AttributeTargets.Field | AttributeTargets.Parameter)]
public sealed class OneOfAttribute(params string[] values) : Attribute
{
    /// <summary>The expected values.</summary>
    public IReadOnlyList<string> Values { get; } = values;
}

/// <summary>Columns that the type does not mention are no anomaly.</summary>
[AttributeUsage(AttributeTargets.Class | AttributeTargets.Struct)]
public sealed class AllowExtraColumnsAttribute : Attribute;
