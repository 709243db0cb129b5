using System.Text.Json;
using Rondo.Kernel.Db;
using Rondo.Mlflow.Wire;
using Rondo.Tracking.Metrics;
using Rondo.Tracking.Runs;

namespace Rondo.Tracking.Mlflow;

/// <summary>
/// Runs as they travel. What they have logged goes from the rows into the answer's bytes: a search reads thousands of values of which the
/// server has no use for a single one.
/// </summary>
internal sealed class RunsWire : IDisposable
{
    private static readonly JsonEncodedText s_key = JsonEncodedText.Encode("key");
    private static readonly JsonEncodedText s_value = JsonEncodedText.Encode("value");
    private static readonly JsonEncodedText s_timestamp = JsonEncodedText.Encode("timestamp");
    private static readonly JsonEncodedText s_step = JsonEncodedText.Encode("step");

    private readonly IReadOnlyList<Run> _runs;
    private readonly Dictionary<long, int> _places;
    private readonly PooledBytes _bytes = new();
    private readonly List<(string Name, Range[] Ranges)> _parts = [];

    private RunsWire(IReadOnlyList<Run> runs)
    {
        _runs = runs;
        _places = runs.Select((run, place) => (run.Info.Number, place))
            .ToDictionary(pair => pair.Number, pair => pair.place);
    }

    public int Count => _runs.Count;

    /// <summary>The runs in the order given; a constant number of statements for up to five hundred.</summary>
    public static async ValueTask<RunsWire> ReadAsync(Session session, IReadOnlyList<RunInfo> infos)
    {
        var wire = new RunsWire([.. infos.Select(info => new Run(info))]);
        try
        {
            await wire.ReadAsync(session);
            return wire;
        }
        catch
        {
            wire.Dispose();
            throw;
        }
    }

    private async ValueTask ReadAsync(Session session)
    {
        var metrics = Part("metrics");
        var @params = Part("params");
        var tags = Part("tags");
        foreach (var chunk in _runs.Chunk(RunReader.RunsPerStatementMax))
        {
            var numbers = RunReader.Numbers(chunk);
            await ReadMetricsAsync(session, chunk, numbers, metrics);
            await ReadAsync(session, (RunReader.ParamsSql(session.Dialect), numbers), @params, WritePair);
            await ReadAsync(session, (RunReader.TagsSql(session.Dialect), numbers), tags, WritePair);
            await RunReader.ReadInputsAsync(session, chunk);
        }
    }

    // Most runs are settled, and have theirs packed. What the runs that log at present have reached is written for itself: few do.
    private async ValueTask ReadMetricsAsync(Session session, IReadOnlyList<Run> chunk, object numbers, Range[] metrics)
    {
        await using var writer = new Utf8JsonWriter(_bytes, MlflowHandler.Written);
        var packed = 0;
        await SettledPacks.ReadAsync(
            session,
            numbers,
            (run, latest) =>
            {
                packed++;
                metrics[_places[run]] = WritePack(writer, latest);
            }
        );
        if (packed < chunk.Count)
        {
            var rest = chunk.Where(run => metrics[_places[run.Info.Number]].Equals(default));
            await ReadAsync(
                session,
                (LatestMetrics.SettledSql(session.Dialect), RunReader.Numbers(rest)),
                metrics,
                WriteMetric
            );
        }

        var unsettled = await LatestMetrics.LoggingAsync(session, numbers);
        if (unsettled.Count == 0)
        {
            return;
        }

        foreach (var (run, ranges) in await LatestMetrics.ReadAsync(session, unsettled))
        {
            var start = _bytes.Count;
            writer.WriteStartArray();
            foreach (var range in ranges)
            {
                writer.WriteStartObject();
                writer.WriteString(s_key, range.Latest.Key);
                WritePoint(writer, range.Latest.ToPoint().Value, range.Latest.LoggedAt, range.Latest.Step);
            }

            writer.WriteEndArray();
            writer.Flush();
            metrics[_places[run]] = start.._bytes.Count;
            writer.Reset();
        }
    }

    private Range WritePack(Utf8JsonWriter writer, ReadOnlySpan<byte> latest)
    {
        var start = _bytes.Count;
        writer.WriteStartArray();
        LatestPack.ReadPoints(
            latest,
            writer,
            static (writer, key, point) =>
            {
                writer.WriteStartObject();
                writer.WriteString(s_key, key);
                WritePoint(writer, point.IsNan ? double.NaN : point.Value, point.LoggedAt, point.Step);
            }
        );
        writer.WriteEndArray();
        writer.Flush();
        writer.Reset();
        return start.._bytes.Count;
    }

