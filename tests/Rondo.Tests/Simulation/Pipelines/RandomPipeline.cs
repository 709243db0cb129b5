using System.Text.Json;
using Rondo.Sdk.Wire;

namespace Rondo.Tests.Simulation.Pipelines;

/// <summary>How large and how wild the graphs of a seed are.</summary>
internal sealed record GraphTaste(int NodesMax, int DepthMax, double Group, double Loop, double Trouble);

/// <summary>Makes a random graph of everything that a manifest can say.</summary>
internal sealed class RandomPipeline(Random random, GraphTaste taste)
{
    public const string Parameter = "level";

    private static readonly string[] s_classes = ["timeout", "crash", "exit:3", "App.Oops"];

    private readonly List<NodeManifest> _nodes = [];
    private readonly List<Source> _sources = [];
    private int _left = 1 + random.Next(taste.NodesMax);
    private int _named;

    public PipelineManifest Make(string name)
    {
        if (Chance(0.15))
        {
            Add(Dataset("d0"), Place.Top);
        }

        Fill(Place.Top, _left);
        for (var handlers = Chance(0.25) ? 1 + random.Next(2) : 0; handlers > 0; handlers--)
        {
            var handler = Node(Id(Place.Top, "x"), NodeKind.Group, Place.Top) with { Always = true };
            _nodes.Add(handler);
            _left = 1 + random.Next(2);
            Fill(new Place(handler.Id, [], Always: true), _left);
        }

        var nodes = Chance(0.3) ? _nodes.OrderBy(_ => random.Next()).ToList() : _nodes;
        return new PipelineManifest(name, [new(Parameter, "integer", Json(1))], nodes, [], 0)
        {
            FailurePolicy = Chance(0.5) ? FailurePolicies.Slow : FailurePolicies.Fast,
            Priority = random.Next(3),
            RunsMax = Chance(0.3) ? 1 + random.Next(2) : 0,
        };
    }

    private void Fill(Place place, int count)
    {
        var depth = place.Parent?.Split('.').Length ?? 0;
        do
        {
            count--;
            _left--;
            var kind = random.NextDouble();
            if (depth < taste.DepthMax && kind < taste.Group)
            {
                AddGroup(place);
            }
            else if (depth < taste.DepthMax && kind < taste.Group + taste.Loop)
            {
                AddLoop(place);
            }
            else
            {
                AddLeaf(place);
            }
        } while (count > 0 && _left > 0);
    }

    private void AddGroup(Place place)
    {
        var id = Id(place, "g");
        _nodes.Add(
            Node(id, NodeKind.Group, place) with
            {
                Condition = Chance(0.6) ? Condition(id, place) : null,
                After = After(id, place),
            }
        );
        Fill(place with { Parent = id }, 1 + random.Next(3));
    }

    private void AddLoop(Place place)
    {
        var id = Id(place, "l");
        var list = Pick(id, place, source => source.Kind == StepFunction.List);
        _nodes.Add(
            Node(id, NodeKind.ForEach, place) with
            {
                ForEach = new ForEachManifest(
                    list?.Node.Id,
                    list is null ? null : "value",
                    list is null ? Json(Enumerable.Range(0, random.Next(4)).Select(n => new { n })) : null,
                    1 + random.Next(3)
                ),
                Condition = Chance(0.2) ? Condition(id, place) : null,
                After = After(id, place),
            }
        );
        Fill(place with { Parent = id, Loops = [.. place.Loops, id] }, 1 + random.Next(2));
    }

    private void AddLeaf(Place place)
    {
        var kind = random.NextDouble();
        if (kind < 0.06 && Merge(Id(place, "m"), place) is { } merge)
        {
            Add(merge, place);
        }
        else if (kind < 0.11)
        {
            Add(Approval(Id(place, "q"), place), place);
        }
        else if (kind < 0.13 && !place.Always)
        {
            var id = Id(place, "f");
            _nodes.Add(
                Node(id, NodeKind.Fail, place) with
                {
                    Message = "as its author wanted",
                    Condition = Condition(id, place),
                }
            );
        }
        else
        {
            Add(Step(Id(place, "s"), place), place);
        }
    }

