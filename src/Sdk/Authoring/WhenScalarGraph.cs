using System.Linq.Expressions;

namespace Rondo.Sdk;

/// <summary>A branch without another, where its value is a number, a truth value or an enum: the value then is nullable.</summary>
public static class WhenScalarGraph
{
    /// <summary>Runs the branch if the condition holds, and gives its value; there is none if the condition does not hold.</summary>
    public static Ref<T?> When<T>(this Graph graph, Condition condition, Func<Ref<T>> then, Action? otherwise = null)
        where T : struct => OrNone(Branching.Of(graph, condition, then, otherwise));

    /// <summary>Runs the branch if the comparison holds, and gives its value; there is none if it does not.</summary>
    public static Ref<T?> When<TValue, T>(
        this Graph graph,
        Ref<TValue> value,
        Expression<Func<TValue, bool>> test,
        Func<Ref<T>> then,
        Action? otherwise = null
    )
        where T : struct => OrNone(Branching.Of(graph, Condition.On(value, test), then, otherwise));

    /// <summary>Runs the branch if the comparison holds, and gives its value; there is none if it does not.</summary>
    public static Ref<T?> When<TValue, T>(
        this Graph graph,
        Parameter<TValue> parameter,
        Expression<Func<TValue, bool>> test,
        Func<Ref<T>> then,
        Action? otherwise = null
    )
        where T : struct => OrNone(Branching.Of(graph, Condition.On(parameter, test), then, otherwise));

    /// <summary>The same output, where an input that may be missing is asked for.</summary>
    public static Ref<T?> OrNone<T>(this Ref<T> reference)
        where T : struct => new(reference.Node, reference.Port);
}
