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
        var space = new SearchSpace();
        var x = space.Uniform("x", 0, 1);
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

        static TrialRecord At(int number, double at, TrialState state)
        {
            var values = new Dictionary<string, JsonElement>(StringComparer.Ordinal)
            {
                ["x"] = JsonSerializer.SerializeToElement(at),
            };
            return new(number, 0, new(values), state == TrialState.Failed ? null : 1, state);
        }
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
