using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using Google.Protobuf;
using Google.Protobuf.WellKnownTypes;
using Rondo.Tests.Pipelines.Export.Kubeflow;
using ParameterKind = Rondo.Tests.Pipelines.Export.Kubeflow.TaskInputsSpec.Types.InputParameterSpec.KindOneofCase;
using Strategy = Rondo.Tests.Pipelines.Export.Kubeflow.PipelineTaskSpec.Types.TriggerPolicy.Types.TriggerStrategy;

namespace Rondo.Tests.Pipelines.Export;

/// <summary>
/// Runs an exported document as Kubeflow would, on one machine: a task begins when all that it depends on have succeeded, a condition that does
/// not hold skips it and what depends on it, a list is gone through, an exit task runs however its task ended. Containers are run by
/// the given function, which gets the task's path and the command with its placeholder filled in, and returns the exit code.
/// </summary>
internal sealed class KubeflowRun(
    KfpDocument document,
    string folder,
    Func<string, IReadOnlyList<string>, Task<int>> container
)
{
    private int _number;

    /// <summary>The tasks that were begun, by their paths, and how they ended.</summary>
    public SortedDictionary<string, string> Tasks { get; } = new(StringComparer.Ordinal);

    /// <summary>The metadata of what tasks made: path of the task, dot, key.</summary>
    public Dictionary<string, RuntimeArtifact> Made { get; } = new(StringComparer.Ordinal);

    /// <summary>Whether everything but exit handlers succeeded.</summary>
    public async Task<bool> RunAsync(params (string Name, Value Value)[] parameters)
    {
        var inputs = new Bag();
        foreach (var (name, declared) in document.Pipeline.Root.InputDefinitions?.Parameters.AsEnumerable() ?? [])
        {
            inputs.Parameters[name] =
                parameters.FirstOrDefault(given => given.Name == name).Value
                ?? declared.DefaultValue
                ?? throw new InvalidOperationException($"Parameter '{name}' has no value.");
        }

        return (await DagAsync("", document.Pipeline.Root, inputs)).State == "succeeded";
    }

    /// <summary>The bytes of an output as JSON.</summary>
    public JsonElement Json(string output) =>
        JsonSerializer.Deserialize<JsonElement>(File.ReadAllBytes(Made[output].Uri));

    private async Task<Ended> DagAsync(string path, ComponentSpec component, Bag inputs)
    {
        var ended = new Dictionary<string, Ended>(StringComparer.Ordinal);
        var dag = component.Dag;
        var failed = false;
        foreach (var name in Order(dag))
        {
            var task = dag.Tasks[name];
            var exit = task.TriggerPolicy?.Strategy == Strategy.AllUpstreamTasksCompleted;
            if (exit && !HasAll(task, ended))
            {
                // It takes something that was never made: its driver fails.
                ended[name] = new Ended("failed", new Bag());
                continue;
            }

            var ready = exit || (!failed && task.DependentTasks.All(before => ended[before].State == "succeeded"));
            ended[name] = ready ? await TaskAsync(path + name, task, (inputs, ended)) : new Ended("omitted", new Bag());
            Tasks[path + name] = ended[name].State;
            failed |= ended[name].State == "failed" && !exit;
        }

        return failed ? new Ended("failed", new Bag()) : new Ended("succeeded", Outputs(path, dag, ended));
    }

    private async Task<Ended> TaskAsync(
        string path,
        PipelineTaskSpec task,
        (Bag Inputs, Dictionary<string, Ended> Ended) around
    )
    {
        var component = document.Pipeline.Components[task.ComponentRef.Name];
        var inputs = new Bag();
        foreach (var (key, from) in task.Inputs?.Parameters.AsEnumerable() ?? [])
        {
            inputs.Parameters[key] = from.KindCase switch
            {
                ParameterKind.TaskOutputParameter => around
                    .Ended[from.TaskOutputParameter.ProducerTask]
                    .Outputs
                    .Parameters[from.TaskOutputParameter.OutputParameterKey],
                ParameterKind.ComponentInputParameter => around.Inputs.Parameters[from.ComponentInputParameter],
                ParameterKind.RuntimeValue => from.RuntimeValue.Constant.StringValue == "{{$.pipeline_job_uuid}}"
                    ? Value.ForString("run-1")
                    : from.RuntimeValue.Constant,
                _ => Status(from.TaskFinalStatus.ProducerTask, around.Ended[from.TaskFinalStatus.ProducerTask].State),
            };
        }

        foreach (var (key, from) in task.Inputs?.Artifacts.AsEnumerable() ?? [])
        {
            inputs.Artifacts[key] = from.TaskOutputArtifact is { } made
                ? around.Ended[made.ProducerTask].Outputs.Artifacts[made.OutputArtifactKey]
                : around.Inputs.Artifacts[from.ComponentInputArtifact];
        }

        if (task.TriggerPolicy?.Condition is { Length: > 0 } condition && !Cel.Holds(condition, inputs.Parameters))
        {
            return new Ended("skipped", new Bag());
        }

        return task.ParameterIterator is { } iterator
            ? await LoopAsync(path, component, inputs, iterator)
            : await ComponentAsync(path, component, inputs);
    }

    private async Task<Ended> LoopAsync(
        string path,
        ComponentSpec component,
        Bag inputs,
        ParameterIteratorSpec iterator
    )
    {
        var items =
            iterator.Items.Raw.Length > 0
                ? JsonNode
                    .Parse(iterator.Items.Raw)!
                    .AsArray()
                    .Select(item => Value.Parser.ParseJson(item!.ToJsonString()))
                : inputs.Parameters[iterator.Items.InputParameter].ListValue.Values;
        var all = new Bag();
        foreach (var key in component.OutputDefinitions?.Artifacts.Keys.AsEnumerable() ?? [])
        {
            all.Artifacts[key] = new ArtifactList();
        }

        var number = 0;
        foreach (var item in items)
        {
            inputs.Parameters[iterator.ItemInput] = item;
            var ended = await ComponentAsync($"{path}[{number++}]", component, inputs.Copy());
            if (ended.State != "succeeded")
            {
                return ended;
            }

            foreach (var (key, list) in ended.Outputs.Artifacts)
            {
                all.Artifacts[key].Artifacts.AddRange(list.Artifacts);
            }
        }

        return new Ended("succeeded", all);
    }

    private Task<Ended> ComponentAsync(string path, ComponentSpec component, Bag inputs)
    {
        if (component.Dag is not null)
        {
            return DagAsync(path + "/", component, inputs);
        }

        var executor = document.Deployment.Executors[component.ExecutorLabel];
        if (executor.Importer is { } importer)
        {
            var address = inputs.Parameters[importer.ArtifactUri.RuntimeParameter].StringValue;
            Assert.NotEmpty(address);
            var imported = new Bag();
            var artifact = new RuntimeArtifact
            {
                Name = "imported",
                Uri = address,
                Type = importer.TypeSchema,
            };
            imported.Artifacts[component.OutputDefinitions.Artifacts.Keys.Single()] = new()
            {
                Artifacts = { artifact },
            };
            return Task.FromResult(new Ended("succeeded", imported));
        }

        return ContainerAsync(path, component, executor.Container, inputs);
    }

    private async Task<Ended> ContainerAsync(
        string path,
        ComponentSpec component,
        PipelineDeploymentConfig.Types.PipelineContainerSpec spec,
        Bag inputs
    )
    {
        var place = Path.Combine(folder, $"{_number++:000}-{Path.GetFileName(path)}");
        var input = new ExecutorInput
        {
            Inputs = new() { Artifacts = { inputs.Artifacts }, ParameterValues = { inputs.Parameters } },
            Outputs = new() { OutputFile = Path.Combine(place, "executor_output.json") },
        };
        foreach (var (key, output) in component.OutputDefinitions?.Artifacts.AsEnumerable() ?? [])
        {
            var artifact = new RuntimeArtifact
            {
                Name = key,
                Uri = Path.Combine(place, key),
                Type = output.ArtifactType,
            };
            input.Outputs.Artifacts[key] = new() { Artifacts = { artifact } };
        }

        foreach (var key in component.OutputDefinitions?.Parameters.Keys.AsEnumerable() ?? [])
        {
            input.Outputs.Parameters[key] = new() { OutputFile = Path.Combine(place, "parameters", key) };
        }

        var json = JsonFormatter.Default.Format(input);
        var words = spec.Command.Concat(
            spec.Args.Select(word => word.Replace("{{$}}", json, StringComparison.Ordinal))
        );
        if (await container(path, [.. words, "--folder", Path.Combine(place, "work")]) != 0)
        {
            return new Ended("failed", new Bag());
        }

        var said = JsonParser.Default.Parse<ExecutorOutput>(await File.ReadAllTextAsync(input.Outputs.OutputFile));
        foreach (var (key, list) in said.Artifacts)
        {
            Made.Add($"{path}.{key}", Assert.Single(list.Artifacts));
        }

        Assert.Equal(input.Outputs.Parameters.Keys.Order(), said.ParameterValues.Keys.Order());
        return new Ended("succeeded", new Bag(said.ParameterValues, said.Artifacts));
    }

    private static Bag Outputs(string path, DagSpec dag, Dictionary<string, Ended> ended)
    {
        var outputs = new Bag();
        foreach (var (key, output) in dag.Outputs?.Artifacts.AsEnumerable() ?? [])
        {
            var found = output
                .ArtifactSelectors.Where(from => ended[from.ProducerSubtask].State == "succeeded")
                .Select(from => ended[from.ProducerSubtask].Outputs.Artifacts[from.OutputArtifactKey]);
            outputs.Artifacts[key] = One(path, key, found);
        }

        foreach (var (key, output) in dag.Outputs?.Parameters.AsEnumerable() ?? [])
        {
            var sources = output.ValueFromParameter is { } one
                ? [one]
                : output.ValueFromOneof.ParameterSelectors.ToList();
            var found = sources
                .Where(from => ended[from.ProducerSubtask].State == "succeeded")
                .Select(from => ended[from.ProducerSubtask].Outputs.Parameters[from.OutputParameterKey]);
            outputs.Parameters[key] = One(path, key, found);
        }

        return outputs;
    }

    // Kubeflow fails a graph one of whose outputs has no source, or several.
    private static T One<T>(string path, string key, IEnumerable<T> found)
    {
        var all = found.ToList();
        Assert.True(all.Count == 1, $"{path}{key} has {all.Count} sources.");
        return all[0];
    }

    private static bool HasAll(PipelineTaskSpec task, Dictionary<string, Ended> ended) =>
        (task.Inputs?.Artifacts.Values.AsEnumerable() ?? []).All(from =>
            from.TaskOutputArtifact is not { } made
            || ended[made.ProducerTask].Outputs.Artifacts.ContainsKey(made.OutputArtifactKey)
        )
        && (task.Inputs?.Parameters.Values.AsEnumerable() ?? []).All(from =>
            from.TaskOutputParameter is not { } made
            || ended[made.ProducerTask].Outputs.Parameters.ContainsKey(made.OutputParameterKey)
        );

    private static Value Status(string task, string state)
    {
        var status = new Struct();
        status.Fields["state"] = Value.ForString(state.ToUpperInvariant());
        status.Fields["pipelineTaskName"] = Value.ForString(task);
        if (state == "failed")
        {
            var error = new Struct { Fields = { ["message"] = Value.ForString("a step failed") } };
            status.Fields["error"] = Value.ForStruct(error);
        }

        return Value.ForStruct(status);
    }

    private static List<string> Order(DagSpec dag)
    {
        var done = new List<string>();
        while (done.Count < dag.Tasks.Count)
        {
            var next = dag
                .Tasks.Where(task => !done.Contains(task.Key) && task.Value.DependentTasks.All(done.Contains))
                .Select(task => task.Key)
                .Order(StringComparer.Ordinal)
                .ToList();
            Assert.NotEmpty(next);
            done.AddRange(next);
        }

        return done;
    }

    private sealed record Ended(string State, Bag Outputs);

    private sealed class Bag
    {
        public Bag() { }

        public Bag(IDictionary<string, Value> parameters, IDictionary<string, ArtifactList> artifacts)
        {
            Parameters = new(parameters, StringComparer.Ordinal);
            Artifacts = new(artifacts, StringComparer.Ordinal);
        }

        public Dictionary<string, Value> Parameters { get; } = new(StringComparer.Ordinal);

        public Dictionary<string, ArtifactList> Artifacts { get; } = new(StringComparer.Ordinal);

        public Bag Copy() => new(Parameters, Artifacts);
    }
}

