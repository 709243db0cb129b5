using Rondo.Data;
using Rondo.Evaluation;
using Rondo.Sdk.BuiltIn;

namespace Rondo.Sdk;

/// <summary>What a candidate must show before it may be released. All rules must hold; without any, nothing passes.</summary>
public sealed class GateRules
{
    private readonly Graph _graph;
    private readonly List<RivalPlan> _rivals = [];
    private readonly List<Ref<Table<Prediction>?>> _predictions = [];
    private readonly List<LimitPlan> _limits = [];

    internal GateRules(Graph graph) => _graph = graph;

    /// <summary>It must have a smaller RMSE than a naive rule, by more than <paramref name="margin"/>.</summary>
    public GateRules Beats(string name, Ref<Table<Prediction>> predictions, double margin = 0) =>
        Add(new(name, Surely: false, margin), predictions.OrNone());

    /// <summary>
    /// It must be better than the serving model beyond chance, on the same hold-out: the whole 95 % interval of the difference
    /// of RMSE (paired, bootstrap by weeks) is below −<paramref name="margin"/>. Passes while nothing serves.
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

    internal Ref<GateVerdict> Build<T>(BestCandidate<T> best)
    {
        if (_rivals.Count + _limits.Count == 0)
        {
            throw _graph.Invalid(
                "a gate has no rule, so that nothing could pass it",
                "Add Beats, BeatsServing, AtMost or AtLeast"
            );
        }
        return EvaluationStepsGraph.Gate(
            _graph,
            best.Evaluation.Holdout,
            best.Predictions,
            _predictions,
            new GatePlan(best.Evaluation.Truth, _rivals, _limits)
        );
    }

    private GateRules Add(RivalPlan rival, Ref<Table<Prediction>?> predictions)
    {
        _rivals.Add(rival);
        _predictions.Add(predictions);
        return this;
    }
}
