using Rondo.Evaluation;

namespace Rondo.Sdk.BuiltIn;

/// <summary>Limits that must hold in every slice: the worst slice decides, and is named.</summary>
internal static class SliceChecks
{
    private const string Rmse = "rmse";

    public static GateCheck Of(
        SlicePlan plan,
        IReadOnlyList<SliceMetrics> candidate,
        IReadOnlyList<RivalEvaluation> rivals
    )
    {
        if (plan.Rival is null)
        {
            var worst = Large(candidate, plan)
                .Where(slice => slice.Metrics.ContainsKey(plan.Metric))
                .MaxBy(slice => slice.Metrics[plan.Metric]);
            return AtMost(plan, worst);
        }
        var name = $"no slice worse than {plan.Rival}";
        var rival = rivals.FirstOrDefault(rival => rival.Name == plan.Rival);
        if (rival is null)
        {
            return new(name, true, null, plan.Limit, $"{name}: there is nothing to compare with");
        }
        var theirs = rival.Slices.ToDictionary(slice => (slice.Slice, slice.Value));
        var compared = Large(rival.Candidate ?? candidate, plan)
            .Select(ours => (Ours: ours, Theirs: theirs[(ours.Slice, ours.Value)]))
            .ToList();
        return compared.Count == 0
            ? Nothing(name, plan)
            : Against(name, plan, compared.MaxBy(pair => Excess(pair.Ours, pair.Theirs)));
    }

    private static GateCheck AtMost(SlicePlan plan, SliceMetrics? worst)
    {
        var name = $"{plan.Metric} in every slice";
        if (worst is null)
        {
            return Nothing(name, plan);
        }
        var value = worst.Metrics[plan.Metric];
        var passed = value <= plan.Limit;
        var reason = FormattableString.Invariant(
            $"{plan.Metric} is {(passed ? "at most" : "above")} {plan.Limit:0.####} {(passed ? "in every slice" : "in a slice")}: at worst {value:0.####} where {worst.Slice} is {worst.Value} ({worst.N} rows)"
        );
        return new(name, passed, value, plan.Limit, reason);
    }

    private static GateCheck Against(string name, SlicePlan plan, (SliceMetrics Ours, SliceMetrics Theirs) worst)
    {
        var excess = Excess(worst.Ours, worst.Theirs);
        var reason = FormattableString.Invariant(
            $"{name}: RMSE {worst.Ours.Metrics[Rmse]:0.###} against {worst.Theirs.Metrics[Rmse]:0.###} where {worst.Ours.Slice} is {worst.Ours.Value} ({worst.Ours.N} rows), the closest or worst"
        );
        return new(name, excess <= plan.Limit, excess, plan.Limit, reason);
    }

    private static GateCheck Nothing(string name, SlicePlan plan) =>
        new(
            name,
            false,
            null,
            plan.Limit,
            FormattableString.Invariant($"{name}: no slice has {plan.RowsMin} rows, so that nothing was shown")
        );

    private static double Excess(SliceMetrics ours, SliceMetrics theirs) => ours.Metrics[Rmse] - theirs.Metrics[Rmse];

    private static IEnumerable<SliceMetrics> Large(IReadOnlyList<SliceMetrics> slices, SlicePlan plan) =>
        slices.Where(slice => slice.Slice != SliceMetrics.All && slice.N >= plan.RowsMin);
}
