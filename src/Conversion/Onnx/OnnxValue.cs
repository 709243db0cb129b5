using System.Globalization;
using Microsoft.ML.Data;

namespace Rondo.Conversion.Onnx;

/// <summary>The element types of a tensor, with the numbers that the ONNX standard gives them.</summary>
internal enum ElementType
{
    Single = 1,
    Int32 = 6,
    Int64 = 7,
    Text = 8,
    Flag = 9,
    Double = 11,
}

/// <summary>
/// A tensor of the graph: rows × <paramref name="Width"/>. A key of ML.NET is an <see cref="ElementType.Int64"/>: 1 is the first of
/// <paramref name="Keys"/>, 0 is none.
/// </summary>
internal sealed record OnnxValue(string Name, ElementType Type, int Width, KeySet? Keys = null);

/// <summary>The values that a key stands for: texts or numbers; null elements where they are not known.</summary>
internal sealed record KeySet(int Count, string[]? Texts, float[]? Numbers)
{
    /// <summary>The values as numbers, also where the encoder wrote them down as texts; null: they are none.</summary>
    public float[]? AsNumbers() => Numbers ?? Parsed<float>();

    /// <summary>The values as whole numbers.</summary>
    public long[]? AsWhole() => Numbers is null ? Parsed<long>() : [.. Numbers.Select(number => (long)number)];

    private T[]? Parsed<T>()
        where T : ISpanParsable<T>
    {
        var numbers = new T[Count];
        for (var i = 0; i < Count; i++)
        {
            if (Texts is null || !T.TryParse(Texts[i], CultureInfo.InvariantCulture, out numbers[i]!))
            {
                return null;
            }
        }
        return numbers;
    }
}

internal static class ElementTypes
{
    public static ElementType? Of(DataViewType type) =>
        (type is VectorDataViewType vector ? vector.ItemType : type) switch
        {
            TextDataViewType => ElementType.Text,
            BooleanDataViewType => ElementType.Flag,
            NumberDataViewType { RawType: var raw } when raw == typeof(float) => ElementType.Single,
            NumberDataViewType { RawType: var raw } when raw == typeof(double) => ElementType.Double,
            NumberDataViewType { RawType: var raw } when raw == typeof(int) => ElementType.Int32,
            NumberDataViewType { RawType: var raw } when raw == typeof(long) => ElementType.Int64,
            _ => null,
        };

    /// <summary>Of a tensor in a signature.</summary>
    public static ElementType Of(string dataType) =>
        dataType switch
        {
            "FP32" => ElementType.Single,
            "FP64" => ElementType.Double,
            "INT32" => ElementType.Int32,
            "INT64" => ElementType.Int64,
            "BOOL" => ElementType.Flag,
            "BYTES" => ElementType.Text,
            _ => throw Refusal.Of(
                $"A tensor of the signature has the data type '{dataType}'.",
                "Use one of FP32, FP64, INT32, INT64, BOOL, BYTES."
            ),
        };
}
