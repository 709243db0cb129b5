using System.Runtime.CompilerServices;
using Rondo.Sdk.Wire;

namespace Rondo.Sdk;

/// <summary>
/// What is said about a node after it was added. Each method gives back what it was called on:
/// <c>g.Train(rows).Named("train-trees").Timeout(Minutes(10))</c>. For a step with several outputs:
/// <c>g.Split(rows).With(split => split.Named("halves"))</c>.
/// </summary>
public static class NodeSettings
{
    private static readonly TimeSpan TimeoutMax = TimeSpan.FromDays(30);

    /// <summary>Says something about the node of several outputs.</summary>
    public static T With<T>(this T outputs, Action<NodeRef> settings)
        where T : struct, ITuple
    {
        if (outputs[0] is not NodeRef first)
        {
            throw new RondoException(
                ErrorCode.InvalidArgument,
                $"A tuple of {outputs[0]?.GetType().Name ?? "nothing"} is not what a step gives.",
                "Call With on the outputs of a step."
            );
        }
        settings(new NodeRef(first.Node));
        return outputs;
    }

    /// <summary>Names the node; its id is otherwise the step's name.</summary>
    public static T Named<T>(this T node, string id)
        where T : NodeRef
    {
        if (node.Nodes.Count > 1)
        {
            throw node.Node.Graph.Invalid(
                $"the branches '{node.Node.Id}' were to be named together",
                "Name the condition: value.Is(…).Named(\"good-enough\")"
            );
        }
        node.Node.Rename(id);
        return node;
    }

    /// <summary>Lets the node wait until others have ended, though it takes nothing from them.</summary>
    public static T After<T>(this T node, params IReadOnlyList<NodeRef> others)
        where T : NodeRef
    {
        foreach (var waiting in node.Nodes)
        {
            foreach (var other in others.SelectMany(other => other.Nodes))
            {
                Reach.Check(waiting, other, $"node '{waiting.Id}'");
                waiting.AfterNodes.Add(other);
            }
        }
        return node;
    }

    /// <summary>Never uses the outputs of an equal earlier attempt.</summary>
    public static T Uncached<T>(this T node)
        where T : NodeRef
    {
        node.Step("opt-out of the cache").Cache = false;
        return node;
    }

    /// <summary>Uses the outputs of an equal earlier attempt only if they are not older than this.</summary>
    public static T CacheFor<T>(this T node, TimeSpan time)
        where T : NodeRef =>
        node.Set("cache time", options => options with { CacheExpiryMs = Milliseconds(node, "cache time", time) });

    /// <summary>A word that is part of the cache key: another one makes the step run again.</summary>
    public static T Salt<T>(this T node, string salt)
        where T : NodeRef => node.Set("salt", options => options with { Salt = salt });

    /// <summary>The seed of the step's random numbers.</summary>
    public static T Seed<T>(this T node, int seed)
        where T : NodeRef => node.Set("seed", options => options with { Seed = seed });

    /// <summary>Tries the node again when it fails, whatever the failure, up to so many attempts in all.</summary>
    public static T Attempts<T>(this T node, int maxAttempts)
        where T : NodeRef
    {
        var step = node.Step("number of attempts");
        step.MaxAttempts = Names.InRange(maxAttempts, 1, 100, $"The attempts of node '{step.Id}'");
        return node;
    }

    /// <summary>
    /// Says which failures are tried again and how; the first rule that fits holds:
    /// <c>.Retry(Retry.On&lt;IOException>(attempts: 5, every: Seconds(10), backOff: 2), Retry.OnCrash())</c>.
    /// </summary>
    public static T Retry<T>(this T node, params IReadOnlyList<Retry> rules)
        where T : NodeRef =>
        node.Set(
            "retry",
            options => options with { Retries = [.. options.Retries, .. rules.Select(rule => rule.Manifest)] }
        );

