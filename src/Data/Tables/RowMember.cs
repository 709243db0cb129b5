using System.Reflection;

namespace Rondo.Data;

/// <summary>A property or field of a row type that is a column.</summary>
internal sealed record RowMember(MemberInfo Member, Type Type, string Column, bool Nullable)
{
    /// <summary>The parameter of the constructor that sets it, if one does.</summary>
    public ParameterInfo? Parameter { get; init; }

    /// <summary>The member's type without its nullability.</summary>
    public Type Value => System.Nullable.GetUnderlyingType(Type) ?? Type;

    public ColumnType ColumnType =>
        Type.GetTypeCode(Value) switch
        {
            _ when Value.IsEnum => ColumnType.Text,
            TypeCode.Boolean => ColumnType.Boolean,
            TypeCode.Single or TypeCode.Double or TypeCode.Decimal => ColumnType.Number,
            TypeCode.String => ColumnType.Text,
            TypeCode.DateTime => ColumnType.Timestamp,
            _ when Value == typeof(DateOnly) => ColumnType.Date,
            _ when Value == typeof(DateTimeOffset) => ColumnType.Timestamp,
            _ => ColumnType.Integer,
        };

    public TAttribute? Find<TAttribute>()
        where TAttribute : Attribute =>
        Member.GetCustomAttribute<TAttribute>() ?? Parameter?.GetCustomAttribute<TAttribute>();

    public static bool IsSupported(Type type)
    {
        var value = System.Nullable.GetUnderlyingType(type) ?? type;
        return value.IsEnum
            || value == typeof(DateOnly)
            || value == typeof(DateTimeOffset)
            || Type.GetTypeCode(value)
                is not (TypeCode.Object or TypeCode.Empty or TypeCode.DBNull or TypeCode.Char or TypeCode.UInt64);
    }
}
