using System.Text.Json;
using Rondo.Data;
using Rondo.Pipelines.Export.Kubeflow.Ir;
using Rondo.Sdk.Wire;

namespace Rondo.Pipelines.Export.Kubeflow;

/// <summary>
/// Brings values to where they are needed. A task can only take from tasks beside it; what comes from further away is declared as an input
/// of each graph on the way in, and as an output of each on the way out.
/// </summary>
internal sealed class KfpWiring(KfpNodes nodes, KfpLayout layout)
{
    private const string Channel = "pipelinechannel--";

    private readonly KfpNames _channels = new();
    private readonly Dictionary<KfpValue, string> _names = [];
    private readonly Dictionary<string, TestManifest> _tests = new(StringComparer.Ordinal);
    private readonly Dictionary<string, KfpLeaf> _readers = new(StringComparer.Ordinal);

    /// <summary>What runs when a condition does not hold, and whose condition it is.</summary>
    public List<(KfpDag Dag, NodeManifest Node)> Opposites { get; } = [];

    /// <summary>How a task of the graph gets the value.</summary>
    public KfpSource Get(KfpDag dag, KfpValue value)
    {
        if (!value.IsMade)
        {
            return value.Kind == KfpValueKind.Status && dag == layout.Root
                ? new KfpSource(layout.Main.Task.Name, "status", IsStatus: true)
                : Input(dag, value);
        }

        var home = HomeOf(value);
        if (!dag.Holds(home))
        {
            return Input(dag, value);
        }

        if (home == dag && !layout.ChoiceOf.ContainsKey(value.Node))
        {
            var leaf = value.Kind == KfpValueKind.Artifact ? layout.LeafOf[value.Node] : Maker(value.Node);
            return new KfpSource(leaf.Task.Name, Output(leaf, value));
        }

        var child = dag.ChildToward(home);
        var output = Output(child, value);
        return output with { Task = child.Task.Name };
    }

    /// <summary>An input of the graph with the value.</summary>
    public KfpSource Input(KfpDag dag, KfpValue value)
    {
        if (dag.Inputs.TryGetValue(value, out var known))
        {
            return known;
        }

        var source = Get(dag.Parent ?? throw Unknown(value), value);
        var input = new KfpSource(null, NameOf(value), source.IsList);
        dag.Inputs.Add(value, input);
        if (value.Kind == KfpValueKind.Artifact)
        {
            var type = KfpTypes.Of(nodes.TypeOf(value.Node, value.Port));
            dag.InputArtifacts.Add(input.Key, new IrArtifact(type, source.IsList ? true : null));
            dag.Task.Take(input.Key, source);
        }
        else
        {
            dag.InputParameters.Add(input.Key, TypeOf(value, source));
            dag.Task.TakeParameter(input.Key, source);
        }

        return input;
    }

    /// <summary>The test of an output as a value.</summary>
    public KfpValue Test(TestManifest test)
    {
        var key = JsonSerializer.Serialize(
            new
            {
                test.Path,
                test.Operator,
                test.Value,
            },
            RondoJson.Options
        );
        _tests.TryAdd(key, test);
        return new KfpValue(KfpValueKind.Test, test.FromNode!, test.FromPort!, key);
    }

    /// <summary>Declares a parameter of the pipeline.</summary>
    public void Declare(string name, string key, IrParameter parameter)
    {
        layout.Root.Inputs.Add(KfpValue.Parameter(name), new KfpSource(null, key));
        layout.Root.InputParameters.Add(key, parameter);
        _names.Add(KfpValue.Parameter(name), Claim(key));
    }

    /// <summary>Lets the graph of a for-each go through its list.</summary>
    public void Loop(NodeManifest node)
    {
        var dag = layout.DagOf[node.Id];
        var each = node.ForEach!;
        var items = each.FromNode is { } from
            ? new IrItems(null, Input(dag, KfpValue.List(from, each.FromPort!)).Key)
            : new IrItems(Raw(each.Items), null);
        var item = ClaimItem(KfpNames.Slug(node.Id));
        var value = KfpValue.Item(node.Id);
        dag.Inputs.Add(value, new KfpSource(null, item));
        dag.InputParameters[item] = KfpTypes.Of(value);
        _names[value] = item;
        dag.Task.Iterator = new IrParameterIterator(items, item);
        dag.Task.ParallelMax = each.ParallelMax;
    }

