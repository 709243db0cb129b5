using Microsoft.ML.OnnxRuntime;
using Microsoft.ML.OnnxRuntime.Tensors;
using Rondo.Sdk;
using Rondo.Sdk.Wire;

namespace Rondo.Conversion.Scoring;

/// <summary>Asks an ONNX model, all rows at once.</summary>
internal sealed class OnnxScorer : Scorer
{
    private readonly InferenceSession _session;
    private readonly RunOptions _run = new();
    private readonly ModelDescription _description;
    private readonly string[] _inputs;
    private readonly string[] _outputs;

    public OnnxScorer(byte[] file, ModelDescription description)
    {
        _description = description;
        _inputs = [.. Feed.InputsOf(description).Select(input => input.Name)];
        _outputs = [.. description.Signature.Outputs.Select(output => output.Name)];
        using var options = new SessionOptions { IntraOpNumThreads = 1, InterOpNumThreads = 1 };
        try
        {
            _session = new InferenceSession(file, options);
        }
        catch (OnnxRuntimeException e)
        {
            throw new RondoException(
                ErrorCode.InvalidArgument,
                $"ONNX Runtime cannot load '{description.File}': {e.Message}",
                "Give a model of operators that it knows.",
                e
            );
        }
    }

    public static byte[] BytesOf(Model model)
    {
        using var file = model.OpenFile();
        using var memory = new MemoryStream();
        file.CopyTo(memory);
        return memory.ToArray();
    }

    public override IReadOnlyList<Answers> Score(Feed feed)
    {
        Answers[] answers = [.. _description.Signature.Outputs.Select(output => Answers.Room(output, feed.Rows))];
        if (feed.Rows == 0)
        {
            return answers;
        }
        OrtValue[] inputs = [.. feed.Columns.Select(column => ValueOf(column, feed.Rows))];
        try
        {
            using var outputs = _session.Run(_run, _inputs, inputs, _outputs);
            for (var i = 0; i < answers.Length; i++)
            {
                Read(outputs[i], answers[i]);
            }
            return answers;
        }
        finally
        {
            foreach (var input in inputs)
            {
                input.Dispose();
            }
        }
    }

    public override void Dispose()
    {
        _run.Dispose();
        _session.Dispose();
    }

    private static OrtValue ValueOf(FeedColumn column, int rows)
    {
        long[] shape = [rows, column.Width];
        return column.Values switch
        {
            float[] v => OrtValue.CreateTensorValueFromMemory(v, shape),
            double[] v => OrtValue.CreateTensorValueFromMemory(v, shape),
            long[] v => OrtValue.CreateTensorValueFromMemory(v, shape),
            int[] v => OrtValue.CreateTensorValueFromMemory(v, shape),
            bool[] v => OrtValue.CreateTensorValueFromMemory(v, shape),
            var texts => OrtValue.CreateFromStringTensor(
                new DenseTensor<string>((string[])texts, [rows, column.Width])
            ),
        };
    }

    private static void Read(OrtValue value, Answers answers)
    {
        var type = value.GetTensorTypeAndShape().ElementDataType;
        switch (type)
        {
            case TensorElementType.Float:
                Copy<float>(value, answers, number => number);
                break;
            case TensorElementType.Double:
                Copy<double>(value, answers, number => number);
                break;
            case TensorElementType.Int64:
                Copy<long>(value, answers, number => number);
                break;
            case TensorElementType.Int32:
                Copy<int>(value, answers, number => number);
                break;
            case TensorElementType.Bool:
                Copy<bool>(value, answers, flag => flag ? 1 : 0);
                break;
            case TensorElementType.String when answers.Texts is { } texts:
                value.GetStringTensorAsArray().CopyTo(texts, 0);
                break;
            default:
                throw PreparedInputs.Unfit(
                    $"Output '{answers.Signature.Name}' of the ONNX model is {type}, and {answers.Signature.DataType} in the signature.",
                    "Let the signature say what the model gives."
                );
        }
    }

    private static void Copy<T>(OrtValue value, Answers answers, Func<T, double> toNumber)
        where T : unmanaged
    {
        var from = value.GetTensorDataAsSpan<T>();
        if (from.Length != answers.Numbers.Length)
        {
            throw PreparedInputs.Unfit(
                $"Output '{answers.Signature.Name}' of the ONNX model has {from.Length} elements where the signature says {answers.Numbers.Length}.",
                "Let the signature say what the model gives."
            );
        }
        for (var i = 0; i < from.Length; i++)
        {
            answers.Numbers[i] = toNumber(from[i]);
        }
    }
}
