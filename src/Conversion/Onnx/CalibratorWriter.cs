using Microsoft.ML.Calibrators;
using static Rondo.Conversion.Onnx.GraphBuilder;

namespace Rondo.Conversion.Onnx;

/// <summary>Writes what makes a probability of a score, be it a part of a trainer's model or a transformer behind it.</summary>
/// <param name="graph">Where to.</param>
/// <param name="refuse">Makes the error of what cannot be written, of a reason and what to do.</param>
internal sealed class CalibratorWriter(GraphBuilder graph, Func<string, string, RondoException> refuse)
{
    // What ML.NET's isotonic calibrator calls impossible is not quite.
    private const float Least = 1e-15f;

    /// <summary>The probability of a score, one for each row.</summary>
    /// <param name="calibrator">Of ML.NET; null where its model does not tell.</param>
    /// <param name="score">A single number in a row.</param>
    public OnnxValue Write(object? calibrator, OnnxValue score) =>
        score.Type != ElementType.Single || score.Width != 1
            ? throw refuse("its score is not one number of single precision", "Calibrate the score of a trainer.")
            : calibrator switch
            {
                PlattCalibrator platt => Platt(platt, score),
                NaiveCalibrator naive => Naive(naive, score),
                IsotonicCalibrator { Values.Length: > 0 } isotonic => Isotonic(isotonic, score),
                _ => throw refuse(
                    "its calibrator is not one that is known",
                    "Calibrate with Platt, the default of the trainers, or with Naive or Isotonic."
                ),
            };

    // One over one and e to the power of slope × score + offset.
    private OnnxValue Platt(PlattCalibrator platt, OnnxValue score)
    {
        var scaled = graph.Node("Mul", [score.Name, Number((float)-platt.Slope)]);
        var shifted = graph.Node("Add", [scaled, Number((float)-platt.Offset)]);
        return One(graph.Node("Sigmoid", [shifted]));
    }

    // Bins of equal width; what lies beside them belongs to the first or the last.
    private OnnxValue Naive(NaiveCalibrator naive, OnnxValue score)
    {
        var from = graph.Node("Sub", [score.Name, Number(naive.Min)]);
        var place = graph.Node("Div", [from, Number(naive.BinSize)]);
        var bounded = graph.Node("Clip", [place, Scalar(0), Scalar(naive.BinProbs.Count - 1)]);
        var table = graph.Floats(naive.BinProbs, naive.BinProbs.Count);
        return OrMissing(score, graph.Node("Gather", [table, Whole(score, bounded)], Attribute("axis", 0)));
    }

    // Level pieces, and straight lines between the end of one and the beginning of the next.
    private OnnxValue Isotonic(IsotonicCalibrator isotonic, OnnxValue score)
    {
        var count = isotonic.Values.Length;
        var passed = graph.Node("Less", [graph.Floats(isotonic.Maxes, 1, count), score.Name]);
        var number = graph.Cast(new(passed, ElementType.Flag, count), ElementType.Int64);
        var sum = graph.Node("ReduceSum", [number.Name, graph.Longs([1], 1)], Attribute("keepdims", 1));
        var piece = graph.Node("Min", [sum, graph.Longs([count - 1], 1, 1)]);
        // What lies before the first piece is as level as that.
        var low = Of(isotonic.Mins.SetItem(0, float.NegativeInfinity));
        var value = Of(isotonic.Values);
        var lowBefore = Of([0, .. isotonic.Maxes.Take(count - 1)]);
        var valueBefore = Of([0, .. isotonic.Values.Take(count - 1)]);
        var run = graph.Node("Sub", [score.Name, lowBefore]);
        var share = graph.Node("Div", [run, graph.Node("Sub", [low, lowBefore])]);
        var rise = graph.Node("Mul", [share, graph.Node("Sub", [value, valueBefore])]);
        var between = graph.Node("Add", [valueBefore, rise]);
        var isLevel = graph.Node("GreaterOrEqual", [score.Name, low]);
        var level = graph.Node("Where", [isLevel, value, between]);
        return OrMissing(score, graph.Node("Clip", [level, Scalar(Least), Scalar(1)]));

        string Of(IReadOnlyCollection<float> numbers) =>
            graph.Node("Gather", [graph.Floats(numbers, count), piece], Attribute("axis", 0));
    }

    // Not a number has no place; it is given one, and is not asked for it.
    private string Whole(OnnxValue score, string number)
    {
        var some = graph.Node("Where", [graph.Node("IsNaN", [score.Name]), Number(0), number]);
        return graph.Cast(new(some, ElementType.Single, 1), ElementType.Int64).Name;
    }

    private OnnxValue OrMissing(OnnxValue score, string probability) =>
        One(graph.Node("Where", [graph.Node("IsNaN", [score.Name]), score.Name, probability]));

    private string Number(float value) => graph.Floats([value], 1, 1);

    // The bounds of a clip have no dimension.
    private string Scalar(float value) => graph.Floats([value]);

    private static OnnxValue One(string name) => new(name, ElementType.Single, 1);
}
