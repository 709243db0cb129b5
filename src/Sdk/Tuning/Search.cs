using System.Text.Json.Serialization;
using Rondo.Data;

namespace Rondo.Sdk;

/// <summary>What a sweep looks for.</summary>
public enum SearchGoal
{
    /// <summary>The smallest value: a loss, an error.</summary>
    Minimize,

    /// <summary>The largest value: an accuracy, a profit.</summary>
    Maximize,
}

internal enum SearchKind
{
    Grid,
    Random,
    Tpe,
    Halving,
}

/// <summary>
/// How a sweep searches: <c>Search.Tpe(trials: 40) with { Parallel = 8, Goal = SearchGoal.Maximize }</c>. Equal seeds and equal values of the
/// trials make an equal search.
/// </summary>
public sealed record Search
{
    internal const int TrialsMax = 10_000;
    internal const int RoundsMax = 100;
    internal const int ParallelMax = 1000;
    private const int TpeRounds = 5;

    [JsonConstructor]
    internal Search() { }

    /// <summary>How many trials are under way at once.</summary>
    public int Parallel { get; init; } = 4;

    /// <summary>
    /// In a pipeline: after how many trials, in equal parts, the search looks at what they gave; more rounds find better ones, and wait more often.
    /// 0: five rounds of <see cref="Tpe"/>, one of a grid or of random trials. A program's sweep looks after each trial.
    /// </summary>
    public int Rounds { get; init; }

    /// <summary>Whether the smallest or the largest value is best.</summary>
    public SearchGoal Goal { get; init; }

    /// <summary>The seed of everything that is drawn.</summary>
    public int Seed { get; init; }

    /// <summary>Ends the sweep when so many trials in a row have not been better than the best before them; 0: never.</summary>
    public int Patience { get; init; }

    [JsonInclude]
    internal SearchKind Kind { get; init; }

    [JsonInclude]
    internal int Trials { get; init; }

    /// <summary>Of a grid: how many values of a number. Of Tpe: how many random trials before it learns.</summary>
    [JsonInclude]
    internal int Points { get; init; }

    [JsonInclude]
    internal double From { get; init; } = 1;

    [JsonInclude]
    internal double To { get; init; } = 1;

    [JsonInclude]
    internal double Factor { get; init; } = 1;

    /// <summary>The rounds of a pipeline: as said, or as fits.</summary>
    [JsonIgnore]
    internal int RoundCount =>
        Kind == SearchKind.Halving ? Rungs.Count
        : Rounds > 0 ? Rounds
        : Kind == SearchKind.Tpe ? Math.Min(TpeRounds, Trials)
        : 1;

    /// <summary>Of each round of <see cref="Halving"/>, the trials and their budget.</summary>
    [JsonIgnore]
    internal IReadOnlyList<(int Trials, double Budget)> Rungs
    {
        get
        {
            var rungs = new List<(int, double)>();
            // A little more than the last budget, so that 3 times a third is one.
            for (var budget = From; budget <= To * (1 + 1e-9) && rungs.Count < RoundsMax; budget *= Factor)
            {
                rungs.Add((Math.Max(1, (int)(Trials / Math.Pow(Factor, rungs.Count))), budget));
            }
            return rungs;
        }
    }

    /// <summary>
    /// Each combination of the choices and of <paramref name="points"/> values of each number, from its lowest to its highest; of a whole number
    /// with fewer values, each.
    /// </summary>
    public static Search Grid(int points = 5) => new Search { Kind = SearchKind.Grid, Points = points }.Checked();

    /// <summary>Trials at random (Bergstra and Bengio, 2012: Random Search for Hyper-Parameter Optimization).</summary>
    public static Search Random(int trials) => new Search { Kind = SearchKind.Random, Trials = trials }.Checked();

    /// <summary>
    /// Trials near to good ones and far from the others: the Tree-structured Parzen Estimator of Bergstra et al. (2011, Algorithms for
    /// Hyper-Parameter Optimization), with kernels over all parameters at once as in BOHB (Falkner et al., 2018). A trial that is under way counts as
    /// a bad one, so that others are proposed elsewhere. No point is tried twice: a space with fewer points than trials is searched until none is left.
    /// </summary>
    /// <param name="trials">Trials in all.</param>
    /// <param name="startup">Random trials at the beginning; a warm start counts as such.</param>
    public static Search Tpe(int trials, int startup = 10) =>
        new Search
        {
            Kind = SearchKind.Tpe,
            Trials = trials,
            Points = startup,
        }.Checked();

    /// <summary>
    /// Many random trials on a small budget, then the best of them on <paramref name="factor"/> times as much, and so on (successive halving:
    /// Jamieson and Talwalkar, 2016, Non-stochastic Best Arm Identification and Hyperparameter Optimization). A trial takes its budget from
    /// <c>trial.Budget</c>: epochs, trees, a share of the rows. Each budget of a candidate is a trial of its own; rounds are known by themselves.
    /// </summary>
    /// <param name="trials">Trials on the smallest budget.</param>
    /// <param name="from">The smallest budget.</param>
    /// <param name="to">The largest budget.</param>
    /// <param name="factor">By how much the budget grows, and the number of trials falls.</param>
    public static Search Halving(int trials, double from, double to, double factor = 3) =>
        new Search
        {
            Kind = SearchKind.Halving,
            Trials = trials,
            From = from,
            To = to,
            Factor = factor,
        }.Checked();

    /// <summary>As it is, if it can be done.</summary>
    internal Search Checked()
    {
        Names.InRange(Parallel, 1, ParallelMax, "The trials at once of a sweep");
        Names.InRange(Rounds, 0, RoundsMax, "The rounds of a sweep");
        Names.InRange(Patience, 0, TrialsMax, "The patience of a sweep");
        Names.InRange(Points, Kind == SearchKind.Grid ? 1 : 0, TrialsMax, "The points or first trials of a sweep");
        if (Kind != SearchKind.Grid)
        {
            Names.InRange(Trials, 1, TrialsMax, "The trials of a sweep");
        }
        if (Kind == SearchKind.Halving && !(From > 0 && To >= From && double.IsFinite(To) && Factor > 1))
        {
            throw new RondoException(
                ErrorCode.InvalidArgument,
                FormattableString.Invariant($"Halving cannot go from {From} to {To} by {Factor}."),
                "Give two positive budgets, the smaller one first, and a factor above 1."
            );
        }
        if (Kind == SearchKind.Halving && (Rounds > 0 || Patience > 0))
        {
            throw new RondoException(
                ErrorCode.InvalidArgument,
                "Halving has rounds of its own, and no patience.",
                "Leave out Rounds and Patience."
            );
        }
        return this;
    }
}
