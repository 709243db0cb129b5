using System.Text.Json;
using Rondo.Data;
using Rondo.Sdk;
using Rondo.Sdk.Graphs;
using Rondo.Sdk.Wire;

namespace Rondo.Tests.Pipelines.Export;

/// <summary>
/// What a run of a manifest makes, by the words of the manifest alone: every step gives a value that depends on all that it takes. A
/// value that does not exist is null. Some steps of exit handlers fail, and what needs them is passed over.
/// </summary>
internal sealed class ManifestMeaning
{
    private readonly PipelineManifest _pipeline;
    private readonly PipelineShape _shape;
    private readonly IReadOnlyDictionary<string, JsonElement> _parameters;
    private readonly bool _served;
    private readonly Dictionary<(string Node, string Instance), JsonElement?> _values = [];
    private readonly Dictionary<(string Loop, string Instance), int?> _counts = [];
    private readonly Dictionary<(string Node, string Instance), Fault> _faults = [];

    public ManifestMeaning(PipelineManifest pipeline, IReadOnlyDictionary<string, JsonElement> parameters, bool served)
    {
        (_pipeline, _shape, _parameters, _served) = (pipeline, new PipelineShape(pipeline), parameters, served);
        foreach (var exits in new[] { false, true })
        {
            foreach (var node in _shape.Children(null).Where(node => node.Always == exits))
            {
                Run(node, [], exists: true);
            }
        }
    }

    /// <summary>Whether a node that fails the run was reached before the end.</summary>
    public bool Fails { get; private set; }

    /// <summary>Whether something in an exit handler failed.</summary>
    public bool ExitFails { get; private set; }

    /// <summary>The values of steps, by node and items; those that do not exist are left out.</summary>
    public SortedDictionary<string, string> Made =>
        new(
            _values
                .Where(value => value.Value is not null && _shape[value.Key.Node].Kind == NodeKind.Step)
                .ToDictionary(value => value.Key.Node + value.Key.Instance, value => value.Value!.Value.GetRawText()),
            StringComparer.Ordinal
        );

    /// <summary>What a step makes of what it takes. Those whose output is a list for a for-each make a list.</summary>
    public static string Value(PipelineManifest pipeline, string node, string taken)
    {
        var hash = Hash(taken);
        object part = (hash % 4) switch
        {
            0 => (int)(hash % 7),
            1 => "it's \"{{$}}\" $(A) \u00fc",
            2 => hash % 8 < 4,
            _ => (hash % 100) / 10.0,
        };
        return pipeline.Nodes.Any(each => each.ForEach?.FromNode == node)
            ? JsonSerializer.Serialize(Enumerable.Range(0, (int)(hash % 4)).Select(item => $"{item}:{hash}"))
            : JsonSerializer.Serialize(new { a = new { b = part }, taken = hash });
    }

    /// <summary>Whether a step breaks over what it takes. Only steps of exit handlers do: elsewhere that is the end of the run.</summary>
    public static bool Breaks(PipelineManifest pipeline, string node, string taken) =>
        Hash(taken) % 5 == 0 && IsExit(pipeline, node);

    /// <summary>Whether the node is in an exit handler.</summary>
    public static bool IsExit(PipelineManifest pipeline, string node) =>
        pipeline.Nodes.Any(each => each.Always && node.StartsWith(each.Id + ".", StringComparison.Ordinal));

    private static uint Hash(string taken) => taken.Aggregate(17u, (sum, letter) => (sum * 31) + letter);

    /// <summary>Whether the node failed, or something in it.</summary>
    private bool Run(NodeManifest node, int[] items, bool exists)
    {
        if (exists && NeedsFailed(node, items))
        {
            _faults[(node.Id, Key(items))] = Fault.NeedsFailed;
            exists = false;
        }

        exists &= node.Condition is not { } condition || Conditions.Hold(condition, test => Tested(node, items, test));
        var failed = node.Kind switch
        {
            NodeKind.Group => Inside(node, items, exists),
            NodeKind.ForEach => Loop(node, items, exists),
            NodeKind.Fail => exists,
            _ => Make(node, items, exists),
        };
        if (failed)
        {
            _faults[(node.Id, Key(items))] = Fault.Failed;
            var isExit = _shape.Path(node.Id)[0].Always;
            (Fails, ExitFails) = (Fails || !isExit, ExitFails || isExit);
        }

        return failed;
    }

    // What stands in a group that was passed over never was: the group speaks for it. A for-each speaks for all its items.
    private bool NeedsFailed(NodeManifest node, int[] items)
    {
        var path = _shape.Path(node.Id);
        foreach (
            var from in PipelineShape.References(node).Where(from => _shape.Path(from)[0].Always == path[0].Always)
        )
        {
            var shared = Key([.. items.Take(_shape.SharedLoops(node.Id, from))]);
            var beyond = _shape.Path(from).Where(at => path.All(own => own.Id != at.Id)).ToList();
            var needed = beyond.Find(at => at.Kind == NodeKind.ForEach) ?? beyond[^1];
            if (
                _faults.ContainsKey((needed.Id, shared))
                || beyond
                    .TakeWhile(at => at != needed)
                    .Any(at => _faults.GetValueOrDefault((at.Id, shared)) == Fault.NeedsFailed)
            )
            {
                return true;
            }
        }

        return false;
    }

