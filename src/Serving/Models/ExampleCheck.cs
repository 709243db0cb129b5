using System.Buffers;
using System.Globalization;
using System.Text.Json;
using Rondo.Sdk.Wire;
using Rondo.Serving.OpenInference;

namespace Rondo.Serving.Models;

/// <summary>Sends a model its recorded request, in the protocol's own JSON, and compares the answer with the recorded one.</summary>
internal static class ExampleCheck
{
    /// <summary>How far a number may be off, relative to its size or absolute below 1.</summary>
    public const double Tolerance = 1e-4;

    /// <summary>The largest difference found; an error where the model cannot answer or answers with something else.</summary>
    public static double Run(ModelDescription description, Action<InferenceBatch> predict)
    {
        var plan = new RequestPlan(description.Signature, description.Preparation is not null);
        var batch = InferenceBatch.For(description.Signature);
        RequestReader.Read(new ReadOnlySequence<byte>(RequestOf(description)), plan, batch, new RequestHead());
        predict(batch);
        var worst = 0.0;
        foreach (var output in batch.Outputs)
        {
            if (description.Example.Outputs.TryGetValue(output.Name, out var recorded))
            {
                worst = Math.Max(worst, Compare(output, recorded));
            }
        }

        return worst;
    }

    private static byte[] RequestOf(ModelDescription description)
    {
        var buffer = new ArrayBufferWriter<byte>();
        using (var json = new Utf8JsonWriter(buffer))
        {
            json.WriteStartObject();
            json.WriteStartArray("inputs");
            foreach (var input in description.Signature.Inputs)
            {
                if (description.Example.Inputs.TryGetValue(input.Name, out var value))
                {
                    WriteInput(json, input, value);
                }
            }

            json.WriteEndArray();
            json.WriteEndObject();
        }

        return buffer.WrittenSpan.ToArray();
    }

    private static void WriteInput(Utf8JsonWriter json, TensorSignature input, JsonElement value)
    {
        json.WriteStartObject();
        json.WriteString("name", input.Name);
        json.WriteString("datatype", input.DataType);
        json.WriteStartArray("shape");
        json.WriteNumberValue(1);
        json.WriteNumberValue(InferenceBatch.WidthOf(input));
        json.WriteEndArray();
        json.WriteStartArray("data");
        value.WriteTo(json);
        json.WriteEndArray();
        json.WriteEndObject();
    }

    private static double Compare(Tensor output, JsonElement recorded)
    {
        var expected = recorded.ValueKind == JsonValueKind.Array ? recorded.EnumerateArray().ToArray() : [recorded];
        var worst = 0.0;
        for (var i = 0; i < Math.Min(expected.Length, output.Width); i++)
        {
            if (output is Tensor<string> text)
            {
                Require(expected[i].GetString() == text.Values[i], output, expected[i], text.Values[i]);
                continue;
            }

            var number = output.NumberAt(i);
            var difference = Difference(number, NumberOf(expected[i]));
            Require(difference <= Tolerance, output, expected[i], number.ToString("R", CultureInfo.InvariantCulture));
            worst = Math.Max(worst, difference);
        }

        return worst;
    }

    private static double Difference(double actual, double expected) =>
        actual.Equals(expected) ? 0
        : double.IsFinite(actual) && double.IsFinite(expected)
            ? Math.Abs(actual - expected) / Math.Max(1, Math.Abs(expected))
        : double.PositiveInfinity;

    private static double NumberOf(JsonElement value) =>
        value.ValueKind switch
        {
            JsonValueKind.Number => value.GetDouble(),
            JsonValueKind.True => 1,
            JsonValueKind.False => 0,
            JsonValueKind.String when value.GetString() == "Infinity" => double.PositiveInfinity,
            JsonValueKind.String when value.GetString() == "-Infinity" => double.NegativeInfinity,
            _ => double.NaN,
        };

    private static void Require(bool same, Tensor output, JsonElement expected, string actual)
    {
        if (!same)
        {
            throw new RondoException(
                ErrorCode.FailedPrecondition,
                $"The model answers its recorded example with {output.Name} = {actual} where {expected.GetRawText()} was recorded.",
                "Train it again with the library versions of this server, or start a server with those of its training."
            );
        }
    }
}
