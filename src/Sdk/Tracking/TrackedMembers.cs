using System.Collections;
using System.Globalization;
using System.Numerics;
using System.Reflection;

namespace Rondo.Sdk;

/// <summary>Reads params and metrics out of objects: entries of a dictionary, or public properties and fields of anything else.</summary>
internal static class TrackedMembers
{
    private const int MembersMax = 1000;
    private const int DepthMax = 3;

    private static readonly string[] s_optionNames =
    [
        "Options",
        "OptionsBase",
        "Settings",
        "Config",
        "Configuration",
        "Params",
        "Parameters",
        "Arguments",
    ];

    private static readonly HashSet<Type> s_lists =
    [
        typeof(List<>),
        typeof(IList<>),
        typeof(IReadOnlyList<>),
        typeof(ICollection<>),
        typeof(IReadOnlyCollection<>),
        typeof(System.Collections.Immutable.ImmutableArray<>),
        typeof(System.Collections.ObjectModel.ReadOnlyCollection<>),
    ];

    /// <summary>
    /// Params: members with simple values and lists of such; those of options inside have the name of their member and a dot in front. Where a member may
    /// be one of several kinds, such as the booster of a trainer, its kind is a param, too. What is null says nothing and is left out.
    /// </summary>
    public static IReadOnlyList<(string Key, string Value)> Params(object options, string prefix) =>
        Required(
            [.. ParamsOf(options, prefix, DepthMax)],
            options,
            "simple (texts, numbers, booleans, enumerations, times, lists of those)"
        );

    /// <summary>Metrics: members that are numbers.</summary>
    public static IReadOnlyList<(string Key, double Value)> Metrics(object metrics) =>
        Required(
            [
                .. Of(metrics)
                    .Select(m => (m.Key, Value: Number(m.Value)))
                    .Where(m => m.Value is not null)
                    .Select(m => (m.Key, m.Value!.Value)),
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

    private static IEnumerable<(string Key, string Value)> ParamsOf(object source, string prefix, int depth)
    {
        foreach (var (key, value, isKind) in Of(source))
        {
            if (value is null)
            {
                continue;
            }

            var type = value.GetType();
            if (IsSimple(type))
            {
                yield return (prefix + key, Text(value));
            }
            else if (IsList(type))
            {
                // It was not asked for by its name: that it is long ends no training.
                yield return (prefix + key, TrackingRules.Fit(Text(value), TrackingRules.ParamCharsMax));
            }
            else
            {
                if (isKind)
                {
                    yield return (prefix + key, KindOf(type));
                }

                if (depth > 0 && IsOptions(type))
                {
                    foreach (var inner in ParamsOf(value, $"{prefix}{key}.", depth - 1))
                    {
                        yield return inner;
                    }
                }
            }
        }
    }

    private static IEnumerable<(string Key, object? Value, bool IsKind)> Of(object source)
    {
        ArgumentNullException.ThrowIfNull(source);
        if (source is IDictionary dictionary)
        {
            return dictionary.Keys.Cast<object>().Select(key => (Text(key), dictionary[key], false));
        }

        var type = source.GetType();
        if (IsSimple(source))
        {
            return [];
        }

        return source is IEnumerable entries ? Entries(entries) : Members(type, source);
    }

    // A dictionary that is one only by its generic interface.
    private static IEnumerable<(string Key, object? Value, bool IsKind)> Entries(IEnumerable entries)
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
                    type.GetProperty("Value")!.GetValue(entry),
                    false
                );
            }
        }
    }

    private static IEnumerable<(string Key, object? Value, bool IsKind)> Members(Type type, object source)
    {
        const BindingFlags Visible = BindingFlags.Public | BindingFlags.Instance;
        var properties = type.GetProperties(Visible)
            .Where(property => property.GetMethod is { IsPublic: true } && property.GetIndexParameters().Length == 0)
            .Where(property =>
                CanBeRead(property.PropertyType) || (IsOptions(type) && IsOneOfKinds(property.PropertyType))
            )
            .Select(property => (property.Name, Read(property, source), IsOneOfKinds(property.PropertyType)));
        var fields = type.GetFields(Visible)
            .Where(field => CanBeRead(field.FieldType) || IsOneOfKinds(field.FieldType))
            .Select(field => (field.Name, field.GetValue(source), IsOneOfKinds(field.FieldType)));
        return properties.Concat(fields).DistinctBy(member => member.Item1, StringComparer.Ordinal);
    }

    private static object? Read(PropertyInfo property, object source)
    {
        try
        {
            return property.GetValue(source);
        }
        catch (TargetInvocationException e)
        {
            var cause = e.InnerException ?? e;
            throw new RondoException(
                ErrorCode.InvalidArgument,
                $"The property '{property.Name}' of {source.GetType().Name} cannot be read: {cause.GetType().Name}: {cause.Message}",
                "Log a dictionary of those that can.",
                cause
            );
        }
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

    // Only what can be simple, or hold what is, is read: a property may do work.
    private static bool CanBeRead(Type type) =>
        type == typeof(object) || IsSimple(Nullable.GetUnderlyingType(type) ?? type) || IsList(type) || IsOptions(type);

    // Lists that are there already: to walk through anything else may do work, too.
    private static bool IsList(Type type) =>
        type.IsArray
            ? type.GetArrayRank() == 1 && IsSimple(type.GetElementType()!)
            : type.IsGenericType
                && s_lists.Contains(type.GetGenericTypeDefinition())
                && IsSimple(type.GetGenericArguments()[0]);

    // What is called so, and what has nothing but values: a record, or an object without a type of its own.
    private static bool IsOptions(Type type) =>
        !IsSimple(type)
        && !typeof(IEnumerable).IsAssignableFrom(type)
        && !typeof(Delegate).IsAssignableFrom(type)
        && (
            s_optionNames.Any(name => type.Name.EndsWith(name, StringComparison.Ordinal))
            || type.GetMethod("<Clone>$") is not null
            || (type.Name.Contains("AnonymousType", StringComparison.Ordinal) && type.Namespace is null)
        );

    private static bool IsOneOfKinds(Type type) =>
        (type.IsInterface || type.IsAbstract)
        && !typeof(IEnumerable).IsAssignableFrom(type)
        && !typeof(Delegate).IsAssignableFrom(type);

    // The options of a kind are called after it: GradientBooster.Options.
    private static string KindOf(Type type) =>
        type is { Name: "Options", DeclaringType: { } kind } ? kind.Name : type.Name;

    private static bool IsSimple(object? value) => value is not null && IsSimple(value.GetType());

    private static bool IsSimple(Type type) =>
        type.IsPrimitive
        || type.IsEnum
        || type == typeof(string)
        || type == typeof(decimal)
        || type == typeof(Half)
        || type == typeof(Int128)
        || type == typeof(UInt128)
        || type == typeof(BigInteger)
        || type == typeof(DateTime)
        || type == typeof(DateTimeOffset)
        || type == typeof(DateOnly)
        || type == typeof(TimeOnly)
        || type == typeof(TimeSpan)
        || type == typeof(Guid)
        || type == typeof(Uri);

    // A number that is greater than any of a metric becomes infinite, which is a value.
    private static double? Number(object? value) =>
        value switch
        {
            double or float or decimal or int or long or short or byte or sbyte or uint or ulong or ushort =>
                Convert.ToDouble(value, CultureInfo.InvariantCulture),
            Half number => (double)number,
            nint number => number,
            nuint number => number,
            Int128 number => (double)number,
            UInt128 number => (double)number,
            BigInteger number => (double)number,
            _ => null,
        };
}
