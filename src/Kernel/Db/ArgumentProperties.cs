using System.Collections;
using System.Collections.Concurrent;
using System.Reflection;

namespace Rondo.Kernel.Db;

/// <summary>
/// The properties of an object of arguments, as the embedded database is given them: by calls of their getters, without a parameter object and a
/// boxed value for each. Types of which it does not know how to write a property are left to the library that knows them all.
/// </summary>
internal sealed class ArgumentProperties
{
    private static readonly ConcurrentDictionary<Type, ArgumentProperties?> s_known = new();

    private readonly Dictionary<string, Property> _properties;

    private ArgumentProperties(Dictionary<string, Property> properties) => _properties = properties;

    /// <summary>The properties of a type; null where one of them is of another kind than text, whole number, number, or yes or no.</summary>
    public static ArgumentProperties? Of(Type type) => s_known.GetOrAdd(type, Find);

    /// <summary>The properties that these parameters mean, in their order; null where one means none.</summary>
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
        if (typeof(IEnumerable).IsAssignableFrom(type))
        {
            return null;
        }

        var properties = new Dictionary<string, Property>(StringComparer.Ordinal);
        foreach (var property in type.GetProperties(BindingFlags.Public | BindingFlags.Instance))
        {
            if (property.GetMethod is not { } getter || property.GetIndexParameters().Length > 0)
            {
                continue;
            }

            if (!type.IsClass || KindOf(property.PropertyType) is not { } kind)
            {
                return null;
            }

            properties[property.Name] = (Property)Activator.CreateInstance(kind.MakeGenericType(type), [getter])!;
        }

        return new ArgumentProperties(properties);
    }

    private static Type? KindOf(Type type) =>
        type == typeof(string) ? typeof(TextProperty<>)
        : type == typeof(long) ? typeof(LongProperty<>)
        : type == typeof(long?) ? typeof(LongOrNullProperty<>)
        : type == typeof(int) ? typeof(IntProperty<>)
        : type == typeof(double) ? typeof(DoubleProperty<>)
        : type == typeof(double?) ? typeof(DoubleOrNullProperty<>)
        : type == typeof(bool) ? typeof(BoolProperty<>)
        : null;

    /// <summary>One of them.</summary>
    internal abstract class Property
    {
        /// <summary>Gives its value of an object as the argument at a place.</summary>
        public abstract void Write(RowArguments arguments, int place, object owner);
    }

    private abstract class Property<TOwner, TValue>(MethodInfo getter) : Property
        where TOwner : class
    {
        private readonly Func<TOwner, TValue> _get = getter.CreateDelegate<Func<TOwner, TValue>>();

        protected TValue Get(object owner) => _get((TOwner)owner);
    }

    private sealed class TextProperty<TOwner>(MethodInfo getter) : Property<TOwner, string?>(getter)
        where TOwner : class
    {
        public override void Write(RowArguments arguments, int place, object owner)
        {
            if (Get(owner) is { } text)
            {
                arguments.Set(place, text);
            }
            else
            {
                arguments.SetNull(place);
            }
        }
    }

    private sealed class LongProperty<TOwner>(MethodInfo getter) : Property<TOwner, long>(getter)
        where TOwner : class
    {
        public override void Write(RowArguments arguments, int place, object owner) => arguments.Set(place, Get(owner));
    }

    private sealed class LongOrNullProperty<TOwner>(MethodInfo getter) : Property<TOwner, long?>(getter)
        where TOwner : class
    {
        public override void Write(RowArguments arguments, int place, object owner) => arguments.Set(place, Get(owner));
    }

    private sealed class IntProperty<TOwner>(MethodInfo getter) : Property<TOwner, int>(getter)
        where TOwner : class
    {
        public override void Write(RowArguments arguments, int place, object owner) =>
            arguments.Set(place, (long)Get(owner));
    }

    private sealed class DoubleProperty<TOwner>(MethodInfo getter) : Property<TOwner, double>(getter)
        where TOwner : class
    {
        public override void Write(RowArguments arguments, int place, object owner) => arguments.Set(place, Get(owner));
    }

    private sealed class DoubleOrNullProperty<TOwner>(MethodInfo getter) : Property<TOwner, double?>(getter)
        where TOwner : class
    {
        public override void Write(RowArguments arguments, int place, object owner) => arguments.Set(place, Get(owner));
    }

    private sealed class BoolProperty<TOwner>(MethodInfo getter) : Property<TOwner, bool>(getter)
        where TOwner : class
    {
        public override void Write(RowArguments arguments, int place, object owner) =>
            arguments.Set(place, Get(owner) ? 1L : 0L);
    }
}