    /// <summary>A task waits for a node.</summary>
    public void Wait(KfpDag dag, KfpTask task, string node)
    {
        var (home, other) = layout.TaskOf(node);
        var at = dag;
        while (!at.Holds(home))
        {
            task = at.Task;
            at = at.Parent!;
        }

        var before = at == home ? other : at.ChildToward(home).Task;
        if (before != task)
        {
            task.Dependents.Add(before.Name);
        }
    }

    private KfpSource Output(KfpDag dag, KfpValue value)
    {
        if (dag.Outputs.TryGetValue(value, out var known))
        {
            return known;
        }

        var sources = dag.IsChoice ? Alternatives(dag, value).ToList() : [Get(dag, value)];
        var output = new KfpSource(null, NameOf(value), dag.IsLoop || sources[0].IsList);
        dag.Outputs.Add(value, output);
        if (value.Kind == KfpValueKind.Artifact)
        {
            var type = KfpTypes.Of(nodes.TypeOf(value.Node, value.Port));
            dag.OutputArtifacts.Add(output.Key, new IrArtifact(type, output.IsList ? true : null));
            dag.ArtifactSelectors.Add(
                output.Key,
                new([.. sources.Select(source => new IrArtifactSelector(source.Task!, source.Key))])
            );
        }
        else
        {
            var selectors = sources.Select(source => new IrParameterSelector(source.Task!, source.Key)).ToList();
            dag.OutputParameters.Add(output.Key, KfpTypes.Of(value));
            dag.ParameterSelectors.Add(
                output.Key,
                selectors.Count == 1 ? new(selectors[0], null) : new(null, new(selectors))
            );
        }

        return output;
    }

    // What an output of a choice may be: exactly one of them exists.
    private IEnumerable<KfpSource> Alternatives(KfpDag choice, KfpValue value)
    {
        if (layout.ChoiceOf.GetValueOrDefault(value.Node) == choice)
        {
            return nodes[value.Node]
                .Inputs.Select(input => Get(choice, value with { Node = input.FromNode, Port = input.FromPort }));
        }

        var made = Get(choice, value);
        var otherwise = Otherwise(choice, choice.ChildToward(HomeOf(value)));
        return [made, None(otherwise, value, made.IsList) with { Task = otherwise.Dag.Task.Name }];
    }

    private KfpLeaf Otherwise(KfpDag choice, KfpDag part)
    {
        if (!choice.Otherwise.TryGetValue(part, out var leaf))
        {
            var name = part.Task.Name.StartsWith("when-", StringComparison.Ordinal)
                ? part.Task.Name[5..]
                : part.Task.Name;
            var dag = layout.AddDag(choice, "no-" + name);
            var plan = new KfpPlan(
                KfpPlan.CurrentFormatVersion,
                KfpPlanKinds.None,
                nodes.Pipeline.Name,
                layout.Conditional[part].Id
            );
            leaf = layout.AddLeaf(dag, "none", plan);
            choice.Otherwise.Add(part, leaf);
            Opposites.Add((dag, layout.Conditional[part]));
        }

        return leaf;
    }

    private KfpSource None(KfpLeaf leaf, KfpValue value, bool isList)
    {
        var dag = leaf.Dag;
        var key = Output(leaf, value, isList);
        if (value.Kind == KfpValueKind.Artifact)
        {
            dag.OutputArtifacts[key] = leaf.OutputArtifacts[key];
            dag.ArtifactSelectors[key] = new([new(leaf.Task.Name, key)]);
        }
        else
        {
            dag.OutputParameters[key] = leaf.OutputParameters[key];
            dag.ParameterSelectors[key] = new(new(leaf.Task.Name, key), null);
        }

        return new KfpSource(null, key);
    }

    private string Output(KfpLeaf leaf, KfpValue value, bool isList = false)
    {
        switch (value.Kind)
        {
            case KfpValueKind.Artifact:
                return leaf.Output(value, nodes.TypeOf(value.Node, value.Port), isList);
            case KfpValueKind.List:
                return leaf.Answer(value, new KfpAnswer(value.Port), value.Port + "-items");
            default:
                var test = _tests[value.Test];
                return leaf.Answer(
                    value,
                    new(value.Port, test.Path, test.Operator, test.Value),
                    TestName(value.Port, test)
                );
        }
    }

