using Rondo.Conversion.Scoring;
using Rondo.Data;
using Rondo.Sdk;

namespace Rondo.Conversion;

/// <summary>Scores rows with a model, whether it is one that ML.NET has saved or ONNX: for a step that scores whatever serves.</summary>
public static class ModelScorer
{
    /// <summary>The predictions of a model, one for each row.</summary>
    /// <param name="model">A model of the format <c>mlnet-zip</c> or <c>onnx</c>.</param>
    /// <param name="rows">A column for each input of its signature.</param>
    /// <param name="output">The output that is the prediction; a single number in a row.</param>
    /// <exception cref="RondoException">A column is missing, or there is no such output.</exception>
    public static Table<Prediction> Predict(Model model, Table rows, string output = "Score")
    {
        using var scorer = Scorer.Of(model);
        var answers = scorer.Score(Feed.Of(model, rows)).FirstOrDefault(found => found.Signature.Name == output);
        return answers is { Width: 1, Texts: null }
            ? Table.From(answers.Numbers.Select(number => new Prediction(number)))
            : throw new RondoException(
                ErrorCode.InvalidArgument,
                $"The model gives no single number '{output}' for a row.",
                $"It gives {string.Join(", ", model.Description.Signature.Outputs.Select(known => known.Name))}."
            );
    }

    /// <inheritdoc cref="Predict(Model, Table, string)"/>
    public static Table<Prediction> Predict<T>(Model model, Table<T> rows, string output = "Score") =>
        Predict(model, rows.Untyped, output);
}
