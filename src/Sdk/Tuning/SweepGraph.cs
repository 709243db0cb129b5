using Rondo.Sdk.BuiltIn;

namespace Rondo.Sdk;

/// <summary>Sweeps within a pipeline.</summary>
public static class SweepGraph
{
    /// <summary>
    /// Searches a space with trials that are ordinary steps: cached, retried, limited and resumed as any other.
    /// <c>g.Sweep("tune", space, Search.Tpe(trials: 40) with { Parallel = 8 }).Trials(trial => g.Score(g.Fit(train, trial.Get(rate)), test))</c>.
    /// </summary>
    /// <param name="graph">The pipeline.</param>
    /// <param name="name">The group that holds the sweep's nodes.</param>
    /// <param name="space">What may be chosen.</param>
    /// <param name="search">How it is searched.</param>
    /// <exception cref="RondoException">The search cannot be done in this space, for example a grid that is too large.</exception>
    public static GraphSweep Sweep(this Graph graph, string name, SearchSpace space, Search search)
    {
        // A grid that is too large is told here, not in a run.
        _ = new Proposals(space.Ranges, search.Checked(), []).Count;
        return new(graph, name, space, search);
    }
}

/// <summary>A sweep of a pipeline while it is declared.</summary>
public sealed class GraphSweep
{
    private readonly Graph _graph;
    private readonly string _name;
    private readonly SearchSpace _space;
    private readonly SweepPlan _plan;
    private Ref<SweepReport?>? _earlier;

    internal GraphSweep(Graph graph, string name, SearchSpace space, Search search)
    {
        _graph = graph;
        _name = name;
        _space = space;
        _plan = new([.. space.Ranges], search);
    }

    /// <summary>
    /// Lets <see cref="Search.Tpe"/> learn from the trials of an earlier sweep, which must have had the same goal: of each point from what it gave on
    /// its largest budget. A trial whose parameters are not in the space is ignored, and so is all of it by another search; the report says so.
    /// </summary>
    public GraphSweep WarmStart(Ref<SweepReport> earlier)
    {
        _earlier = earlier.OrNone();
        return this;
    }

    /// <summary>
    /// Adds the trials. A trial one of whose steps fails, after its retries, is recorded as failed, and the sweep goes on; so is one that gives no
    /// finite number. The body is called once for each round, while the pipeline is declared.
    /// </summary>
    public SweepRefs Trials(Func<TrialItem, Ref<double>> body)
    {
        var (refs, _) = _graph.Nested(
            _name,
            () =>
                Rounds(
                    (name, proposed) =>
                    {
                        var values = Loop(name, proposed).Run(item => body(new(item, _space)));
                        return (values, values);
                    }
                )
        );
        return refs;
    }

    /// <summary>As above, and of what else the body gives (a model, predictions) gives that of the best trial.</summary>
    public SweepRefs<T> Trials<T>(Func<TrialItem, (Ref<double> Value, Ref<T> Kept)> body) =>
        _graph.Nested(
            _name,
            () =>
            {
                var (refs, kept) = Rounds(
                    (name, proposed) => Loop(name, proposed).Run(item => body(new(item, _space)))
                );
                return new SweepRefs<T>(refs.Best, refs.Report, BestOf.Add(_graph, refs.Best, kept));
            }
        );

    private (SweepRefs Refs, IReadOnlyList<RefList<T>> Kept) Rounds<T>(
        Func<string, Ref<IReadOnlyList<ProposedTrial>>, (RefList<double> Values, RefList<T> Kept)> trials
    )
    {
        Ref<SweepHistory>? history = null;
        var kept = new List<RefList<T>>();
        for (var round = 0; round < _plan.Search.RoundCount; round++)
        {
            var proposed = SweepStepsGraph
                .Propose(_graph, _plan, round, history?.OrNone(), _earlier)
                .Named($"propose-{round + 1}");
            var (values, others) = trials($"round-{round + 1}", proposed);
            values.ForEach!.FailsSoftly = true;
            kept.Add(others);
            history = SweepStepsGraph
                .Collect(_graph, proposed, MayBeMissing(values), history?.OrNone())
                .Named($"collect-{round + 1}");
        }
        var (best, report) = SweepStepsGraph.Rank(_graph, history!, _plan, _earlier);
        return (new(best, report), kept);
    }

    private Loop<ProposedTrial> Loop(string name, Ref<IReadOnlyList<ProposedTrial>> proposed) =>
        Sdk.Loop.Over(_graph, name, proposed, _plan.Search.Parallel);

    private static RefList<double?> MayBeMissing(RefList<double> values) =>
        RefList<double?>.Of(values.ForEach!, new Ref<double?>(values.Whole!.Node, values.Whole.Port));
}

/// <summary>What a sweep of a pipeline makes.</summary>
public class SweepRefs
{
    internal SweepRefs(Ref<TrialRecord> best, Ref<SweepReport> report) => (Best, Report) = (best, report);

    /// <summary>The best trial, with its parameters. A sweep none of whose trials completes fails the run.</summary>
    public Ref<TrialRecord> Best { get; }

    /// <summary>The leaderboard of all trials, and how much each parameter mattered.</summary>
    public Ref<SweepReport> Report { get; }
}

/// <summary>What a sweep of a pipeline makes, with what its best trial made.</summary>
public sealed class SweepRefs<T> : SweepRefs
{
    internal SweepRefs(Ref<TrialRecord> best, Ref<SweepReport> report, Ref<T> kept)
        : base(best, report) => Kept = kept;

    /// <summary>What the best trial made.</summary>
    public Ref<T> Kept { get; }
}