    private bool Make(NodeManifest node, int[] items, bool exists)
    {
        var (value, broke) = exists ? MadeBy(node, items) : (null, false);
        _values[(node.Id, Key(items))] = value;
        return broke;
    }

    private bool Inside(NodeManifest group, int[] items, bool exists)
    {
        var failed = false;
        foreach (var child in _shape.Children(group.Id))
        {
            failed |= Run(child, items, exists);
        }

        return failed;
    }

    private bool Loop(NodeManifest loop, int[] items, bool exists)
    {
        var list = exists ? ListOf(loop, items) : null;
        _counts[(loop.Id, Key(items))] = list?.Count;
        var failed = false;
        for (var item = 0; item < (list?.Count ?? 0); item++)
        {
            failed |= Inside(loop, [.. items, item], exists: true);
        }

        return failed;
    }

    private List<JsonElement>? ListOf(NodeManifest loop, int[] items) =>
        (loop.ForEach!.Items ?? Get(loop, items, loop.ForEach.FromNode!)) is { } list
            ? [.. list.EnumerateArray()]
            : null;

    private (JsonElement? Value, bool Broke) MadeBy(NodeManifest node, int[] items) =>
        node.Kind switch
        {
            NodeKind.Dataset => (Json("{}"), false),
            NodeKind.ServingModel => (_served ? Json("{}") : null, false),
            NodeKind.Approval => (Answer(node.Approval!.Type), false),
            NodeKind.Merge => (
                node.Inputs.Select(input => Get(node, items, input.FromNode))
                    .FirstOrDefault(value => value is not null),
                false
            ),
            _ => MadeByStep(node, items),
        };

    private (JsonElement? Value, bool Broke) MadeByStep(NodeManifest node, int[] items)
    {
        var taken = new SortedDictionary<string, string>(StringComparer.Ordinal);
        foreach (var input in node.Inputs)
        {
            if (!Take(node, items, input, taken))
            {
                return (null, false);
            }
        }

        foreach (var argument in node.Arguments.Where(argument => argument.Run != "failed-node"))
        {
            taken["=" + argument.Name] = StepIdentity.Canonical(Argument(node, items, argument));
        }

        var all = JsonSerializer.Serialize(taken);
        return Breaks(_pipeline, node.Id, all) ? (null, true) : (Json(Value(_pipeline, node.Id, all)), false);
    }

    private bool Take(NodeManifest node, int[] items, InputManifest input, SortedDictionary<string, string> taken)
    {
        if (!input.FanIn)
        {
            var value = Get(node, items, input.FromNode);
            taken[input.Port] = Text(input.FromNode, value);
            return value is not null || input.AllowNone;
        }

        var shared = items.Take(_shape.SharedLoops(node.Id, input.FromNode)).ToArray();
        var loop = _shape.Loops(input.FromNode)[shared.Length];
        if (_counts.GetValueOrDefault((loop.Id, Key(shared))) is not { } count)
        {
            taken[input.Port] = "null";
            return input.AllowNone;
        }

        for (var item = 0; item < count; item++)
        {
            var value = _values.GetValueOrDefault((input.FromNode, Key([.. shared, item])));
            taken[$"{input.Port}.{item}"] = Text(input.FromNode, value);
            if (value is null && !input.AllowNone)
            {
                return false;
            }
        }

        return true;
    }

    /// <summary>What is compared of a value: of data, that it is there.</summary>
    private string Text(string node, JsonElement? value) =>
        value is null ? "null"
        : PipelineShape.IsSource(_shape[node]) ? "data"
        : value.Value.GetRawText();

    private JsonElement Argument(NodeManifest node, int[] items, ArgumentManifest argument)
    {
        if (argument.Item is { } item)
        {
            var depth = _shape.Loops(node.Id).TakeWhile(loop => loop.Id != item).Count();
            var loop = _shape[item];
            return ListOf(loop, [.. items.Take(depth)])![items[depth]];
        }

        return argument switch
        {
            { Parameter: { } name } => _parameters[name],
            { Run: "id" } => JsonSerializer.SerializeToElement("run-1"),
            { Run: "partition" } => JsonSerializer.SerializeToElement("2024-05-01"),
            { Run: not null } => JsonSerializer.SerializeToElement("succeeded"),
            _ => argument.Value!.Value,
        };
    }

    private JsonElement? Tested(NodeManifest node, int[] items, TestManifest test) =>
        test.Parameter is { } parameter ? _parameters[parameter]
        : test.FromNode is { } from ? Get(node, items, from)
        : null;

    private JsonElement? Get(NodeManifest node, int[] items, string from)
    {
        var shared = _shape.SharedLoops(node.Id, from);
        return _values.GetValueOrDefault((from, Key([.. items.Take(shared)])));
    }

    public static JsonElement Answer(string type) =>
        type switch
        {
            "integer" => Json("3"),
            "number" => Json("2.5"),
            "boolean" => Json("true"),
            _ => Json("\"yes\""),
        };

    private static JsonElement Json(string text) => JsonSerializer.Deserialize<JsonElement>(text);

    private static string Key(int[] items) => string.Concat(items.Select(item => $"[{item}]"));

    private enum Fault
    {
        None,
        Failed,
        NeedsFailed,
    }
}
