using System.Text.Json;
using CsCheck;
using Rondo.Data;
using Rondo.Sdk;

namespace Rondo.Tests.Sdk.Tuning;

[Trait("Requirement", "R9")]
public sealed class SearchSpaceTests
{
    /// <summary>A space, drawn: some parameters of each kind, some of which depend on others.</summary>
    private static readonly Gen<SearchSpace> s_spaces = Gen.Select(
            Gen.Int[0, 4],
            Gen.Double[-1000, 1000],
            Gen.Double[1e-6, 100],
            Gen.Int[1, 5]
        )
        .Array[1, 6]
        .Select(Space);

    [Fact]
    public void Whatever_is_proposed_is_in_the_space_and_has_the_parameters_that_have_a_meaning() =>
        Gen.Select(s_spaces, Gen.Int[0, 1000], Gen.Int[0, 3])
            .Sample(
                (space, seed, kind) =>
                {
                    var search = Of(kind) with { Seed = seed, Rounds = kind == 3 ? 0 : 4 };
                    var points = new SearchPoints(space.Ranges);
                    var values = new Random(seed);
                    var proposals = new Proposals(space.Ranges, search, []);
                    var history = new List<TrialRecord>();
                    for (var round = 0; round < search.RoundCount; round++)
                    {
                        foreach (var trial in proposals.Round(round, history))
                        {
                            Assert.Null(points.PointOf(trial.Parameters).Outside);
                            Assert.Equal(space.Ranges.Select(range => range.Name), trial.Arguments.Values.Keys);
                            Assert.All(space.Ranges, range => Check(range, space, trial));
                            history.Add(values.Next(5) == 0 ? trial.Failed("drawn") : trial.Ended(values.NextDouble()));
                        }
                    }
                    Assert.True(history.Count <= proposals.Count);
                },
                iter: 100
            );

    [Fact]
    public void The_values_of_a_point_are_of_that_point_also_as_JSON() =>
        Gen.Select(s_spaces, Gen.Int[0, 1000])
            .Sample(
                (space, seed) =>
                {
                    var points = new SearchPoints(space.Ranges);
                    var point = points.Draw(new Random(seed));
                    var values = points.ValuesOf(point);
                    var read = JsonSerializer.Deserialize<ParameterValues>(
                        JsonSerializer.Serialize(values, RondoJson.Options),
                        RondoJson.Options
                    )!;

                    Assert.Equal(values, read);
                    var again = points.PointOf(read).Point!;
                    Assert.All(point.Zip(again), pair => Assert.Equal(pair.First, pair.Second, 1e-9));
                },
                iter: 200
            );

    [Fact]
    public async Task A_grid_is_all_of_it()
    {
        var space = new SearchSpace();
        var trainer = space.OneOf("trainer", "linear", "boosted");
        var depth = space.Whole("depth", 2, 4).When(trainer, "boosted");
        var rate = space.LogUniform("rate", 0.01, 1);

        var report = await Sweep.RunAsync(
            space,
            Search.Grid(points: 3),
            trial => Task.FromResult(trial.Get(rate)),
            cancellation: TestContext.Current.CancellationToken
        );

        var found = report.Trials.Select(trial =>
            (
                trial.Parameters.Get(trainer),
                trial.Parameters.Has(depth) ? trial.Parameters.Get(depth) : 0,
                Math.Round(trial.Parameters.Get(rate), 6)
            )
        );
        var linear = from r in new[] { 0.01, 0.1, 1 } select ("linear", 0, r);
        var boosted = from d in new[] { 2, 3, 4 } from r in new[] { 0.01, 0.1, 1 } select ("boosted", d, r);
        Assert.Equal(linear.Concat(boosted), found);
    }

    [Fact]
    public void A_grid_of_whole_numbers_on_a_log_scale_has_no_number_twice()
    {
        var space = new SearchSpace();
        space.Whole("trees", 1, 1000, log: true);
        space.OneOf("on", true, false);

        var trees = new Proposals(space.Ranges, Search.Grid(points: 4), [])
            .Round(0, [])
            .Select(trial => trial.Parameters.Get<int>("trees"))
            .Distinct();

        Assert.Equal([1, 10, 100, 1000], trees);
    }

    [Fact]
    public void Choices_may_be_records_and_enums()
    {
        var space = new SearchSpace();
        var goal = space.OneOf("goal", SearchGoal.Minimize, SearchGoal.Maximize);
        var cabin = space.OneOf("cabin", new Cabin("a", 1), new Cabin("b", 2));

        var trials = new Proposals(space.Ranges, Search.Grid(), []).Round(0, []);

        Assert.Equal(new Cabin("b", 2), trials[1].Parameters.Get(cabin));
        Assert.Equal(SearchGoal.Maximize, trials[2].Parameters.Get(goal));
    }

