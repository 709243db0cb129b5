using Rondo.Data;

namespace Rondo.Sdk;

/// <summary>What is tried next, given what was tried. Each proposal is drawn by the seed and its number alone, whoever asks for it.</summary>
internal sealed class Proposals
{
    // As in the paper: this share of the trials is good, but a long search does not call ever more of them so.
    private const double GoodShare = 0.15;
    private const int GoodMax = 25;
    private const int Candidates = 24;
    private const int DrawsOfEach = 10;

    /// <summary>Trials of a warm start that are learned from: the last ones.</summary>
    private const int EarlierMax = 1000;

    private const int NotesMax = 20;

    private readonly SearchPoints _points;
    private readonly Search _search;
    private readonly Lazy<List<double[]>> _grid;
    private readonly Lazy<List<double[]>?> _all;
    private readonly IReadOnlyList<SeenTrial> _earlier;

    public Proposals(IReadOnlyList<ParameterRange> ranges, Search search, IReadOnlyList<SweepReport> warmStart)
    {
        var earlier = warmStart.SelectMany(report => SeenTrial.OnLargestBudgets(OfSameGoal(report, search))).ToList();
        _points = new SearchPoints(ranges);
        _search = search;
        _grid = new(Grid);
        _all = new(() => _points.All(Search.TrialsMax));
        var notes = new List<string>();
        if (search.Kind != SearchKind.Tpe && warmStart.Count > 0)
        {
            notes.Add(
                $"The warm start changes nothing: a search by {search.Kind} does not learn from trials, Tpe does."
            );
            earlier.Clear();
        }
        var inside = new List<SeenTrial>();
        foreach (var trial in earlier.TakeLast(EarlierMax))
        {
            var (point, outside) = _points.PointOf(trial.Parameters);
            if (point is null)
            {
                notes.Add($"Earlier trial {trial.Number} is ignored: {outside}.");
            }
            else
            {
                inside.Add(new(trial, point));
            }
        }
        if (earlier.Count > EarlierMax)
        {
            notes.Insert(0, $"Of {earlier.Count} earlier trials only the last {EarlierMax} are learned from.");
        }
        if (search.Kind == SearchKind.Tpe && Count < search.Trials)
        {
            notes.Insert(0, $"The space has only {Count} points: there are no more trials than that.");
        }
        _earlier = inside;
        Notes = notes.Count <= NotesMax ? notes : [.. notes.Take(NotesMax), $"So are {notes.Count - NotesMax} others."];
    }

    /// <summary>Which trials of a warm start are ignored, and why; and whether there are fewer points than trials.</summary>
    public IReadOnlyList<string> Notes { get; }

    /// <summary>How many trials there may be in all.</summary>
    public int Count =>
        _search.Kind switch
        {
            SearchKind.Grid => _grid.Value.Count,
            SearchKind.Halving => _search.Rungs.Sum(rung => rung.Trials),
            // It tries no point twice.
            SearchKind.Tpe => Math.Min(_search.Trials, _all.Value?.Count ?? _search.Trials),
            _ => _search.Trials,
        };

    /// <summary>The trials of a round; none where the search is over.</summary>
    public IReadOnlyList<ProposedTrial> Round(int round, IReadOnlyList<TrialRecord> history)
    {
        if (_search.Kind == SearchKind.Halving)
        {
            return Rung(round, history);
        }
        // Whole numbers: the parts of all rounds together are all.
        var rounds = _search.RoundCount;
        var until = (int)((long)Count * (round + 1) / rounds);
        var trials = new List<ProposedTrial>();
        while (history.Count + trials.Count < until && Next(history, trials, round) is { } trial)
        {
            trials.Add(trial);
        }
        return trials;
    }

    /// <summary>One more trial beside those that are under way; null: the search is over.</summary>
    public ProposedTrial? Next(IReadOnlyList<TrialRecord> history, IReadOnlyList<ProposedTrial> running, int round = 0)
    {
        var number = history.Count + running.Count;
        var isOver =
            number >= Count
            || (_search.Patience > 0 && TrialRanking.SinceBetter(history, _search.Goal) >= _search.Patience);
        if (isOver)
        {
            return null;
        }
        var random = RandomOf(number);
        var point = _search.Kind switch
        {
            SearchKind.Grid => _grid.Value[number],
            SearchKind.Tpe => Tpe(history, running, random),
            _ => _points.Draw(random),
        };
        return Trial(number, round, point, 1);
    }