    private NodeManifest Step(string id, Place place)
    {
        var kind = random.NextDouble() switch
        {
            < 0.4 => StepFunction.Number,
            < 0.7 => StepFunction.List,
            < 0.95 => StepFunction.Object,
            _ => StepFunction.Nothing,
        };
        return Node(id, NodeKind.Step, place) with
        {
            Step = $"{kind}.{random.Next(3)}",
            CodeDigest = $"code{random.Next(2)}",
            Inputs = Inputs(id, place),
            Arguments = Arguments(place),
            Outputs = [new PortManifest("value", ArtifactTypes.Json)],
            Cache = Chance(0.7),
            MaxAttempts = 1 + random.Next(3),
            TimeoutMs = 60_000,
            After = After(id, place),
            Condition = Chance(0.15) ? Condition(id, place) : null,
            Retries = Retries(),
            Pool = Chance(0.2) ? $"pool{random.Next(2)}" : null,
            Resources = Chance(0.2) ? new ResourcesManifest(1 + random.Next(2), 0, null, 0) : null,
            CacheExpiryMs = Chance(0.1) ? random.Next(20_000) : null,
        };
    }

    private NodeManifest? Merge(string id, Place place)
    {
        var branches = Enumerable
            .Range(0, 1 + random.Next(3))
            .Select(_ => Pick(id, place, _ => true))
            .OfType<Source>()
            .Select((source, i) => new InputManifest($"in{i}", ArtifactTypes.Json, source.Node.Id, "value"))
            .ToList();
        return branches.Count == 0
            ? null
            : Node(id, NodeKind.Merge, place) with
            {
                Inputs = branches,
                Outputs = [new PortManifest("value", ArtifactTypes.Json)],
            };
    }

    private NodeManifest Approval(string id, Place place) =>
        Node(id, NodeKind.Approval, place) with
        {
            Approval = new ApprovalManifest(
                "Go on?",
                "integer",
                null,
                Chance(0.3) ? [SimulatedClient.Approver] : [],
                Chance(0.5) ? 1 + random.Next(20_000) : 0,
                Chance(0.5) ? Json(random.Next(3)) : null
            ),
            Outputs = [new PortManifest("value", ArtifactTypes.Json)],
            After = After(id, place),
        };

    private List<InputManifest> Inputs(string id, Place place)
    {
        var inputs = new List<InputManifest>();
        for (var wanted = random.Next(4); wanted > 0; wanted--)
        {
            if (Pick(id, place, _ => true, listsToo: true) is { } source)
            {
                inputs.Add(
                    new InputManifest($"in{inputs.Count}", ArtifactTypes.Json, source.Node.Id, "value")
                    {
                        FanIn = !source.IsSingleFor(place),
                        AllowNone = Chance(0.25),
                    }
                );
            }
        }

        return inputs;
    }

    private List<ArgumentManifest> Arguments(Place place)
    {
        var arguments = new List<ArgumentManifest>();
        if (Chance(taste.Trouble))
        {
            arguments.Add(new ArgumentManifest(StepFunction.Script, Script().ToJson(), null));
        }

        if (Chance(0.2))
        {
            arguments.Add(new ArgumentManifest("level", null, Parameter));
        }

        if (Chance(0.15))
        {
            arguments.Add(new ArgumentManifest("run", null, null) { Run = place.Always ? "state" : "id" });
        }

        if (place.Loops.Count > 0 && Chance(0.7))
        {
            arguments.Add(
                new ArgumentManifest("item", null, null)
                {
                    Item = place.Loops[random.Next(place.Loops.Count)],
                    Path = Chance(0.5) ? "n" : null,
                }
            );
        }

        return arguments;
    }

