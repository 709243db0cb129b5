using System.Linq.Expressions;
using Rondo.Data;
using Rondo.Sdk.BuiltIn;

namespace Rondo.Sdk;

/// <summary>Candidates on one hold-out, while they are declared.</summary>
public sealed class HoldoutEvaluation<T>
{
    private readonly List<(string Name, Ref<Model> Model, Ref<Table<Prediction>> Predictions)> _candidates = [];
    private readonly List<string> _slices = [];

    internal HoldoutEvaluation(Graph graph, Ref<Table<T>> holdout, string truth)
    {
        Graph = graph;
        Holdout = holdout.Untyped();
        Truth = truth;
        Time = SplitBy(holdout.Node);
    }

    internal Graph Graph { get; }

    internal Ref<Table> Holdout { get; }

    internal string Truth { get; }

    internal string? Time { get; private set; }

    internal IReadOnlyList<string> Slices => _slices;

    /// <summary>
    /// Says when a row happened, so that the gate can tell which rows the serving model was trained on. Not needed where the
    /// hold-out comes straight from <see cref="DataGraph.SplitByTime"/>.
    /// </summary>
    public HoldoutEvaluation<T> ByTime<TTime>(Expression<Func<T, TTime>> time)
    {
        Time = Properties.ColumnOf(time);
        return this;
    }

    /// <summary>Computes the metrics also for each value of these properties.</summary>
    public HoldoutEvaluation<T> BySlice(params IReadOnlyList<Expression<Func<T, object?>>> properties)
    {
        _slices.AddRange(properties.Select(Properties.ColumnOf));
        return this;
    }

    /// <summary>Adds a candidate with its predictions, one for each row of the hold-out.</summary>
    public HoldoutEvaluation<T> Candidate(string name, Ref<Model> model, Ref<Table<Prediction>> predictions)
    {
        if (_candidates.Exists(candidate => candidate.Name == name))
        {
            throw Graph.Invalid($"candidate '{name}' is named twice", "Give each candidate its own name");
        }
        _candidates.Add((name, model, predictions));
        return this;
    }

    /// <summary>Chooses the best by a metric: <c>rmse</c>, <c>mae</c> or <c>r2</c>.</summary>
    public BestCandidate<T> Best(string metric = "rmse")
    {
        if (_candidates.Count == 0)
        {
            throw Graph.Invalid("an evaluation has no candidate", "Add one with Candidate(name, model, predictions)");
        }
        if (!BuiltIn.Truth.IsMetric(metric))
        {
            throw Graph.Invalid(
                $"'{metric}' is not a metric",
                $"Use one of: {string.Join(", ", BuiltIn.Truth.Metrics)}"
            );
        }
        var (model, predictions, report) = EvaluationStepsGraph.Best(
            Graph,
            Holdout,
            [.. _candidates.Select(candidate => candidate.Model)],
            [.. _candidates.Select(candidate => candidate.Predictions)],
            new BestPlan(Truth, _slices, [.. _candidates.Select(candidate => candidate.Name)], metric)
        );
        return new(this, model, predictions, report);
    }

    private static string? SplitBy(StepNode node) =>
        node.CodeTypes.Contains(typeof(DataSteps))
            ? node.ArgumentValues.FirstOrDefault(argument => argument.Name == "time")?.Value?.GetString()
            : null;
}

/// <summary>The best candidate of an evaluation.</summary>
public sealed class BestCandidate<T>
{
    internal BestCandidate(
        HoldoutEvaluation<T> evaluation,
        Ref<Model> model,
        Ref<Table<Prediction>> predictions,
        Ref<EvaluationReport> report
    )
    {
        Evaluation = evaluation;
        Model = model;
        Predictions = predictions;
        Report = report;
    }

    /// <summary>The model.</summary>
    public Ref<Model> Model { get; }

    /// <summary>Its predictions on the hold-out.</summary>
    public Ref<Table<Prediction>> Predictions { get; }

    /// <summary>All candidates with their metrics; its <see cref="EvaluationReport.Winner"/> tells a step which to train again.</summary>
    public Ref<EvaluationReport> Report { get; }

    internal HoldoutEvaluation<T> Evaluation { get; }

    /// <summary>Decides whether it may be released.</summary>
    public GatedCandidate<T> Gate(Action<GateRules> rules)
    {
        var declared = new GateRules(Evaluation.Graph);
        rules(declared);
        return new(this, declared.Build(this));
    }
}

/// <summary>The best candidate with the verdict on it.</summary>
public sealed class GatedCandidate<T>
{
    private readonly BestCandidate<T> _best;
    private DriftPlan? _drift;
    private bool _needsApproval;
    private Func<Graph, Ref<Model>, Ref<Table>, ConvertedModel>? _convert;

