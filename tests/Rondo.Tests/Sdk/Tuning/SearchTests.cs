using System.Text.Json;
using Rondo.Data;
using Rondo.Sdk;

namespace Rondo.Tests.Sdk.Tuning;

/// <summary>What searches find on functions whose best value is known. Seeds are fixed: a search is the same each time.</summary>
[Trait("Requirement", "R9")]
public sealed class SearchTests
{
    private const int Seeds = 20;

    // A fair coin falls so often on one side of 20 with probability 0.006.
    private const int WinsMin = 16;

    public static TheoryData<string, int> Landscapes =>
        new()
        {
            { "branin", 50 },
            { "hartmann", 60 },
            { "trainers", 50 },
        };

    [Theory]
    [InlineData(1)]
    [InlineData(4)]
    public async Task Tpe_tries_no_point_twice_and_ends_with_a_note_when_none_is_left(int parallel)
    {
        var space = new SearchSpace();
        var trainer = space.OneOf("trainer", "a", "b", "c");
        var depth = space.Whole("depth", 1, 8, log: true).When(trainer, "b", "c");
        space.OneOf("scaled", true, false).When(trainer, "a");
        var search = Search.Tpe(40) with { Parallel = parallel };

        var report = await RunAsync(space, search, t => t.Get(trainer) == "a" ? 3 : Math.Abs(t.Get(depth) - 4));

        Assert.Equal(18, report.Trials.Count);
        Assert.Equal(18, report.Trials.Select(trial => trial.Parameters).Distinct().Count());
        Assert.Equal("The space has only 18 points: there are no more trials than that.", Assert.Single(report.Notes));
        Assert.Empty((await RunAsync(space, Search.Tpe(18), _ => 1)).Notes);
    }

    [Fact]
    public async Task Among_64_combinations_of_choices_Tpe_finds_the_very_best_with_half_as_many_trials()
    {
        var space = new SearchSpace();
        var choices = Enumerable.Range(0, 3).Select(n => space.OneOf($"choice{n}", 0, 1, 2, 3)).ToList();
        var found = 0;
        for (var seed = 0; seed < Seeds; seed++)
        {
            // Each choice by itself, and a little of all together.
            var random = new Random(seed);
            var each = Enumerable.Range(0, 12).Select(_ => random.NextDouble()).ToList();
            var values = Enumerable
                .Range(0, 64)
                .Select(n => each[n / 16] + each[4 + (n / 4 % 4)] + each[8 + (n % 4)] + (0.3 * random.NextDouble()))
                .ToList();
            double Value(Trial trial) => values[choices.Aggregate(0, (sum, choice) => (4 * sum) + trial.Get(choice))];

            var best = await BestAsync(space, Search.Tpe(32) with { Seed = seed }, Value);
            found += best == values.Min() ? 1 : 0;
        }

        Assert.InRange(found, Seeds - 1, Seeds);
    }

    [Theory]
    [MemberData(nameof(Landscapes))]
    public async Task Tpe_finds_better_trials_than_chance(string landscape, int trials)
    {
        var (space, value) = Of(landscape);

        var pairs = new List<(double Tpe, double Random)>();
        for (var seed = 0; seed < Seeds; seed++)
        {
            pairs.Add(
                (
                    await BestAsync(space, Search.Tpe(trials) with { Seed = seed }, value),
                    await BestAsync(space, Search.Random(trials) with { Seed = seed + 1000 }, value)
                )
            );
        }

        var wins = pairs.Count(pair => pair.Tpe < pair.Random);
        var summary =
            $"{wins} wins; {pairs.Average(pair => pair.Tpe):0.###} against {pairs.Average(pair => pair.Random):0.###}";
        TestContext.Current.TestOutputHelper?.WriteLine(summary);
        Assert.True(wins >= WinsMin, summary);
        Assert.True(pairs.Average(pair => pair.Tpe) < pairs.Average(pair => pair.Random), summary);
    }