    // Where the answer to a question about a node's output is made: an importer cannot answer, a container beside it can.
    private KfpDag HomeOf(KfpValue value) =>
        value.Kind != KfpValueKind.Artifact && KfpNodes.IsSource(nodes[value.Node])
            ? Maker(value.Node).Dag
            : layout.HomeOf(value.Node);

    private KfpLeaf Maker(string node)
    {
        if (!KfpNodes.IsSource(nodes[node]))
        {
            return layout.LeafOf[node];
        }

        if (!_readers.TryGetValue(node, out var reader))
        {
            var port = nodes[node].Outputs[0];
            var dag =
                nodes[node].Kind == NodeKind.ServingModel
                    ? layout.LeafOf[node].Dag.Parent!.Parent!
                    : layout.LeafOf[node].Dag;
            var plan = new KfpPlan(KfpPlan.CurrentFormatVersion, KfpPlanKinds.First, nodes.Pipeline.Name, node);
            reader = layout.AddLeaf(dag, "read-" + node, plan);
            _readers.Add(node, reader);
            var artifact = KfpValue.Artifact(node, port.Port);
            reader.TakeArtifact(port.Port, port.Type, Get(dag, artifact));
            reader.Output(artifact, port.Type);
        }

        return reader;
    }

    /// <summary>The type of a value as a parameter.</summary>
    public IrParameter TypeOf(KfpValue value, KfpSource source) =>
        value.Kind == KfpValueKind.Parameter
            ? new IrParameter(layout.Root.InputParameters[layout.Root.Inputs[value].Key].ParameterType)
        : source.IsStatus ? new IrParameter(IrParameterTypes.TaskFinalStatus)
        : source.IsList ? new IrParameter(IrParameterTypes.List)
        : KfpTypes.Of(value);

    private string NameOf(KfpValue value)
    {
        if (!_names.TryGetValue(value, out var name))
        {
            var text = value.Kind switch
            {
                KfpValueKind.Test => KfpNames.Slug(value.Node) + "-" + TestName(value.Port, _tests[value.Test]),
                KfpValueKind.List => KfpNames.Slug(value.Node) + "-" + KfpNames.Key(value.Port + "-items"),
                KfpValueKind.Status => "status",
                _ => KfpNames.Slug(value.Node) + "-" + KfpNames.Key(value.Port),
            };
            name = Claim(text);
            _names.Add(value, name);
        }

        return name;
    }

    private string Claim(string name) => _channels.Claim(Channel + KfpNames.NoLoopItem(name));

    // Kubeflow knows the current item of a loop by the end of its name.
    private string ClaimItem(string name)
    {
        var number = 1;
        string item;
        do
        {
            item = Channel + name + (number == 1 ? "" : $"-{number}") + KfpNames.LoopItem;
            number++;
        } while (!_channels.TryClaim(item));
        return item;
    }

    private static string TestName(string port, TestManifest test)
    {
        var word = test.Operator switch
        {
            "==" => "is",
            "!=" => "is-not",
            "<" => "below",
            "<=" => "at-most",
            ">" => "above",
            _ => "at-least",
        };
        var path = test.Path is null ? port : port + "-" + test.Path;
        var value = test.Value.ValueKind == JsonValueKind.String ? test.Value.GetString() : test.Value.GetRawText();
        return KfpNames.Key($"{path}-{word}-{value}");
    }

    // Each item is its JSON as text, so that what is made of it does not depend on how Kubeflow reads it.
    private static string Raw(JsonElement? items) =>
        JsonSerializer.Serialize(
            (items?.EnumerateArray() ?? default).Select(item => JsonSerializer.Serialize(item, RondoJson.Options)),
            RondoJson.Options
        );

    private RondoException Unknown(KfpValue value) =>
        new(
            ErrorCode.InvalidArgument,
            $"Pipeline '{nodes.Pipeline.Name}': nothing says what '{value.Node}' is where it is used.",
            "Use items in their for-each, and what a run was like in exit handlers only."
        );
}