/// <summary>As much of the Common Expression Language as exports use.</summary>
internal static partial class Cel
{
    public static bool Holds(string expression, IReadOnlyDictionary<string, Value> parameters)
    {
        if (expression.StartsWith("!(", StringComparison.Ordinal))
        {
            Assert.EndsWith(")", expression, StringComparison.Ordinal);
            return !Holds(expression[2..^1], parameters);
        }

        if (expression.IndexOf(" && !(", StringComparison.Ordinal) is > 0 and var and)
        {
            return Holds(expression[..and], parameters) && Holds(expression[(and + 4)..], parameters);
        }

        return expression.Split(" && ").All(test => Test(test, parameters));
    }

    private static bool Test(string test, IReadOnlyDictionary<string, Value> parameters)
    {
        if (test is "true" or "false")
        {
            return test == "true";
        }

        var match = Comparison().Match(test);
        Assert.True(match.Success, test);
        var value = parameters[match.Groups["key"].Value];
        var literal = match.Groups["literal"].Value;
        var order = value.KindCase switch
        {
            Value.KindOneofCase.NumberValue => value.NumberValue.CompareTo(
                double.Parse(literal, CultureInfo.InvariantCulture)
            ),
            Value.KindOneofCase.BoolValue => value.BoolValue.CompareTo(literal == "true"),
            _ => string.CompareOrdinal(value.StringValue, Regex.Unescape(literal[1..^1])),
        };
        return match.Groups["operator"].Value switch
        {
            "==" => order == 0,
            "!=" => order != 0,
            "<" => order < 0,
            "<=" => order <= 0,
            ">" => order > 0,
            _ => order >= 0,
        };
    }

    [GeneratedRegex(
        @"^(int\()?inputs\.parameter_values\['(?<key>[^']+)'\]\)? (?<operator>==|!=|<|<=|>|>=) (?<literal>.+)$",
        RegexOptions.CultureInvariant,
        matchTimeoutMilliseconds: 1000
    )]
    private static partial Regex Comparison();
}