    [Fact]
    public async Task Tpe_comes_close_to_the_best_there_is()
    {
        var (space, value) = Landscape.Branin();
        var found = new List<double>();
        for (var seed = 0; seed < 10; seed++)
        {
            found.Add(await BestAsync(space, Search.Tpe(100) with { Seed = seed }, value));
        }

        Assert.All(found, best => Assert.True(best >= Landscape.BraninBest - 1e-5));
        Assert.True(found.Order().ElementAt(5) < Landscape.BraninBest + 0.1, string.Join(" ", found));
    }

    [Fact]
    public async Task Rounds_of_eight_trials_find_better_ones_than_chance_too()
    {
        var (space, value) = Landscape.Trainers();
        var wins = 0;
        for (var seed = 0; seed < Seeds; seed++)
        {
            var tpe = InRounds(space, Search.Tpe(48) with { Seed = seed, Rounds = 6 }, value);
            var random = await BestAsync(space, Search.Random(48) with { Seed = seed + 1000 }, value);
            wins += tpe.Min(trial => trial.Value) < random ? 1 : 0;
        }

        TestContext.Current.TestOutputHelper?.WriteLine($"{wins} wins");
        Assert.True(wins >= WinsMin, $"{wins} wins");
    }

    [Fact]
    public void A_round_does_not_propose_the_same_again_and_again()
    {
        var (space, value) = Landscape.Branin();

        var trials = InRounds(space, Search.Tpe(60) with { Rounds = 6 }, value);

        Assert.Equal(60, trials.Select(trial => trial.Parameters).Distinct().Count());
        Assert.Equal(Enumerable.Range(0, 60), trials.Select(trial => trial.Number));
        Assert.All(trials.GroupBy(trial => trial.Round), round => Assert.Equal(10, round.Count()));
    }

    [Fact]
    public async Task An_equal_seed_makes_an_equal_search_and_another_one_another()
    {
        var (space, value) = Landscape.Trainers();
        var search = Search.Tpe(30) with { Parallel = 1, Seed = 7 };

        var one = await RunAsync(space, search, value);
        var again = await RunAsync(space, search, value);
        var other = await RunAsync(space, search with { Seed = 8 }, value);

        Assert.Equal(
            one.Trials.Select(trial => (trial.Parameters, trial.Value)),
            again.Trials.Select(trial => (trial.Parameters, trial.Value))
        );
        Assert.Equal(one.Importance, again.Importance);
        Assert.NotEqual(one.Trials[0].Parameters, other.Trials[0].Parameters);
    }

    [Fact]
    public async Task The_largest_value_is_found_by_the_same_trials_as_the_smallest_of_its_contrary()
    {
        var (space, value) = Landscape.Branin();
        var search = Search.Tpe(30) with { Parallel = 1 };

        var smallest = await RunAsync(space, search, value);
        var largest = await RunAsync(space, search with { Goal = SearchGoal.Maximize }, trial => -value(trial));

        Assert.Equal(
            smallest.Leaderboard.Select(trial => trial.Parameters),
            largest.Leaderboard.Select(trial => trial.Parameters)
        );
        Assert.Equal(smallest.Best!.Value, -largest.Best!.Value);
    }

    [Fact]
    public async Task A_warm_start_helps_and_what_is_outside_of_the_space_is_ignored_with_a_note()
    {
        var (space, value) = Landscape.Hartmann();
        var (others, _) = Landscape.Trainers();
        var (warm, cold) = (0.0, 0.0);
        SweepReport? last = null;
        var outside = await RunAsync(others, Search.Random(2), _ => -100);
        for (var seed = 0; seed < 5; seed++)
        {
            var earlier = await RunAsync(space, Search.Tpe(60) with { Parallel = 1, Seed = seed }, value);
            var search = Search.Tpe(20) with { Parallel = 1, Seed = seed + 100 };
            last = await RunAsync(space, search, value, new() { WarmStart = [earlier, outside] });
            warm += last.Best!.Value!.Value;
            cold += (await RunAsync(space, search, value)).Best!.Value!.Value;
        }

        Assert.True(warm < cold - 1.5, $"{warm / 5} against {cold / 5}");
        Assert.Equal(20, last!.Trials.Count);
        Assert.Equal(2, last.Notes.Count(note => note.Contains("is ignored: 'x0' is missing")));
    }

