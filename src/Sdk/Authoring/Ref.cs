namespace Rondo.Sdk;

/// <summary>An output of a node: what a later node takes as input. It stands for the artifact before there is one.</summary>
public abstract class Ref
{
    private protected Ref(StepNode node, string port)
    {
        Node = node;
        Port = port;
    }

    internal StepNode Node { get; }

    internal string Port { get; }

    /// <summary>For people: <c>node.port</c>.</summary>
    public override string ToString() => $"{Node.Id}.{Port}";
}

/// <summary>An output whose artifact is a <typeparamref name="T"/>. Wiring it to an input of another type does not compile.</summary>
public sealed class Ref<T> : Ref
{
    internal Ref(StepNode node, string port)
        : base(node, port) { }

    /// <summary>Names the node that makes this output; its id is otherwise the step's name.</summary>
    public Ref<T> Named(string id)
    {
        Node.Rename(id);
        return this;
    }

    /// <summary>Never uses the outputs of an equal earlier attempt of the node.</summary>
    public Ref<T> Uncached()
    {
        Node.Cache = false;
        return this;
    }

    /// <summary>Tries the node again when it fails, up to <paramref name="maxAttempts"/> attempts in all.</summary>
    public Ref<T> Attempts(int maxAttempts)
    {
        Node.MaxAttempts = Names.InRange(maxAttempts, 1, 100, $"The attempts of node '{Node.Id}'");
        return this;
    }

    /// <summary>Limits one attempt of the node.</summary>
    public Ref<T> Timeout(TimeSpan limit)
    {
        Node.TimeoutMs = (long)limit.TotalMilliseconds;
        return this;
    }
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
