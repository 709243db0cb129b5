namespace Rondo.Evaluation;

/// <summary>The decision whether a candidate may be released, with everything that it rests on.</summary>
public sealed record GateVerdict(bool Passed, IReadOnlyList<GateCheck> Checks)
{
    /// <summary>Passes if every check passes. No check at all does not pass: nothing was shown.</summary>
    public static GateVerdict Of(params IReadOnlyList<GateCheck> checks) =>
        new(checks.Count > 0 && checks.All(c => c.Passed), checks);

    /// <summary>Why it does not pass, in one sentence; empty if it does.</summary>
    public string Reason => string.Join("; ", Checks.Where(c => !c.Passed).Select(c => c.Reason));
}

/// <summary>
/// One check of a gate: what was observed, the limit it was held against, and the sentence that says so; the interval where one
/// was computed.
/// </summary>
public sealed record GateCheck(
    string Name,
    bool Passed,
    double? Observed,
    double? Limit,
    string Reason,
    double? Low = null,
    double? High = null
)
{
    /// <summary>Passes if a value is at most a limit.</summary>
    public static GateCheck AtMost(string name, double observed, double limit)
    {
        var passed = observed <= limit;
        return new GateCheck(
            name,
            passed,
            observed,
            limit,
            Sentence(name, observed, passed ? "at most" : "above", limit)
        );
    }

    /// <summary>Passes if a value is at least a limit.</summary>
    public static GateCheck AtLeast(string name, double observed, double limit)
    {
        var passed = observed >= limit;
        return new GateCheck(
            name,
            passed,
            observed,
            limit,
            Sentence(name, observed, passed ? "at least" : "below", limit)
        );
    }

    /// <summary>
    /// Passes if the candidate is better than the champion beyond chance: the whole interval of the difference of RMSE is below
    /// −<paramref name="margin"/>.
    /// </summary>
    public static GateCheck Better(string name, PairedComparison comparison, double margin = 0)
    {
        // Not −margin: that of 0 is a negative zero, which is written "-0".
        var limit = 0 - margin;
        var passed = comparison.High < limit;
        var reason = FormattableString.Invariant(
            $"{name}: RMSE {comparison.CandidateRmse:0.###} against {comparison.ChampionRmse:0.###} on {comparison.N} rows; difference {Signed(comparison.Difference)}, 95 % interval {Signed(comparison.Low)} to {Signed(comparison.High)}, is {(passed ? "" : "not ")}below {Signed(limit)}"
        );
        return new GateCheck(name, passed, comparison.Difference, limit, reason, comparison.Low, comparison.High);
    }

    // Three decimals; what rounds to zero has no sign.
    private static string Signed(double value) => FormattableString.Invariant($"{Math.Round(value, 3) + 0.0:0.###}");

    private static string Sentence(string name, double observed, string relation, double limit) =>
        FormattableString.Invariant($"{name} {observed:0.####} is {relation} {limit:0.####}");
}
