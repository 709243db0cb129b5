using Microsoft.ML;
using Microsoft.ML.Data;

namespace Rondo.Conversion.Onnx;

/// <summary>Reads what the keys of a column stand for from its annotations.</summary>
internal static class KeySets
{
    /// <summary>The largest whole number up to which single precision holds each.</summary>
    private const long ExactMax = 1L << 24;

    private const string KeyValues = "KeyValues";

    /// <summary>Null: the column is no key, or its values are neither texts nor numbers that single precision holds.</summary>
    public static KeySet? Of(DataViewSchema.Column column)
    {
        var annotation = column.Annotations.Schema.GetColumnOrNull(KeyValues);
        return
            column.Type is KeyDataViewType
            && annotation is { Type: VectorDataViewType { ItemType: var item } }
            && Of(column.Annotations, item) is { } keys
            && keys.Count > 0
            ? keys
            : null;
    }

    private static KeySet? Of(DataViewSchema.Annotations annotations, DataViewType item)
    {
        switch (item)
        {
            case TextDataViewType:
                var texts = Values<ReadOnlyMemory<char>>(annotations).Select(text => text.ToString()).ToArray();
                return new(texts.Length, texts, null);
            case NumberDataViewType { RawType: var raw } when raw == typeof(float):
                var numbers = Values<float>(annotations);
                return new(numbers.Length, null, numbers);
            case NumberDataViewType { RawType: var raw } when raw == typeof(int):
                return Whole(Values<int>(annotations).Select(value => (long)value));
            case NumberDataViewType { RawType: var raw } when raw == typeof(long):
                return Whole(Values<long>(annotations));
            default:
                return null;
        }
    }

    private static KeySet? Whole(IEnumerable<long> values)
    {
        var numbers = values.ToArray();
        return Array.TrueForAll(numbers, number => Math.Abs(number) <= ExactMax)
            ? new(numbers.Length, null, [.. numbers.Select(number => (float)number)])
            : null;
    }

    private static T[] Values<T>(DataViewSchema.Annotations annotations)
    {
        VBuffer<T> values = default;
        annotations.GetValue(KeyValues, ref values);
        return [.. values.DenseValues()];
    }
}
