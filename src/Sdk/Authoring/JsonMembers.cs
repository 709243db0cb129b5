using System.Linq.Expressions;
using System.Reflection;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace Rondo.Sdk;

/// <summary>From <c>report => report.Verdict.Passed</c> to the member's place in the JSON of the value: <c>verdict.passed</c>.</summary>
internal static class JsonMembers
{
    public static string? PathOf(LambdaExpression member) =>
        TryPath(member.Body, member.Parameters[0], out var path)
            ? path
            : throw new RondoException(
                ErrorCode.InvalidArgument,
                $"'{member}' does not name a member of {member.Parameters[0].Type.Name}.",
                "Write a property or a property of a property, for example item => item.Place.Name."
            );

    /// <summary>Whether it is the root itself (null) or a chain of members of it.</summary>
    public static bool TryPath(Expression expression, ParameterExpression root, out string? path)
    {
        path = null;
        var names = new Stack<string>();
        var at = Plain(expression);
        while (at != root)
        {
            var (name, of) = Step(at);
            if (name is null || of is null)
            {
                return false;
            }
            names.Push(name);
            at = Plain(of);
        }
        path = names.Count == 0 ? null : string.Join('.', names);
        return true;
    }

    /// <summary>Without the conversions that the compiler adds.</summary>
    public static Expression Plain(Expression expression)
    {
        while (expression is UnaryExpression { NodeType: ExpressionType.Convert } convert)
        {
            expression = convert.Operand;
        }
        return expression;
    }

    private static (string? Name, Expression? Of) Step(Expression expression) =>
        expression switch
        {
            MemberExpression { Member: PropertyInfo { Name: "Value", DeclaringType: { } type }, Expression: { } of }
                when Nullable.GetUnderlyingType(type) is not null => Step(Plain(of)),
            MemberExpression { Member: PropertyInfo property, Expression: { } of } when !IsSystems(property) => (
                NameOf(property),
                of
            ),
            MethodCallExpression { Method.Name: "get_Item", Object: { } map, Arguments: [ConstantExpression key] }
                when key.Value is string name && name.Length > 0 && !name.Contains('.') => (name, map),
            _ => (null, null),
        };

    // The length of a text or the count of a list is not in its JSON.
    private static bool IsSystems(PropertyInfo property) =>
        property.DeclaringType?.Namespace is "System"
        || property.DeclaringType?.Namespace?.StartsWith("System.", StringComparison.Ordinal) == true;

    private static string NameOf(PropertyInfo property) =>
        property.GetCustomAttribute<JsonPropertyNameAttribute>()?.Name
        ?? JsonNamingPolicy.CamelCase.ConvertName(property.Name);
}
