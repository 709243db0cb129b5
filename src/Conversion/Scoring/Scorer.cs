using Rondo.Sdk;
using Rondo.Sdk.Wire;

namespace Rondo.Conversion.Scoring;

/// <summary>A loaded model that answers rows. Not thread-safe.</summary>
internal abstract class Scorer : IDisposable
{
    /// <summary>The answers, one for each output of the signature, in its order.</summary>
    public abstract IReadOnlyList<Answers> Score(Feed feed);

    public abstract void Dispose();

    /// <summary>Loads the model's file by its format.</summary>
    /// <exception cref="RondoException">The format is not known here, or the file is not what the description says.</exception>
    public static Scorer Of(Model model) =>
        model.Description.Format switch
        {
            ModelDescription.MLNetZip => new MLNetScorer(MLNetFile.Load(model), model.Description),
            ModelDescription.Onnx => new OnnxScorer(OnnxScorer.BytesOf(model), model.Description),
            var other => throw new RondoException(
                ErrorCode.InvalidArgument,
                $"The model has the format '{other}', which cannot be scored here.",
                $"It can be {ModelDescription.MLNetZip} or {ModelDescription.Onnx}."
            ),
        };
}

/// <summary>One output of a model: numbers, or texts. <paramref name="Width"/> elements for each row.</summary>
internal sealed record Answers(TensorSignature Signature, int Width, double[] Numbers, string[]? Texts)
{
    public static Answers Room(TensorSignature output, int rows)
    {
        var width = (int)output.Shape.Skip(1).Aggregate(1L, (product, length) => product * length);
        return output.DataType == "BYTES"
            ? new(output, width, [], new string[rows * width])
            : new(output, width, new double[rows * width], null);
    }
}
