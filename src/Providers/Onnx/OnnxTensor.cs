using Microsoft.ML.OnnxRuntime;
using Rondo.Sdk.Wire;
using Rondo.Serving.Models;
using TensorElementType = Microsoft.ML.OnnxRuntime.Tensors.TensorElementType;

namespace Rondo.Providers.Onnx;

/// <summary>An input or output of an ONNX model that fits the one of the signature: rows, or rows × width.</summary>
internal sealed class OnnxTensor
{
    private readonly TensorSignature _signature;
    private readonly int _dimensions;
    private readonly int _width;

    private OnnxTensor(TensorSignature signature, int dimensions)
    {
        _signature = signature;
        _dimensions = dimensions;
        _width = InferenceBatch.WidthOf(signature);
    }

    /// <summary>The tensor of that name.</summary>
    /// <exception cref="RondoException">The model has none, or one of another type or shape.</exception>
    public static OnnxTensor Of(string kind, TensorSignature signature, IReadOnlyDictionary<string, NodeMetadata> known)
    {
        if (!known.TryGetValue(signature.Name, out var found))
        {
            throw new RondoException(
                ErrorCode.InvalidArgument,
                $"{kind} '{signature.Name}' of the signature is none of the model's.",
                $"The model has {string.Join(", ", known.Keys.Take(20))}."
            );
        }

        var expected = ElementOf(InferenceBatch.TypeOf(signature));
        if (!found.IsTensor || found.ElementDataType != expected || !Fits(found.Dimensions, signature))
        {
            var shape = found.IsTensor
                ? $"{found.ElementDataType} [{string.Join(", ", found.Dimensions)}]"
                : found.OnnxValueType.ToString();
            throw new RondoException(
                ErrorCode.InvalidArgument,
                $"{kind} '{signature.Name}' is {signature.DataType} [{string.Join(", ", signature.Shape)}] in the signature, but {shape} in the model.",
                "Let the signature say what the model takes and gives; its first dimension, the rows, must be free (-1)."
            );
        }

        return new(signature, found.Dimensions.Length);
    }

    /// <summary>The rows of a request as the runtime sees them: in place, but for texts.</summary>
    public OrtValue Wrap(Tensor tensor, int rows)
    {
        long[] shape = _dimensions == 1 ? [rows] : [rows, _width];
        return tensor switch
        {
            Tensor<float> t => InPlace(t, shape, rows),
            Tensor<double> t => InPlace(t, shape, rows),
            Tensor<long> t => InPlace(t, shape, rows),
            Tensor<int> t => InPlace(t, shape, rows),
            Tensor<bool> t => InPlace(t, shape, rows),
            _ => Texts(((Tensor<string>)tensor).Values, shape, rows * _width),
        };
    }

    /// <summary>Copies an answer.</summary>
    public void Read(OrtValue value, Tensor tensor, int rows)
    {
        var count = rows * _width;
        switch (tensor)
        {
            case Tensor<float> t:
                Copy(value, t, count);
                break;
            case Tensor<double> t:
                Copy(value, t, count);
                break;
            case Tensor<long> t:
                Copy(value, t, count);
                break;
            case Tensor<int> t:
                Copy(value, t, count);
                break;
            case Tensor<bool> t:
                Copy(value, t, count);
                break;
            case Tensor<string> t:
                var texts = value.GetStringTensorAsArray();
                Require(texts.Length, count);
                texts.CopyTo(t.Values, 0);
                break;
        }
    }

    private static bool Fits(int[] dimensions, TensorSignature signature)
    {
        var width = InferenceBatch.WidthOf(signature);
        return dimensions switch
        {
            [-1] => width == 1,
            [-1, var second] => second == width || second == -1,
            _ => false,
        };
    }

    private static TensorElementType ElementOf(TensorType type) =>
        type switch
        {
            TensorType.FP32 => TensorElementType.Float,
            TensorType.FP64 => TensorElementType.Double,
            TensorType.INT32 => TensorElementType.Int32,
            TensorType.INT64 => TensorElementType.Int64,
            TensorType.BOOL => TensorElementType.Bool,
            _ => TensorElementType.String,
        };

    private OrtValue InPlace<T>(Tensor<T> tensor, long[] shape, int rows)
        where T : unmanaged =>
        OrtValue.CreateTensorValueFromMemory(
            OrtMemoryInfo.DefaultInstance,
            tensor.Values.AsMemory(0, rows * _width),
            shape
        );

    private static OrtValue Texts(string[] texts, long[] shape, int count)
    {
        var value = OrtValue.CreateTensorWithEmptyStrings(OrtAllocator.DefaultInstance, shape);
        for (var i = 0; i < count; i++)
        {
            value.StringTensorSetElementAt((texts[i] ?? "").AsSpan(), i);
        }

        return value;
    }

    private void Copy<T>(OrtValue value, Tensor<T> tensor, int count)
        where T : unmanaged
    {
        var from = value.GetTensorDataAsSpan<T>();
        Require(from.Length, count);
        from.CopyTo(tensor.Values);
    }

    private void Require(int found, int expected)
    {
        if (found != expected)
        {
            throw new RondoException(
                ErrorCode.FailedPrecondition,
                $"The model gave {found} elements of '{_signature.Name}' where its signature says {expected}.",
                "Let the signature say what the model gives."
            );
        }
    }
}
