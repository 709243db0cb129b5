using System.Collections;
using System.Collections.Concurrent;
using System.Reflection;

namespace Rondo.Kernel.Db;

/// <summary>
/// The properties of an object of arguments, as the embedded database is given them: by calls of their getters, without a parameter object and a
/// boxed value for each. Where a statement needs one that it does not know how to write, that is left to the library that knows them all.
/// </summary>
internal sealed class ArgumentProperties
{
    private static readonly ConcurrentDictionary<Type, ArgumentProperties?> s_known = new();

    // How a value of each kind that a column can hold is given.
    private static readonly Dictionary<Type, Delegate> s_setters = new Delegate[]
    {
        (RowArguments arguments, int place, string? text) => arguments.Set(place, text),
        (RowArguments arguments, int place, long whole) => arguments.Set(place, whole),
        (RowArguments arguments, int place, long? whole) => arguments.Set(place, whole),
        (RowArguments arguments, int place, int whole) => arguments.Set(place, (long)whole),
        (RowArguments arguments, int place, double number) => arguments.Set(place, number),
        (RowArguments arguments, int place, double? number) => arguments.Set(place, number),
        (RowArguments arguments, int place, bool yes) => arguments.Set(place, yes ? 1L : 0L),
    }.ToDictionary(set => set.GetType().GetGenericArguments()[^1]);

    private readonly Dictionary<string, Property> _properties;

    private ArgumentProperties(Dictionary<string, Property> properties) => _properties = properties;

    /// <summary>The properties of a type that are text, whole numbers, numbers, or yes or no; null where it is no object with properties.</summary>
    public static ArgumentProperties? Of(Type type) => s_known.GetOrAdd(type, Find);

    /// <summary>The properties that these parameters mean, in their order; null where one means none of them.</summary>
    public Property[]? For(IReadOnlyList<string> parameters)
    {
        var found = new Property[parameters.Count];
        for (var i = 0; i < found.Length; i++)
        {
            if (!_properties.TryGetValue(parameters[i], out found[i]!))
            {
                return null;
            }
        }

        return found;
    }

    private static ArgumentProperties? Find(Type type)
    {
        // Of a list each element is one set of arguments.
        if (!type.IsClass || typeof(IEnumerable).IsAssignableFrom(type))
        {
            return null;
        }

        var properties = new Dictionary<string, Property>(StringComparer.Ordinal);
        foreach (var property in type.GetProperties(BindingFlags.Public | BindingFlags.Instance))
        {
            if (
                property.GetMethod is { } getter
                && property.GetIndexParameters().Length == 0
                && s_setters.TryGetValue(property.PropertyType, out var set)
            )
            {
                var kind = typeof(Property<,>).MakeGenericType(type, property.PropertyType);
                properties[property.Name] = (Property)Activator.CreateInstance(kind, [getter, set])!;
            }
        }

        return new ArgumentProperties(properties);
    }

    /// <summary>One of them.</summary>
    internal abstract class Property
    {
        /// <summary>Gives its value of an object as the argument at a place.</summary>
        public abstract void Write(RowArguments arguments, int place, object owner);
    }

    private sealed class Property<TOwner, TValue>(MethodInfo getter, Action<RowArguments, int, TValue> set) : Property
        where TOwner : class
    {
        private readonly Func<TOwner, TValue> _get = getter.CreateDelegate<Func<TOwner, TValue>>();

        public override void Write(RowArguments arguments, int place, object owner) =>
            set(arguments, place, _get((TOwner)owner));
    }
}
