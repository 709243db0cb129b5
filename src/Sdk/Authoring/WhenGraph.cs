using System.Linq.Expressions;

namespace Rondo.Sdk;

/// <summary>
/// Branches. The condition is data, which the server decides; what a lambda adds to the graph runs only if its branch does. A
/// branch that gives a value gives it on: with two branches the value exists in any case, with one it may not.
/// </summary>
public static class WhenGraph
{
    /// <summary>Runs the one branch or the other. Give a condition: a <c>Ref&lt;bool&gt;</c>, a <c>Parameter&lt;bool&gt;</c>, or <c>value.Is(…)</c>.</summary>
    public static NodeRef When(this Graph graph, Condition condition, Action then, Action? otherwise = null) =>
        Branching.Of(graph, condition, then, otherwise);

    /// <summary>Runs the one branch or the other, and gives the value of the one that ran.</summary>
    public static Ref<T> When<T>(this Graph graph, Condition condition, Func<Ref<T>> then, Func<Ref<T>> otherwise) =>
        Branching.Of(graph, condition, then, otherwise);

    /// <summary>Runs the one branch or the other, and gives the values of the one that ran.</summary>
    public static (Ref<T1>, Ref<T2>) When<T1, T2>(
        this Graph graph,
        Condition condition,
        Func<(Ref<T1>, Ref<T2>)> then,
        Func<(Ref<T1>, Ref<T2>)> otherwise
    ) => Branching.Of(graph, condition, then, otherwise);

    /// <summary>Runs the branch if the condition holds, and gives its value; there is none if the condition does not hold.</summary>
    public static Ref<T?> When<T>(this Graph graph, Condition condition, Func<Ref<T>> then, Action? otherwise = null)
        where T : class => Branching.Of(graph, condition, then, otherwise).OrNone();

    /// <summary>Runs the one branch or the other, by a comparison of members with constants: <c>g.When(report, r => r.Rmse &lt; 3.0, …)</c>.</summary>
    public static NodeRef When<TValue>(
        this Graph graph,
        Ref<TValue> value,
        Expression<Func<TValue, bool>> test,
        Action then,
        Action? otherwise = null
    ) => Branching.Of(graph, Condition.On(value, test), then, otherwise);

    /// <summary>Runs the one branch or the other, and gives the value of the one that ran.</summary>
    public static Ref<T> When<TValue, T>(
        this Graph graph,
        Ref<TValue> value,
        Expression<Func<TValue, bool>> test,
        Func<Ref<T>> then,
        Func<Ref<T>> otherwise
    ) => Branching.Of(graph, Condition.On(value, test), then, otherwise);

    /// <summary>Runs the branch if the comparison holds, and gives its value; there is none if it does not.</summary>
    public static Ref<T?> When<TValue, T>(
        this Graph graph,
        Ref<TValue> value,
        Expression<Func<TValue, bool>> test,
        Func<Ref<T>> then,
        Action? otherwise = null
    )
        where T : class => Branching.Of(graph, Condition.On(value, test), then, otherwise).OrNone();

    /// <summary>Runs the one branch or the other, by a parameter of the run: <c>g.When(depth, d => d > 3, …)</c>.</summary>
    public static NodeRef When<TValue>(
        this Graph graph,
        Parameter<TValue> parameter,
        Expression<Func<TValue, bool>> test,
        Action then,
        Action? otherwise = null
    ) => Branching.Of(graph, Condition.On(parameter, test), then, otherwise);

    /// <summary>Runs the one branch or the other, and gives the value of the one that ran.</summary>
    public static Ref<T> When<TValue, T>(
        this Graph graph,
        Parameter<TValue> parameter,
        Expression<Func<TValue, bool>> test,
        Func<Ref<T>> then,
        Func<Ref<T>> otherwise
    ) => Branching.Of(graph, Condition.On(parameter, test), then, otherwise);

    /// <summary>Runs the branch if the comparison holds, and gives its value; there is none if it does not.</summary>
    public static Ref<T?> When<TValue, T>(
        this Graph graph,
        Parameter<TValue> parameter,
        Expression<Func<TValue, bool>> test,
        Func<Ref<T>> then,
        Action? otherwise = null
    )
        where T : class => Branching.Of(graph, Condition.On(parameter, test), then, otherwise).OrNone();
}
