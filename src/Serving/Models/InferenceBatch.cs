using Rondo.Sdk.Wire;

namespace Rondo.Serving.Models;

/// <summary>The inputs and outputs of one request in the order of the model's signature. Used again: never keep one.</summary>
public sealed class InferenceBatch
{
    /// <summary>The most rows that one request may have.</summary>
    public const int RowsMax = 10_000;

    private InferenceBatch(Tensor[] inputs, Tensor[] outputs)
    {
        Inputs = inputs;
        Outputs = outputs;
    }

    public IReadOnlyList<Tensor> Inputs { get; }

    public IReadOnlyList<Tensor> Outputs { get; }

    /// <summary>The rows of the request.</summary>
    public int Rows { get; private set; }

    /// <summary>An empty batch of the signature's tensors.</summary>
    public static InferenceBatch For(ModelSignature signature) =>
        new([.. signature.Inputs.Select(Create)], [.. signature.Outputs.Select(Create)]);

    /// <summary>A batch of other inputs whose answers are those of this one.</summary>
    internal InferenceBatch Behind(IReadOnlyList<TensorSignature> inputs) =>
        new([.. inputs.Select(Create)], [.. Outputs]);

    /// <summary>The type that a signature names, or an error that names the tensor.</summary>
    public static TensorType TypeOf(TensorSignature signature) =>
        Enum.TryParse<TensorType>(signature.DataType, out var type)
            ? type
            : throw new RondoException(
                ErrorCode.InvalidArgument,
                $"Tensor '{signature.Name}' of the model's signature has the data type '{signature.DataType}'.",
                $"Use one of {string.Join(", ", Enum.GetNames<TensorType>())}."
            );

    /// <summary>Elements of one row: the product of all dimensions after the first, which is the batch.</summary>
    public static int WidthOf(TensorSignature signature)
    {
        long width = 1;
        foreach (var dimension in signature.Shape.Skip(1))
        {
            width *= dimension;
        }

        return width is > 0 and <= 65_536
            ? (int)width
            : throw new RondoException(
                ErrorCode.InvalidArgument,
                $"Tensor '{signature.Name}' of the model's signature has the shape [{string.Join(", ", signature.Shape)}].",
                "Only the first dimension, the batch, may be free (-1)."
            );
    }

    /// <summary>Sets the number of rows and makes room in every output.</summary>
    internal void Start(int rows)
    {
        Rows = rows;
        foreach (var output in Outputs)
        {
            output.Resize(rows);
        }
    }

    private static Tensor Create(TensorSignature signature) =>
        Tensor.Create(signature.Name, TypeOf(signature), WidthOf(signature));
}