    internal GatedCandidate(BestCandidate<T> best, Ref<GateReport> report)
    {
        _best = best;
        Report = report;
    }

    /// <summary>The verdict with its checks, and the rivals by slice.</summary>
    public Ref<GateReport> Report { get; }

    /// <summary>
    /// Learns from windows of the training rows from where on an input has moved, for a drift monitor without a limit of its own. The limits stand
    /// in the baseline; what <see cref="Register"/> is given as <c>time</c> tells when a row happened. With fewer than two whole windows none
    /// are learned, and the monitor says so.
    /// </summary>
    /// <param name="days">Days of a window: as many as the monitor's.</param>
    /// <param name="alpha">The share of windows without drift that may raise a false alarm.</param>
    /// <exception cref="RondoException">There is no day in a window, or alpha is not between 0 and 1.</exception>
    public GatedCandidate<T> LearnDriftLimits(int days, double alpha = 0.05)
    {
        if (days < 1 || alpha is not (> 0 and < 1))
        {
            throw new RondoException(
                ErrorCode.InvalidArgument,
                FormattableString.Invariant(
                    $"Limits of drift cannot be learned from windows of {days} days with alpha {alpha}."
                ),
                "Give windows of 1 day or more, and a share between 0 and 1."
            );
        }
        _drift = new DriftPlan(days, alpha);
        return this;
    }

    /// <summary>
    /// Lets somebody look before the model is served: a version that passed its gate waits until it is approved
    /// (<c>rondo models approve MODEL VERSION --reason …</c>), and who did so, why, and on which evidence is kept with it.
    /// </summary>
    public GatedCandidate<T> NeedsApproval()
    {
        _needsApproval = true;
        return this;
    }

    /// <summary>
    /// Registers what a step makes of the model instead: the same model in another format, quantised or compiled. The step takes the model and the
    /// rows of the hold-out, on which it shows that both answer alike; it stops the run where they do not. The verdict remains that on
    /// the original.
    /// </summary>
    /// <exception cref="RondoException">A conversion is declared already.</exception>
    public GatedCandidate<T> Convert(Func<Graph, Ref<Model>, Ref<Table>, ConvertedModel> convert)
    {
        if (_convert is not null)
        {
            throw _best.Evaluation.Graph.Invalid(
                "a model is converted twice before it is registered",
                "Let one conversion do it"
            );
        }
        _convert = convert;
        return this;
    }

    /// <summary>
    /// Proposes the model to the registry with its verdict, metrics, slices, rivals and baseline (the profile of the training
    /// inputs, and of the predictions on the hold-out). A model that did not pass is recorded, not registered.
    /// </summary>
    /// <param name="model">The name in the registry.</param>
    /// <param name="trainedOn">The rows that the model was trained on.</param>
    /// <param name="time">The property that says when a row happened: the model then says to which day it was trained, and a later
    /// gate compares with it on rows after that day only.</param>
    /// <param name="refitted">Registers this model instead: the winner, trained again on all rows (<paramref name="trainedOn"/>
    /// then are these). The verdict and the metrics remain those of the winner on the hold-out.</param>
    /// <param name="trainPredictions">The registered model's predictions on <paramref name="trainedOn"/>, for the training metrics.</param>
    public Ref<Wire.ModelProposal> Register(
        string model,
        Ref<Table<T>> trainedOn,
        Expression<Func<T, DateOnly>>? time = null,
        Ref<Model>? refitted = null,
        Ref<Table<Prediction>>? trainPredictions = null
    )
    {
        if (_drift is not null && time is null)
        {
            throw new RondoException(
                ErrorCode.InvalidArgument,
                $"Model '{model}' is to learn limits of drift, but is not told when a row happened.",
                "Give Register the property of the event time."
            );
        }
        var evaluation = _best.Evaluation;
        evaluation.Graph.Registers(model);
        var registered = refitted ?? _best.Model;
        var converted = _convert?.Invoke(evaluation.Graph, registered, evaluation.Holdout);
        var (dated, facts) = EvaluationStepsGraph.Profile(
            evaluation.Graph,
            converted?.Model ?? registered,
            trainedOn.Untyped(),
            _best.Predictions,
            trainPredictions is null ? [] : [trainPredictions],
            new ProfilePlan(evaluation.Truth, time is null ? null : Properties.ColumnOf(time)) { Drift = _drift }
        );
        if (converted is not null)
        {
            facts = EvaluationStepsGraph.Converted(evaluation.Graph, facts, converted.Conversion);
        }
        var plan = new RegisterPlan(model, evaluation.Graph.SchemaOf<T>()) { NeedsApproval = _needsApproval };
        return EvaluationStepsGraph.Register(evaluation.Graph, dated, Report, _best.Report, facts, plan);
    }
}
