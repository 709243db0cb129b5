using Rondo.Evaluation;

namespace Rondo.Sdk;

/// <summary>The candidates side by side on the same hold-out.</summary>
/// <param name="Winner">The name of the best.</param>
/// <param name="Metric">The metric that decided.</param>
/// <param name="Candidates">All of them, in the order of their declaration.</param>
public sealed record EvaluationReport(string Winner, string Metric, IReadOnlyList<CandidateEvaluation> Candidates)
{
    /// <summary>The best candidate.</summary>
    public CandidateEvaluation Best => Candidates.First(candidate => candidate.Name == Winner);
}

/// <summary>The metrics of one candidate on the whole hold-out, and by slice.</summary>
public sealed record CandidateEvaluation(
    string Name,
    IReadOnlyDictionary<string, double> Metrics,
    IReadOnlyList<SliceMetrics> Slices
);

/// <summary>The gate's decision, and the rivals that it rests on.</summary>
/// <param name="Verdict">The verdict with its checks.</param>
/// <param name="Rivals">The rivals with their slices, in the order of their declaration, without those that could not be compared.</param>
public sealed record GateReport(GateVerdict Verdict, IReadOnlyList<RivalEvaluation> Rivals);
