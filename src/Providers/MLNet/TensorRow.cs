using Microsoft.ML;
using Microsoft.ML.Data;
using Rondo.Sdk.Wire;
using Rondo.Serving.Models;

namespace Rondo.Providers.MLNet;

/// <summary>One row of a request as ML.NET sees it: getters that read the tensors in place.</summary>
internal sealed class TensorRow : DataViewRow
{
    private readonly Delegate?[] _getters;
    private int _row;
    private long _position = -1;

    public TensorRow(DataViewSchema schema, IReadOnlyList<DataViewSchema.Column> columns, ModelSignature signature)
    {
        Schema = schema;
        _getters = new Delegate?[schema.Count];
        foreach (var column in columns)
        {
            var input = Find(signature, column);
            _getters[column.Index] = Getter(column, signature.Inputs[input], input);
        }
    }

    /// <summary>The request that is read.</summary>
    public InferenceBatch Request { get; set; } = null!;

    public override DataViewSchema Schema { get; }

    public override long Position => _position;

    public override long Batch => 0;

    public override bool IsColumnActive(DataViewSchema.Column column) => _getters[column.Index] is not null;

    /// <summary>Stands on a row. Every move is a new position: the chain then drops what it kept of the row before.</summary>
    public void MoveTo(int row)
    {
        _row = row;
        _position++;
    }

    public override ValueGetter<TValue> GetGetter<TValue>(DataViewSchema.Column column) =>
        _getters[column.Index] as ValueGetter<TValue>
        ?? throw new InvalidOperationException($"Column '{column.Name}' is not active or is not {typeof(TValue)}.");

    public override ValueGetter<DataViewRowId> GetIdGetter() =>
        (ref DataViewRowId id) => id = new DataViewRowId((ulong)_position, 0);

    private static int Find(ModelSignature signature, DataViewSchema.Column column)
    {
        for (var i = 0; i < signature.Inputs.Count; i++)
        {
            if (signature.Inputs[i].Name == column.Name)
            {
                return i;
            }
        }

        throw new RondoException(
            ErrorCode.InvalidArgument,
            $"The model needs column '{column.Name}', which its signature does not name as an input.",
            "Add it to the signature."
        );
    }

    private Delegate Getter(DataViewSchema.Column column, TensorSignature signature, int input)
    {
        var type = InferenceBatch.TypeOf(signature);
        var isText = column.Type is TextDataViewType;
        var width = column.Type is VectorDataViewType vector ? vector.Size : 1;
        if (isText != (type == TensorType.BYTES) || width != InferenceBatch.WidthOf(signature))
        {
            throw new RondoException(
                ErrorCode.InvalidArgument,
                $"Input '{column.Name}' is {signature.DataType} [{string.Join(", ", signature.Shape)}] in the signature, but the model's column is {column.Type}.",
                "Let the signature say what the model takes."
            );
        }

        return column.Type switch
        {
            TextDataViewType => (ValueGetter<ReadOnlyMemory<char>>)(
                (ref ReadOnlyMemory<char> value) =>
                    value = ((Tensor<string>)Request.Inputs[input]).Values[_row].AsMemory()
            ),
            NumberDataViewType { RawType: var raw } when raw == typeof(float) => type == TensorType.FP32
                ? (ValueGetter<float>)((ref float value) => value = ((Tensor<float>)Request.Inputs[input]).Values[_row])
                : (ref float value) => value = SingleAt(Request.Inputs[input], _row),
            NumberDataViewType { RawType: var raw } when raw == typeof(double) => (ValueGetter<double>)(
                (ref double value) => value = NumberAt(input)
            ),
            NumberDataViewType { RawType: var raw } when raw == typeof(int) => (ValueGetter<int>)(
                (ref int value) => value = (int)NumberAt(input)
            ),
            NumberDataViewType { RawType: var raw } when raw == typeof(long) => (ValueGetter<long>)(
                (ref long value) => value = WholeAt(Request.Inputs[input], _row)
            ),
            BooleanDataViewType => (ValueGetter<bool>)((ref bool value) => value = NumberAt(input) != 0),
            VectorDataViewType v when v.ItemType == NumberDataViewType.Single => Vector(input, width, SingleAt),
            VectorDataViewType v when v.ItemType == NumberDataViewType.Double => Vector(
                input,
                width,
                (tensor, at) => tensor.NumberAt(at)
            ),
            _ => throw new RondoException(
                ErrorCode.InvalidArgument,
                $"Column '{column.Name}' of the model is {column.Type}, which cannot be sent as a tensor.",
                "Use single, double, integer, boolean or text columns, or vectors of known length."
            ),
        };
    }

    private ValueGetter<VBuffer<T>> Vector<T>(int input, int width, Func<Tensor, int, T> read) =>
        (ref VBuffer<T> value) =>
        {
            var editor = VBufferEditor.Create(ref value, width);
            var tensor = Request.Inputs[input];
            for (var i = 0; i < width; i++)
            {
                editor.Values[i] = read(tensor, (_row * width) + i);
            }

            value = editor.Commit();
        };

    // A double holds each whole number up to 2^53 only: beyond, two ids would be one.
    private static long WholeAt(Tensor tensor, int index) =>
        tensor is Tensor<long> whole ? whole.Values[index] : (long)tensor.NumberAt(index);

    // Rounded once, as ONNX and ML.NET do: by way of a double, a large whole number may come out as its neighbour.
    private static float SingleAt(Tensor tensor, int index) =>
        tensor is Tensor<long> whole ? whole.Values[index] : (float)tensor.NumberAt(index);

    private double NumberAt(int input) => Request.Inputs[input].NumberAt(_row);
}
