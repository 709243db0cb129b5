using System.Reflection;

namespace Rondo.Conversion.Onnx;

/// <summary>
/// Reads what ML.NET knows and does not say: the side to which a tree sends a missing value, the order of a concatenation, how one versus
/// all puts its scores together, the parts of a calibrated model that was loaded. Where a name is gone, the answer is null; the parity check stands behind it.
/// </summary>
internal static class Internals
{
    private const BindingFlags Any = BindingFlags.Instance | BindingFlags.Public | BindingFlags.NonPublic;

    /// <summary>The value of a property or field; null where there is none of that name.</summary>
    public static object? Get(object owner, string name)
    {
        for (var type = owner.GetType(); type is not null; type = type.BaseType)
        {
            if (type.GetProperty(name, Any | BindingFlags.DeclaredOnly) is { } property)
            {
                return property.GetValue(owner);
            }
            if (type.GetField(name, Any | BindingFlags.DeclaredOnly) is { } field)
            {
                return field.GetValue(owner);
            }
        }
        return null;
    }
}
