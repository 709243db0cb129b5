using System.Reflection;

namespace Rondo.Kernel.Db;

/// <summary>
/// How the embedded database's rows become values of <typeparamref name="T"/>, by calls of its setters: a text, a number or yes and no from the first
/// column, a tuple from its columns in their order, an object from columns that are called as its properties are. Where a column has no value, the
/// property keeps its own. What it does not know how to make is left to the library that knows them all.
/// </summary>
internal static class RowMapping<T>
{
    private static readonly Func<Row, T>? s_ofValue = OfValue();
    private static readonly Dictionary<string, PropertyInfo>? s_properties = Properties();

    /// <summary>Whether any rows become values here.</summary>
    public static bool IsKnown => s_ofValue is not null || s_properties is not null;

    /// <summary>What makes a value of a row with these columns; null where that is left to the library.</summary>
    public static Func<Row, T>? For(IReadOnlyList<string> columns) =>
        s_ofValue ?? (s_properties is null ? null : OfObject(s_properties, columns));

    private static Func<Row, T>? OfValue()
    {
        if (RowValues.Reader(typeof(T)) is Func<Row, int, T> read)
        {
            return row => read(row, 0);
        }

        var parts = typeof(T).IsGenericType ? typeof(T).GetGenericArguments() : [];
        var tuple = typeof(T).FullName!.StartsWith("System.ValueTuple`", StringComparison.Ordinal);
        Delegate?[] readers = [.. parts.Select(RowValues.Reader)];
        return tuple && readers.Length is >= 2 and <= 4 && !readers.Contains(null)
            ? (Func<Row, T>)
                typeof(RowValues)
                    .GetMethod("Tuple" + readers.Length, BindingFlags.Static | BindingFlags.Public)!
                    .MakeGenericMethod(parts)
                    .Invoke(null, readers)!
            : null;
    }

    private static Dictionary<string, PropertyInfo>? Properties() =>
        typeof(T).IsClass && !typeof(T).IsAbstract && typeof(T).GetConstructor([]) is not null
            ? typeof(T)
                .GetProperties(BindingFlags.Public | BindingFlags.Instance)
                .Where(property =>
                    property.SetMethod is not null && RowValues.Reader(property.PropertyType) is not null
                )
                .GroupBy(property => property.Name, StringComparer.OrdinalIgnoreCase)
                .Where(called => called.Count() == 1)
                .ToDictionary(called => called.Key, called => called.Single(), StringComparer.OrdinalIgnoreCase)
            : null;

    private static Func<Row, T>? OfObject(Dictionary<string, PropertyInfo> properties, IReadOnlyList<string> columns)
    {
        var fills = new RowValues.Fill[columns.Count];
        for (var i = 0; i < fills.Length; i++)
        {
            if (!properties.TryGetValue(columns[i].Replace("_", "", StringComparison.Ordinal), out var property))
            {
                return null;
            }

            var kind = typeof(RowValues.Fill<,>).MakeGenericType(typeof(T), property.PropertyType);
            var read = RowValues.Reader(property.PropertyType);
            fills[i] = (RowValues.Fill)Activator.CreateInstance(kind, [i, property.SetMethod, read])!;
        }

        return row =>
        {
            var made = Activator.CreateInstance<T>()!;
            foreach (var fill in fills)
            {
                fill.From(row, made);
            }

            return made;
        };
    }
}