    [Fact]
    public async Task A_search_that_does_not_learn_says_that_a_warm_start_changes_nothing()
    {
        var (space, x) = Line();
        var earlier = await RunAsync(space, Search.Random(3), trial => trial.Get(x));
        var (others, _) = Landscape.Branin();
        foreach (var search in new[] { Search.Random(4), Search.Grid(4), Search.Halving(4, from: 1, to: 1) })
        {
            var cold = await RunAsync(others, search, _ => 1);
            var warm = await RunAsync(others, search, _ => 1, new() { WarmStart = [earlier] });

            Assert.Equal(cold.Trials.Select(trial => trial.Parameters), warm.Trials.Select(trial => trial.Parameters));
            Assert.Empty(cold.Notes);
            Assert.Contains($"a search by {search.Kind} does not learn", Assert.Single(warm.Notes));
        }
    }

    [Fact]
    public async Task A_warm_start_of_another_goal_is_refused()
    {
        var (space, value) = Landscape.Branin();
        var earlier = await RunAsync(space, Search.Random(3) with { Goal = SearchGoal.Maximize }, value);

        var refused = await Assert.ThrowsAsync<RondoException>(() =>
            RunAsync(space, Search.Tpe(3), value, new() { WarmStart = [earlier] })
        );

        Assert.Equal(ErrorCode.InvalidArgument, refused.Code);
        Assert.Contains("has the goal Minimize, and that of its warm start had Maximize", refused.What);
    }

    [Fact]
    public void A_trial_that_failed_is_none_of_the_good_ones_however_few_those_are()
    {
        var (space, x) = Line();
        // The first that failed stand by themselves at 0.1, the others at 0.5; the one that did not is at 0.9.
        var history = Enumerable
            .Range(0, 20)
            .Select(n => At(n, n < 2 ? 0.1 : 0.5, TrialState.Failed))
            .Append(At(20, 0.9, TrialState.Completed))
            .ToList();

        var proposed = Enumerable
            .Range(0, 50)
            .Select(seed => new Proposals(space.Ranges, Search.Tpe(30) with { Seed = seed }, []).Next(history, [])!)
            .Select(trial => trial.Parameters.Get(x));

        Assert.All(proposed, at => Assert.InRange(at, 0.6, 1));

        static TrialRecord At(int number, double at, TrialState state) =>
            new(number, 0, Point(at), state == TrialState.Failed ? null : 1, state);
    }

    [Fact]
    public void Of_a_warm_start_values_count_and_not_the_budgets_that_gave_them()
    {
        var (space, x) = Line();
        // As halving leaves it: ever fewer on ever larger budgets. Those at 0.1 went on, and gave bad values; and one at 0.3 was good on little only.
        var trials = Enumerable
            .Range(0, 6)
            .Select(n => At(n, 0.1, 5, 27))
            .Concat(Enumerable.Range(6, 20).Select(n => At(n, 0.9, 1, 1)))
            .Append(At(26, 0.3, 0, 1))
            .Append(At(27, 0.3, 9, 3))
            .ToList();
        var report = new SweepReport(SearchGoal.Minimize, trials, [], []);

        var proposed = Enumerable
            .Range(0, 50)
            .Select(seed => new Proposals(space.Ranges, Search.Tpe(30) with { Seed = seed }, [report]).Next([], [])!)
            .Select(trial => trial.Parameters.Get(x));

        Assert.All(proposed, at => Assert.InRange(at, 0.5, 1));

        static TrialRecord At(int number, double at, double value, double budget) =>
            new(number, 0, Point(at), value, TrialState.Completed) { Budget = budget };
    }

