using Microsoft.ML;
using Microsoft.ML.Data;
using Rondo.Sdk.Wire;
using Rondo.Serving.Models;

namespace Rondo.Providers.MLNet;

/// <summary>Pulls one output column of the present row and puts it into the tensor of its name.</summary>
internal abstract class OutputColumn
{
    public abstract void Read(Tensor tensor, int row);

    public static OutputColumn Create(DataViewRow row, TensorSignature output)
    {
        var column = row.Schema[output.Name];
        var type = InferenceBatch.TypeOf(output);
        return column.Type switch
        {
            TextDataViewType when type == TensorType.BYTES => new TextColumn(row, column),
            NumberDataViewType { RawType: var raw } when raw == typeof(float) && type != TensorType.BYTES =>
                new NumberColumn<float>(row, column, value => value),
            NumberDataViewType { RawType: var raw } when raw == typeof(double) && type != TensorType.BYTES =>
                new NumberColumn<double>(row, column, value => value),
            KeyDataViewType { RawType: var raw } when raw == typeof(uint) && type != TensorType.BYTES =>
                new NumberColumn<uint>(row, column, value => value),
            BooleanDataViewType when type != TensorType.BYTES => new NumberColumn<bool>(
                row,
                column,
                value => value ? 1 : 0
            ),
            VectorDataViewType v
                when v.ItemType == NumberDataViewType.Single && v.Size == InferenceBatch.WidthOf(output) =>
                new VectorColumn(row, column),
            _ => throw new RondoException(
                ErrorCode.InvalidArgument,
                $"Output '{output.Name}' is {output.DataType} [{string.Join(", ", output.Shape)}] in the signature, but the model's column is {column.Type}.",
                "Let the signature say what the model gives."
            ),
        };
    }

    private static void Set(Tensor tensor, int index, double value)
    {
        switch (tensor)
        {
            case Tensor<float> t:
                t.Values[index] = (float)value;
                break;
            case Tensor<double> t:
                t.Values[index] = value;
                break;
            case Tensor<long> t:
                t.Values[index] = (long)value;
                break;
            case Tensor<int> t:
                t.Values[index] = (int)value;
                break;
            case Tensor<bool> t:
                t.Values[index] = value != 0;
                break;
        }
    }

    private sealed class NumberColumn<T>(DataViewRow row, DataViewSchema.Column column, Func<T, double> toNumber)
        : OutputColumn
    {
        private readonly ValueGetter<T> _get = row.GetGetter<T>(column);
        private T _value = default!;

        public override void Read(Tensor tensor, int row)
        {
            _get(ref _value);
            Set(tensor, row, toNumber(_value));
        }
    }

    private sealed class TextColumn(DataViewRow row, DataViewSchema.Column column) : OutputColumn
    {
        private readonly ValueGetter<ReadOnlyMemory<char>> _get = row.GetGetter<ReadOnlyMemory<char>>(column);
        private ReadOnlyMemory<char> _value;

        public override void Read(Tensor tensor, int row)
        {
            _get(ref _value);
            ((Tensor<string>)tensor).Values[row] = _value.ToString();
        }
    }

    private sealed class VectorColumn(DataViewRow row, DataViewSchema.Column column) : OutputColumn
    {
        private readonly ValueGetter<VBuffer<float>> _get = row.GetGetter<VBuffer<float>>(column);
        private VBuffer<float> _value;

        public override void Read(Tensor tensor, int row)
        {
            _get(ref _value);
            for (var i = 0; i < tensor.Width; i++)
            {
                Set(tensor, (row * tensor.Width) + i, _value.GetItemOrDefault(i));
            }
        }
    }
}
