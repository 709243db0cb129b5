using System.Buffers;
using System.Text.Json;
using Rondo.Sdk.Wire;
using Rondo.Serving.Models;

namespace Rondo.Serving.OpenInference;

/// <summary>Writes an inference response; what does not change from one to the next is encoded once.</summary>
internal sealed class ResponseWriter
{
    private static readonly JsonEncodedText s_modelName = JsonEncodedText.Encode("model_name");
    private static readonly JsonEncodedText s_modelVersion = JsonEncodedText.Encode("model_version");
    private static readonly JsonEncodedText s_id = JsonEncodedText.Encode("id");
    private static readonly JsonEncodedText s_outputs = JsonEncodedText.Encode("outputs");
    private static readonly JsonEncodedText s_name = JsonEncodedText.Encode("name");
    private static readonly JsonEncodedText s_datatype = JsonEncodedText.Encode("datatype");
    private static readonly JsonEncodedText s_shape = JsonEncodedText.Encode("shape");
    private static readonly JsonEncodedText s_parameters = JsonEncodedText.Encode("parameters");
    private static readonly JsonEncodedText s_unexpected = JsonEncodedText.Encode("unexpected_values");
    private static readonly JsonEncodedText s_data = JsonEncodedText.Encode("data");

    private readonly JsonEncodedText _model;
    private readonly JsonEncodedText _version;
    private readonly JsonEncodedText[] _names;
    private readonly JsonEncodedText[] _types;
    private readonly TensorSignature[] _signatures;

    public ResponseWriter(string model, string version, ModelSignature signature)
    {
        _model = JsonEncodedText.Encode(model);
        _version = JsonEncodedText.Encode(version);
        _signatures = [.. signature.Outputs];
        _names = [.. signature.Outputs.Select(output => JsonEncodedText.Encode(output.Name))];
        _types = [.. signature.Outputs.Select(output => JsonEncodedText.Encode(output.DataType))];
    }

    public void Write(Utf8JsonWriter json, string id, InferenceBatch batch, RequestHead head)
    {
        json.WriteStartObject();
        json.WriteString(s_modelName, _model);
        json.WriteString(s_modelVersion, _version);
        json.WriteString(s_id, id);
        json.WriteStartArray(s_outputs);
        for (var i = 0; i < _signatures.Length; i++)
        {
            if (head.AllOutputs || head.Outputs[i])
            {
                WriteOutput(json, i, batch);
            }
        }

        json.WriteEndArray();
        if (head.Unexpected is { } unexpected)
        {
            json.WriteStartObject(s_parameters);
            json.WriteString(s_unexpected, string.Join("; ", unexpected));
            json.WriteEndObject();
        }

        json.WriteEndObject();
    }

    private void WriteOutput(Utf8JsonWriter json, int output, InferenceBatch batch)
    {
        json.WriteStartObject();
        json.WriteString(s_name, _names[output]);
        json.WriteString(s_datatype, _types[output]);
        json.WriteStartArray(s_shape);
        json.WriteNumberValue(batch.Rows);
        foreach (var dimension in _signatures[output].Shape.Skip(1))
        {
            json.WriteNumberValue(dimension);
        }

        json.WriteEndArray();
        json.WriteStartArray(s_data);
        WriteData(json, batch.Outputs[output], batch.Rows);
        json.WriteEndArray();
        json.WriteEndObject();
    }

    private static void WriteData(Utf8JsonWriter json, Tensor tensor, int rows)
    {
        var count = rows * tensor.Width;
        for (var i = 0; i < count; i++)
        {
            switch (tensor)
            {
                case Tensor<float> t when float.IsFinite(t.Values[i]):
                    json.WriteNumberValue(t.Values[i]);
                    break;
                case Tensor<double> t when double.IsFinite(t.Values[i]):
                    json.WriteNumberValue(t.Values[i]);
                    break;
                case Tensor<int> t:
                    json.WriteNumberValue(t.Values[i]);
                    break;
                case Tensor<long> t:
                    json.WriteNumberValue(t.Values[i]);
                    break;
                case Tensor<bool> t:
                    json.WriteBooleanValue(t.Values[i]);
                    break;
                case Tensor<string> t:
                    json.WriteStringValue(t.Values[i]);
                    break;
                default:
                    json.WriteStringValue(NotFinite(tensor.NumberAt(i)));
                    break;
            }
        }
    }

    // JSON has no such numbers: they travel as text, both ways.
    private static string NotFinite(double value) =>
        double.IsNaN(value) ? "NaN"
        : value > 0 ? "Infinity"
        : "-Infinity";
}
