using System.Buffers;
using System.Globalization;
using System.Text.Json;

namespace TransitDemand.Replay;

/// <summary>One day as a request of the Open Inference Protocol.</summary>
internal static class InferenceRequest
{
    public static string IdOf(string endpoint, DateOnly day) => $"{endpoint}/{Iso(day)}";

    public static byte[] Of(string endpoint, DayFeatures day)
    {
        var buffer = new ArrayBufferWriter<byte>(8192);
        using var json = new Utf8JsonWriter(buffer);
        json.WriteStartObject();
        json.WriteString("id", IdOf(endpoint, day.Date));
        json.WriteStartObject("parameters");
        json.WriteString("event_time", Iso(day.Date));
        json.WriteEndObject();
        json.WriteStartArray("inputs");
        foreach (var number in ModelInputs.Numbers)
        {
            Start(json, number.Name, "FP32");
            json.WriteNumberValue(number.Of(day));
            End(json);
        }
        foreach (var text in ModelInputs.Texts)
        {
            Start(json, text.Name, "BYTES");
            json.WriteStringValue(text.Of(day));
            End(json);
        }
        json.WriteEndArray();
        json.WriteEndObject();
        json.Flush();
        return buffer.WrittenSpan.ToArray();
    }

    /// <summary>The first number of the first output.</summary>
    public static double Answer(byte[] body)
    {
        using var json = JsonDocument.Parse(body);
        return json.RootElement.GetProperty("outputs")[0].GetProperty("data")[0].GetDouble();
    }

    private static string Iso(DateOnly day) => day.ToString("yyyy-MM-dd", CultureInfo.InvariantCulture);

    private static void Start(Utf8JsonWriter json, string name, string type)
    {
        json.WriteStartObject();
        json.WriteString("name", name);
        json.WriteStartArray("shape");
        json.WriteNumberValue(1);
        json.WriteEndArray();
        json.WriteString("datatype", type);
        json.WriteStartArray("data");
    }

    private static void End(Utf8JsonWriter json)
    {
        json.WriteEndArray();
        json.WriteEndObject();
    }
}
