using CsCheck;
using Rondo.Sdk;
using Rondo.Tests.Sdk;

namespace Rondo.Tests.Testing;

/// <summary>A part of a random graph: what it takes and what it does. Numbers choose among what is there.</summary>
internal abstract record Part(int Takes)
{
    /// <summary>Adds a number.</summary>
    public sealed record Add(int Takes, int Plus) : Part(Takes);

    /// <summary>Adds up two.</summary>
    public sealed record Sum(int Takes, int Other) : Part(Takes);

    /// <summary>One of two branches, by a comparison.</summary>
    public sealed record When(int Takes, int Limit, IReadOnlyList<Part> Then, IReadOnlyList<Part> Otherwise)
        : Part(Takes);

    /// <summary>A body for each of some items, and the sum of what it gives.</summary>
    public sealed record Each(int Takes, int Count, int Parallel, IReadOnlyList<Part> Body) : Part(Takes);

    /// <summary>Nodes under a name.</summary>
    public sealed record Group(int Takes, IReadOnlyList<Part> Body) : Part(Takes);
}

/// <summary>
/// A graph by chance, and what it must give: an interpreter of a few lines that knows nothing of schedules, artifacts or files. Every part
/// gives one number; a part takes numbers of its own group and of those around it.
/// </summary>
internal sealed record RandomGraph(IReadOnlyList<Part> Parts)
{
    private static readonly Gen<int> s_choice = CsCheck.Gen.Int[0, 99];

    public static Gen<RandomGraph> Gen { get; } = Body(2).Select(parts => new RandomGraph(parts));

    public MlApp Declare() =>
        Ship.With(g =>
        {
            g.Add(Declare(g, Parts, [g.Start(1)]), 0).Named("result");
        });

    /// <summary>The number of the node <c>result</c>.</summary>
    public int Result() => Interpret(Parts, [1]);

    private static Gen<IReadOnlyList<Part>> Body(int depth) =>
        One(depth).List[1, 4].Select(parts => (IReadOnlyList<Part>)parts);

    private static Gen<Part> One(int depth)
    {
        var add = CsCheck
            .Gen.Select(s_choice, CsCheck.Gen.Int[-5, 5])
            .Select((takes, plus) => (Part)new Part.Add(takes, plus));
        var sum = CsCheck.Gen.Select(s_choice, s_choice).Select((takes, other) => (Part)new Part.Sum(takes, other));
        if (depth == 0)
        {
            return CsCheck.Gen.OneOf(add, sum);
        }
        var when = CsCheck
            .Gen.Select(s_choice, CsCheck.Gen.Int[-10, 10], Body(depth - 1), Body(depth - 1))
            .Select((takes, limit, then, otherwise) => (Part)new Part.When(takes, limit, then, otherwise));
        var each = CsCheck
            .Gen.Select(s_choice, CsCheck.Gen.Int[1, 3], CsCheck.Gen.Int[1, 3], Body(depth - 1))
            .Select((takes, count, parallel, body) => (Part)new Part.Each(takes, count, parallel, body));
        var group = CsCheck
            .Gen.Select(s_choice, Body(depth - 1))
            .Select((takes, body) => (Part)new Part.Group(takes, body));
        return CsCheck.Gen.OneOf(add, add, sum, when, each, group);
    }

    private static Ref<int> Declare(Graph g, IReadOnlyList<Part> parts, List<Ref<int>> around)
    {
        var known = around.ToList();
        foreach (var part in parts)
        {
            var takes = known[part.Takes % known.Count];
            known.Add(
                part switch
                {
                    Part.Add add => g.Add(takes, add.Plus),
                    Part.Sum sum => g.Sum([takes, known[sum.Other % known.Count]]),
                    Part.When choice => g.When(
                        g.Weigh(takes, choice.Limit),
                        load => load.Full,
                        then: () => Declare(g, choice.Then, known),
                        otherwise: () => Declare(g, choice.Otherwise, known)
                    ),
                    Part.Each each => g.Sum(
                        g.ForEach(
                            $"each{known.Count}",
                            [.. Enumerable.Range(0, each.Count)],
                            item => Declare(g, each.Body, [.. known, g.Sum([takes, g.Start(item)])]),
                            each.Parallel
                        )
                    ),
                    Part.Group group => g.Nested($"group{known.Count}", () => Declare(g, group.Body, known)),
                    _ => throw new InvalidOperationException(part.ToString()),
                }
            );
        }
        return known[^1];
    }

    private static int Interpret(IReadOnlyList<Part> parts, List<int> around)
    {
        var known = around.ToList();
        foreach (var part in parts)
        {
            var takes = known[part.Takes % known.Count];
            known.Add(
                part switch
                {
                    Part.Add add => takes + add.Plus,
                    Part.Sum sum => takes + known[sum.Other % known.Count],
                    Part.When choice => Interpret(takes >= choice.Limit ? choice.Then : choice.Otherwise, known),
                    Part.Each each => Enumerable
                        .Range(0, each.Count)
                        .Sum(item => Interpret(each.Body, [.. known, takes + item])),
                    Part.Group group => Interpret(group.Body, known),
                    _ => throw new InvalidOperationException(part.ToString()),
                }
            );
        }
        return known[^1];
    }
}
