using System.Buffers.Binary;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using Rondo.Sdk.Wire;
using Rondo.Serving.Models;

namespace Rondo.Monitoring.Predictions;

/// <summary>
/// The inputs of a prediction as the log keeps them: a JSON array whose first element is base64 of all numbers in the order of
/// the signature, little-endian in the width of their type, followed by the texts. Fifty numbers as decimal text would cost more than
/// all the rest of writing them down. What is missing is not a number: of whole numbers of 64 bits the least stands for it. One codec writes for one thread at a time; any number may read.
/// </summary>
internal sealed class RowCodec
{
    private const byte MissingFlag = 2;

    private readonly Slot[] _slots;
    private readonly Dictionary<string, int> _places = new(StringComparer.Ordinal);
    private readonly StringBuilder _text = new(512);
    private readonly byte[] _packed;

    public RowCodec(ModelSignature signature)
    {
        var slots = new List<Slot>();
        var text = 0;
        var bytes = 0;
        foreach (var input in signature.Inputs)
        {
            var type = InferenceBatch.TypeOf(input);
            var width = InferenceBatch.WidthOf(input);
            if (width == 1)
            {
                _places[input.Name] = slots.Count;
            }

            for (var i = 0; i < width; i++)
            {
                slots.Add(new Slot(type, type == TensorType.BYTES ? text++ : bytes));
                bytes += BytesOf(type);
            }
        }

        _slots = [.. slots];
        _packed = new byte[bytes];
    }

    /// <summary>The scalar inputs, and where <see cref="Read"/> puts each. The elements of a vector have no names.</summary>
    public IReadOnlyDictionary<string, int> Places => _places;

    public string Write(double[] numbers, string?[] texts)
    {
        var number = 0;
        foreach (var slot in _slots)
        {
            if (slot.Type != TensorType.BYTES)
            {
                Pack(_packed.AsSpan(slot.Place), slot.Type, numbers[number++]);
            }
        }

        _text.Clear().Append("[\"").Append(Convert.ToBase64String(_packed)).Append('"');
        foreach (var text in texts)
        {
            if (text is null)
            {
                _text.Append(",null");
                continue;
            }

            _text.Append(",\"").Append(JavaScriptEncoder.UnsafeRelaxedJsonEscaping.Encode(text)).Append('"');
        }

        return _text.Append(']').ToString();
    }

    /// <summary>All elements in the order of the signature: numbers as double, texts as string, or null where one is missing.</summary>
    public object?[] Read(string row)
    {
        using var json = JsonDocument.Parse(row);
        var packed = json.RootElement[0].GetBytesFromBase64();
        var values = new object?[_slots.Length];
        for (var i = 0; i < values.Length; i++)
        {
            var slot = _slots[i];
            values[i] =
                slot.Type == TensorType.BYTES
                    ? json.RootElement[slot.Place + 1].GetString()
                    : Unpack(packed.AsSpan(slot.Place), slot.Type);
        }

        return values;
    }

    private static int BytesOf(TensorType type) =>
        type switch
        {
            TensorType.FP64 or TensorType.INT64 => 8,
            TensorType.FP32 or TensorType.INT32 => 4,
            TensorType.BOOL => 1,
            _ => 0,
        };

    private static void Pack(Span<byte> place, TensorType type, double value)
    {
        switch (type)
        {
            case TensorType.FP32:
                BinaryPrimitives.WriteSingleLittleEndian(place, (float)value);
                break;
            case TensorType.FP64:
                BinaryPrimitives.WriteDoubleLittleEndian(place, value);
                break;
            case TensorType.INT32:
                BinaryPrimitives.WriteInt32LittleEndian(place, (int)value);
                break;
            case TensorType.INT64:
                BinaryPrimitives.WriteInt64LittleEndian(place, double.IsNaN(value) ? long.MinValue : (long)value);
                break;
            case TensorType.BOOL:
                place[0] =
                    double.IsNaN(value) ? MissingFlag
                    : value == 0 ? (byte)0
                    : (byte)1;
                break;
        }
    }

    private static double Unpack(ReadOnlySpan<byte> place, TensorType type) =>
        type switch
        {
            TensorType.FP32 => BinaryPrimitives.ReadSingleLittleEndian(place),
            TensorType.FP64 => BinaryPrimitives.ReadDoubleLittleEndian(place),
            TensorType.INT32 => BinaryPrimitives.ReadInt32LittleEndian(place),
            TensorType.INT64 => BinaryPrimitives.ReadInt64LittleEndian(place) is var whole and not long.MinValue
                ? whole
                : double.NaN,
            _ => place[0] == MissingFlag ? double.NaN : place[0],
        };

    [System.Runtime.InteropServices.StructLayout(System.Runtime.InteropServices.LayoutKind.Auto)]
    private readonly record struct Slot(TensorType Type, int Place);
}