    [Fact]
    public void The_first_trials_which_nothing_could_stop_are_compared_with_those_that_were_stopped()
    {
        var (space, x) = Line();
        // The first had no rivals, and came to their end; some that were stopped later were better when they had come so far.
        var history = Enumerable
            .Range(0, 3)
            .Select(n => At(n, 0.1, 5, [9, 8, 7, 6, 5]))
            .Concat(Enumerable.Range(3, 24).Select(n => At(n, 0.4, 8, [9, 8])))
            .Concat(Enumerable.Range(27, 6).Select(n => At(n, 0.9, 6, [7, 6])))
            .ToList();

        var proposed = Enumerable
            .Range(0, 50)
            .Select(seed => new Proposals(space.Ranges, Search.Tpe(40) with { Seed = seed }, []).Next(history, [])!)
            .Select(trial => trial.Parameters.Get(x));

        Assert.All(proposed, at => Assert.InRange(at, 0.6, 1));

        static TrialRecord At(int number, double at, double value, double[] reported) =>
            new(number, 0, Point(at), value, reported.Length == 5 ? TrialState.Completed : TrialState.Stopped)
            {
                Reported = [.. reported.Select((one, index) => new ReportedValue(index + 1, one))],
            };
    }

    [Fact]
    public async Task Halving_gives_the_best_candidates_ever_more_to_spend()
    {
        var space = new SearchSpace();
        var x = space.Uniform("x", 0, 1);

        var report = await RunAsync(
            space,
            Search.Halving(trials: 27, from: 1, to: 27),
            trial => Math.Abs(trial.Get(x) - 0.5) + (1 / trial.Budget)
        );

        Assert.Equal([27, 9, 3, 1], report.Trials.GroupBy(trial => trial.Round).Select(round => round.Count()));
        Assert.Equal([1, 3, 9, 27], report.Trials.Select(trial => trial.Budget).Distinct());
        var first = report.Trials.Where(trial => trial.Round == 0).ToList();
        var best = first.MinBy(trial => Math.Abs(trial.Parameters.Get(x) - 0.5))!;
        Assert.Equal(best.Parameters, report.Best!.Parameters);
        Assert.Equal(27, report.Best.Budget);
        var kept = first.OrderBy(trial => trial.Value).Take(9).Select(trial => trial.Number).Order();
        Assert.Equal(
            kept.Select(number => first[number].Parameters),
            report.Trials.Where(trial => trial.Round == 1).Select(trial => trial.Parameters)
        );
    }

    [Fact]
    public async Task A_search_that_has_stopped_to_find_better_trials_ends()
    {
        var space = new SearchSpace();
        space.Uniform("x", 0, 1);

        var report = await RunAsync(
            space,
            Search.Random(100) with
            {
                Parallel = 1,
                Patience = 5,
            },
            trial => trial.Number < 4 ? -trial.Number : 0
        );

        Assert.Equal(3 + 1 + 5, report.Trials.Count);
        Assert.Equal(3, report.Best!.Number);
    }

    internal static (SearchSpace, Func<Trial, double>) Of(string landscape) =>
        landscape switch
        {
            "branin" => Landscape.Branin(),
            "hartmann" => Landscape.Hartmann(),
            _ => Landscape.Trainers(),
        };

    private static async Task<double> BestAsync(SearchSpace space, Search search, Func<Trial, double> value) =>
        (await RunAsync(space, search with { Parallel = 1 }, value)).Best!.Value!.Value;

    private static Task<SweepReport> RunAsync(
        SearchSpace space,
        Search search,
        Func<Trial, double> value,
        SweepOptions? options = null
    ) =>
        Sweep.RunAsync(
            space,
            search,
            trial => Task.FromResult(value(trial)),
            options,
            TestContext.Current.CancellationToken
        );

    private static (SearchSpace Space, SearchParameter<double> X) Line()
    {
        var space = new SearchSpace();
        return (space, space.Uniform("x", 0, 1));
    }

    private static ParameterValues Point(double x) =>
        new(
            new Dictionary<string, JsonElement>(StringComparer.Ordinal) { ["x"] = JsonSerializer.SerializeToElement(x) }
        );

    // As the steps of a pipeline go: all trials of a round are proposed before one of them has ended.
    private static List<TrialRecord> InRounds(SearchSpace space, Search search, Func<Trial, double> value)
    {
        var proposals = new Proposals(space.Ranges, search, []);
        var history = new List<TrialRecord>();
        for (var round = 0; round < search.RoundCount; round++)
        {
            history.AddRange(
                proposals
                    .Round(round, history)
                    .Select(proposed => proposed.Ended(value(new Trial(proposed, 0, (_, _, _) => false))))
                    .ToList()
            );
        }
        return history;
    }
}
