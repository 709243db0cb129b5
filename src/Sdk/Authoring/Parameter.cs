using System.Linq.Expressions;

namespace Rondo.Sdk;

/// <summary>A parameter of a run: <c>g.Parameter("windowDays", 1461)</c>.</summary>
public sealed class Parameter<T>
{
    internal Parameter(string name, T? defaultValue, Graph graph)
    {
        Name = name;
        Default = defaultValue;
        Graph = graph;
    }

    /// <summary>The name under which a run sets it.</summary>
    public string Name { get; }

    /// <summary>The value when a run does not set it; of no meaning where a run must.</summary>
    public T? Default { get; }

    internal Graph Graph { get; }

    /// <summary>A condition on the value, for <c>g.When</c>: <c>depth.Is(d => d > 3)</c>.</summary>
    public Condition Is(Expression<Func<T, bool>> test) => Condition.On(this, test);
}
