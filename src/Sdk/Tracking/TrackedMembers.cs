using System.Collections;
using System.Globalization;
using System.Reflection;

namespace Rondo.Sdk;

/// <summary>Reads params and metrics out of objects: entries of a dictionary, or public properties and fields of anything else.</summary>
internal static class TrackedMembers
{
    private const int MembersMax = 1000;

    /// <summary>Params: members with simple values. What is null says nothing and is left out.</summary>
    public static IReadOnlyList<(string Key, string Value)> Params(object options, string prefix) =>
        Required(
            [.. Of(options).Where(member => IsSimple(member.Value)).Select(m => (prefix + m.Key, Text(m.Value)))],
            options,
            "simple (texts, numbers, booleans, enumerations, times)"
        );

    /// <summary>Metrics: members that are numbers.</summary>
    public static IReadOnlyList<(string Key, double Value)> Metrics(object metrics) =>
        Required(
            [
                .. Of(metrics)
                    .Where(m => IsNumber(m.Value))
                    .Select(m => (m.Key, Convert.ToDouble(m.Value, CultureInfo.InvariantCulture))),
            ],
            metrics,
            "a number"
        );

    /// <summary>A value as the text of a param, the same on every machine.</summary>
    public static string Text(object? value) =>
        value switch
        {
            null => "",
            string text => text,
            bool flag => flag ? "true" : "false",
            double number => number.ToString("R", CultureInfo.InvariantCulture),
            float number => number.ToString("R", CultureInfo.InvariantCulture),
            DateTime or DateTimeOffset or DateOnly or TimeOnly => ((IFormattable)value).ToString(
                "O",
                CultureInfo.InvariantCulture
            ),
            IFormattable formattable => formattable.ToString(null, CultureInfo.InvariantCulture),
            IEnumerable items => "[" + string.Join(", ", items.Cast<object?>().Take(MembersMax).Select(Text)) + "]",
            _ => value.ToString() ?? "",
        };

    private static IEnumerable<(string Key, object? Value)> Of(object source)
    {
        ArgumentNullException.ThrowIfNull(source);
        if (source is IDictionary dictionary)
        {
            return dictionary.Keys.Cast<object>().Select(key => (Text(key), dictionary[key]));
        }

        var type = source.GetType();
        if (IsSimple(source))
        {
            return [];
        }

        return source is IEnumerable entries ? Entries(entries) : Members(type, source);
    }

    // A dictionary that is one only by its generic interface.
    private static IEnumerable<(string Key, object? Value)> Entries(IEnumerable entries)
    {
        foreach (var entry in entries)
        {
            if (
                entry?.GetType() is { IsGenericType: true } type
                && type.GetGenericTypeDefinition() == typeof(KeyValuePair<,>)
            )
            {
                yield return (
                    Text(type.GetProperty("Key")!.GetValue(entry)),
                    type.GetProperty("Value")!.GetValue(entry)
                );
            }
        }
    }

    private static IEnumerable<(string Key, object? Value)> Members(Type type, object source)
    {
        const BindingFlags Visible = BindingFlags.Public | BindingFlags.Instance;
        var properties = type.GetProperties(Visible)
            .Where(property => property.GetMethod is { IsPublic: true } && property.GetIndexParameters().Length == 0)
            .Where(property => CanBeSimple(property.PropertyType))
            .Select(property => (property.Name, property.GetValue(source)));
        var fields = type.GetFields(Visible)
            .Where(field => CanBeSimple(field.FieldType))
            .Select(field => (field.Name, field.GetValue(source)));
        return properties.Concat(fields).DistinctBy(member => member.Item1, StringComparer.Ordinal);
    }

    private static IReadOnlyList<T> Required<T>(IReadOnlyList<T> found, object source, string what) =>
        found.Count is > 0 and <= MembersMax
            ? found
            : throw new RondoException(
                ErrorCode.InvalidArgument,
                found.Count == 0
                    ? $"{source.GetType().Name} has no entry, public property or field that is {what}."
                    : $"{source.GetType().Name} has {found.Count} values; at most {MembersMax} are logged at once."
            );

    // Only what can be simple is read: a property may do work.
    private static bool CanBeSimple(Type type) =>
        type == typeof(object) || IsSimple(Nullable.GetUnderlyingType(type) ?? type);

    private static bool IsSimple(object? value) => value is not null && IsSimple(value.GetType());

    private static bool IsSimple(Type type) =>
        type.IsPrimitive
        || type.IsEnum
        || type == typeof(string)
        || type == typeof(decimal)
        || type == typeof(Half)
        || type == typeof(DateTime)
        || type == typeof(DateTimeOffset)
        || type == typeof(DateOnly)
        || type == typeof(TimeOnly)
        || type == typeof(TimeSpan)
        || type == typeof(Guid)
        || type == typeof(Uri);

    private static bool IsNumber(object? value) =>
        value is double or float or decimal or int or long or short or byte or sbyte or uint or ulong or ushort;
}
