using Rondo.Data;
using Rondo.Evaluation;

namespace Rondo.Sdk.BuiltIn;

/// <summary>Holds a candidate against rivals and limits, on rows that none of them was trained on.</summary>
internal sealed class GateJudge
{
    private readonly GatePlan _plan;
    private readonly int _seed;
    private readonly HoldoutRows _all;
    private readonly IReadOnlyList<int?>? _days;
    private readonly List<GateCheck> _checks = [];
    private readonly List<RivalEvaluation> _rivals = [];
    private readonly IReadOnlyList<SliceMetrics> _slices;

    public GateJudge(Table holdout, Table<Prediction> candidate, GatePlan plan, int seed)
    {
        _plan = plan;
        _seed = seed;
        var truth = Truth.Of(holdout, plan.Truth);
        _all = new(holdout, truth, Truth.Of(candidate, truth.Length, "the candidate"));
        _days = plan.Time is { } time ? EventDays.Of(holdout, time) : null;
        _slices = _all.Slices(plan);
    }

    /// <summary>Holds the candidate against a rival; null: there is none yet, which is no obstacle.</summary>
    public void Compare(RivalPlan rival, Table<Prediction>? predictions, Model? served)
    {
        var name = "beats " + rival.Name;
        if (predictions is null)
        {
            _checks.Add(new(name, true, null, null, $"{name}: there is none yet"));
            return;
        }
        var predicted = Truth.Of(predictions, _all.Count, rival.Name);
        if (Seen(served) is not { } seen)
        {
            Compare(rival, name, _all, predicted);
            Remark(served);
            return;
        }
        if (seen.Unseen.Count < GateRules.UnseenRowsMin)
        {
            var reason = FormattableString.Invariant(
                $"{name}: not comparable, because it was trained to {seen.To:yyyy-MM-dd}: {seen.Unseen.Count} of the {_all.Count} rows of the hold-out are later, and at least {GateRules.UnseenRowsMin} are needed; train again when there are newer rows"
            );
            _checks.Add(new(name, false, seen.Unseen.Count, GateRules.UnseenRowsMin, reason));
            return;
        }
        var part = _all.Part(seen.Unseen);
        Compare(rival, name, part, [.. seen.Unseen.Select(row => predicted[row])]);
        _rivals[^1] = _rivals[^1] with { After = seen.To, Candidate = part.Slices(_plan) };
        Append(
            FormattableString.Invariant(
                $"; these are the rows after {seen.To:yyyy-MM-dd}, to which it was trained; the hold-out has {_all.Count}"
            )
        );
    }

    /// <summary>The verdict, with the limits checked.</summary>
    public GateReport Report()
    {
        var metrics = _slices[0].Metrics;
        _checks.AddRange(_plan.Limits.Select(limit => Check(limit, metrics)));
        _checks.AddRange(_plan.SliceLimits.Select(limit => SliceChecks.Of(limit, _slices, _rivals)));
        return new(GateVerdict.Of(_checks), _rivals);
    }

    private void Compare(RivalPlan rival, string name, HoldoutRows rows, double[] predicted)
    {
        var comparison = PairedComparison.Of(rows.Truth, rows.Predicted, predicted, _seed);
        _checks.Add(
            rival.Surely ? GateCheck.Better(name, comparison, rival.Margin) : Check(name, comparison, rival.Margin)
        );
        var slices = (rows with { Predicted = predicted }).Slices(_plan);
        _rivals.Add(new(rival.Name, slices[0].Metrics, slices));
    }

    // The rows that a model has not seen; null where it has seen none, or nobody can tell.
    private (DateOnly To, IReadOnlyList<int> Unseen)? Seen(Model? served)
    {
        if (_days is null || served?.Description.TrainedTo is not { } to)
        {
            return null;
        }
        var unseen = Enumerable.Range(0, _all.Count).Where(row => _days[row] > to.DayNumber).ToList();
        return unseen.Count == _all.Count ? null : (to, unseen);
    }

    private void Remark(Model? served)
    {
        if (served is { Description.TrainedTo: null })
        {
            Append("; it does not say to which day it was trained, so that it may have seen these rows");
        }
        else if (served is not null && _days is null)
        {
            Append("; these rows have no time, so that it may have seen them");
        }
    }

    private void Append(string remark) => _checks[^1] = _checks[^1] with { Reason = _checks[^1].Reason + remark };

    private static GateCheck Check(string name, PairedComparison comparison, double margin)
    {
        var limit = 0 - margin;
        var reason = FormattableString.Invariant(
            $"{name}: RMSE {comparison.CandidateRmse:0.###} against {comparison.ChampionRmse:0.###} on {comparison.N} rows"
        );
        return new(
            name,
            comparison.Difference < limit,
            comparison.Difference,
            limit,
            reason,
            comparison.Low,
            comparison.High
        );
    }

    private static GateCheck Check(LimitPlan limit, IReadOnlyDictionary<string, double> metrics)
    {
        if (!metrics.TryGetValue(limit.Metric, out var value))
        {
            return new(
                limit.Metric,
                false,
                null,
                limit.AtMost ?? limit.AtLeast,
                $"{limit.Metric} is undefined on this hold-out."
            );
        }
        return limit.AtMost is { } most
            ? GateCheck.AtMost(limit.Metric, value, most)
            : GateCheck.AtLeast(limit.Metric, value, limit.AtLeast!.Value);
    }

    /// <summary>Rows with their truth and what somebody says about them.</summary>
    private sealed record HoldoutRows(Table Rows, double[] Truth, double[] Predicted)
    {
        public int Count => Truth.Length;

        public HoldoutRows Part(IReadOnlyList<int> rows) =>
            new(Rows.Select(rows), [.. rows.Select(row => Truth[row])], [.. rows.Select(row => Predicted[row])]);

        public IReadOnlyList<SliceMetrics> Slices(GatePlan plan) =>
            BuiltIn.Truth.Slices(Rows, Truth, Predicted, plan.Slices);
    }
}