    [Theory]
    [InlineData(-1e308, 1e308)]
    [InlineData(0, double.MaxValue)]
    [InlineData(1.2e308, 1.2e308)]
    [InlineData(double.NaN, 1)]
    [InlineData(0, double.PositiveInfinity)]
    public void Bounds_whose_distances_are_no_numbers_are_refused(double low, double high)
    {
        var refused = Assert.Throws<RondoException>(() => new SearchSpace().Uniform("a", low, high));

        Assert.Contains("from -1e300 to 1e300", refused.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void The_widest_ranges_propose_numbers_within_them()
    {
        var space = new SearchSpace();
        space.Uniform("real", -1e300, 1e300);
        space.LogUniform("log", double.Epsilon, double.MaxValue);
        space.Whole("whole", int.MinValue, int.MaxValue);
        space.Whole("logWhole", 1, int.MaxValue, log: true);
        var points = new SearchPoints(space.Ranges);

        foreach (var search in new[] { Search.Grid(points: 3), Search.Random(20), Search.Tpe(40) })
        {
            var proposals = new Proposals(space.Ranges, search, []);
            var history = new List<TrialRecord>();
            for (var round = 0; round < search.RoundCount; round++)
            {
                history.AddRange(
                    proposals
                        .Round(round, history)
                        .Select(trial => trial.Ended(trial.Parameters.Get<double>("real") / 1e300))
                        .ToList()
                );
            }

            Assert.All(history, trial => Assert.Null(points.PointOf(trial.Parameters).Outside));
            Assert.True(history.Select(trial => trial.Parameters.Get<double>("real")).Distinct().Count() > 2);
        }

        Assert.All(
            space.Ranges,
            range => Assert.All(range.Grid(1000), at => Assert.True(double.IsFinite(at), $"{range}: {at}"))
        );
    }

    [Fact]
    public void What_cannot_be_is_told_with_its_mend()
    {
        var space = new SearchSpace();
        var trainer = space.OneOf("trainer", "linear", "boosted");
        var rate = space.Uniform("rate", 0, 1);
        var other = new SearchSpace().OneOf("trainer", "linear");

        Assert.Throws<RondoException>(() => space.Uniform("rate", 0, 1));
        Assert.Throws<RondoException>(() => space.Uniform("a.b", 0, 1));
        Assert.Throws<RondoException>(() => space.Uniform("down", 1, 0));
        Assert.Throws<RondoException>(() => space.LogUniform("zero", 0, 1));
        Assert.Throws<RondoException>(() => space.OneOf<string>("none"));
        Assert.Throws<RondoException>(() => space.OneOf("twice", 1, 1));
        Assert.Throws<RondoException>(() => rate.When(trainer, "forest"));
        Assert.Throws<RondoException>(() => rate.When(other, "linear"));
        Assert.Throws<RondoException>(() => trainer.When(space.OneOf("later", 1, 2), 1));
        Assert.Throws<RondoException>(() => Search.Halving(9, from: 0, to: 1));
        Assert.Throws<RondoException>(() => Search.Tpe(0));
        Assert.Throws<RondoException>(() => Stopping.Halving(factor: 1));
    }

    private static void Check(ParameterRange range, SearchSpace space, ProposedTrial trial)
    {
        var isActive =
            range.Only is not { } only
            || (
                trial.Parameters.Values.TryGetValue(only.Parameter, out var on)
                && only.Choices.Contains(space.Ranges.Single(r => r.Name == only.Parameter).ChoiceOf(on))
            );
        Assert.Equal(isActive, trial.Parameters.Has(range.Name));
        var value = trial.Arguments.Values[range.Name];
        if (range.IsChoice)
        {
            Assert.Contains(value.GetString(), range.Choices.Select(choice => choice.GetString()));
            return;
        }
        Assert.InRange(value.GetDouble(), range.Low, range.High);
        if (range.Kind is RangeKind.Whole or RangeKind.LogWhole)
        {
            Assert.Equal(Math.Round(value.GetDouble()), value.GetDouble());
        }
    }

    private static Search Of(int kind) =>
        kind switch
        {
            0 => Search.Grid(points: 2),
            1 => Search.Random(20),
            2 => Search.Tpe(24, startup: 5),
            _ => Search.Halving(9, 1, 9),
        };

    private static SearchSpace Space((int Kind, double Low, double Width, int Count)[] parts)
    {
        var space = new SearchSpace();
        SearchParameter<string>? before = null;
        foreach (var (index, (kind, low, width, count)) in parts.Index())
        {
            var name = $"p{index}";
            if (kind == 4)
            {
                var choices = Enumerable.Range(0, count).Select(n => $"c{n}").ToList();
                var choice = space.OneOf(name, choices);
                before = before is null ? choice : choice.When(before, "c0");
                continue;
            }
            var positive = Math.Abs(low) + 1;
            if (kind < 2)
            {
                var number =
                    kind == 0
                        ? space.Uniform(name, low, low + width)
                        : space.LogUniform(name, positive, positive + width);
                _ = before is null || count > 3 ? number : number.When(before, "c0");
                continue;
            }
            var whole = space.Whole(
                name,
                (int)(kind == 2 ? low : positive),
                (int)(kind == 2 ? low : positive) + count,
                kind == 3
            );
            _ = before is null || count > 3 ? whole : whole.When(before, "c0");
        }
        return space;
    }
}
