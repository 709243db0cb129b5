using Rondo.Data;
using Rondo.Evaluation;
using Rondo.Sdk.Wire;

namespace Rondo.Sdk.BuiltIn;

/// <summary>The built-in steps from scored candidates to a proposal to the registry.</summary>
internal static class EvaluationSteps
{
    [Step]
    public static (Model Model, Table<Prediction> Predictions, EvaluationReport Report) Best(
        Table holdout,
        IReadOnlyList<Model> models,
        IReadOnlyList<Table<Prediction>> predictions,
        [Argument] BestPlan plan,
        StepContext context
    )
    {
        var truth = Truth.Of(holdout, plan.Truth);
        var evaluations = new List<CandidateEvaluation>();
        for (var index = 0; index < models.Count; index++)
        {
            var predicted = Truth.Of(predictions[index], truth.Length, plan.Names[index]);
            var metrics = RegressionMetrics.Of(truth, predicted).ToDictionary();
            evaluations.Add(new(plan.Names[index], metrics, Truth.Slices(holdout, truth, predicted, plan.Slices)));
            context.Log(
                FormattableString.Invariant($"{plan.Names[index]}: {plan.Metric} {metrics[plan.Metric]:0.####}")
            );
        }
        var best = Enumerable
            .Range(0, models.Count)
            .MinBy(index => Truth.Rank(evaluations[index].Metrics, plan.Metric));
        context.Metric(plan.Metric, evaluations[best].Metrics[plan.Metric]);
        return (models[best], predictions[best], new(plan.Names[best], plan.Metric, evaluations));
    }

    [Step]
    public static GateVerdict Gate(
        Table holdout,
        Table<Prediction> candidate,
        IReadOnlyList<Table<Prediction>?> rivals,
        [Argument] GatePlan plan,
        StepContext context
    )
    {
        var truth = Truth.Of(holdout, plan.Truth);
        var predicted = Truth.Of(candidate, truth.Length, "the candidate");
        var checks = plan
            .Rivals.Select((rival, index) => Check(rival, rivals[index], truth, predicted, context.Seed))
            .ToList();
        var metrics = RegressionMetrics.Of(truth, predicted).ToDictionary();
        foreach (var limit in plan.Limits)
        {
            checks.Add(Check(limit, metrics));
        }
        foreach (var check in checks)
        {
            context.Log($"{(check.Passed ? "pass" : "FAIL")}  {check.Reason}");
        }
        return GateVerdict.Of(checks);
    }

    [Step]
    public static TrainingFacts Profile(
        Model model,
        Table train,
        Table<Prediction> predictions,
        IReadOnlyList<Table<Prediction>> trainPredictions,
        [Argument] ProfilePlan plan
    )
    {
        var inputs = ReferenceProfile.Of(Inputs(model, train, plan.Truth));
        var outputs = ReferenceProfile.Of(predictions.Untyped.Pick(nameof(Prediction.Value)));
        var columns = inputs.Columns.Append(outputs.Columns[0] with { Name = "prediction" });
        var metrics =
            trainPredictions.Count == 0
                ? new Dictionary<string, double>(StringComparer.Ordinal)
                : RegressionMetrics
                    .Of(Truth.Of(train, plan.Truth), Truth.Of(trainPredictions[0], train.RowCount, "the training rows"))
                    .ToDictionary();
        var days = plan.Time is null ? [] : EventDays.Of(train, plan.Time);
        return new(
            inputs with
            {
                Columns = [.. columns],
            },
            metrics,
            days.Min() is { } from ? DateOnly.FromDayNumber(from) : null,
            days.Max() is { } to ? DateOnly.FromDayNumber(to) : null
        );
    }

    [Step]
    public static ModelProposal Register(
        Model model,
        GateVerdict verdict,
        EvaluationReport report,
        TrainingFacts facts,
        string name
    )
    {
        var best = report.Best;
        return new(
            name,
            model.Reference!,
            model.Description,
            facts.TrainMetrics,
            best.Metrics,
            best.Slices,
            verdict,
            facts.Baseline,
            facts.DataFrom,
            facts.DataTo
        );
    }

    private static GateCheck Check(
        RivalPlan rival,
        Table<Prediction>? rivals,
        double[] truth,
        double[] predicted,
        int seed
    )
    {
        var name = "beats " + rival.Name;
        if (rivals is null)
        {
            return new(name, true, null, null, $"{name}: there is none yet");
        }
        var against = Truth.Of(rivals, truth.Length, rival.Name);
        var comparison = PairedComparison.Of(truth, predicted, against, seed);
        if (rival.Surely)
        {
            return GateCheck.Better(name, comparison, rival.Margin);
        }
        var passed = comparison.Difference < -rival.Margin;
        var reason = FormattableString.Invariant(
            $"{name}: RMSE {comparison.CandidateRmse:0.###} against {comparison.ChampionRmse:0.###} on {comparison.N} rows"
        );
        return new(name, passed, comparison.Difference, -rival.Margin, reason, comparison.Low, comparison.High);
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

    // What a server logs has the names of the signature; so has the baseline. A model that takes one vector is compared by the
    // columns that the vector was made of.
    private static Table Inputs(Model model, Table train, string truth)
    {
        var columns = model
            .Description.Signature.Inputs.Where(input => train.Has(input.Name))
            .Select(input => train[input.Name].Rename(input.Name))
            .ToList();
        return columns.Count > 0 ? new Table(columns) : train.Drop(truth);
    }
}
