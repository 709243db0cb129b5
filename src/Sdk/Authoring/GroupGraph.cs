namespace Rondo.Sdk;

/// <summary>Groups of nodes under a name: parts of a pipeline, other pipelines within it, and exit handlers.</summary>
public static class GroupGraph
{
    /// <summary>Adds nodes under a name, and gives whatever the lambda gives: an output, or several.</summary>
    public static T Nested<T>(this Graph graph, string name, Func<T> build) =>
        graph.Within(graph.AddGroup(name), build);

    /// <summary>Adds nodes under a name.</summary>
    public static NodeRef Nested(this Graph graph, string name, Action build) =>
        graph.Within(graph.AddGroup(name), build);

    /// <summary>Adds the whole graph of another pipeline under its name. A parameter that both declare alike is one.</summary>
    public static NodeRef Nested(this Graph graph, Pipeline pipeline) =>
        graph.Within(graph.AddGroup(pipeline.Name), () => pipeline.Build(graph));

    /// <summary>
    /// Adds an exit handler: nodes that run when everything else of the run has ended, however it has. What they take from the run
    /// may not exist; a node that can do without it takes a nullable input.
    /// </summary>
    public static NodeRef Always(this Graph graph, string name, Action<Outcome> build)
    {
        var group = graph.AddGroup(name);
        if (group.Parent is { } around)
        {
            throw graph.Invalid(
                $"the exit handler '{group.Id}' is in group '{around.Id}', but it belongs to the whole run",
                "Declare it outside of branches, loops and groups"
            );
        }
        group.Always = true;
        return graph.Within(group, () => build(new Outcome(group)));
    }
}

/// <summary>How a run has ended, for the nodes of an exit handler.</summary>
public sealed class Outcome
{
    private readonly StepNode _handler;

    internal Outcome(StepNode handler) => _handler = handler;

    /// <summary>The state: <c>succeeded</c>, <c>failed</c>, <c>stopped</c> or <c>cancelled</c>.</summary>
    public Argument<string> State => Fact("state");

    /// <summary>Why, in words; empty if it succeeded.</summary>
    public Argument<string> Reason => Fact("reason");

    /// <summary>The node that failed; empty if none did.</summary>
    public Argument<string> FailedNode => Fact("failed-node");

    private Argument<string> Fact(string fact) => Argument<string>.OfRun(fact, _handler.Graph, _handler);
}
