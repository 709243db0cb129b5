using System.Text.RegularExpressions;
using Rondo.Tests.Pipelines.Export.Kubeflow;
using ArtifactKind = Rondo.Tests.Pipelines.Export.Kubeflow.TaskInputsSpec.Types.InputArtifactSpec.KindOneofCase;
using Executor = Rondo.Tests.Pipelines.Export.Kubeflow.PipelineDeploymentConfig.Types.ExecutorSpec;
using ParameterEnum = Rondo.Tests.Pipelines.Export.Kubeflow.ParameterType.Types.ParameterTypeEnum;
using ParameterKind = Rondo.Tests.Pipelines.Export.Kubeflow.TaskInputsSpec.Types.InputParameterSpec.KindOneofCase;
using Strategy = Rondo.Tests.Pipelines.Export.Kubeflow.PipelineTaskSpec.Types.TriggerPolicy.Types.TriggerStrategy;

namespace Rondo.Tests.Pipelines.Export;

/// <summary>
/// What Kubeflow's compiler and driver demand beyond the message types: that names are names and everything named is there, with the same type at
/// both ends. Returns what is wrong, each with its place.
/// </summary>
internal sealed partial class KfpReferences(KfpDocument document)
{
    private readonly List<string> _problems = [];
    private readonly PipelineSpec _pipeline = document.Pipeline;

    public static IReadOnlyList<string> Problems(KfpDocument document) => new KfpReferences(document).Find();

    private List<string> Find()
    {
        Expect(_pipeline.SchemaVersion == "2.1.0", "schemaVersion", "is not 2.1.0");
        var name = _pipeline.PipelineInfo?.Name ?? "";
        Expect(NamePattern().IsMatch(name), "pipelineInfo", $"the name '{name}' is no name");
        Expect(!_pipeline.Components.ContainsKey("root"), "components", "the name 'root' is reserved");
        if (_pipeline.Root is not { } root)
        {
            _problems.Add("root: is missing");
            return _problems;
        }

        foreach (var (id, component) in _pipeline.Components.OrderBy(pair => pair.Key, StringComparer.Ordinal))
        {
            Expect(NamePattern().IsMatch(id), id, "is no name of a component");
            CheckComponent(id, component);
        }

        CheckComponent("root", root);
        CheckNesting("root", root, []);
        foreach (var (label, executor) in document.Deployment.Executors)
        {
            CheckExecutor(label, executor);
        }

        foreach (var label in document.Kubernetes.Keys)
        {
            Expect(document.Deployment.Executors.ContainsKey(label), "platforms", $"there is no executor '{label}'");
        }

        return _problems;
    }

    private void CheckComponent(string id, ComponentSpec component)
    {
        switch (component.ImplementationCase)
        {
            case ComponentSpec.ImplementationOneofCase.Dag:
                CheckDag(id, component);
                break;
            case ComponentSpec.ImplementationOneofCase.ExecutorLabel:
                CheckLeaf(id, component);
                break;
            default:
                _problems.Add($"{id}: has neither a graph nor an executor");
                break;
        }

        var untyped = (component.InputDefinitions?.Parameters.Values ?? []).Any(parameter =>
            parameter.ParameterType == ParameterEnum.Unspecified
        );
        Expect(!untyped, id, "an input parameter has no type");
    }

    private void CheckLeaf(string id, ComponentSpec component)
    {
        if (!document.Deployment.Executors.TryGetValue(component.ExecutorLabel, out var executor))
        {
            _problems.Add($"{id}: executor '{component.ExecutorLabel}' not found");
            return;
        }

        if (executor.Importer is { } importer)
        {
            Expect(component.OutputDefinitions?.Artifacts.Count == 1, id, "an importer has exactly one output");
            var address = importer.ArtifactUri?.RuntimeParameter ?? "";
            var known = component.InputDefinitions?.Parameters.ContainsKey(address) is true;
            Expect(address.Length == 0 || known, id, $"the importer's address '{address}' is no input");
        }
    }

