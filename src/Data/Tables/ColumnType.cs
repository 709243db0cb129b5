namespace Rondo.Data;

/// <summary>What the values of a column are. Any value may be missing.</summary>
public enum ColumnType
{
    /// <summary><see cref="bool"/>.</summary>
    Boolean,

    /// <summary><see cref="long"/>.</summary>
    Integer,

    /// <summary><see cref="double"/>.</summary>
    Number,

    /// <summary><see cref="string"/>.</summary>
    Text,

    /// <summary><see cref="DateOnly"/>.</summary>
    Date,

    /// <summary><see cref="DateTimeOffset"/>, always in UTC, to the microsecond.</summary>
    Timestamp,
}
