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

    /// <param name="holdout">The rows.</param>
    /// <param name="predictions">The candidate's, then each rival's, in the order of the plan.</param>
    /// <param name="served">The models among the rivals that have served.</param>
    /// <param name="plan">What is checked.</param>
    /// <param name="context">Its seed draws the intervals.</param>
    [Step]
    public static GateReport Gate(
        Table holdout,
        IReadOnlyList<Table<Prediction>?> predictions,
        IReadOnlyList<Model?> served,
        [Argument] GatePlan plan,
        StepContext context
    )
    {
        var judge = new GateJudge(holdout, predictions[0]!, plan, context.Seed);
        foreach (var (index, rival) in plan.Rivals.Index())
        {
            judge.Compare(rival, predictions[index + 1], rival.Served is { } place ? served[place] : null);
        }
        var report = judge.Report();
        foreach (var check in report.Verdict.Checks)
        {
            context.Log($"{(check.Passed ? "pass" : "FAIL")}  {check.Reason}");
        }
        return report;
    }

    [Step]
    public static (Model Model, TrainingFacts Facts) Profile(
        Model model,
        Table train,
        Table<Prediction> predictions,
        IReadOnlyList<Table<Prediction>> trainPredictions,
        [Argument] ProfilePlan plan
    )
    {
        var inputs = Baseline(Inputs(model, train, plan.Truth), train, plan);
        var outputs = ReferenceProfile.Of(predictions.Untyped.Pick(nameof(Prediction.Value)));
        var columns = inputs.Columns.Append(outputs.Columns[0] with { Name = "prediction" });
        var metrics =
            trainPredictions.Count == 0
                ? new Dictionary<string, double>(StringComparer.Ordinal)
                : RegressionMetrics
                    .Of(Truth.Of(train, plan.Truth), Truth.Of(trainPredictions[0], train.RowCount, "the training rows"))
                    .ToDictionary();
        var days = plan.Time is null ? [] : EventDays.Of(train, plan.Time);
        DateOnly? from = days.Min() is { } first ? DateOnly.FromDayNumber(first) : null;
        DateOnly? to = days.Max() is { } last ? DateOnly.FromDayNumber(last) : null;
        return (model.TrainedTo(to), new(inputs with { Columns = [.. columns] }, metrics, from, to));
    }

    /// <summary>The facts with what the model was converted from.</summary>
    [Step]
    public static TrainingFacts Converted(TrainingFacts facts, ModelConversion conversion) =>
        facts with
        {
            Conversion = conversion,
        };

    [Step]
    public static ModelProposal Register(
        Model model,
        GateReport gate,
        EvaluationReport report,
        TrainingFacts facts,
        [Argument] RegisterPlan plan
    )
    {
        var best = report.Best;
        return new ModelProposal(
            plan.Model,
            model.Reference!,
            model.Description,
            facts.TrainMetrics,
            best.Metrics,
            best.Slices,
            gate.Verdict,
            facts.Baseline,
            facts.DataFrom,
            facts.DataTo,
            gate.Rivals
        )
        {
            Schema = InputsOf(plan.Schema, model.Description.Signature),
            NeedsApproval = plan.NeedsApproval,
            Conversion = facts.Conversion,
            Runtime = ModelRuntime.OfThisProgram(),
        };
    }

    private static TableSchema? InputsOf(TableSchema schema, ModelSignature signature)
    {
        var inputs = schema with
        {
            Columns =
            [
                .. signature.Inputs.Select(input => schema.Find(input.Name)).OfType<ColumnExpectation>().Distinct(),
            ],
        };
        bool IsInput(string column) => inputs.Find(column) is not null;
        inputs = inputs with
        {
            Rules = [.. schema.Rules.Where(rule => IsInput(rule.Left) && IsInput(rule.Right))],
            Shares = [.. schema.Shares.Where(share => IsInput(share.Column))],
            EventTime = schema.EventTime is { } time && IsInput(time) ? time : null,
        };
        return inputs.Columns.Count == 0 ? null : inputs;
    }

    // Dates are no part of a profile: the one that tells the time may stand beside the inputs.
    private static ReferenceProfile Baseline(Table inputs, Table train, ProfilePlan plan)
    {
        if (plan.Drift is not { } drift || plan.Time is not { } time)
        {
            return ReferenceProfile.Of(inputs);
        }
        var days = EventDays.Of(train, time);
        return days.Max() - days.Min() + 1 < 2 * drift.Days || days.Max() is null
            ? ReferenceProfile.Of(inputs)
            : ReferenceProfile.Of(
                inputs.With(train[time]),
                new DriftCalibration(DriftWindow.OfDays(drift.Days), train[time].Name, drift.Alpha)
            );
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
