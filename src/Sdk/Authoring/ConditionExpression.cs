using System.Linq.Expressions;
using System.Text.Json;
using Rondo.Data;

namespace Rondo.Sdk;

/// <summary>
/// Reads a condition as data, so that a server can decide it: members compared with constants or captured values, joined by
/// <c>&amp;&amp;</c>.
/// </summary>
internal sealed class ConditionExpression
{
    private readonly LambdaExpression _test;
    private readonly ParameterExpression _root;
    private readonly List<Comparison> _comparisons = [];

    private ConditionExpression(LambdaExpression test)
    {
        _test = test;
        _root = test.Parameters[0];
    }

    public static IReadOnlyList<Comparison> Read(LambdaExpression test)
    {
        var reader = new ConditionExpression(test);
        reader.Visit(test.Body);
        return reader._comparisons;
    }

    private void Visit(Expression expression)
    {
        switch (expression)
        {
            case BinaryExpression { NodeType: ExpressionType.AndAlso } both:
                Visit(both.Left);
                Visit(both.Right);
                return;
            case BinaryExpression comparison when Operator(comparison.NodeType) is { } name:
                Compare(comparison, name);
                return;
            case UnaryExpression { NodeType: ExpressionType.Not } not when IsTruth(not.Operand, out var path):
                Add(path, "==", false);
                return;
            default:
                if (!IsTruth(expression, out var member))
                {
                    throw Bad(expression);
                }
                Add(member, "==", true);
                return;
        }
    }

    private bool IsTruth(Expression expression, out string? path)
    {
        path = null;
        return expression.Type == typeof(bool) && JsonMembers.TryPath(expression, _root, out path);
    }

    private void Compare(BinaryExpression comparison, string name)
    {
        if (JsonMembers.TryPath(comparison.Left, _root, out var left))
        {
            Add(left, name, ValueOf(comparison.Right, comparison.Left, comparison));
        }
        else if (JsonMembers.TryPath(comparison.Right, _root, out var right))
        {
            Add(right, Flipped(name), ValueOf(comparison.Left, comparison.Right, comparison));
        }
        else
        {
            throw Bad(comparison);
        }
    }

    private void Add(string? path, string name, object? value)
    {
        var json = JsonSerializer.SerializeToElement(value, RondoJson.Options);
        var fits = name is "==" or "!="
            ? json.ValueKind is not (JsonValueKind.Object or JsonValueKind.Array)
            : json.ValueKind is JsonValueKind.Number || value is DateOnly;
        if (!fits)
        {
            throw new RondoException(
                ErrorCode.InvalidArgument,
                $"The condition '{_test}' compares with {json.GetRawText()} by {name}, which cannot be decided.",
                "Compare numbers and days by any operator, texts, enums and truth values by == and != only."
            );
        }
        _comparisons.Add(new(path, name, json));
    }

    private object? ValueOf(Expression constant, Expression member, BinaryExpression whole)
    {
        if (Mentions(constant))
        {
            throw Bad(whole);
        }
        var value = Expression.Lambda(Expression.Convert(constant, typeof(object))).Compile(preferInterpretation: true)
            is Func<object?> read
            ? read()
            : null;
        // The compiler compares enums as numbers; their JSON is text.
        var type = JsonMembers.Plain(member).Type;
        type = Nullable.GetUnderlyingType(type) ?? type;
        return value is not null && type.IsEnum ? Enum.ToObject(type, value) : value;
    }

    private bool Mentions(Expression expression)
    {
        var finder = new Finder(_root);
        finder.Visit(expression);
        return finder.Found;
    }

    private RondoException Bad(Expression part) =>
        new(
            ErrorCode.InvalidArgument,
            $"The condition '{_test}' cannot be decided without running it: '{part}' is not a comparison of a member with a constant.",
            "Use properties, constants, captured values, == != < <= > >=, ! and &&; for anything else write a step that returns bool, and pass its Ref<bool>."
        );

    private static string? Operator(ExpressionType type) =>
        type switch
        {
            ExpressionType.Equal => "==",
            ExpressionType.NotEqual => "!=",
            ExpressionType.LessThan => "<",
            ExpressionType.LessThanOrEqual => "<=",
            ExpressionType.GreaterThan => ">",
            ExpressionType.GreaterThanOrEqual => ">=",
            _ => null,
        };

    private static string Flipped(string name) =>
        name switch
        {
            "<" => ">",
            "<=" => ">=",
            ">" => "<",
            ">=" => "<=",
            _ => name,
        };

    private sealed class Finder(ParameterExpression root) : ExpressionVisitor
    {
        public bool Found { get; private set; }

        protected override Expression VisitParameter(ParameterExpression node)
        {
            Found |= node == root;
            return node;
        }
    }
}