    private StepScript Script()
    {
        var type = s_classes[random.Next(s_classes.Length)];
        return random.NextDouble() switch
        {
            < 0.15 => new StepScript(0, null, Stops: true),
            < 0.35 => new StepScript(-1, type, Stops: false),
            _ => new StepScript(1 + random.Next(2), type, Stops: false),
        };
    }

    private List<RetryManifest> Retries() =>
        [
            .. Enumerable
                .Range(0, Chance(0.3) ? 1 + random.Next(2) : 0)
                .Select(_ => new RetryManifest(
                    random.Next(4) switch
                    {
                        0 => "*",
                        1 => "timeout",
                        2 => "exit",
                        _ => "Oops",
                    },
                    1 + random.Next(3),
                    0,
                    random.Next(1000),
                    1 + random.NextDouble(),
                    2000
                )),
        ];

    private ConditionManifest Condition(string id, Place place)
    {
        var tests = new List<TestManifest>();
        for (var wanted = 1 + random.Next(2); wanted > 0; wanted--)
        {
            var comparison = Comparisons[random.Next(Comparisons.Length)];
            var source = Pick(id, place, _ => true);
            tests.Add(
                source is null
                    ? new TestManifest(null, null, Parameter, null, comparison, Json(random.Next(3)))
                    : new TestManifest(
                        source.Node.Id,
                        "value",
                        null,
                        source.Kind == StepFunction.Object ? "value" : null,
                        comparison,
                        Json(random.Next(4))
                    )
            );
        }

        return new ConditionManifest(tests, Chance(0.3));
    }

    private static readonly string[] Comparisons = ["==", "!=", "<", "<=", ">", ">="];

    private List<string> After(string id, Place place) =>
        Chance(0.15) && Pick(id, place, _ => true) is { } source ? [source.Node.Id] : [];

    // Something that is there already and does not hold the node; one item of a for-each beside it only as a list of all.
    private Source? Pick(string id, Place place, Func<Source, bool> fits, bool listsToo = false)
    {
        var candidates = _sources
            .Where(source => place.Always || !source.Place.Always)
            .Where(source => !id.StartsWith(source.Node.Id + ".", StringComparison.Ordinal))
            .Where(source => source.IsSingleFor(place) || (listsToo && source.IsListFor(place)))
            .Where(fits)
            .ToList();
        return candidates.Count == 0 ? null : candidates[random.Next(candidates.Count)];
    }

    private void Add(NodeManifest node, Place place)
    {
        _nodes.Add(node);
        _sources.Add(new Source(node, node.Kind == NodeKind.Step ? node.Step.Split('.')[0] : "", place));
    }

    private string Id(Place place, string letter) =>
        $"{(place.Parent is null ? "" : place.Parent + ".")}{letter}{++_named}";

    private static NodeManifest Dataset(string id) =>
        Node(id, NodeKind.Dataset, Place.Top) with
        {
            Source = "days",
            Outputs = [new PortManifest("value", ArtifactTypes.DatasetVersion)],
        };

    private static NodeManifest Node(string id, NodeKind kind, Place place) =>
        new(id, kind, "", null, "", [], [], [], false, 1, 0) { Parent = place.Parent };

    private static JsonElement Json(object value) => JsonSerializer.SerializeToElement(value);

    private bool Chance(double share) => random.NextDouble() < share;

    /// <summary>A group, and the for-eaches that hold it or are it.</summary>
    private sealed record Place(string? Parent, IReadOnlyList<string> Loops, bool Always)
    {
        public static Place Top { get; } = new(null, [], false);
    }

    private sealed record Source(NodeManifest Node, string Kind, Place Place)
    {
        public bool IsSingleFor(Place taker) => Shared(taker) == Place.Loops.Count;

        public bool IsListFor(Place taker) => Shared(taker) == Place.Loops.Count - 1;

        private int Shared(Place taker) =>
            Place.Loops.Zip(taker.Loops).TakeWhile(pair => pair.First == pair.Second).Count();
    }
}