    private void CheckExecutor(string label, Executor executor)
    {
        Expect(NamePattern().IsMatch(label), label, "is no name of an executor");
        var used = _pipeline.Components.Values.Any(component => component.ExecutorLabel == label);
        Expect(used, label, "nothing uses the executor");
        switch (executor.SpecCase)
        {
            case Executor.SpecOneofCase.Container:
                Expect(executor.Container.Image.Length > 0, label, "the container has no image");
                Expect(executor.Container.Command.Count > 0, label, "the container has no command");
                Expect(
                    executor.Container.Env.All(variable => VariablePattern().IsMatch(variable.Name)),
                    label,
                    "an environment variable has no name that Kubernetes accepts"
                );
                break;
            case Executor.SpecOneofCase.Importer:
                Expect(executor.Importer.ArtifactUri is not null, label, "the importer has no address");
                break;
            default:
                _problems.Add($"{label}: neither a container nor an importer");
                break;
        }
    }

    private void CheckNesting(string id, ComponentSpec component, IReadOnlyList<string> around)
    {
        if (around.Contains(id))
        {
            _problems.Add($"{id}: circular component reference");
            return;
        }

        foreach (var task in component.Dag?.Tasks.Values.AsEnumerable() ?? [])
        {
            if (_pipeline.Components.TryGetValue(task.ComponentRef?.Name ?? "", out var inner))
            {
                CheckNesting(task.ComponentRef!.Name, inner, [.. around, id]);
            }
        }
    }

    private void CheckDag(string id, ComponentSpec component)
    {
        var dag = component.Dag;
        Expect(dag.Tasks.Values.Any(task => !IsExit(task)), id, "has no task but exit tasks");
        foreach (var (name, task) in dag.Tasks)
        {
            CheckTask($"{id}/{name}", name, task, component);
        }

        CheckOrder(id, dag);
        CheckOutputs(id, component);
    }

    private void CheckTask(string place, string name, PipelineTaskSpec task, ComponentSpec around)
    {
        Expect(NamePattern().IsMatch(name), place, "is no name of a task");
        Expect(task.TaskInfo?.Name.Length > 0, place, "has no display name");
        if (!_pipeline.Components.TryGetValue(task.ComponentRef?.Name ?? "", out var component))
        {
            _problems.Add($"{place}: component '{task.ComponentRef?.Name}' not found");
            return;
        }

        foreach (var before in task.DependentTasks)
        {
            Expect(around.Dag.Tasks.ContainsKey(before), place, $"waits for '{before}', which is no task beside it");
        }

        CheckTrigger(place, task, component);
        CheckIterators(place, task, component);
        foreach (var (key, input) in task.Inputs?.Parameters.AsEnumerable() ?? [])
        {
            CheckParameter($"{place}.{key}", (key, input), task, (component, around));
        }

        foreach (var (key, input) in task.Inputs?.Artifacts.AsEnumerable() ?? [])
        {
            CheckArtifact($"{place}.{key}", (key, input), task, (component, around));
        }

        CheckComplete(place, task, component);
    }

    private void CheckTrigger(string place, PipelineTaskSpec task, ComponentSpec component)
    {
        if (IsExit(task))
        {
            Expect(task.DependentTasks.Count > 0, place, "is an exit task of nothing");
        }

        if (task.TriggerPolicy?.Condition is not { Length: > 0 } condition)
        {
            return;
        }

        document.Deployment.Executors.TryGetValue(component.ExecutorLabel, out var executor);
        Expect(executor?.Importer is null, place, "an importer has a condition");
        foreach (Match match in InputPattern().Matches(condition))
        {
            var known = task.Inputs?.Parameters.ContainsKey(match.Groups[1].Value) is true;
            Expect(known, place, $"the condition asks for '{match.Groups[1].Value}', which is no input");
        }
    }

    private void CheckIterators(string place, PipelineTaskSpec task, ComponentSpec component)
    {
        Expect(
            task.ParameterIterator is null || task.ArtifactIterator is null,
            place,
            "parameterIterator and artifactIterator exclude each other"
        );
        Expect(task.ArtifactIterator is null, place, "artifactIterator is not implemented");
        if (task.ParameterIterator is { } iterator)
        {
            var declared = component.InputDefinitions?.Parameters.ContainsKey(iterator.ItemInput) is true;
            Expect(declared, place, $"the item '{iterator.ItemInput}' is no input of the component");
            Expect(
                iterator.ItemInput.EndsWith("loop-item", StringComparison.Ordinal),
                place,
                "the item has no item's name"
            );
            var list = iterator.Items.InputParameter;
            var taken = list.Length == 0 || task.Inputs?.Parameters.ContainsKey(list) is true;
            Expect(taken, place, $"the list '{list}' is no input");
        }
    }

