using Rondo.Data;

namespace Rondo.Sdk;

/// <summary>What is tried next, given what was tried. Each proposal is drawn by the seed and its number alone, whoever asks for it.</summary>
internal sealed class Proposals
{
    // As in the paper: this share of the trials is good, but a long search does not call ever more of them so.
    private const double GoodShare = 0.15;
    private const int GoodMax = 25;
    private const int Candidates = 24;

    /// <summary>Trials of a warm start that are learned from: the last ones.</summary>
    private const int EarlierMax = 1000;

    private const int NotesMax = 20;

    private readonly SearchPoints _points;
    private readonly Search _search;
    private readonly Lazy<List<double[]>> _grid;
    private readonly IReadOnlyList<Seen> _earlier;

    public Proposals(IReadOnlyList<ParameterRange> ranges, Search search, IReadOnlyList<SweepReport> warmStart)
    {
        var earlier = warmStart.SelectMany(report => OfSameGoal(report, search).Trials).ToList();
        _points = new SearchPoints(ranges);
        _search = search;
        _grid = new(Grid);
        var notes = new List<string>();
        var inside = new List<Seen>();
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
        _earlier = inside;
        Notes = notes.Count <= NotesMax ? notes : [.. notes.Take(NotesMax), $"So are {notes.Count - NotesMax} others."];
    }

    /// <summary>Which trials of a warm start are ignored, and why.</summary>
    public IReadOnlyList<string> Notes { get; }

    /// <summary>How many trials there may be in all.</summary>
    public int Count =>
        _search.Kind switch
        {
            SearchKind.Grid => _grid.Value.Count,
            SearchKind.Halving => _search.Rungs.Sum(rung => rung.Trials),
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
        var seen = history.Select(trial => new Seen(trial, _points.PointOf(trial.Parameters).Point!)).Concat(_earlier);
        var byTrial = seen.ToList();
        if (byTrial.Count < _search.Points || byTrial.TrueForAll(one => one.Trial.State == TrialState.Failed))
        {
            return _points.Draw(random);
        }
        // A number may be there twice, once in a warm start: order the points themselves.
        var ranked = Ranked(byTrial);
        // However many there should be: one that failed is none of the good ones, which stand before it.
        var gave = byTrial.Count(one => one.Trial.State != TrialState.Failed);
        var good = Math.Clamp((int)Math.Ceiling(GoodShare * ranked.Count), 1, Math.Min(gave, GoodMax));
        var pending = running.Select(trial => _points.PointOf(trial.Parameters).Point!);
        var better = new ParzenEstimator(_points, ranked[..good]);
        var worse = new ParzenEstimator(_points, [.. ranked[good..], .. pending]);
        return Enumerable
            .Range(0, Candidates)
            .Select(_ => better.Draw(random))
            .MaxBy(candidate => better.LogDensity(candidate) - worse.LogDensity(candidate))!;
    }

    private List<double[]> Ranked(List<Seen> seen)
    {
        var byTrial = new Dictionary<TrialRecord, double[]>(ReferenceEqualityComparer.Instance);
        seen.ForEach(one => byTrial[one.Trial] = one.Point);
        return [.. TrialRanking.Ranked(byTrial.Keys, _search.Goal).Select(trial => byTrial[trial])];
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

    private sealed record Seen(TrialRecord Trial, double[] Point);
}