    /// <summary>Writes one of the runs.</summary>
    public void Write(Utf8JsonWriter writer, int place)
    {
        var run = _runs[place];
        writer.WriteStartObject();
        writer.WritePropertyName("info");
        JsonSerializer.Serialize(writer, Wire.Of(run.Info), MlflowHandler.Json);
        writer.WriteStartObject("data");
        foreach (var (name, ranges) in _parts)
        {
            var (start, length) = ranges[place].GetOffsetAndLength(_bytes.Count);
            if (length > 0)
            {
                writer.WritePropertyName(name);
                writer.WriteRawValue(_bytes.Written.Slice(start, length), skipInputValidation: true);
            }
        }

        writer.WriteEndObject();
        WriteLinks(writer, "inputs", run.Datasets.Count + run.InputModels.Count > 0 ? Wire.InputsOf(run) : null);
        WriteLinks(writer, "outputs", run.OutputModels.Count > 0 ? Wire.OutputsOf(run) : null);
        writer.WriteEndObject();
    }

    // Most runs have none: nothing is made of that.
    private static void WriteLinks<T>(Utf8JsonWriter writer, string name, T? links)
        where T : class
    {
        writer.WritePropertyName(name);
        if (links is null)
        {
            writer.WriteStartObject();
            writer.WriteEndObject();
        }
        else
        {
            JsonSerializer.Serialize(writer, links, MlflowHandler.Json);
        }
    }

    public void Dispose() => _bytes.Dispose();

    private Range[] Part(string name)
    {
        var ranges = new Range[_runs.Count];
        _parts.Add((name, ranges));
        return ranges;
    }

    // Rows come run by run.
    private async ValueTask ReadAsync(
        Session session,
        (string Sql, object Numbers) statement,
        Range[] ranges,
        Action<Utf8JsonWriter, Row> write
    )
    {
        await using var writer = new Utf8JsonWriter(_bytes, MlflowHandler.Written);
        var last = 0L;
        var (place, start) = (-1, 0);
        void End()
        {
            if (place >= 0)
            {
                writer.WriteEndArray();
                writer.Flush();
                ranges[place] = start.._bytes.Count;
                writer.Reset();
            }
        }

        await session.ReadRowsAsync(
            statement.Sql,
            statement.Numbers,
            row =>
            {
                if (row.Long(0) != last)
                {
                    End();
                    last = row.Long(0);
                    place = _places[last];
                    start = _bytes.Count;
                    writer.WriteStartArray();
                }

                write(writer, row);
            }
        );
        End();
    }

    private static void WriteMetric(Utf8JsonWriter writer, Row row)
    {
        writer.WriteStartObject();
        writer.WriteString(s_key, row.Utf8(1));
        WritePoint(writer, row.Long(5) == 1 ? double.NaN : row.Double(4), row.Long(2), row.Long(3));
    }

    private static void WritePoint(Utf8JsonWriter writer, double value, long loggedAt, long step)
    {
        if (double.IsFinite(value))
        {
            writer.WriteNumber(s_value, value);
        }
        else
        {
            writer.WriteString(
                s_value,
                double.IsNaN(value) ? "NaN"
                    : value > 0 ? "Infinity"
                    : "-Infinity"
            );
        }

        writer.WriteNumber(s_timestamp, loggedAt);
        writer.WriteNumber(s_step, step);
        writer.WriteEndObject();
    }

    private static void WritePair(Utf8JsonWriter writer, Row row)
    {
        writer.WriteStartObject();
        writer.WriteString(s_key, row.Utf8(1));
        writer.WriteString(s_value, row.Utf8(2));
        writer.WriteEndObject();
    }
}

/// <summary>One run.</summary>
internal sealed record RunAnswer(RunsWire Runs) : IMlflowAnswer
{
    public void Dispose() => Runs.Dispose();

    public void Write(Utf8JsonWriter writer)
    {
        writer.WriteStartObject();
        writer.WritePropertyName("run");
        Runs.Write(writer, 0);
        writer.WriteEndObject();
    }
}

/// <summary>A page of runs; a list that is empty is absent.</summary>
internal sealed record RunsAnswer(RunsWire? Runs, string? Next) : IMlflowAnswer
{
    public void Dispose() => Runs?.Dispose();

    public void Write(Utf8JsonWriter writer)
    {
        writer.WriteStartObject();
        if (Runs is { Count: > 0 })
        {
            writer.WriteStartArray("runs");
            for (var place = 0; place < Runs.Count; place++)
            {
                Runs.Write(writer, place);
            }

            writer.WriteEndArray();
        }

        if (Next is not null)
        {
            writer.WriteString("next_page_token", Next);
        }

        writer.WriteEndObject();
    }
}
