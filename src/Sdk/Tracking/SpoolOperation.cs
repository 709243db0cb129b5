using System.Buffers;
using System.Reflection;
using System.Text.Json;

namespace Rondo.Sdk;

/// <summary>What can be told of a run.</summary>
internal enum SpoolOperationKind
{
    Metric,
    Param,
    Tag,
    Dataset,
    Artifact,
    End,
}

/// <summary>One thing told of a run, at a time (unix milliseconds): a line of the spool.</summary>
internal readonly record struct SpoolOperation(SpoolOperationKind Kind, string Key, long At)
{
    /// <summary>The tag that counts what was dropped.</summary>
    public const string DroppedTag = "rondo.dropped";

    private static readonly string[] s_names = ["metric", "param", "tag", "dataset", "artifact", "end"];

    /// <summary>The value of a param or tag, the digest of a dataset, the kept copy of an artifact.</summary>
    public string Text { get; init; } = "";

    /// <summary>Where a dataset comes from.</summary>
    public string Source { get; init; } = "";

    /// <summary>What a dataset was read for.</summary>
    public string Context { get; init; } = "";

    /// <summary>The value of a metric.</summary>
    public double Value { get; init; }

    /// <summary>The step of a metric.</summary>
    public long Step { get; init; }

    /// <summary>Whether many of these go in one request.</summary>
    public bool IsBatched => Kind is SpoolOperationKind.Metric or SpoolOperationKind.Param or SpoolOperationKind.Tag;

    /// <summary>Whether this is kept also where the spool is full: the room of an artifact was taken by its copy.</summary>
    public bool IsKeptAlways =>
        Kind is SpoolOperationKind.End or SpoolOperationKind.Artifact
        || (Kind == SpoolOperationKind.Tag && Key == DroppedTag);

    /// <summary>Writes the line, with its end.</summary>
    public void Write(IBufferWriter<byte> output, Utf8JsonWriter json)
    {
        json.Reset(output);
        json.WriteStartObject();
        json.WriteString(s_names[(int)Kind], Key);
        switch (Kind)
        {
            case SpoolOperationKind.Metric:
                WriteNumber(json, Value);
                json.WriteNumber("step", Step);
                break;
            case SpoolOperationKind.Dataset:
                json.WriteString("digest", Text);
                json.WriteString("source", Source);
                json.WriteString("context", Context);
                break;
            case SpoolOperationKind.Artifact:
                json.WriteString("file", Text);
                break;
            case SpoolOperationKind.Param or SpoolOperationKind.Tag:
                json.WriteString("value", Text);
                break;
        }

        json.WriteNumber("at", At);
        json.WriteEndObject();
        json.Flush();
        output.Write("\n"u8);
    }

    /// <summary>Reads a line without its end; null where it is not one.</summary>
    public static SpoolOperation? Read(ReadOnlyMemory<byte> line)
    {
        try
        {
            using var document = JsonDocument.Parse(line);
            var json = document.RootElement;
            var first = json.EnumerateObject().First();
            var kind = Array.IndexOf(s_names, first.Name);
            return kind < 0
                ? null
                : new SpoolOperation(
                    (SpoolOperationKind)kind,
                    first.Value.GetString()!,
                    json.GetProperty("at").GetInt64()
                )
                {
                    Text =
                        kind == 0 ? "" : TextOf(json, "value") ?? TextOf(json, "digest") ?? TextOf(json, "file") ?? "",
                    Source = TextOf(json, "source") ?? "",
                    Context = TextOf(json, "context") ?? "",
                    Value = kind == 0 ? NumberOf(json.GetProperty("value")) : 0,
                    Step = kind == 0 ? json.GetProperty("step").GetInt64() : 0,
                };
        }
        catch (Exception e)
            when (e is JsonException or InvalidOperationException or KeyNotFoundException or FormatException)
        {
            return null;
        }
    }

    /// <summary>A number in JSON; those that JSON lacks are texts.</summary>
    public static void WriteNumber(Utf8JsonWriter json, double value)
    {
        if (double.IsFinite(value))
        {
            json.WriteNumber("value", value);
            return;
        }

        json.WriteString(
            "value",
            double.IsNaN(value) ? "NaN"
                : value > 0 ? "Infinity"
                : "-Infinity"
        );
    }

    private static double NumberOf(JsonElement value) =>
        value.ValueKind == JsonValueKind.Number
            ? value.GetDouble()
            : value.GetString() switch
            {
                "NaN" => double.NaN,
                "Infinity" => double.PositiveInfinity,
                "-Infinity" => double.NegativeInfinity,
                _ => throw new FormatException("That is no number."),
            };

    private static string? TextOf(JsonElement json, string name) =>
        json.TryGetProperty(name, out var value) && value.ValueKind == JsonValueKind.String ? value.GetString() : null;
}

/// <summary>The first line of a spool: the run that it is of, and the server that it is for.</summary>
internal sealed record SpoolStart(string Run, string Server, string Experiment, string? Name, long At)
{
    public string User { get; init; } = "";
    public IReadOnlyDictionary<string, string> Tags { get; init; } =
        new Dictionary<string, string>(StringComparer.Ordinal);

    /// <summary>A run of this program that begins now; <paramref name="parent"/> is the one that it is below.</summary>
    public static SpoolStart Of(TrackingSettings settings, string experiment, string? name, string? parent)
    {
        var tags = new Dictionary<string, string>(StringComparer.Ordinal)
        {
            ["mlflow.user"] = Environment.UserName,
            ["mlflow.source.type"] = "LOCAL",
            ["mlflow.source.name"] = Assembly.GetEntryAssembly()?.GetName().Name ?? "",
        };
        if (parent is not null)
        {
            tags["mlflow.parentRunId"] = parent;
        }

        var at = settings.Time.GetUtcNow().ToUnixTimeMilliseconds();
        return new SpoolStart(settings.NewId(), SpooledRuns.NameOf(settings.Server!), experiment, name, at)
        {
            User = Environment.UserName,
            Tags = tags,
        };
    }

    public byte[] ToLine() => [.. JsonSerializer.SerializeToUtf8Bytes(this, JsonSerializerOptions.Web), (byte)'\n'];

    /// <summary>Reads the line; null where it is not one.</summary>
    public static SpoolStart? Read(ReadOnlySpan<byte> line)
    {
        try
        {
            return JsonSerializer.Deserialize<SpoolStart>(line, JsonSerializerOptions.Web) is { Run.Length: > 0 } start
                ? start
                : null;
        }
        catch (JsonException)
        {
            return null;
        }
    }
}
