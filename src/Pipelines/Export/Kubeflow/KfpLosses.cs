using System.Text.RegularExpressions;
using Rondo.Sdk.Wire;

namespace Rondo.Pipelines.Export.Kubeflow;

/// <summary>Says what Kubeflow cannot express. The table of docs/protocols/kubeflow-pipelines.md has a line for each construct.</summary>
internal sealed partial class KfpLosses(PipelineManifest pipeline, KfpTarget target)
{
    private readonly List<ExportLoss> _losses = [];

    public IReadOnlyList<ExportLoss> Find(KfpNodes nodes, KfpLayout layout)
    {
        OfPipeline();
        var exits = new KfpExits(nodes);
        foreach (var node in pipeline.Nodes)
        {
            OfKind(node);
            OfAttempts(node);
            OfSurroundings(node);
            if (layout.HasExit && nodes.IsExit(node.Id))
            {
                OfExit(node, nodes);
            }

            if (node.Always && exits.IsCutShort(node))
            {
                Semantic(
                    node,
                    "exit-failures",
                    "Where something in an exit handler fails, the rest of it may not run, though it does not need what failed: Kubeflow begins nothing more then."
                );
            }
        }

        return _losses;
    }

    private void OfPipeline()
    {
        if (pipeline.Partitions is not null)
        {
            Semantic(
                null,
                "partitions",
                "Nothing checks the key of a partition, and nothing fills in those that are missing: pass the parameter 'partition' to each run."
            );
        }

        if (pipeline.FailurePolicy == FailurePolicies.Slow)
        {
            Semantic(
                null,
                "failure-policy",
                "Once a task has failed no other is begun. On Vertex AI, set the failure policy of the job."
            );
        }

        if (pipeline.Triggers.Count > 0)
        {
            var kinds = string.Join(
                ", ",
                pipeline.Triggers.Select(trigger => trigger.Kind).Distinct(StringComparer.Ordinal)
            );
            Cosmetic(
                null,
                "triggers",
                $"Nothing starts it by itself ({kinds}): make a recurring run of it, or start runs from outside."
            );
        }

        if (pipeline.Budget is not null || pipeline.RunsMax > 0 || pipeline.CoolDownMs > 0)
        {
            Cosmetic(
                null,
                "run-limits",
                "Neither a budget, a cool-down nor a number of runs limits how often it is started."
            );
        }

        if (pipeline.Priority != 0)
        {
            Cosmetic(null, "priority", "All runs have the same priority.");
        }

        foreach (var parameter in pipeline.Parameters.Where(KfpSteps.HasLimits))
        {
            Cosmetic(
                null,
                "parameter-limits",
                $"The limits of parameter '{parameter.Name}' are checked by the first step that takes it, not before the run."
            );
        }
    }

    private void OfKind(NodeManifest node)
    {
        switch (node.Kind)
        {
            case NodeKind.Approval:
                Semantic(
                    node,
                    "approval",
                    "Nobody is asked: the answer is a parameter of the run, given before it begins."
                );
                break;
            case NodeKind.Dataset:
                Cosmetic(
                    node,
                    "dataset",
                    $"The newest version of '{node.Source}' is not looked up: the run is told the address of the files, which are read as they are then."
                );
                break;
            case NodeKind.ServingModel:
                Cosmetic(
                    node,
                    "serving-model",
                    $"The version of '{node.Source}' that serves is not looked up: the run is told its address, or that there is none."
                );
                break;
        }

        foreach (var addition in node.Additions)
        {
            Semantic(
                node,
                "dataset-addition",
                $"Its rows are not added to '{addition.Dataset}': they are kept as an artifact of the run."
            );
        }

        if (node.Outputs.Any(output => output.Type == ArtifactTypes.ModelProposal))
        {
            Semantic(
                node,
                "registration",
                "The model is not registered: its proposal is kept as an artifact of the run."
            );
        }
    }

    private void OfAttempts(NodeManifest node)
    {
        if (node.Retries.Count > 1 || node.Retries.Any(retry => retry.On != "*"))
        {
            Semantic(node, "retry-classes", "Every failure is tried again in the same way, whatever its class.");
        }
        else if (node.Retries.Any(retry => retry.WithinMs > 3_600_000))
        {
            Semantic(node, "retry-time", "Kubeflow tries again for one hour at most.");
        }
        else if (node.Retries.Any(retry => retry.IntervalMaxMs > 0))
        {
            Cosmetic(node, "retry-interval", "The interval between attempts grows without a limit of its own.");
        }

        if (KfpSteps.CacheLoss(node, target) is { } why)
        {
            Cosmetic(node, "cache", $"It always runs: {why}.");
        }
        else if (node is { Kind: NodeKind.Step, Cache: true })
        {
            Cosmetic(
                node,
                "cache",
                "Outputs are used again only for the very artifacts that an earlier run took, not for equal ones."
            );
        }
    }

    private void OfSurroundings(NodeManifest node)
    {
        if (node.Pool is not null)
        {
            Cosmetic(node, "pool", $"Pool '{node.Pool}' does not limit how many run at once.");
        }

        if (node.Resources is { ProcessesMax: > 0 })
        {
            Cosmetic(node, "processes", "The number of its processes is not limited.");
        }

        if (node.Secrets.Count > 0 && target.Platform == KfpPlatform.Vertex)
        {
            Semantic(
                node,
                "secrets",
                "Vertex AI reads no platform document: its variables "
                    + string.Join(", ", node.Secrets.Keys.Order(StringComparer.Ordinal))
                    + " are not set."
            );
        }
        else if (node.Secrets.Count > 0)
        {
            var names = string.Join(
                ", ",
                node.Secrets.Values.Select(KfpNames.Slug).Distinct(StringComparer.Ordinal).Order(StringComparer.Ordinal)
            );
            Cosmetic(
                node,
                "secrets",
                $"Their values come from Kubernetes: create the secrets {names}, each with the key 'value'."
            );
        }

        foreach (
            var name in node.Environment.Keys.Concat(node.Secrets.Keys).Where(name => !VariableName().IsMatch(name))
        )
        {
            Semantic(
                node,
                "environment",
                $"'{name}' is no name of a variable for Kubernetes: letters, digits and underscores."
            );
        }
    }

    // What an exit handler takes exists only where nothing before it failed.
    private void OfExit(NodeManifest node, KfpNodes nodes)
    {
        if (KfpNodes.Taken(node).Any(from => !KfpNodes.IsSource(nodes[from]) && !nodes.IsExit(from)))
        {
            Semantic(
                node,
                "exit-inputs",
                "It takes an output of what ended before: where that failed, the exit handler cannot begin."
            );
        }

        if (node.Arguments.Any(argument => argument.Run == "failed-node"))
        {
            Semantic(node, "run-fact", "Kubeflow tells that the pipeline failed and why, not which node.");
        }
    }

    private void Semantic(NodeManifest? node, string construct, string what) =>
        _losses.Add(new ExportLoss(node?.Id, construct, LossKind.Semantic, what));

    private void Cosmetic(NodeManifest? node, string construct, string what) =>
        _losses.Add(new ExportLoss(node?.Id, construct, LossKind.Cosmetic, what));

    [GeneratedRegex("^[A-Za-z_][A-Za-z0-9_]*$", RegexOptions.CultureInvariant, matchTimeoutMilliseconds: 1000)]
    private static partial Regex VariableName();
}
