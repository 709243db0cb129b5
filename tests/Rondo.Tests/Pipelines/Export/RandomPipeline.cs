using System.Text.Json;
using Rondo.Sdk.Wire;

namespace Rondo.Tests.Pipelines.Export;

/// <summary>Makes pipelines out of every construct, from a seed: groups in groups, conditions, loops, merges, exit handlers, odd names.</summary>
internal sealed class RandomPipeline
{
    private static readonly string[] s_types = ["integer", "number", "text", "boolean"];
    private static readonly string[] s_operators = ["==", "!=", "<", "<=", ">", ">="];
    private static readonly string[] s_names =
    [
        "9x",
        "Train",
        "fit_A",
        "score-all",
        "x",
        "a-very-long-name-that-goes-on-and-on-and-on-and-on-for-ever",
    ];

    private readonly Random _random;
    private readonly List<NodeManifest> _nodes = [];
    private readonly List<ParameterManifest> _parameters = [];
    private int _left;

    private RandomPipeline(int seed, int size) => (_random, _left) = (new Random(seed), size);

    public static PipelineManifest Make(int seed, int size) => new RandomPipeline(seed, size).Make();

    private PipelineManifest Make()
    {
        foreach (var type in s_types.Where(_ => Chance(2)))
        {
            var value = Chance(2) ? (JsonElement?)Constant(type) : null;
            _parameters.Add(new("p-" + type, type, value) { Min = type == "integer" && Chance(3) ? 1 : null });
        }

        var visible = new List<Output>();
        if (Chance(2))
        {
            _nodes.Add(Manifests.Dataset("rows", "Station Days"));
            visible.Add(new("rows", "value", ArtifactTypes.DatasetVersion, null));
        }

        if (Chance(3))
        {
            _nodes.Add(Manifests.ServingModel("now", "demand"));
            visible.Add(new("now", "value", ArtifactTypes.Model, null));
        }

        Fill(null, visible, []);
        for (var exit = 0; exit < 2 && Chance(4); exit++)
        {
            var group = Add("exit", null, KfpLossy.Group("", NodeKind.Group) with { Always = true });
            Fill(group, visible, []);
        }

        return new PipelineManifest("Random Pipeline", _parameters, _nodes, [], 0);
    }

    // At least one node: a group holds something.
    private void Fill(NodeManifest? group, List<Output> visible, List<string> loops)
    {
        var first = true;
        while (first || (_left > 0 && !Chance(6)))
        {
            first = false;
            _left--;
            var depth = group?.Id.Count(letter => letter == '.') ?? -1;
            switch (_left > 0 && depth < 4 ? _random.Next(12) : 0)
            {
                case 1:
                    Inside(Add("nested", group, KfpLossy.Group("", NodeKind.Group)), visible, loops);
                    break;
                case 2:
                    var when = KfpLossy.Group("", NodeKind.Group) with { Condition = Condition(visible) };
                    Inside(Add("when", group, when), visible, loops);
                    break;
                case 3:
                    Branches(group, visible, loops);
                    break;
                case 4 or 5:
                    Loop(group, visible, loops);
                    break;
                case 6 when visible.Any(IsSingle):
                    Merge(group, visible);
                    break;
                case 7:
                    visible.Add(Of(Add("ask", group, Approval())));
                    break;
                case 8 when Chance(3):
                    Add(
                        "fail",
                        group,
                        KfpLossy.Group("", NodeKind.Fail) with
                        {
                            Message = "{{$}} no",
                            Condition = Condition(visible),
                        }
                    );
                    break;
                default:
                    visible.Add(Of(Step(group, visible, loops)));
                    break;
            }
        }
    }

    private void Inside(NodeManifest group, List<Output> visible, List<string> loops)
    {
        var inner = new List<Output>(visible);
        Fill(group, inner, loops);
        visible.AddRange(inner.Except(visible));
    }

    private void Branches(NodeManifest? group, List<Output> visible, List<string> loops)
    {
        var condition = Condition(visible);
        var first = Add("when", group, KfpLossy.Group("", NodeKind.Group) with { Condition = condition });
        var one = Step(first, visible, loops);
        var other = Add(
            "when-otherwise",
            group,
            KfpLossy.Group("", NodeKind.Group) with
            {
                Condition = condition with { Not = !condition.Not },
            }
        );
        var two = Step(other, visible, loops);
        var merge = KfpLossy.Group("", NodeKind.Merge) with
        {
            Inputs = [Input("then", Of(one)), Input("otherwise", Of(two))],
            Outputs = [new("value", ArtifactTypes.Json)],
        };
        visible.Add(Of(Add("value", group, merge)));
        if (Chance(3))
        {
            visible.Add(Of(one));
        }
    }

    private void Loop(NodeManifest? group, List<Output> visible, List<string> loops)
    {
        var list = Chance(2) && visible.Any(IsSingle) ? Any([.. visible.Where(IsSingle)]) : null;
        var items = list is null
            ? JsonSerializer.SerializeToElement(new object[] { 1, "two", new { three = 3 } })
            : (JsonElement?)null;
        var each = KfpLossy.Group("", NodeKind.ForEach) with
        {
            ForEach = new(list?.Node, list?.Port, items, _random.Next(1, 5)),
        };
        var loop = Add("each", group, each);
        var inner = new List<Output>(visible.Where(output => output.Loop is null));
        Fill(loop, inner, [.. loops, loop.Id]);
        visible.AddRange(
            inner.Except(visible).Where(output => output.Loop is null).Select(output => output with { Loop = loop.Id })
        );
    }

