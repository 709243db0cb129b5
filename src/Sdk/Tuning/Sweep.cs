namespace Rondo.Sdk;

/// <summary>Sweeps of any program, without a pipeline. For a sweep within a pipeline see <see cref="SweepGraph"/>.</summary>
public static class Sweep
{
    /// <summary>
    /// Tries points of a space, <see cref="Search.Parallel"/> at once, and keeps every trial. A trial that throws, or gives no finite number, is
    /// recorded as failed. With one trial at once, equal seeds and equal trials give an equal report; with more, what is proposed depends on
    /// which trial ends first (but for a grid, random trials and halving).
    /// </summary>
    /// <param name="space">What may be chosen.</param>
    /// <param name="search">How it is searched.</param>
    /// <param name="trial">Gives the value of a trial, for example a model's error on rows that it has not seen.</param>
    /// <param name="options">A warm start, early stopping, a limit of time.</param>
    /// <param name="cancellation">Calls the sweep off; trials see it as <see cref="Trial.Cancellation"/>.</param>
    /// <exception cref="OperationCanceledException">It was called off. It is thrown when all trials have ended.</exception>
    /// <exception cref="RondoException">The search cannot be done in this space, for example a grid that is too large, or its warm start had another goal.</exception>
    public static Task<SweepReport> RunAsync(
        SearchSpace space,
        Search search,
        Func<Trial, Task<double>> trial,
        SweepOptions? options = null,
        CancellationToken cancellation = default
    ) => new SweepRun(space.Ranges, search.Checked(), trial, options ?? new()).RunAsync(cancellation);
}

/// <summary>One sweep of a program: one loop begins trials and takes what they give; trials run on threads of their own.</summary>
internal sealed class SweepRun
{
    private readonly SearchPoints _points;
    private readonly Search _search;
    private readonly Func<Trial, Task<double>> _trial;
    private readonly SweepOptions _options;
    private readonly Proposals _proposals;
    private readonly List<TrialRecord> _history = [];
    private readonly Queue<ProposedTrial> _rung = [];
    private readonly Lock _gate = new();
    private readonly List<ReportedTrial> _reported = [];
    private int _round;

    public SweepRun(
        IReadOnlyList<ParameterRange> ranges,
        Search search,
        Func<Trial, Task<double>> trial,
        SweepOptions options
    )
    {
        _points = new SearchPoints(ranges);
        _search = search;
        _trial = trial;
        _options = options;
        _proposals = new Proposals(ranges, search, options.WarmStart);
    }

    public async Task<SweepReport> RunAsync(CancellationToken cancellation)
    {
        var begun = _options.Time.GetTimestamp();
        var notes = _proposals.Notes.ToList();
        var running = new Dictionary<Task<TrialRecord>, ProposedTrial>();
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        try
        {
            return await RunAsync(running, (begun, notes), stop.Token, cancellation);
        }
        catch
        {
            // Whoever is told of trials has thrown: those under way are not left to themselves.
            await stop.CancelAsync();
            await Task.WhenAll(running.Keys);
            throw;
        }
    }

    private async Task<SweepReport> RunAsync(
        Dictionary<Task<TrialRecord>, ProposedTrial> running,
        (long Begun, List<string> Notes) sweep,
        CancellationToken ofTrials,
        CancellationToken cancellation
    )
    {
        var (begun, notes) = sweep;
        while (true)
        {
            var isLate = _options.Within is { } within && _options.Time.GetElapsedTime(begun) >= within;
            while (!isLate && !cancellation.IsCancellationRequested && running.Count < _search.Parallel)
            {
                if (Next([.. running.Values]) is not { } next)
                {
                    break;
                }
                running.Add(Begin(next, ofTrials), next);
            }
            if (running.Count == 0)
            {
                cancellation.ThrowIfCancellationRequested();
                if (isLate)
                {
                    notes.Add(
                        $"The sweep ended after {_options.Within}, with {_history.Count} of {_proposals.Count} trials."
                    );
                }
                return SweepReport.Of(_points, _search, _history, notes);
            }
            var ended = await Task.WhenAny(running.Keys);
            running.Remove(ended);
            var record = await ended;
            _history.Add(record);
            _options.OnTrial?.Invoke(record);
        }
    }

    /// <summary>
    /// A thread for each trial, up to its first await: training mostly blocks, and of the pool's threads there are at first as many as cores.
    /// </summary>
    private Task<TrialRecord> Begin(ProposedTrial trial, CancellationToken cancellation) =>
        Task
            .Factory.StartNew(
                () => TryAsync(trial, cancellation),
                CancellationToken.None,
                TaskCreationOptions.LongRunning | TaskCreationOptions.DenyChildAttach,
                TaskScheduler.Default
            )
            .Unwrap();

    private ProposedTrial? Next(IReadOnlyList<ProposedTrial> running)
    {
        if (_search.Kind != SearchKind.Halving)
        {
            return _proposals.Next(_history, running);
        }
        // The next rung takes the best of this one: all of it must have ended.
        if (_rung.Count == 0 && running.Count == 0)
        {
            foreach (var trial in _proposals.Round(_round++, _history))
            {
                _rung.Enqueue(trial);
            }
        }
        return _rung.TryDequeue(out var next) ? next : null;
    }

    private async Task<TrialRecord> TryAsync(ProposedTrial proposed, CancellationToken cancellation)
    {
        var trial = new Trial(proposed, unchecked((_search.Seed * 7919) + proposed.Number), IsHopeless)
        {
            Cancellation = cancellation,
        };
        lock (_gate)
        {
            _reported.Add(trial.Losses);
        }
        TrialRecord record;
        try
        {
            record = proposed.Ended(await _trial(trial));
        }
        catch (Exception e)
        {
            record = proposed.Failed($"{e.GetType().Name}: {e.Message}");
        }
        lock (_gate)
        {
            trial.Losses.IsCompleted = record.State == TrialState.Completed && !trial.WasStopped;
        }
        return record with
        {
            Reported = trial.Reported,
            State = record.State == TrialState.Completed && trial.WasStopped ? TrialState.Stopped : record.State,
            Note = record.Note ?? (trial.WasStopped ? $"Stopped at step {trial.Reported[^1].Step}." : null),
        };
    }

    private bool IsHopeless(Trial trial, int step, double value)
    {
        var loss = TrialRanking.Loss(value, _search.Goal);
        lock (_gate)
        {
            // What is no number is worse than all numbers.
            trial.Losses.Losses.Add(new(step, double.IsNaN(loss) ? double.PositiveInfinity : loss));
            return _options.Stopping?.IsHopeless(trial.Losses, [.. _reported.Where(other => other != trial.Losses)])
                == true;
        }
    }
}
