using System.Text.Json.Serialization;

namespace Rondo.Sdk;

/// <summary>How a trial ended.</summary>
public enum TrialState
{
    /// <summary>It gave its value.</summary>
    Completed,

    /// <summary>It was stopped early; its value is the last one that it gave.</summary>
    Stopped,

    /// <summary>It failed, or what it gave was no finite number.</summary>
    Failed,
}

/// <summary>A value that a trial reported on its way, for example after an epoch. What is no number stands in JSON as text.</summary>
[JsonNumberHandling(JsonNumberHandling.AllowNamedFloatingPointLiterals)]
public sealed record ReportedValue(int Step, double Value);

/// <summary>One trial of a sweep, as it is kept.</summary>
/// <param name="Number">From 0, in the order in which trials were proposed.</param>
/// <param name="Round">The round that it belongs to, from 0.</param>
/// <param name="Parameters">Its parameters.</param>
/// <param name="Value">What it gave, in the author's units; null where it failed.</param>
/// <param name="State">How it ended.</param>
public sealed record TrialRecord(int Number, int Round, ParameterValues Parameters, double? Value, TrialState State)
{
    /// <summary>How much it was given to spend, in the units of <see cref="Search.Halving"/>; otherwise 1.</summary>
    public double Budget { get; init; } = 1;

    /// <summary>What it reported on its way.</summary>
    public IReadOnlyList<ReportedValue> Reported { get; init; } = [];

    /// <summary>Why it failed or was stopped; null: it did not.</summary>
    public string? Note { get; init; }
}

/// <summary>A trial that is about to begin; the item of a round's for-each.</summary>
/// <param name="Number">From 0.</param>
/// <param name="Round">From 0.</param>
/// <param name="Parameters">The parameters that have a meaning.</param>
/// <param name="Arguments">All parameters, for steps to take.</param>
/// <param name="Budget">What it may spend.</param>
internal sealed record ProposedTrial(
    int Number,
    int Round,
    ParameterValues Parameters,
    ParameterValues Arguments,
    double Budget
)
{
    public TrialRecord Ended(double value) =>
        double.IsFinite(value)
            ? new(Number, Round, Parameters, value, TrialState.Completed) { Budget = Budget }
            : Failed($"It gave {value}.");

    public TrialRecord Failed(string why) =>
        new(Number, Round, Parameters, null, TrialState.Failed) { Budget = Budget, Note = why };
}