    private void Merge(NodeManifest? group, List<Output> visible)
    {
        var choices = visible.Where(IsSingle).ToList();
        var inputs = Enumerable.Range(0, _random.Next(1, 4)).Select(index => Input($"in{index}", Any(choices)));
        var merge = KfpLossy.Group("", NodeKind.Merge) with
        {
            Inputs = [.. inputs],
            Outputs = [new("value", ArtifactTypes.Json)],
        };
        visible.Add(Of(Add("merge", group, merge)));
    }

    private NodeManifest Step(NodeManifest? group, List<Output> visible, List<string> loops)
    {
        var inputs = Enumerable
            .Range(0, _random.Next(0, 4))
            .Where(_ => visible.Count > 0)
            .Select(index => Input($"in.{index}", Any(visible)));
        var step = Manifests.Step("step") with
        {
            Inputs = [.. inputs],
            Arguments = [.. Arguments(group, loops)],
            Condition = Chance(6) ? Condition(visible) : null,
            After = Chance(5) && Single(visible) is { } before ? [before.Node] : [],
            Retries = Chance(8) ? [new("*", 3, 0, 1500, 2, 0)] : [],
            Secrets = Chance(8) ? new Dictionary<string, string> { ["TOKEN"] = "Chat Token" } : new(),
            Resources = Chance(8) ? new(0.5, 1 << 20, "gpu", 1) : null,
        };
        // In a group, a name does not begin with a digit.
        return Add(s_names[_random.Next(group is null ? 0 : 1, s_names.Length)], group, step);
    }

    private IEnumerable<ArgumentManifest> Arguments(NodeManifest? group, List<string> loops)
    {
        foreach (var type in s_types.Where(_ => Chance(3)))
        {
            yield return new("constant " + type, Constant(type), null);
        }

        foreach (var parameter in _parameters.Where(_ => Chance(3)))
        {
            yield return new("given-" + parameter.Name, null, parameter.Name);
        }

        foreach (var loop in loops.Where(_ => Chance(2)))
        {
            yield return new("item of " + loop, null, null) { Item = loop, Path = Chance(2) ? "a.b" : null };
        }

        if (Chance(5))
        {
            yield return new("record", JsonSerializer.SerializeToElement(new { a = new { b = "{{$}}" } }), null);
        }

        if (Chance(5))
        {
            yield return new("run", null, null) { Run = Chance(2) ? "id" : "partition" };
        }

        if (group?.Id.StartsWith("exit", StringComparison.Ordinal) is true && loops.Count == 0)
        {
            yield return new("state", null, null) { Run = Chance(2) ? "state" : "failed-node" };
        }
    }

    private ConditionManifest Condition(List<Output> visible)
    {
        var tests = new List<TestManifest>();
        for (var index = 0; index < _random.Next(1, 3); index++)
        {
            var tested = visible.Count > 0 && Chance(2) ? Single(visible) : null;
            var parameter =
                tested is null && _parameters.Count > 0 ? _parameters[_random.Next(_parameters.Count)].Name : null;
            if (tested is not null || parameter is not null)
            {
                var type = s_types[_random.Next(s_types.Length)];
                var comparison = s_operators[_random.Next(s_operators.Length)];
                tests.Add(
                    new(tested?.Node, tested?.Port, parameter, Chance(2) ? "a.b" : null, comparison, Constant(type))
                );
            }
        }

        return new ConditionManifest(tests, Chance(3));
    }

    private NodeManifest Approval() =>
        KfpLossy.Group("", NodeKind.Approval) with
        {
            Outputs = [new("value", ArtifactTypes.Json)],
            Approval = new("Go on?", s_types[_random.Next(s_types.Length)], null, [], 0, null),
        };

    private NodeManifest Add(string name, NodeManifest? group, NodeManifest node)
    {
        var local = $"{name}{_nodes.Count}";
        var added = node with { Id = group is null ? local : $"{group.Id}.{local}", Parent = group?.Id };
        _nodes.Add(added);
        return added;
    }

    private Output? Single(List<Output> visible)
    {
        var singles = visible.Where(output => output.Loop is null).ToList();
        return singles.Count == 0 ? null : Any(singles);
    }

    private static bool IsSingle(Output output) => output is { Loop: null, Type: ArtifactTypes.Json };

    private Output Any(List<Output> outputs) => outputs[_random.Next(outputs.Count)];

    private InputManifest Input(string port, Output from) =>
        new(port, from.Type, from.Node, from.Port) { FanIn = from.Loop is not null, AllowNone = Chance(2) };

    private static Output Of(NodeManifest node) => new(node.Id, node.Outputs[0].Port, node.Outputs[0].Type, null);

    private JsonElement Constant(string type) =>
        type switch
        {
            "integer" => JsonSerializer.SerializeToElement(_random.Next(-3, 1000)),
            "number" => JsonSerializer.SerializeToElement(_random.NextDouble() * 10),
            "boolean" => JsonSerializer.SerializeToElement(Chance(2)),
            _ => JsonSerializer.SerializeToElement("it's \"{{$}}\" $(A) \u00fc"),
        };

    private bool Chance(int oneIn) => _random.Next(oneIn) == 0;

    /// <summary>An output and, where it is seen from outside of it, the for-each that makes a list of it.</summary>
    private sealed record Output(string Node, string Port, string Type, string? Loop);
}
