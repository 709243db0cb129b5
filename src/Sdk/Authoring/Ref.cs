using System.Linq.Expressions;

namespace Rondo.Sdk;

/// <summary>An output of a node: what a later node takes as input. It stands for the artifact before there is one.</summary>
public abstract class Ref : NodeRef
{
    private protected Ref(StepNode node, string port)
        : base(node) => Port = port;

    internal string Port { get; }

    /// <summary>The artifact type, for example <c>rondo/table</c>.</summary>
    internal string Type => Node.OutputPorts.First(output => output.Port == Port).Type;

    /// <summary>For people: <c>node.port</c>.</summary>
    public override string ToString() => $"{Node.Id}.{Port}";
}

/// <summary>An output whose artifact is a <typeparamref name="T"/>. Wiring it to an input of another type does not compile.</summary>
public sealed class Ref<T> : Ref
{
    internal Ref(StepNode node, string port)
        : base(node, port) { }

    /// <summary>
    /// A condition on the value, for <c>g.When</c>: comparisons of its members with constants, joined by <c>&amp;&amp;</c>, for example
    /// <c>report.Is(r => r.Rmse &lt; 3.0 &amp;&amp; r.Passed)</c>.
    /// </summary>
    public Condition Is(Expression<Func<T, bool>> test) => Condition.On(this, test);
}

/// <summary>Outputs that may not exist, such as a serving model before there is one.</summary>
public static class MaybeRef
{
    /// <summary>The same output, where an input that may be missing is asked for.</summary>
    public static Ref<T?> OrNone<T>(this Ref<T> reference)
        where T : class => reference!;

    /// <summary>
    /// Adds nodes that run only if there is an artifact; otherwise they are passed over and their outputs do not exist either:
    /// <c>serving.IfAny(model => g.Score(model, holdout))</c>.
    /// </summary>
    public static Ref<TOut?> IfAny<T, TOut>(this Ref<T?> maybe, Func<Ref<T>, Ref<TOut>> then)
        where T : class
        where TOut : class => then(maybe!).OrNone();
}
