using Rondo.Sdk.Wire;

namespace Rondo.Sdk;

/// <summary>A declared pipeline: what starts it, and how often at most.</summary>
public sealed class Pipeline
{
    private readonly List<Trigger> _triggers = [];
    private TimeSpan _coolDown = TimeSpan.Zero;

    internal Pipeline(Graph graph) => Graph = graph;

    /// <summary>The name in the project.</summary>
    public string Name => Graph.Pipeline;

    internal Graph Graph { get; }

    internal IEnumerable<TriggerManifest> Triggers => _triggers.Select(trigger => trigger.Manifest);

    /// <summary>Starts the pipeline by itself on any of these.</summary>
    public Pipeline On(params IReadOnlyList<Trigger> triggers)
    {
        _triggers.AddRange(triggers);
        return this;
    }

    /// <summary>The least time between two runs that a trigger starts; what happens in it is recorded as skipped.</summary>
    public Pipeline CoolDown(TimeSpan time)
    {
        if (time < TimeSpan.Zero)
        {
            throw Graph.Invalid($"the cool-down is {time}", "Give zero or more");
        }
        _coolDown = time;
        return this;
    }

    internal PipelineManifest ToManifest(CodeClosure code) =>
        new(
            Name,
            Graph.Parameters,
            [.. Graph.Nodes.Select(node => NodeManifests.Of(node, code))],
            [.. Triggers],
            (long)_coolDown.TotalMilliseconds
        );
}

internal static class NodeManifests
{
    public static NodeManifest Of(StepNode node, CodeClosure code) =>
        new(
            node.Id,
            node.Kind,
            node.Step,
            node.Source,
            node.Kind == NodeKind.Step ? code.DigestOf(node) : "",
            [
                .. node.InputPorts.Select(input => new InputManifest(
                    input.Port,
                    input.Type,
                    input.From.Node.Id,
                    input.From.Port
                )),
            ],
            node.ArgumentValues,
            [.. node.OutputPorts.Select(output => new PortManifest(output.Port, output.Type))],
            node.Cache,
            node.MaxAttempts,
            node.TimeoutMs
        );
}