    private void CheckParameter(
        string place,
        (string Key, TaskInputsSpec.Types.InputParameterSpec Spec) input,
        PipelineTaskSpec task,
        (ComponentSpec Component, ComponentSpec Around) of
    )
    {
        if (of.Component.InputDefinitions?.Parameters.GetValueOrDefault(input.Key) is not { } declared)
        {
            _problems.Add($"{place}: the component has no such input");
            return;
        }

        ParameterEnum? type = null;
        switch (input.Spec.KindCase)
        {
            case ParameterKind.TaskOutputParameter:
                var from = input.Spec.TaskOutputParameter;
                type = OutputOf(place, of.Around, from.ProducerTask)
                    ?.Parameters.GetValueOrDefault(from.OutputParameterKey)
                    ?.ParameterType;
                Expect(type is not null, place, $"'{from.ProducerTask}' gives no '{from.OutputParameterKey}'");
                break;
            case ParameterKind.ComponentInputParameter:
                var key = input.Spec.ComponentInputParameter;
                type = of.Around.InputDefinitions?.Parameters.GetValueOrDefault(key)?.ParameterType;
                Expect(type is not null, place, $"the graph has no input '{key}'");
                break;
            case ParameterKind.TaskFinalStatus:
                Expect(IsExit(task), place, "only an exit task takes a final status");
                Expect(
                    of.Around.Dag.Tasks.ContainsKey(input.Spec.TaskFinalStatus.ProducerTask),
                    place,
                    "is the status of no task beside it"
                );
                type = ParameterEnum.TaskFinalStatus;
                break;
            case ParameterKind.RuntimeValue:
                Expect(input.Spec.RuntimeValue.Constant is not null, place, "has no constant");
                break;
            default:
                _problems.Add($"{place}: has no source");
                break;
        }

        var fits =
            type is null
            || type == declared.ParameterType
            || (type == ParameterEnum.TaskFinalStatus && declared.ParameterType == ParameterEnum.Struct);
        Expect(fits, place, $"takes a {type} as a {declared.ParameterType}");
    }

    private void CheckArtifact(
        string place,
        (string Key, TaskInputsSpec.Types.InputArtifactSpec Spec) input,
        PipelineTaskSpec task,
        (ComponentSpec Component, ComponentSpec Around) of
    )
    {
        if (of.Component.InputDefinitions?.Artifacts.GetValueOrDefault(input.Key) is not { } declared)
        {
            _problems.Add($"{place}: the component has no such input");
            return;
        }

        (string Type, bool IsList)? found = null;
        if (input.Spec.KindCase == ArtifactKind.TaskOutputArtifact)
        {
            var from = input.Spec.TaskOutputArtifact;
            var output = OutputOf(place, of.Around, from.ProducerTask)
                ?.Artifacts.GetValueOrDefault(from.OutputArtifactKey);
            found = output is null ? null : (output.ArtifactType.SchemaTitle, output.IsArtifactList);
            Expect(found is not null, place, $"'{from.ProducerTask}' gives no '{from.OutputArtifactKey}'");
        }
        else
        {
            var given = of.Around.InputDefinitions?.Artifacts.GetValueOrDefault(input.Spec.ComponentInputArtifact);
            found = given is null ? null : (given.ArtifactType.SchemaTitle, given.IsArtifactList);
            Expect(found is not null, place, $"the graph has no input '{input.Spec.ComponentInputArtifact}'");
        }

        var wanted = (declared.ArtifactType.SchemaTitle, declared.IsArtifactList);
        Expect(found is null || found == wanted, place, $"takes {found} as {wanted}");
        Expect(
            !IsExit(task) || ReferenceEquals(_pipeline.Root.Dag, of.Around.Dag),
            place,
            "an exit task is at the root"
        );
    }

    private ComponentOutputsSpec? OutputOf(string place, ComponentSpec around, string producer)
    {
        if (!around.Dag.Tasks.TryGetValue(producer, out var task))
        {
            _problems.Add($"{place}: producer task '{producer}' is no task beside it");
            return null;
        }

        return _pipeline.Components.GetValueOrDefault(task.ComponentRef?.Name ?? "")?.OutputDefinitions;
    }

