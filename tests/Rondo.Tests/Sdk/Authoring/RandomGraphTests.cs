using CsCheck;
using Rondo.Sdk;
using Rondo.Sdk.Graphs;

namespace Rondo.Tests.Sdk.Authoring;

/// <summary>Random graphs: what may be wired is accepted and makes a manifest without problems, what may not be is refused.</summary>
public sealed class RandomGraphTests
{
    [Fact]
    public void What_may_be_wired_makes_a_manifest_without_problems() =>
        Gen.Int[0, int.MaxValue]
            .Sample(
                seed =>
                {
                    var app = MlApp.Create([], "random");
                    app.Pipeline("one", g => new Builder(g, seed, breakAt: -1).Build());
                    var pipeline = app.ToManifest().Pipelines[0];

                    Assert.Null(ShapeProblems.Find(pipeline));
                    var ids = pipeline.Nodes.Select(node => node.Id).ToList();
                    Assert.All(
                        pipeline.Nodes,
                        node =>
                            Assert.All(
                                PipelineShape.References(node),
                                from => Assert.True(ids.IndexOf(from) < ids.IndexOf(node.Id))
                            )
                    );
                },
                iter: 300
            );

    [Fact]
    public void What_may_not_be_wired_is_refused() =>
        Gen.Select(Gen.Int[0, int.MaxValue], Gen.Int[0, 12])
            .Sample(
                (seed, breakAt) =>
                {
                    var broken = false;
                    var error = Record.Exception(() =>
                        MlApp
                            .Create([], "random")
                            .Pipeline(
                                "one",
                                g =>
                                {
                                    var builder = new Builder(g, seed, breakAt);
                                    builder.Build();
                                    broken = builder.Broken;
                                }
                            )
                    );
                    // A graph in which nothing was there to break is built; one in which something was is refused at that place.
                    Assert.False(broken);
                    Assert.True(error is null or RondoException, error?.ToString());
                },
                iter: 300
            );

    /// <summary>An output, and the loops, branches and handlers around it.</summary>
    private sealed record Made(Ref<double> Value, IReadOnlyList<string> Around);

    private sealed class Builder(Graph graph, int seed, int breakAt)
    {
        private readonly Random _random = new(seed);
        private readonly List<Made> _made = [];
        private readonly List<string> _around = [];
        private int _number;
        private int _groups;

        /// <summary>Whether something was wired that must not be.</summary>
        public bool Broken { get; private set; }

        public void Build()
        {
            Step();
            for (var count = 0; count < 8; count++)
            {
                Any(depth: 0);
            }
            if (_random.Next(2) == 0)
            {
                graph.Always(
                    "end",
                    outcome => Within("always", () => graph.Label(new Gauge("a", [], new(1, 2)), outcome.State))
                );
            }
        }

        private void Any(int depth)
        {
            switch (_random.Next(depth < 4 ? 6 : 2))
            {
                case 0 or 1:
                    Step();
                    break;
                case 2:
                    graph.Nested("group", () => Within("group", () => Some(depth)));
                    break;
                case 3:
                    Branches(depth);
                    break;
                case 4:
                    var list = graph.ForEach("loop", [1, 2, 3], _ => Within("loop", () => Some(depth)), parallel: 2);
                    _made.Add(new(graph.Range(list).Low, [.. _around]));
                    break;
                default:
                    var last = _made[^1];
                    if (MayTake(last))
                    {
                        graph.Tell("", "", null!, last.Value.OrNone()).After(last.Value);
                    }
                    break;
            }
        }

        private void Branches(int depth)
        {
            var condition = graph.Error("b", 1, [], Speed.Quick).Is(error => error < 3);
            var value =
                _random.Next(2) == 0
                    ? graph.When(
                        condition,
                        () => Within("then", () => Some(depth)),
                        () => Within("else", () => Some(depth))
                    )
                    : null;
            if (value is null)
            {
                graph.When(
                    condition,
                    () =>
                    {
                        Within("then", () => Some(depth));
                    }
                );
                return;
            }
            _made.Add(new(value, [.. _around]));
        }

        private Ref<double> Some(int depth)
        {
            var last = Step();
            for (var count = _random.Next(3); count > 0; count--)
            {
                Any(depth + 1);
            }
            return _random.Next(4) == 0 ? _made.First(MayTake).Value : last;
        }

        private Ref<double> Step()
        {
            var right = _made.FindAll(MayTake);
            var wrong = _made.FindAll(made => made.Around.Any(IsLeftLoop));
            if (_number++ == breakAt && wrong.Count > 0)
            {
                graph.Range([wrong[_random.Next(wrong.Count)].Value]);
                Broken = true;
            }
            var value =
                right.Count == 0
                    ? graph.Error("a", 1, [], Speed.Quick)
                    : graph
                        .Range([
                            .. Enumerable
                                .Range(0, 1 + _random.Next(3))
                                .Select(_ => right[_random.Next(right.Count)].Value),
                        ])
                        .Low;
            _made.Add(new(value, [.. _around]));
            return value;
        }

        // Out of groups, not out of loops, and not out of branches: their other branch must not take it.
        private bool MayTake(Made made) =>
            !made.Around.Except(_around).Any(group => !group.StartsWith("group", StringComparison.Ordinal));

        private bool IsLeftLoop(string group) =>
            group.StartsWith("loop", StringComparison.Ordinal) && !_around.Contains(group);

        private T Within<T>(string kind, Func<T> build)
        {
            _around.Add($"{kind}-{_groups++}");
            var result = build();
            _around.RemoveAt(_around.Count - 1);
            return result;
        }
    }
}
