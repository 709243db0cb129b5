using Rondo.Conversion.Scoring;
using Rondo.Evaluation;
using Rondo.Sdk.Wire;

namespace Rondo.Conversion.Parity;

/// <summary>Holds the answers of a converted model against those of the original.</summary>
internal static class ParityCheck
{
    /// <param name="original">The answers of the original.</param>
    /// <param name="converted">Those of the converted model.</param>
    /// <param name="rows">How many rows were answered.</param>
    /// <param name="options">How much may differ.</param>
    /// <param name="extremes">How many of the rows, the last ones, have a number that is huge: their answers tell nothing of the size of others.</param>
    public static ModelParity Of(
        IReadOnlyList<Answers> original,
        IReadOnlyList<Answers> converted,
        int rows,
        ConversionOptions options,
        int extremes = 0
    )
    {
        OutputParity[] outputs =
        [
            .. original.Zip(converted, (before, after) => Compare(before, after, rows, rows - extremes)),
        ];
        var checks = new List<GateCheck>();
        foreach (var (output, answers) in outputs.Zip(original))
        {
            if (IsNumber(answers))
            {
                checks.Add(Numbers(output, rows, options.Tolerance));
            }
            if (output.DecisionsDiffer is { } share)
            {
                checks.Add(Decisions(output.Name, share, rows, options.DecisionsDifferMax));
            }
        }
        if (!options.Extremes)
        {
            checks.Add(new("parity of extremes", true, null, null, "huge and endless numbers were not compared"));
        }
        return new(rows, 0, options.Tolerance, outputs, GateVerdict.Of(checks));
    }

    private static OutputParity Compare(Answers before, Answers after, int rows, int usual)
    {
        var decisions = Enumerable.Range(0, rows).Count(row => !SameDecision(before, after, row));
        double? differ = IsNumber(before) && before.Width == 1 ? null : (double)decisions / rows;
        if (!IsNumber(before))
        {
            return new(before.Signature.Name, 0, 0, differ);
        }
        var size = SizeOf(before.Numbers.Take(usual * before.Width));
        var (absolute, relative) = (0.0, 0.0);
        foreach (var (expected, actual) in before.Numbers.Zip(after.Numbers))
        {
            // Both may be no number, or endless in the same direction.
            var difference =
                expected.Equals(actual) ? 0
                : double.IsFinite(expected) && double.IsFinite(actual) ? Math.Abs(expected - actual)
                : double.PositiveInfinity;
            absolute = Math.Max(absolute, difference);
            relative = Math.Max(
                relative,
                difference / Math.Max(size, double.IsFinite(expected) ? Math.Abs(expected) : 0)
            );
        }
        return new(before.Signature.Name, absolute, relative, differ);
    }

    private static bool IsNumber(Answers answers) => answers.Signature.DataType is "FP32" or "FP64";

    private static bool SameDecision(Answers before, Answers after, int row)
    {
        var (first, count) = (row * before.Width, before.Width);
        return before.Texts is { } texts ? texts.AsSpan(first, count).SequenceEqual(after.Texts.AsSpan(first, count))
            : IsNumber(before) ? Greatest(before, row) == Greatest(after, row)
            : before.Numbers.AsSpan(first, count).SequenceEqual(after.Numbers.AsSpan(first, count));
    }

    private static int Greatest(Answers answers, int row)
    {
        var scores = answers.Numbers.AsSpan(row * answers.Width, answers.Width);
        var best = -1;
        for (var i = 0; i < scores.Length; i++)
        {
            best = double.IsNaN(scores[i]) || (best >= 0 && scores[i] <= scores[best]) ? best : i;
        }
        return best;
    }

    // The root of the mean square: a difference matters by the size of the answers, whatever their unit is.
    private static double SizeOf(IEnumerable<double> numbers)
    {
        var finite = numbers.Where(double.IsFinite).ToArray();
        var size = finite.Length == 0 ? 0 : Math.Sqrt(finite.Average(number => number * number));
        return size is > 0 and < double.PositiveInfinity ? size : 1;
    }

    private static GateCheck Numbers(OutputParity output, int rows, double tolerance)
    {
        var passed = output.MaxRelative <= tolerance;
        var reason = FormattableString.Invariant(
            $"{output.Name} differs by {output.MaxRelative:G3} of its size at most ({output.MaxAbsolute:G3} in its unit) on {rows} rows, {(passed ? "within" : "more than")} {tolerance:G3}"
        );
        return new($"parity of {output.Name}", passed, output.MaxRelative, tolerance, reason);
    }

    private static GateCheck Decisions(string output, double share, int rows, double limit)
    {
        var passed = share <= limit;
        var reason = FormattableString.Invariant(
            $"{output} decides otherwise for {100 * share:0.##} % of {rows} rows, {(passed ? "within" : "more than")} {100 * limit:0.##} %"
        );
        return new($"decisions of {output}", passed, share, limit, reason);
    }
}
