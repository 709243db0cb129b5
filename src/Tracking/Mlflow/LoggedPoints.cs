using System.Runtime.InteropServices;
using System.Text;
using System.Text.Json;
using Rondo.Mlflow.Wire;
using Rondo.Tracking.Models;
using Rondo.Tracking.Runs;

namespace Rondo.Tracking.Mlflow;

/// <summary>
/// Reads points of metrics as they were sent. Of a batch of a thousand nearly all are a plain text and plain numbers, which are read in one pass; one
/// that is not is looked at field by field, and what is wrong with it is told.
/// </summary>
internal static class LoggedPoints
{
    /// <summary>The points, and those among them that also tell of a logged model.</summary>
    public static (IReadOnlyList<MetricPoint> Points, IReadOnlyList<ModelPoint> OfModels) Of(
        IReadOnlyList<MlflowFields> metrics
    )
    {
        var points = new List<MetricPoint>(metrics.Count);
        List<ModelPoint>? ofModels = null;
        foreach (var fields in metrics)
        {
            if (Plain(fields) is { } plain)
            {
                points.Add(plain);
                continue;
            }

            var point = PointOf(fields);
            points.Add(point);
            if (fields.Text("model_id") is { Length: > 0 } model)
            {
                (ofModels ??= []).Add(
                    new ModelPoint(model, point, fields.Text("dataset_name") ?? "", fields.Text("dataset_digest") ?? "")
                );
            }
        }

        return (points, ofModels ?? []);
    }

    private static MetricPoint PointOf(MlflowFields fields) =>
        new(
            fields.Required("key"),
            fields.RequiredNumber("value"),
            fields.RequiredLong("timestamp"),
            fields.Long("step") ?? 0
        );

    // Null where anything is out of the ordinary; of a field that is there twice the later counts, as everywhere.
    private static MetricPoint? Plain(MlflowFields fields)
    {
        var (key, value, timestamp, step) = ((string?)null, (double?)null, (long?)null, 0L);
        foreach (var field in fields.AsWritten())
        {
            var written = field.Value;
            if (field.NameEquals("key"u8))
            {
                key = PlainText(written);
            }
            else if (field.NameEquals("value"u8))
            {
                value = written.ValueKind == JsonValueKind.Number ? written.GetDouble() : null;
            }
            else if (field.NameEquals("timestamp"u8))
            {
                timestamp = PlainLong(written);
            }
            else if (field.NameEquals("step"u8) && PlainLong(written) is { } at)
            {
                step = at;
            }
            else if (!field.NameEquals("run_id"u8) && !field.NameEquals("run_uuid"u8))
            {
                return null;
            }
        }

        return key is { Length: > 0 } && value is { } number && timestamp is { } time
            ? new MetricPoint(key, number, time, step)
            : null;
    }

    private static long? PlainLong(JsonElement written) =>
        written.ValueKind == JsonValueKind.Number && written.TryGetInt64(out var whole) ? whole : null;

    // A text of visible ASCII without escapes; with its quotes around it.
    private static string? PlainText(JsonElement written)
    {
        if (written.ValueKind != JsonValueKind.String)
        {
            return null;
        }

        var text = JsonMarshal.GetRawUtf8Value(written)[1..^1];
        return Ascii.IsValid(text) && !text.Contains((byte)'\\') ? Encoding.ASCII.GetString(text) : null;
    }
}