    /// <summary>Limits one attempt.</summary>
    public static T Timeout<T>(this T node, TimeSpan limit)
        where T : NodeRef
    {
        node.Step("timeout").TimeoutMs = Milliseconds(node, "timeout", limit);
        return node;
    }

    /// <summary>
    /// What an attempt needs: cores, bytes of memory (<see cref="Size"/>; also a limit), and an accelerator, for example
    /// <c>.Resources(cpu: 2, memory: Gigabytes(4), accelerator: "gpu")</c>.
    /// </summary>
    public static T Resources<T>(
        this T node,
        double cpu = 0,
        long memory = 0,
        string? accelerator = null,
        int accelerators = 0
    )
        where T : NodeRef
    {
        if (!(cpu >= 0 && cpu <= 10_000) || memory < 0 || accelerators < 0 || (accelerator is null && accelerators > 0))
        {
            throw node.Node.Graph.Invalid(
                $"node '{node.Node.Id}' asks for {cpu} cores, {memory} bytes and {accelerators} of '{accelerator}'",
                "Give what it needs as positive numbers, and name the accelerator"
            );
        }
        var number = accelerator is null ? 0 : Math.Max(1, accelerators);
        return node.Set(
            "resources",
            options =>
                options with
                {
                    Resources = (options.Resources ?? new(0, 0, null, 0)) with
                    {
                        Cpu = cpu,
                        MemoryBytes = memory,
                        Accelerator = accelerator,
                        Accelerators = number,
                    },
                }
        );
    }

    /// <summary>How many processes an attempt may have at once, itself included.</summary>
    public static T Processes<T>(this T node, int max)
        where T : NodeRef =>
        node.Set(
            "limit of processes",
            options =>
                options with
                {
                    Resources = (options.Resources ?? new(0, 0, null, 0)) with
                    {
                        ProcessesMax = Names.InRange(max, 1, 1_000_000, $"The processes of node '{node.Node.Id}'"),
                    },
                }
        );

    /// <summary>Takes a slot of a pool while it runs.</summary>
    public static T InPool<T>(this T node, Pool pool)
        where T : NodeRef => node.Set("pool", options => options with { Pool = pool.Name });

    /// <summary>Sets an environment variable of the attempt. It counts as an input.</summary>
    public static T Environment<T>(this T node, string name, string value)
        where T : NodeRef =>
        node.Set(
            "environment variable",
            options => options with { Environment = Variables.With(node.Node, options.Environment, name, value) }
        );

    /// <summary>
    /// Gives the attempt a secret as an environment variable. Only the secret's name is written down; its version counts as an input.
    /// </summary>
    public static T Secret<T>(this T node, string variable, string secretName)
        where T : NodeRef =>
        node.Set(
            "secret",
            options =>
                options with
                {
                    Secrets = Variables.With(
                        node.Node,
                        options.Secrets,
                        variable,
                        Names.Checked(secretName, $"a secret of node '{node.Node.Id}'")
                    ),
                }
        );

    /// <summary>Gives each attempt a process of its own.</summary>
    public static T Isolated<T>(this T node)
        where T : NodeRef => node.Set("process of its own", options => options with { Isolated = true });

    private static T Set<T>(this T node, string what, Func<NodeOptions, NodeOptions> change)
        where T : NodeRef
    {
        var step = node.Step(what);
        step.Options = change(step.Options);
        return node;
    }

    private static StepNode Step(this NodeRef node, string what) =>
        node.Node.Kind == NodeKind.Step
            ? node.Node
            : throw node.Node.Graph.Invalid(
                $"node '{node.Node.Id}' is a {node.Node.Step} and has no {what}",
                "Say it of a step"
            );

    private static long Milliseconds(NodeRef node, string what, TimeSpan time) =>
        time > TimeSpan.Zero && time <= TimeoutMax
            ? Math.Max(1, (long)time.TotalMilliseconds)
            : throw node.Node.Graph.Invalid(
                $"the {what} of node '{node.Node.Id}' is {time}",
                $"Give a time above zero, up to {TimeoutMax.Days} days"
            );
}
