using Rondo.Data;
using Rondo.Sdk.BuiltIn;
using Rondo.Sdk.Wire;

namespace Rondo.Sdk;

/// <summary>What a candidate must show before it may be released. All rules must hold; without any, nothing passes.</summary>
public sealed class GateRules
{
    /// <summary>
    /// The fewest rows on which the gate compares with a model that was trained on the other rows of the hold-out: four weeks of days.
    /// </summary>
    public const int UnseenRowsMin = 28;

    /// <summary>The fewest rows of a slice that a limit for every slice looks at, unless told otherwise.</summary>
    public const int SliceRowsMin = 10;

    private readonly Graph _graph;
    private readonly List<RivalPlan> _rivals = [];
    private readonly List<Ref<Table<Prediction>?>> _predictions = [];
    private readonly List<Ref<Model?>> _served = [];
    private readonly List<LimitPlan> _limits = [];
    private readonly List<SlicePlan> _sliceLimits = [];

    internal GateRules(Graph graph) => _graph = graph;

    /// <summary>It must have a smaller RMSE than a naive rule, by more than <paramref name="margin"/>.</summary>
    public GateRules Beats(string name, Ref<Table<Prediction>> predictions, double margin = 0) =>
        Add(new(name, Surely: false, margin), predictions.OrNone());

    /// <summary>
    /// It must be better than the serving model beyond chance, on the same hold-out: the whole 95 % interval of the difference
    /// of RMSE (paired, bootstrap by weeks) is below −<paramref name="margin"/>. Passes while nothing serves. Rows that the serving
    /// model was trained on are left out; it does not pass if fewer than <see cref="UnseenRowsMin"/> remain.
    /// </summary>
    public GateRules BeatsServing(Ref<Table<Prediction>?> predictions, double margin = 0) =>
        Add(new("serving", Surely: true, margin), predictions);

    /// <summary>A metric (<c>rmse</c>, <c>mae</c>, <c>r2</c>, <c>bias</c>, <c>maxError</c>) must be at most the limit.</summary>
    public GateRules AtMost(string metric, double limit)
    {
        _limits.Add(new(metric, limit, null));
        return this;
    }

    /// <summary>A metric must be at least the limit.</summary>
    public GateRules AtLeast(string metric, double limit)
    {
        _limits.Add(new(metric, null, limit));
        return this;
    }

    /// <summary>
    /// In each slice the metric must be at most the limit: a good mean must not hide a bad Sunday. Slices of fewer than
    /// <paramref name="rowsMin"/> rows are passed over.
    /// </summary>
    public GateRules AtMostInEverySlice(string metric, double limit, int rowsMin = SliceRowsMin)
    {
        _sliceLimits.Add(new(metric, null, limit, rowsMin));
        return this;
    }

    /// <summary>
    /// In no slice may its RMSE be worse than that of a rival, by more than <paramref name="margin"/>. The rival is one that
    /// <see cref="Beats"/> names, or <c>serving</c>. Slices of fewer than <paramref name="rowsMin"/> rows are passed over.
    /// </summary>
    public GateRules NoSliceWorseThan(string rival, double margin = 0, int rowsMin = SliceRowsMin)
    {
        _sliceLimits.Add(new("rmse", rival, margin, rowsMin));
        return this;
    }

    internal Ref<GateReport> Build<T>(BestCandidate<T> best)
    {
        Check(best.Evaluation.Slices);
        return EvaluationStepsGraph.Gate(
            _graph,
            best.Evaluation.Holdout,
            [best.Predictions.OrNone(), .. _predictions],
            _served,
            new GatePlan(
                best.Evaluation.Truth,
                best.Evaluation.Time,
                best.Evaluation.Slices,
                _rivals,
                _limits,
                _sliceLimits
            )
        );
    }

    private void Check(IReadOnlyList<string> slices)
    {
        if (_rivals.Count + _limits.Count + _sliceLimits.Count == 0)
        {
            throw _graph.Invalid(
                "a gate has no rule, so that nothing could pass it",
                "Add Beats, BeatsServing, AtMost or AtLeast"
            );
        }
        if (_sliceLimits.Count > 0 && slices.Count == 0)
        {
            throw _graph.Invalid("a gate looks at every slice, but the evaluation has none", "Name them with BySlice");
        }
        if (
            _sliceLimits.Find(limit => limit.Rival is { } name && !_rivals.Exists(rival => rival.Name == name)) is
            { } lost
        )
        {
            throw _graph.Invalid(
                $"a gate compares slices with '{lost.Rival}', which it does not know",
                "Add that rival with Beats or BeatsServing"
            );
        }
    }

    private GateRules Add(RivalPlan rival, Ref<Table<Prediction>?> predictions)
    {
        var served = ServedBy(predictions.Node);
        _rivals.Add(served is null ? rival : rival with { Served = _served.Count });
        _predictions.Add(predictions);
        if (served is not null)
        {
            _served.Add(served);
        }
        return this;
    }

    // The model whose predictions these are tells to which day it was trained.
    private static Ref<Model?>? ServedBy(StepNode predictions)
    {
        var seen = new HashSet<StepNode> { predictions };
        var next = new Queue<StepNode>(seen);
        while (next.TryDequeue(out var node))
        {
            if (node.Kind == NodeKind.ServingModel)
            {
                return new Ref<Model>(node, "value").OrNone();
            }
            foreach (var source in node.InputPorts.Select(input => input.From.Node).Where(seen.Add))
            {
                next.Enqueue(source);
            }
        }
        return null;
    }
}
