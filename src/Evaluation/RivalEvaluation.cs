namespace Rondo.Evaluation;

/// <summary>
/// What a candidate was held against (a naive forecast, the serving model), with the same metrics of the same rows and slices.
/// </summary>
/// <param name="Name">The rival's name, as the gate has it.</param>
/// <param name="Metrics">Its metrics on all rows that were compared.</param>
/// <param name="Slices">The same by slice.</param>
/// <param name="After">Set where the rival was trained on the first part of the hold-out: only rows after this day were compared.</param>
/// <param name="Candidate">The candidate's slices on these rows, where they are not the whole hold-out; null where they are.</param>
public sealed record RivalEvaluation(
    string Name,
    IReadOnlyDictionary<string, double> Metrics,
    IReadOnlyList<SliceMetrics> Slices,
    DateOnly? After = null,
    IReadOnlyList<SliceMetrics>? Candidate = null
);