    // Every input of the component gets a value.
    private void CheckComplete(string place, PipelineTaskSpec task, ComponentSpec component)
    {
        foreach (var (key, parameter) in component.InputDefinitions?.Parameters.AsEnumerable() ?? [])
        {
            var given =
                task.Inputs?.Parameters.ContainsKey(key) is true
                || task.ParameterIterator?.ItemInput == key
                || parameter.IsOptional;
            Expect(given, place, $"input '{key}' has no value");
        }

        foreach (var (key, artifact) in component.InputDefinitions?.Artifacts.AsEnumerable() ?? [])
        {
            Expect(
                task.Inputs?.Artifacts.ContainsKey(key) is true || artifact.IsOptional,
                place,
                $"input '{key}' has no value"
            );
        }
    }

    private void CheckOutputs(string id, ComponentSpec component)
    {
        var declared = component.OutputDefinitions ?? new ComponentOutputsSpec();
        var outputs = component.Dag.Outputs ?? new DagOutputsSpec();
        Expect(
            declared.Artifacts.Keys.Order().SequenceEqual(outputs.Artifacts.Keys.Order()),
            id,
            "declares other artifacts than it gives"
        );
        Expect(
            declared.Parameters.Keys.Order().SequenceEqual(outputs.Parameters.Keys.Order()),
            id,
            "declares other parameters than it gives"
        );
        foreach (var (key, output) in outputs.Artifacts)
        {
            Expect(output.ArtifactSelectors.Count > 0, id, $"output '{key}' has no source");
            foreach (var from in output.ArtifactSelectors)
            {
                var made = OutputOf(id, component, from.ProducerSubtask)
                    ?.Artifacts.GetValueOrDefault(from.OutputArtifactKey);
                Expect(made is not null, id, $"'{from.ProducerSubtask}' gives no '{from.OutputArtifactKey}'");
                Expect(
                    made is null || made.ArtifactType.SchemaTitle == declared.Artifacts[key].ArtifactType.SchemaTitle,
                    id,
                    $"output '{key}' has another type"
                );
            }
        }

        foreach (var (key, output) in outputs.Parameters)
        {
            var sources = output.ValueFromParameter is { } one
                ? [one]
                : output.ValueFromOneof.ParameterSelectors.ToList();
            foreach (var from in sources)
            {
                var made = OutputOf(id, component, from.ProducerSubtask)
                    ?.Parameters.GetValueOrDefault(from.OutputParameterKey);
                Expect(made is not null, id, $"'{from.ProducerSubtask}' gives no '{from.OutputParameterKey}'");
                Expect(
                    made is null || made.ParameterType == declared.Parameters[key].ParameterType,
                    id,
                    $"output '{key}' has another type"
                );
            }
        }
    }

    private void CheckOrder(string id, DagSpec dag)
    {
        var ahead = dag.Tasks.Keys.ToHashSet(StringComparer.Ordinal);
        while (ahead.Count > 0)
        {
            var free = ahead.Where(task => !dag.Tasks[task].DependentTasks.Any(ahead.Contains)).ToList();
            if (free.Count == 0)
            {
                _problems.Add($"{id}: tasks wait for each other");
                return;
            }

            ahead.ExceptWith(free);
        }
    }

    private static bool IsExit(PipelineTaskSpec task) =>
        task.TriggerPolicy?.Strategy == Strategy.AllUpstreamTasksCompleted;

    private void Expect(bool holds, string place, string problem)
    {
        if (!holds)
        {
            _problems.Add($"{place}: {problem}");
        }
    }

    // What Kubeflow and Vertex AI both accept.
    [GeneratedRegex("^[a-z][-a-z0-9]{0,127}$", RegexOptions.CultureInvariant, matchTimeoutMilliseconds: 1000)]
    private static partial Regex NamePattern();

    [GeneratedRegex("^[A-Za-z_][A-Za-z0-9_]*$", RegexOptions.CultureInvariant, matchTimeoutMilliseconds: 1000)]
    private static partial Regex VariablePattern();

    [GeneratedRegex(
        @"inputs\.parameter_values\['([^']+)'\]",
        RegexOptions.CultureInvariant,
        matchTimeoutMilliseconds: 1000
    )]
    private static partial Regex InputPattern();
}
