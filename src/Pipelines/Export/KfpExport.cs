using Rondo.Pipelines.Export.Kubeflow;
using Rondo.Pipelines.Export.Kubeflow.Ir;
using Rondo.Sdk.Wire;

namespace Rondo.Pipelines.Export;

/// <summary>Exports a pipeline to Kubeflow Pipelines: intermediate representation 2.1.0, as YAML.</summary>
public static class KfpExport
{
    /// <summary>
    /// The pipeline as one file: the pipeline's document, and a second one for Kubernetes where something needs it. Equal input makes equal
    /// bytes.
    /// </summary>
    /// <param name="pipeline">What to export.</param>
    /// <param name="target">What it is for.</param>
    /// <param name="allowLoss">Whether to write it although something is lost that matters.</param>
    /// <exception cref="RondoException">The manifest does not hold together, or its parts wait for each other.</exception>
    public static ExportResult Export(PipelineManifest pipeline, KfpTarget target, bool allowLoss = false)
    {
        var nodes = new KfpNodes(pipeline);
        var layout = new KfpLayout(nodes);
        var documents = Documents(nodes, layout, target);
        var losses = new KfpLosses(pipeline, target).Find(nodes, layout);
        var refused = !allowLoss && losses.Any(loss => loss.Kind == LossKind.Semantic);
        return new ExportResult(
            refused,
            refused ? [] : [new ExportFile(KfpNames.Slug(pipeline.Name) + ".yaml", KfpYaml.Write(documents))],
            losses
        );
    }

    private static IReadOnlyList<object> Documents(KfpNodes nodes, KfpLayout layout, KfpTarget target)
    {
        Wire(nodes, layout, target);
        var components = new IrMap<IrComponent>();
        var executors = new IrMap<IrExecutor>();
        var kubernetes = new IrMap<IrKubernetes>();
        foreach (var dag in layout.Dags.Where(dag => dag != layout.Root))
        {
            CheckOrder(nodes.Pipeline, dag);
            components.Add(dag.Component, dag.ToIr());
        }

        CheckOrder(nodes.Pipeline, layout.Root);
        var containers = new KfpContainers(target);
        foreach (var leaf in layout.Leaves)
        {
            components.Add(leaf.Component, leaf.ToIr());
            executors.Add(leaf.Executor, containers.Executor(leaf));
            if (target.Platform == KfpPlatform.Kubernetes && KfpContainers.Kubernetes(leaf.Node) is { } part)
            {
                kubernetes.Add(leaf.Executor, part);
            }
        }

        var document = new IrPipeline(
            new IrPipelineInfo(
                KfpNames.Slug(nodes.Pipeline.Name),
                $"Pipeline '{nodes.Pipeline.Name}' of project '{target.Project}', exported by Rondo."
            ),
            IrPipeline.Schema,
            "rondo-" + target.SdkVersion,
            layout.Root.ToIr(),
            components,
            new IrDeployment(executors)
        );
        return kubernetes.Count == 0
            ? [document]
            : [document, new IrPlatforms(new() { ["kubernetes"] = new IrPlatform(new(kubernetes)) })];
    }

    private static void Wire(KfpNodes nodes, KfpLayout layout, KfpTarget target)
    {
        var wiring = new KfpWiring(nodes, layout);
        KfpParameters.Declare(nodes.Pipeline, wiring);
        var steps = new KfpSteps(nodes, layout, wiring, target);
        foreach (var node in nodes.Pipeline.Nodes)
        {
            steps.Wire(node);
        }

        var conditions = new KfpCel(nodes, wiring);
        foreach (var (dag, node) in layout.Conditional)
        {
            dag.Task.Condition = conditions.Of(dag, node, opposite: false);
        }

        // Asking may make further opposites: the list grows while it is gone through.
        for (var index = 0; index < wiring.Opposites.Count; index++)
        {
            var (dag, node) = wiring.Opposites[index];
            dag.Task.Condition = conditions.Of(dag, node, opposite: true);
        }
    }

    // Graphs begin and end as a whole: what waits for a part of one waits for all of it.
    private static void CheckOrder(PipelineManifest pipeline, KfpDag dag)
    {
        var needs = dag.Tasks.ToDictionary(
            task => task.Key,
            task => (IReadOnlyCollection<string>)task.Value.Dependents,
            StringComparer.Ordinal
        );
        if (KfpOrder.FindCycle(needs) is { } stuck)
        {
            throw new RondoException(
                ErrorCode.FailedPrecondition,
                $"Pipeline '{pipeline.Name}' cannot be exported: '{stuck}' waits for something outside that waits for a part of it, and Kubeflow begins and ends a group as a whole.",
                "Take the node apart from the group."
            );
        }
    }
}