    // The best of the one are the worst of the other, or their values are not of one kind at all.
    private static SweepReport OfSameGoal(SweepReport report, Search search) =>
        report.Goal == search.Goal
            ? report
            : throw new RondoException(
                ErrorCode.InvalidArgument,
                $"The sweep has the goal {search.Goal}, and that of its warm start had {report.Goal}.",
                "Give both the same goal, and let both give the same kind of value; or leave out the warm start."
            );

    private IReadOnlyList<ProposedTrial> Rung(int round, IReadOnlyList<TrialRecord> history)
    {
        var rungs = _search.Rungs;
        if (round >= rungs.Count)
        {
            return [];
        }
        var (count, budget) = rungs[round];
        var points =
            round == 0
                ? Enumerable.Range(0, count).Select(number => _points.Draw(RandomOf(number)))
                : TrialRanking
                    .Ranked(history.Where(trial => trial.Round == round - 1), _search.Goal)
                    .Where(trial => trial.State == TrialState.Completed)
                    .Take(count)
                    .OrderBy(trial => trial.Number)
                    .Select(trial => _points.PointOf(trial.Parameters).Point!);
        return [.. points.Select((point, index) => Trial(history.Count + index, round, point, budget))];
    }

    private double[] Tpe(IReadOnlyList<TrialRecord> history, IReadOnlyList<ProposedTrial> running, Random random)
    {
        var own = history.Select(trial => new SeenTrial(trial, PointOf(trial.Parameters))).ToList();
        var pending = running.Select(trial => PointOf(trial.Parameters)).ToList();
        // What a warm start has tried is not taken for tried: there it may have been given less to spend, and it is on no leaderboard of this sweep.
        var tried = own.Select(one => one.Point).Concat(pending).ToHashSet(SamePoint.Comparer);
        List<SeenTrial> seen = [.. own, .. _earlier];
        if (seen.Count < _search.Points || seen.TrueForAll(one => one.Trial.State == TrialState.Failed))
        {
            return Untried(1, tried, () => _points.Draw(random), random)[0];
        }
        // However many there should be: one that failed is none of the good ones, which stand before it.
        var gave = seen.Count(one => one.Trial.State != TrialState.Failed);
        var good = Math.Clamp((int)Math.Ceiling(GoodShare * seen.Count), 1, Math.Min(gave, GoodMax));
        var ranked = SeenTrial.Ranked(seen, _search.Goal, good).Select(one => one.Point).ToList();
        var better = new ParzenEstimator(_points, ranked[..good]);
        var worse = new ParzenEstimator(_points, [.. ranked[good..], .. pending]);
        return Untried(Candidates, tried, () => better.Draw(random), random)
            .MaxBy(candidate => better.LogDensity(candidate) - worse.LogDensity(candidate))!;
    }

    private double[] PointOf(ParameterValues parameters) => _points.PointOf(parameters).Point!;

    /// <summary>
    /// So many points that have not been tried, as they are drawn; where drawing gives too few of them, any, and in a space that cannot be counted in the
    /// end one that has been tried.
    /// </summary>
    private List<double[]> Untried(int count, HashSet<double[]> tried, Func<double[]> draw, Random random)
    {
        var points = new List<double[]>();
        for (var n = 0; n < DrawsOfEach * count && points.Count < count; n++)
        {
            var point = draw();
            if (!tried.Contains(point))
            {
                points.Add(point);
            }
        }
        if (points.Count < count && _all.Value is { } all)
        {
            var others = all.Where(point => !tried.Contains(point)).ToArray();
            random.Shuffle(others);
            points.AddRange(others.Take(count - points.Count));
        }
        return points.Count > 0 ? points : [_points.Draw(random)];
    }

    private ProposedTrial Trial(int number, int round, double[] point, double budget) =>
        new(number, round, _points.ValuesOf(point), _points.ArgumentsOf(point), budget);

    private List<double[]> Grid() =>
        _points.Grid(_search.Points, Search.TrialsMax)
        ?? throw new RondoException(
            ErrorCode.InvalidArgument,
            $"The grid has more than {Search.TrialsMax} points.",
            "Give fewer points or choices, or search with Tpe."
        );

    // Neighbouring seeds must not give neighbouring numbers (the mixing of SplitMix64).
    private Random RandomOf(int number)
    {
        var mixed = ((ulong)(uint)_search.Seed << 32) + (uint)number + 0x9E3779B97F4A7C15UL;
        mixed = (mixed ^ (mixed >> 30)) * 0xBF58476D1CE4E5B9UL;
        mixed = (mixed ^ (mixed >> 27)) * 0x94D049BB133111EBUL;
        return new Random((int)(mixed ^ (mixed >> 31)));
    }
}
