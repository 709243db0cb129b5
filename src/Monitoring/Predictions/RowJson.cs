using System.Buffers;
using System.Text;
using System.Text.Json;
using Rondo.Sdk.Wire;
using Rondo.Serving.Models;

namespace Rondo.Monitoring.Predictions;

/// <summary>The inputs of a prediction as the log keeps them: one JSON array in the order of the signature.</summary>
internal sealed class RowJson : IDisposable
{
    private readonly ArrayBufferWriter<byte> _buffer = new(1024);
    private readonly Utf8JsonWriter _json;

    public RowJson() => _json = new Utf8JsonWriter(_buffer, new JsonWriterOptions { SkipValidation = true });

    public string Write(ModelSignature signature, double[] numbers, string[] texts)
    {
        _buffer.ResetWrittenCount();
        _json.Reset(_buffer);
        _json.WriteStartArray();
        var number = 0;
        var text = 0;
        foreach (var input in signature.Inputs)
        {
            var type = input.DataType;
            var width = input.Shape.Count == 1 ? 1 : InferenceBatch.WidthOf(input);
            for (var i = 0; i < width; i++)
            {
                if (type == nameof(TensorType.BYTES))
                {
                    _json.WriteStringValue(texts[text++]);
                }
                else
                {
                    WriteNumber(type, numbers[number++]);
                }
            }
        }

        _json.WriteEndArray();
        _json.Flush();
        return Encoding.UTF8.GetString(_buffer.WrittenSpan);
    }

    public void Dispose() => _json.Dispose();

    // Single precision has half the digits: writing it as what it is keeps rows short.
    private void WriteNumber(string type, double value)
    {
        if (!double.IsFinite(value))
        {
            _json.WriteNullValue();
        }
        else if (type == nameof(TensorType.FP32))
        {
            _json.WriteNumberValue((float)value);
        }
        else
        {
            _json.WriteNumberValue(value);
        }
    }
}
