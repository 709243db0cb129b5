using System.Linq.Expressions;
using System.Reflection;
using Rondo.Data;

namespace Rondo.Sdk;

/// <summary>From <c>row => row.Date</c> to the name of the column.</summary>
internal static class Properties
{
    public static string ColumnOf<T, TValue>(Expression<Func<T, TValue>> property)
    {
        var body = property.Body;
        while (body is UnaryExpression { NodeType: ExpressionType.Convert } convert)
        {
            body = convert.Operand;
        }
        if (body is MemberExpression { Expression: ParameterExpression, Member: PropertyInfo member })
        {
            return NameOf<T>(member);
        }
        throw new RondoException(
            ErrorCode.InvalidArgument,
            $"'{property}' does not name a property of {typeof(T).Name}.",
            "Write a plain property, for example row => row.Date."
        );
    }

    // On a positional record the attribute stands on the parameter of the constructor.
    private static string NameOf<T>(PropertyInfo member) =>
        member.GetCustomAttribute<ColumnAttribute>()?.Name
        ?? typeof(T)
            .GetConstructors()
            .SelectMany(constructor => constructor.GetParameters())
            .FirstOrDefault(parameter => parameter.Name == member.Name)
            ?.GetCustomAttribute<ColumnAttribute>()
            ?.Name
        ?? member.Name;
}
